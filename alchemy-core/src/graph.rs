//! The graph: what a program wants a stage to be, with a source position for every resource.

mod components;
mod order;

use std::collections::{BTreeMap, BTreeSet};

pub use order::{DependencyEdges, dependency_edges, topological_order};
pub(crate) use order::{MAX_NAME_CHAIN, NumberedEdges, numbered_edges, numbered_order};

use indexmap::IndexMap;

use crate::{Expr, Fqn, ResourceType, SecretHasher, Span, StackName, Stage, StageRef};

/// What happens to the cloud object when its resource leaves the program or the stage is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RemovalPolicy {
    /// Deleted.
    #[default]
    Destroy,
    /// Kept in the cloud, listed in the snapshot, adopted again by a later deploy.
    Retain,
}

/// One resource as the program declared it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name in the stack.
    pub fqn: Fqn,
    /// Its type.
    pub ty: ResourceType,
    /// Props as given (before normalisation), by name.
    pub props: BTreeMap<String, Expr>,
    /// `RemovalPolicy`, if the program said one; else the descriptor's.
    pub removal: Option<RemovalPolicy>,
    /// Former names, nearest first (`renamedFrom`).
    pub renamed_from: Vec<Fqn>,
    /// The resource the catalog expanded it from; shown folded under it.
    pub parent: Option<Fqn>,
    /// Resources it must follow although no prop mentions them.
    pub depends_on: BTreeSet<Fqn>,
    /// Whether an existing object may be taken over without asking (`adopt(true)`).
    pub adopt: bool,
    /// The reserved `region` prop: where it lives, if not in the stage's region.
    pub region: Option<String>,
    /// Where it was declared: the call's span.
    pub span: Option<Span>,
    /// Where each prop was given, by dotted path (`redrivePolicy.maxReceiveCount`), if written as a literal.
    pub prop_spans: BTreeMap<String, Span>,
}

/// All resources of a stack in one stage, in declaration order, and the program's outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The stack.
    pub stack: StackName,
    /// The stage it was evaluated for.
    pub stage: Stage,
    /// By FQN, in declaration order.
    pub resources: IndexMap<Fqn, Resource>,
    /// Stages whose outputs it uses, and where the program names each.
    pub references: BTreeMap<StageRef, Option<Span>>,
    /// What the program returned.
    pub outputs: Expr,
}

impl Graph {
    /// Whether the program gives a redacted value anywhere.
    pub fn has_secret(&self) -> bool {
        let mut props = self.resources.values().flat_map(|resource| resource.props.values());
        props.any(Expr::has_secret) || self.outputs.has_secret()
    }
    /// It with every redacted value digested by `hasher`.
    pub fn digest(&mut self, hasher: &SecretHasher) {
        let props = self.resources.values_mut().flat_map(|resource| resource.props.values_mut());
        for expr in props.chain([&mut self.outputs]).filter(|expr| expr.has_secret()) {
            *expr = expr.digested(hasher);
        }
    }
}

impl Resource {
    /// The FQNs it refers to in props or follows, in order, without itself.
    pub fn dependencies(&self) -> BTreeSet<Fqn> {
        let mut found = self.depends_on.clone();
        for expr in self.props.values() {
            expr.each_attr(&mut |fqn, _| {
                found.insert(fqn.clone());
            });
        }
        found.remove(&self.fqn);
        found
    }
}
