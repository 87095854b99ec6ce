//! References to attributes: whether they exist, and which really belong to another object.

use std::collections::BTreeMap;

use super::Catalog;
use super::nearest::nearest;
use super::normal::place;
use super::wording::{choice, quoted};
use crate::{Diagnostic, Expr, Fqn, Graph, Resource};

/// Finds references to resources and attributes that there are not, each once for every prop that holds it.
pub(super) fn check_references(catalog: &Catalog, graph: &Graph, found: &mut Vec<Diagnostic>) {
    for resource in graph.resources.values() {
        for (prop, expr) in &resource.props {
            let mut seen = Vec::new();
            expr.each_attr(&mut |fqn, path| {
                if seen.contains(&(fqn, path)) {
                    return;
                }
                seen.push((fqn, path));
                if let Some(problem) = problem(catalog, graph, fqn, path) {
                    let owner = format!(" (in `{prop}` of `{}`)", resource.fqn);
                    let problem = Diagnostic { summary: problem.summary + &owner, ..problem };
                    found.push(pointed(problem, resource, prop, graph.resources.get(fqn)));
                }
            });
        }
    }
    graph.outputs.each_attr(&mut |fqn, path| {
        if let Some(problem) = problem(catalog, graph, fqn, path) {
            let declared = graph.resources.get(fqn).and_then(|r| r.span.as_ref());
            let owner = " (in the program's outputs)";
            found.push(
                Diagnostic { summary: problem.summary + owner, ..problem }
                    .at(declared, "declared here"),
            );
        }
    });
}

fn pointed(
    problem: Diagnostic,
    resource: &Resource,
    prop: &str,
    other: Option<&Resource>,
) -> Diagnostic {
    let declared = other.and_then(|other| other.span.as_ref());
    problem.resource(&resource.fqn).at(place(resource, prop), "").at(declared, "declared here")
}

fn problem(catalog: &Catalog, graph: &Graph, fqn: &Fqn, path: &[String]) -> Option<Diagnostic> {
    let Some(resource) = graph.resources.get(fqn) else {
        let summary = format!("there is no resource `{fqn}` in the stack");
        let near = nearest(fqn.as_str(), graph.resources.keys().map(Fqn::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "declare it in the program, with `yield*`, before its outputs are used".to_owned()
            }
        };
        return Some(Diagnostic::error("unknown-resource", summary).help(help));
    };
    let descriptor = catalog.get(&resource.ty)?;
    let name = path.first()?;
    if descriptor.attribute(name).is_some() {
        return None;
    }
    let names: Vec<&str> = descriptor.attributes.iter().map(|a| a.name).collect();
    let summary = format!("`{fqn}` ({}) has no attribute {}", resource.ty, quoted(name));
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("{} has no attributes", resource.ty),
        None => format!("it has {}", choice(&names, "`")),
    };
    Some(Diagnostic::error("unknown-attribute", summary).help(help))
}

/// Replaces every reference to a key of `aliases` by one to its value, in all props and outputs.
pub(super) fn rename_attributes(
    graph: &mut Graph,
    aliases: &BTreeMap<(Fqn, String), (Fqn, String)>,
) {
    if aliases.is_empty() {
        return;
    }
    let mut rename = |expr: &mut Expr| {
        expr.each_attr_mut(&mut |fqn, path| {
            let alias = path.first().and_then(|name| aliases.get(&(fqn.clone(), name.clone())));
            if let (Some((other, attribute)), Some(name)) = (alias, path.first_mut()) {
                *fqn = other.clone();
                name.clone_from(attribute);
            }
        });
    };
    graph.resources.values_mut().flat_map(|r| r.props.values_mut()).for_each(&mut rename);
    rename(&mut graph.outputs);
}
