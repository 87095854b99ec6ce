//! What is written before the first changing call, and after a failure that settles something.

use std::collections::BTreeSet;

use alchemy_core::{Action, Change, Intent, Plan, Record, Status, Step, StepId};

use crate::ProviderErrorKind;

/// Every intent of the plan, in its order. Steps that only change records need none.
pub(super) fn of(plan: &Plan, at: &str) -> Vec<Intent> {
    plan.steps.iter().filter_map(|step| intent(step, at)).collect()
}

/// Every rename of the plan, a name's former record before the one that moves to it. They are written before any intent:
/// a new object may be intended under an FQN that a rename frees, and after a crash nothing else tells the two apart.
pub(super) fn renames(plan: &Plan) -> Vec<Change> {
    let mut waiting: Vec<&Step> =
        plan.steps.iter().filter(|step| step.action == Action::Rename).collect();
    let mut changes = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let left: BTreeSet<StepId> = waiting.iter().map(|step| step.id).collect();
        let (later, now): (Vec<&Step>, Vec<&Step>) = waiting
            .into_iter()
            .partition(|step| step.after.iter().any(|other| left.contains(other)));
        assert!(!now.is_empty(), "a checked plan has an order");
        changes
            .extend(now.iter().map(|s| Change::Rename { uid: s.uid.clone(), to: s.fqn.clone() }));
        waiting = later;
    }
    changes
}

fn intent(step: &Step, at: &str) -> Option<Intent> {
    match step.action {
        Action::Create | Action::Replace | Action::Adopt => {
            Some(Intent::Create(half_made(step, at)))
        }
        Action::Update => Some(Intent::Update(step.uid.clone())),
        Action::Delete => Some(Intent::Delete(step.uid.clone())),
        Action::Retain | Action::Rename | Action::Record | Action::Forget => None,
    }
}

/// The record of an object that may come to exist.
fn half_made(step: &Step, at: &str) -> Record {
    let known =
        step.props.iter().filter_map(|(name, expr)| Some((name.clone(), expr.as_value()?.clone())));
    // A retained object that is adopted again keeps what is known of it.
    let prior = step.prior.as_ref().filter(|prior| prior.uid == step.uid);
    Record {
        uid: step.uid.clone(),
        fqn: step.fqn.clone(),
        ty: step.ty.clone(),
        generation: step.generation,
        status: Status::Creating,
        name: step.name.clone(),
        target: step.target.clone(),
        props: known.collect(),
        attrs: prior.map(|prior| prior.attrs.clone()).unwrap_or_default(),
        deps: step.deps.clone(),
        removal: step.removal,
        parent: step.parent.clone(),
        location: step.location.clone(),
        created_at: prior.map_or_else(|| at.to_owned(), |prior| prior.created_at.clone()),
        updated_at: at.to_owned(),
        replaced: false,
    }
}

/// What a failure proves: of an object that was to be made, that nothing of ours is there under its name; of one that
/// was to be deleted, that it is still there, though perhaps not whole.
pub(super) fn after_failure(step: &Step, kind: Option<ProviderErrorKind>) -> Vec<Change> {
    let makes = matches!(step.action, Action::Create | Action::Replace);
    match kind {
        Some(ProviderErrorKind::NameTaken) if makes => vec![
            Change::Taken {
                fqn: step.fqn.clone(),
                ty: step.ty.clone(),
                generation: step.generation,
            },
            Change::Removed(step.uid.clone()),
        ],
        Some(ProviderErrorKind::NotOurs) if makes => vec![Change::Removed(step.uid.clone())],
        Some(kind) if step.action == Action::Delete && refuses(kind) => still_there(step),
        _ => Vec::new(),
    }
}

/// Whether the service has said no, as opposed to nothing; or we have, because the object may be somebody else's.
fn refuses(kind: ProviderErrorKind) -> bool {
    use ProviderErrorKind::{Conflict, Denied, Invalid, NotOurs};
    matches!(kind, Invalid | Conflict | Denied | NotOurs)
}

/// The intent to delete, taken back: wanted again, the object is brought to its props; not wanted, it is deleted.
fn still_there(step: &Step) -> Vec<Change> {
    let whole = step.prior.iter().filter(|prior| prior.status != Status::Creating);
    whole
        .map(|prior| Change::Put(Record { status: Status::Updating, ..Record::clone(prior) }))
        .collect()
}
