//! What is recorded of other stages' outputs: before the run all that it may come to use, after a complete one what it
//! uses now.

use alchemy_core::{Change, Plan, Reference, Snapshot};

/// Recorded references stay as they are until all that uses them has moved; new ones join them, so that nobody
/// destroys their stage unwarned while the run goes on.
pub(super) fn before(plan: &Plan, snapshot: &Snapshot) -> Option<Change> {
    let wanted = plan.references.as_ref()?;
    let known = |reference: &&Reference| {
        !snapshot.references.iter().any(|other| other.output == reference.output)
    };
    let new: Vec<Reference> = wanted.iter().filter(known).cloned().collect();
    if new.is_empty() {
        return None;
    }
    let mut all = snapshot.references.clone();
    all.extend(new);
    all.sort_by(|a, b| a.output.cmp(&b.output));
    Some(Change::References(all))
}

/// What a complete run uses.
pub(super) fn after(plan: &Plan, snapshot: &Snapshot) -> Option<Change> {
    let wanted = plan.references.as_ref().filter(|wanted| **wanted != snapshot.references)?;
    Some(Change::References(wanted.clone()))
}
