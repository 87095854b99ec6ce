//! Names given by hand that do not vary by stage: the second stage to be deployed would want the first one's object.

use alchemy_core::{Diagnostic, Fqn, NameUse, ResourceType, Stage};
use std::collections::BTreeMap;

use super::Finding;
use crate::Project;
use crate::evaluated::Evaluated;
use crate::stage_view::ResourceView;

/// A resource in a stage.
type Owner<'a> = (&'a Stage, &'a ResourceView);

/// Resources that have one name in several stages.
pub(super) fn fixed(evaluated: &Evaluated, project: &Project) -> Vec<Finding> {
    let mut owners: BTreeMap<(&ResourceType, &str), Vec<Owner<'_>>> = BTreeMap::new();
    for stage in &evaluated.stages {
        for resource in stage.resources.values().filter(|it| it.by_hand) {
            if let Some(name) = &resource.name {
                owners.entry((&resource.ty, name)).or_default().push((&stage.stage, resource));
            }
        }
    }
    let mut found = Vec::new();
    for ((ty, name), owners) in owners {
        let mut stages: Vec<&Stage> = owners.iter().map(|(stage, _)| *stage).collect();
        stages.dedup();
        let Some((_, first)) = owners.first() else { continue };
        if stages.len() < 2 {
            continue;
        }
        let prop = match project.catalog.get(ty).map(|it| &it.name) {
            Some(NameUse::Named { prop, .. }) => *prop,
            _ => continue,
        };
        found.push(Finding {
            diagnostic: diagnostic(first, prop, name, &owners),
            stages: stages.into_iter().cloned().collect(),
            fixes: Vec::new(),
        });
    }
    found
}

fn diagnostic(first: &ResourceView, prop: &str, name: &str, owners: &[Owner<'_>]) -> Diagnostic {
    let deployed = owners.iter().find(|(_, resource)| resource.record.is_some());
    let fqn: &Fqn = &first.fqn;
    let summary = format!("`{prop}` of `{fqn}` does not vary by stage: `{name}`");
    let found = match deployed {
        Some((owner, _)) => Diagnostic::warning("fixed-name", summary).detail(format!(
            "Stage `{owner}` owns the object of that name; a deploy of another stage is refused."
        )),
        None => Diagnostic::warning("fixed-name", summary).detail(
            "The first stage that is deployed owns the object; every other one is refused.",
        ),
    };
    let found = found.help("leave the name out, or make the stage's name part of it").resource(fqn);
    found.at(first.span.as_ref(), "")
}
