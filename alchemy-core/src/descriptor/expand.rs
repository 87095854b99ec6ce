//! From the graph as declared to the graph of cloud objects: one node for each object, all props in normal form.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::nearest::nearest;
use super::normal::{Author, place};
use super::references::{check_references, rename_attributes};
use super::{Catalog, Descriptor, Expansion};
use crate::{
    Diagnostic, Expr, Fqn, Graph, Resource, ResourceType, SecretHasher, Value, check_region,
};

/// How deep resources that expansion added may be expanded again.
const MAX_DEPTH: u32 = 4;

type Aliases = BTreeMap<(Fqn, String), (Fqn, String)>;

impl Catalog {
    /// The graph with every prop in normal form and, right after each resource, the objects that it needs besides
    /// itself (`Api/Role`, `Api/LogGroup`, …); then every type's own checks. Findings are in source order; with an
    /// error among them the graph is for the editor's eyes only.
    pub fn expand(&self, graph: Graph, hasher: &SecretHasher) -> (Graph, Vec<Diagnostic>) {
        let mut found = Vec::new();
        let declared = self.normalised(graph, hasher, &mut found);
        check_references(self, &declared, &mut found);
        let mut aliases = Aliases::new();
        let mut growth = Growth { declared: &declared, aliases: &mut aliases, found: &mut found };
        let grown: Vec<_> =
            declared.resources.values().map(|resource| self.grown(resource, &mut growth)).collect();
        let refused = clashes(&declared, &grown, &mut found);
        let mut expanded = planted(declared, grown, &refused);
        rename_attributes(&mut expanded, &aliases);
        self.normalise_again(&mut expanded, hasher, &mut found);
        self.check_all(&expanded, &mut found);
        found.sort_by_cached_key(|diagnostic| {
            let place = diagnostic.labels.first().map(|label| label.span.location.clone());
            (place.is_none(), place)
        });
        (expanded, found)
    }

    /// The type whose name a misspelt one is nearest to, of those that programs may declare.
    pub fn nearest(&self, ty: &str) -> Option<&Descriptor> {
        let public: Vec<&str> = self.iter().filter(|d| d.public).map(|d| d.ty.as_str()).collect();
        self.get(&ResourceType::new(nearest(ty, public)?))
    }

    fn normalised(
        &self,
        mut declared: Graph,
        hasher: &SecretHasher,
        found: &mut Vec<Diagnostic>,
    ) -> Graph {
        for resource in declared.resources.values_mut() {
            let descriptor = match self.get(&resource.ty) {
                Some(descriptor) if descriptor.public => descriptor,
                _ => {
                    found.push(self.unknown_type(resource));
                    continue;
                }
            };
            take_region(resource, descriptor, found);
            found.extend(wrong_region(resource));
            found.extend(descriptor.normalise_in_place(resource, hasher, Author::Program));
        }
        declared
    }

    fn unknown_type(&self, resource: &Resource) -> Diagnostic {
        let summary = format!("`{}` is of no known type: `{}`", resource.fqn, resource.ty);
        let help = if let Some(near) = self.nearest(resource.ty.as_str()) {
            format!("did you mean `{}`?", near.ty)
        } else {
            let names: Vec<&str> =
                self.iter().filter(|d| d.public).map(|d| d.ty.as_str()).collect();
            format!("there are {}", names.join(", "))
        };
        Diagnostic::error("unknown-type", summary)
            .help(help)
            .resource(&resource.fqn)
            .at(resource.span.as_ref(), "")
    }

    /// What a declared resource becomes, and after it what it needs; nothing if its type does not expand.
    fn grown(&self, resource: &Resource, growth: &mut Growth<'_>) -> Vec<Resource> {
        let mut line = Vec::new();
        if self.get(&resource.ty).is_some_and(|descriptor| descriptor.expand.is_some()) {
            self.grow(resource.clone(), growth, &mut line, 0);
        }
        line
    }

    fn grow(
        &self,
        mut resource: Resource,
        growth: &mut Growth<'_>,
        line: &mut Vec<Resource>,
        depth: u32,
    ) {
        let expand = self.get(&resource.ty).and_then(|d| d.expand).filter(|_| depth < MAX_DEPTH);
        let mut expansion = Expansion {
            graph: growth.declared,
            added: Vec::new(),
            alias_attrs: BTreeMap::new(),
            diagnostics: Vec::new(),
        };
        if let Some(expand) = expand {
            expand(&mut resource, &mut expansion);
        }
        growth.aliases.extend(expansion.alias_attrs);
        growth.found.extend(expansion.diagnostics);
        line.push(resource);
        for child in expansion.added {
            self.grow(child, growth, line, depth + 1);
        }
    }

