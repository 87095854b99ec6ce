//! An id that was changed: the old object would be deleted and a new one made, which is rarely meant.

use alchemy_core::{Diagnostic, Fqn, Span};
use alchemy_program::Outline;

use super::{Finding, Fix};
use crate::evaluated::Evaluated;
use crate::stage_view::{Mark, ResourceView, StageView};

/// Resources that seem to have been another one before.
pub(super) fn lost(evaluated: &Evaluated) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for stage in &evaluated.stages {
        for (resource, former) in pairs(stage) {
            let known = |it: &&mut Finding| it.diagnostic.resource.as_ref() == Some(&resource.fqn);
            if let Some(known) = found.iter_mut().find(known) {
                known.stages.push(stage.stage.clone());
                continue;
            }
            found.push(Finding {
                diagnostic: diagnostic(resource, former),
                stages: vec![stage.stage.clone()],
                fixes: fix(evaluated, resource, former).into_iter().collect(),
            });
        }
    }
    found
}

/// New resources beside one that goes, of the same type: where there is one of each, or where they lie side by side.
fn pairs(stage: &StageView) -> Vec<(&ResourceView, &Fqn)> {
    let mut found = Vec::new();
    for (former, ty) in &stage.leaving {
        let new: Vec<&ResourceView> = stage
            .resources
            .values()
            .filter(|it| it.ty == *ty && it.mark == Mark::NotDeployed && !it.renamed)
            .filter(|it| namespace(&it.fqn) == namespace(former))
            .collect();
        let going = stage.leaving.iter().filter(|(_, other)| other == ty).count();
        if let ([only], 1) = (new.as_slice(), going) {
            found.push((*only, former));
        }
    }
    found
}

fn namespace(fqn: &Fqn) -> &str {
    fqn.as_str().rsplit_once('/').map_or("", |(namespace, _)| namespace)
}

fn diagnostic(resource: &ResourceView, former: &Fqn) -> Diagnostic {
    let summary = format!("`{}` is new and `{former}` is gone", resource.fqn);
    Diagnostic::warning("changed-id", summary)
        .detail(format!(
            "A deploy would make a new object and delete the one of `{former}`, with what is in it."
        ))
        .help(format!(
            "if it was renamed, say so: `.pipe(renamedFrom(\"{}\"))`",
            former.logical_id()
        ))
        .resource(&resource.fqn)
        .at(resource.span.as_ref(), "")
}

/// Pipes `renamedFrom` onto the call, and imports it if need be.
fn fix(evaluated: &Evaluated, resource: &ResourceView, former: &Fqn) -> Option<Fix> {
    let span: &Span = resource.span.as_ref()?;
    let file = &span.location.file;
    let outline = evaluated.outlines.get(file)?;
    // A class cannot be piped where it is declared.
    if outline.call((span.start, span.end))?.curried {
        return None;
    }
    let (name, import) = renamed_from(outline);
    let mut edits = Vec::new();
    if let Some(import) = import {
        edits.push(((0, 0), import));
    }
    let pipe = format!(".pipe({name}(\"{}\"))", former.logical_id());
    edits.push(((span.end, span.end), pipe));
    let title = format!("Keep the object of `{former}`: add `renamedFrom`");
    Some(Fix { title, file: file.clone(), edits })
}

/// How the file calls `renamedFrom`, and the import it needs for that.
fn renamed_from(outline: &Outline) -> (String, Option<String>) {
    let ours = ["alchemy", "alchemy/Rename"];
    let imports = outline.bindings.iter().filter_map(|it| Some((&it.name, it.import.as_ref()?)));
    for (local, (imported, module)) in imports {
        if ours.contains(&module.as_str()) && imported == "renamedFrom" {
            return (local.clone(), None);
        }
        if module == "alchemy" && imported == "*" {
            return (format!("{local}.renamedFrom"), None);
        }
    }
    let import = "import { renamedFrom } from \"alchemy\";\n".to_owned();
    ("renamedFrom".to_owned(), Some(import))
}
