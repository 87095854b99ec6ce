//! Pass: no two objects of a stage may end with one name.

use std::borrow::Cow;

use super::decision::Decision;
use super::orphans::Leaving;
use super::ownership::{name_span, noun};
use super::records::handle_of;
use crate::index::{Index, sized};
use crate::{Action, Diagnostic, PlanInput, ResourceType};

/// Refuses two resources with one name, and a name that an object which stays has already.
pub(super) fn refuse_doubles(
    input: &PlanInput<'_>,
    decisions: &[Decision<'_>],
    leaving: &[Leaving],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: Index<(Cow<'_, str>, &ResourceType, &str), &Decision<'_>> =
        sized(decisions.len());
    for decision in decisions {
        let Some(handle) = decision.handle() else { continue };
        let region = decision.descriptor.name_region(&decision.target);
        let key = (handle, &decision.resource.ty, region);
        if let Some(first) = seen.insert(key, decision) {
            let what = match &decision.object.name {
                Some(name) => format!("{} `{name}`", noun(decision.descriptor)),
                None => format!("the same {}", noun(decision.descriptor)),
            };
            diagnostics.push(
                Diagnostic::error("same-name", format!("{what} is wanted twice"))
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
    let staying = leaving.iter().filter(|l| l.action == Action::Retain).map(|l| &l.record);
    let making = decisions.iter().filter(|d| d.makes_object());
    let wanted: Index<(&ResourceType, Cow<'_, str>), &Decision<'_>> =
        making.filter_map(|d| Some(((&d.resource.ty, d.handle()?), d))).collect();
    for record in staying.chain(input.snapshot.retained.values()) {
        let Some(handle) = handle_of(record, input.catalog) else { continue };
        let name = record.name.as_deref().unwrap_or_else(|| record.fqn.as_str());
        let Some(decision) = wanted.get(&(&record.ty, handle)).filter(|d| {
            let account = d.target.account == record.target.account;
            let place = |target| d.descriptor.name_region(target);
            let same_place = account && place(&d.target) == place(&record.target);
            d.object.uid != record.uid && same_place
        }) else {
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
