//! Names that the program gives, as far as they are computed: what is written as it is was checked before.

use std::collections::BTreeMap;

use super::diff::Want;
use super::settle::{Settler, Wanted};
use crate::{Diagnostic, Expr, NameRule, NameUse};

impl<'a> Settler<'_, 'a> {
    /// The name that the program gives, if it does; a diagnostic if it is not known before apply, or if it is computed
    /// and the service would not take it.
    pub(super) fn explicit_name(&mut self, index: usize, wanted: &Wanted<'a>) -> Option<String> {
        let descriptor = self.declared.descriptors[index];
        let NameUse::Named { prop, .. } = &descriptor.name else { return None };
        let resource = self.declared.resources[index];
        let given = wanted.get(prop)?;
        if given.has_secret() {
            return None; // Refused already.
        }
        let Some(value) = given.as_value() else {
            let summary = format!("`{prop}` of `{}` is known only after apply", resource.fqn);
            self.diagnostics.push(
                Diagnostic::error("unknown-name", summary)
                    .detail("A name decides which object is meant, so a plan must know it.")
                    .help(format!("leave `{prop}` out, or make it from texts and names that are known before apply"))
                    .resource(&resource.fqn)
                    .at(resource.prop_spans.get(*prop).or(resource.span.as_ref()), ""),
            );
            return None;
        };
        let name = value.as_str()?;
        if wanted.is_computed(prop)
            && let Some(rule) = self.name_rule(index, wanted)
        {
            self.diagnostics.extend(descriptor.bad_name(resource, name, rule));
        }
        Some(name.to_owned())
    }

    /// The rule for a resource's names; none where that hangs on a value that is known only after apply.
    pub(super) fn name_rule(&self, index: usize, wanted: &Wanted<'a>) -> Option<&'a NameRule> {
        let descriptor = self.declared.descriptors[index];
        let NameUse::Named { rule, rule_if, .. } = &descriptor.name else { return None };
        let Some((prop, special)) = rule_if else { return Some(rule) };
        let prop = descriptor.prop(prop)?;
        match Want::of(prop, wanted.get(prop.name)) {
            Want::Known(value) => Some(if value.as_bool() == Some(true) { special } else { rule }),
            Want::Open(_) => None,
        }
    }

    /// Refuses computed props that decide which object is meant and turn out redacted.
    pub(super) fn refuse_redacted(&mut self, index: usize, computed: &BTreeMap<&str, Expr>) {
        let (resource, descriptor) =
            (self.declared.resources[index], self.declared.descriptors[index]);
        let redacted = computed
            .iter()
            .filter(|(name, expr)| expr.has_secret() && descriptor.decides_object(name));
        let found = redacted.map(|(name, _)| descriptor.redacted_name(resource, name));
        self.diagnostics.extend(found);
    }
}
