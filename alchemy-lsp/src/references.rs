//! Outputs of other stages that a program uses, as far as the store's state has them.

use alchemy_core::{
    ClosureEvaluator, Diagnostic, Graph, OtherStages, Referenced, ReferencesUsed, SecretHasher,
    StageRef, resolve_references,
};
use alchemy_state::StageKey;

use crate::state_view::StateView;

/// A graph with the outputs of other stages in their places.
pub(crate) struct Resolved {
    /// The graph; as it was, if one of them cannot be had: then what is made of them is not known.
    pub(crate) graph: Graph,
    /// What was used.
    pub(crate) used: ReferencesUsed,
    /// Whether nothing is left out.
    pub(crate) complete: bool,
    /// What a deploy would refuse.
    pub(crate) findings: Vec<Diagnostic>,
}

/// Puts them in.
pub(crate) fn resolved(
    graph: Graph,
    state: &StateView,
    closures: &dyn ClosureEvaluator,
    hasher: &SecretHasher,
) -> Resolved {
    let key = |of: &StageRef| StageKey { stack: of.stack.clone(), stage: of.stage.clone() };
    let known = |of: &StageRef| state.knows(&key(of));
    let complete = graph.references.is_empty();
    let (used, findings) = (ReferencesUsed::default(), Vec::new());
    let mut as_it_is = Resolved { graph, used, complete, findings };
    let graph = &as_it_is.graph;
    if complete || !graph.references.keys().all(known) {
        return as_it_is;
    }
    let mut others = OtherStages::default();
    for of in graph.references.keys() {
        if let Some(snapshot) = state.snapshot(&key(of)) {
            others.read.insert(of.clone(), Referenced::of(snapshot));
        }
    }
    let stages = state.stages.keys();
    others.known =
        stages.map(|key| StageRef { stack: key.stack.clone(), stage: key.stage.clone() }).collect();
    match resolve_references(graph.clone(), &others, closures, hasher) {
        Ok((graph, used)) => Resolved { graph, used, complete: true, findings: Vec::new() },
        Err(findings) => {
            // What is sealed a deploy opens with the passphrase, which an editor does not have.
            let sealed = |found: &Diagnostic| found.code == "reference-sealed";
            as_it_is.findings = findings.into_iter().filter(|found| !sealed(found)).collect();
            as_it_is
        }
    }
}
