//! What the program wants, by number: resources in declaration order, their descriptors, edges and working order.

use std::borrow::Cow;

use crate::graph::{NumberedEdges, numbered_edges, numbered_order};
use crate::{Descriptor, Diagnostic, Fqn, Graph, PlanInput, PlanMode, Resource, Target};

/// The expanded graph with its edges. Empty for a destroy.
#[derive(Debug, Default)]
pub(super) struct Declared<'a> {
    graph: Option<&'a Graph>,
    /// Resources, in declaration order.
    pub(super) resources: Vec<&'a Resource>,
    /// Their descriptors.
    pub(super) descriptors: Vec<&'a Descriptor>,
    /// For each, the resources it waits for.
    pub(super) edges: NumberedEdges,
    /// All of them, each after those it waits for.
    pub(super) order: Vec<usize>,
}

impl<'a> Declared<'a> {
    /// Numbers the graph. Refuses a type that the catalog lacks, and what [`crate::dependency_edges`] refuses.
    pub(super) fn new(input: &PlanInput<'a>) -> Result<Self, Vec<Diagnostic>> {
        let Some(graph) = input.graph.filter(|_| input.mode == PlanMode::Deploy) else {
            return Ok(Self::default());
        };
        let resources: Vec<&Resource> = graph.resources.values().collect();
        let (mut descriptors, mut unknown) = (Vec::with_capacity(resources.len()), Vec::new());
        for resource in &resources {
            match input.catalog.get(&resource.ty) {
                Some(descriptor) => descriptors.push(descriptor),
                None => unknown.push(unknown_type(resource)),
            }
        }
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let edges = numbered_edges(graph, input.catalog).map_err(|found| vec![*found])?;
        let order = numbered_order(&edges);
        Ok(Self { graph: Some(graph), resources, descriptors, edges, order })
    }
    /// The number of a resource.
    pub(super) fn index(&self, fqn: &Fqn) -> Option<usize> {
        self.graph?.resources.get_index_of(fqn)
    }
    /// What the program returned.
    pub(super) fn graph(&self) -> Option<&'a Graph> {
        self.graph
    }
}

/// Where a resource is wanted: the stage's target, unless it names a region of its own.
pub(super) fn target_of<'a>(resource: &Resource, stage: &'a Target) -> Cow<'a, Target> {
    match &resource.region {
        Some(region) => Cow::Owned(Target { region: region.clone(), ..stage.clone() }),
        None => Cow::Borrowed(stage),
    }
}

fn unknown_type(resource: &Resource) -> Diagnostic {
    Diagnostic::error("unknown-type", format!("there is no resource type `{}`", resource.ty))
        .resource(&resource.fqn)
        .at(resource.span.as_ref(), "declared here")
}
