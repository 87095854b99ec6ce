//! What decides which object is meant: names that a program gives, and keys. Each must be what the service takes, and
//! nothing that is to stay hidden.

use std::collections::BTreeMap;

use super::normal::place;
use super::{Descriptor, NameUse};
use crate::{Diagnostic, Expr, NameRule, Resource, Value};

impl Descriptor {
    /// The rule for the physical name of an object with these props; none for types whose objects get an id from the
    /// service.
    pub fn name_rule(&self, props: &BTreeMap<String, Expr>) -> Option<&NameRule> {
        let NameUse::Named { rule, rule_if, .. } = &self.name else { return None };
        let special = rule_if.as_ref().filter(|(prop, _)| {
            props.get(*prop).and_then(Expr::as_value).and_then(Value::as_bool) == Some(true)
        });
        Some(special.map_or(rule, |(_, rule)| rule))
    }

    /// Whether a prop decides which object is meant: the name, what the rule for names hangs on, a part of the key.
    pub(crate) fn decides_object(&self, prop: &str) -> bool {
        match &self.name {
            NameUse::Named { prop: name, rule_if, .. } => {
                prop == *name || rule_if.as_ref().is_some_and(|(other, _)| prop == *other)
            }
            NameUse::Natural { key } => key.contains(&prop),
        }
    }

    /// What is wrong with the names and keys that a program gives, as far as they are known without a plan.
    pub(super) fn check_names(&self, resource: &Resource) -> Vec<Diagnostic> {
        let known = resource.props.iter().filter_map(|(name, e)| Some((name, e.as_value()?)));
        let redacted =
            known.filter(|(name, value)| value.has_secret() && self.decides_object(name));
        let mut found: Vec<_> =
            redacted.map(|(name, _)| self.redacted_name(resource, name)).collect();
        if let NameUse::Named { prop, .. } = &self.name {
            let name = resource.props.get(*prop).and_then(Expr::as_value).and_then(Value::as_str);
            let rule = self.name_rule(&resource.props);
            found.extend(
                name.zip(rule).and_then(|(name, rule)| self.bad_name(resource, name, rule)),
            );
        }
        found
    }

    /// What the service would not take in a name given by hand, if it would not take it.
    pub(crate) fn bad_name(
        &self,
        resource: &Resource,
        name: &str,
        rule: &NameRule,
    ) -> Option<Diagnostic> {
        let NameUse::Named { prop, .. } = &self.name else { return None };
        let error = rule.check(name).err()?;
        let summary = format!(
            "`{prop}` of `{}` is no name that {} takes: {}",
            resource.fqn, self.ty, error.message
        );
        let help = match error.suggestion {
            Some(name) => format!("did you mean `{name}`?"),
            None => "leave it out, and each stage gets a name of its own".to_owned(),
        };
        let found = Diagnostic::error("bad-name", summary).help(help).resource(&resource.fqn);
        Some(found.at(place(resource, prop), ""))
    }

    /// That a prop which decides which object is meant is redacted.
    pub(crate) fn redacted_name(&self, resource: &Resource, prop: &str) -> Diagnostic {
        let summary = format!(
            "`{prop}` of `{}` is redacted, but it decides which object is meant",
            resource.fqn
        );
        let generated = matches!(&self.name, NameUse::Named { prop: name, .. } if prop == *name);
        let help = if generated {
            "give a name that is not redacted, or none, and each stage gets a name of its own"
        } else {
            "give a value that is not redacted"
        };
        Diagnostic::error("redacted-name", summary)
            .detail("Names and keys are shown, and later runs look their objects up by them: they cannot stay hidden.")
            .help(help)
            .resource(&resource.fqn)
            .at(place(resource, prop), "")
    }
}
