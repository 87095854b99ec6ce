//! Pass: no two objects of a stage may end with one name.

use std::collections::BTreeMap;

use super::decision::Decision;
use super::orphans::Leaving;
use super::ownership::{name_span, noun};
use crate::{Action, Diagnostic, PlanInput, ResourceType};

/// Refuses two resources with one name, and a name that an object which stays has already.
pub(super) fn refuse_doubles(
    input: &PlanInput<'_>,
    decisions: &[Decision<'_>],
    leaving: &[Leaving<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<(&ResourceType, &str, &str), &Decision<'_>> = BTreeMap::new();
    for decision in decisions {
        let Some(name) = &decision.object.name else { continue };
        let key = (&decision.resource.ty, name.as_str(), decision.target.region.as_str());
        if let Some(first) = seen.insert(key, decision) {
            diagnostics.push(
                Diagnostic::error(
                    "same-name",
                    format!("{} `{name}` is wanted twice", noun(decision.descriptor)),
                )
                .detail(format!(
                    "`{}` and `{}` cannot share one object.",
                    first.resource.fqn, decision.resource.fqn
                ))
                .help("give one of them another name, or none")
                .resource(&decision.resource.fqn)
                .at(name_span(decision.resource, decision.descriptor), "wanted here")
                .at(name_span(first.resource, first.descriptor), "and here"),
            );
        }
    }
    let staying = leaving.iter().filter(|l| l.action == Action::Retain).map(|l| l.record.as_ref());
    let making = decisions.iter().filter(|d| d.makes_object());
    let wanted: BTreeMap<(&ResourceType, &str), &Decision<'_>> =
        making.filter_map(|d| Some(((&d.resource.ty, d.object.name.as_deref()?), d))).collect();
    for record in staying.chain(input.snapshot.retained.values()) {
        let Some(name) = record.name.as_deref() else { continue };
        let Some(decision) = wanted.get(&(&record.ty, name)).filter(|d| d.object.uid != record.uid)
        else {
            continue;
        };
        let known = diagnostics.iter().any(|d| {
            d.code == "replace-of-retained" && d.resource.as_ref() == Some(&decision.resource.fqn)
        });
        if !known {
            diagnostics.push(
                Diagnostic::error(
                    "name-retained",
                    format!(
                        "{} `{name}` is kept by the removal policy of `{}`",
                        noun(decision.descriptor),
                        record.fqn
                    ),
                )
                .detail(format!("`{}` cannot be made under the same name.", decision.resource.fqn))
                .help("give it another name, or none")
                .resource(&decision.resource.fqn)
                .at(name_span(decision.resource, decision.descriptor), "wanted here"),
            );
        }
    }
}