    /// What expansion wrote is brought into normal form too; it may be so already.
    fn normalise_again(
        &self,
        graph: &mut Graph,
        hasher: &SecretHasher,
        found: &mut Vec<Diagnostic>,
    ) {
        for resource in graph.resources.values_mut() {
            let Some(descriptor) = self.get(&resource.ty) else { continue };
            let problems = descriptor.normalise_in_place(resource, hasher, Author::Catalog);
            found.extend(problems.into_iter().filter(|p| !found.contains(p)).collect::<Vec<_>>());
        }
    }

    fn check_all(&self, graph: &Graph, found: &mut Vec<Diagnostic>) {
        for resource in graph.resources.values() {
            let Some(descriptor) = self.get(&resource.ty) else { continue };
            found.extend(descriptor.check_names(resource));
            if let Some(check) = descriptor.check {
                check(resource, graph, found);
            }
        }
    }
}

/// What grows while a graph is expanded.
struct Growth<'a> {
    declared: &'a Graph,
    aliases: &'a mut Aliases,
    found: &'a mut Vec<Diagnostic>,
}

/// Positions in `grown` of what may not be added: the stack has another resource of that name.
fn clashes(
    declared: &Graph,
    grown: &[Vec<Resource>],
    found: &mut Vec<Diagnostic>,
) -> BTreeSet<(usize, usize)> {
    let mut refused = BTreeSet::new();
    let mut names: BTreeMap<&Fqn, &Resource> = BTreeMap::new();
    for (number, line) in grown.iter().enumerate() {
        for (position, added) in line.iter().enumerate().skip(1) {
            let other = declared.resources.get(&added.fqn).or(names.get(&added.fqn).copied());
            if let Some(other) = other {
                found.push(name_clash(added, other));
                refused.insert((number, position));
            } else {
                names.insert(&added.fqn, added);
            }
        }
    }
    refused
}

/// The graph with what has grown from each resource in its place, but for what is refused.
fn planted(
    declared: Graph,
    grown: Vec<Vec<Resource>>,
    refused: &BTreeSet<(usize, usize)>,
) -> Graph {
    let mut out = IndexMap::with_capacity(declared.resources.len());
    for (number, (resource, line)) in declared.resources.into_values().zip(grown).enumerate() {
        if line.is_empty() {
            out.insert(resource.fqn.clone(), resource);
            continue;
        }
        for (position, resource) in line.into_iter().enumerate() {
            if !refused.contains(&(number, position)) {
                out.insert(resource.fqn.clone(), resource);
            }
        }
    }
    Graph { resources: out, ..declared }
}

/// The reserved prop `region` moves out of the props.
fn take_region(resource: &mut Resource, descriptor: &Descriptor, found: &mut Vec<Diagnostic>) {
    if descriptor.prop("region").is_some() {
        return;
    }
    match resource.props.remove("region") {
        None | Some(Expr::Value(Value::Null)) => {}
        Some(Expr::Value(Value::Str(region))) => resource.region = Some(region),
        Some(_) => {
            let summary =
                format!("`region` of `{}` must be a text known before the deploy", resource.fqn);
            found.push(
                Diagnostic::error("wrong-type", summary)
                    .help("give a region's code, as in `\"eu-central-1\"`")
                    .resource(&resource.fqn)
                    .at(place(resource, "region"), ""),
            );
        }
    }
}

/// What is wrong with the region that a resource is wanted in, if it can be none.
fn wrong_region(resource: &Resource) -> Option<Diagnostic> {
    let error = check_region(resource.region.as_deref()?).err()?;
    let summary = format!("`region` of `{}` is no region: {}", resource.fqn, error.message);
    let help = match error.suggestion {
        Some(code) => format!("did you mean `{code}`?"),
        None => "leave it out, and it lives where the stage does".to_owned(),
    };
    let found = Diagnostic::error("bad-region", summary).help(help).resource(&resource.fqn);
    Some(found.at(place(resource, "region"), ""))
}

fn name_clash(added: &Resource, other: &Resource) -> Diagnostic {
    let owner = added.parent.as_ref().unwrap_or(&added.fqn);
    let summary = format!(
        "`{}` is needed by `{owner}`, but the stack has another resource of that name",
        added.fqn
    );
    Diagnostic::error("duplicate-id", summary)
        .help(format!("rename `{}`, or `{owner}`", other.fqn))
        .resource(&added.fqn)
        .at(other.span.as_ref(), "the other one")
        .at(added.span.as_ref(), "needs the name")
}
