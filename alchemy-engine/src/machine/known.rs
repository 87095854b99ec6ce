//! What is known while the run goes on: state with every change folded in, and attributes by resource.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::{Action, Change, Expr, Fqn, Plan, Record, Snapshot, Status, Step, Uid};

use super::{KnownAttrs, doubtful};

#[derive(Debug)]
pub(super) struct Known<'a> {
    base: &'a Snapshot,
    snapshot: Snapshot,
    /// The record whose attributes a mention of the resource means.
    current: BTreeMap<Fqn, Uid>,
}

impl<'a> Known<'a> {
    pub(super) fn new(plan: &Plan, base: &'a Snapshot) -> Self {
        Self { base, snapshot: base.clone(), current: current(plan, base) }
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub(super) fn fold(&mut self, changes: &[Change]) {
        for change in changes {
            self.snapshot.apply(change);
            if let Change::Put(record) = change
                && !record.replaced
            {
                self.current.insert(record.fqn.clone(), record.uid.clone());
            }
        }
    }

    /// Attributes of every resource these mention, as far as known.
    pub(super) fn attrs_for<'e>(&self, exprs: impl IntoIterator<Item = &'e Expr>) -> KnownAttrs {
        let mut attrs = KnownAttrs::new();
        for expr in exprs {
            expr.each_attr(&mut |fqn, _| {
                let record = self.current.get(fqn).and_then(|uid| self.snapshot.records.get(uid));
                if let Some(record) = record
                    && !attrs.contains_key(fqn)
                {
                    attrs.insert(fqn.clone(), record.attrs.clone());
                }
            });
        }
        attrs
    }

    /// The changes that take the intent of a step that never began back, if it changed anything.
    pub(super) fn before_intent(&self, step: &Step) -> Vec<Change> {
        if let Some(retained) = self.base.retained.get(&step.uid) {
            return vec![Change::Put(Record::clone(retained)), Change::Retained(step.uid.clone())];
        }
        let (Some(before), Some(now)) =
            (self.base.records.get(&step.uid), self.snapshot.records.get(&step.uid))
        else {
            return Vec::new();
        };
        if !doubtful(now.status) || now.status == before.status {
            return Vec::new();
        }
        vec![Change::Put(Record { status: before.status, ..Record::clone(now) })]
    }
}

/// Which record each resource means before the first step: the live one, under its new FQN if it is renamed; none
/// if this run makes another object for it.
fn current(plan: &Plan, base: &Snapshot) -> BTreeMap<Fqn, Uid> {
    let steps = |action: Action| plan.steps.iter().filter(move |step| step.action == action);
    let renamed: BTreeMap<&Uid, &Fqn> =
        steps(Action::Rename).map(|step| (&step.uid, &step.fqn)).collect();
    let makes = [Action::Create, Action::Replace, Action::Adopt];
    let made: BTreeSet<&Fqn> = plan
        .steps
        .iter()
        .filter(|step| makes.contains(&step.action))
        .map(|step| &step.fqn)
        .collect();
    let mut newest: BTreeMap<Fqn, &Record> = BTreeMap::new();
    for record in
        base.records.values().filter(|record| !record.replaced && record.status != Status::Creating)
    {
        let fqn = renamed.get(&record.uid).map_or(&record.fqn, |fqn| *fqn);
        let older = newest.get(fqn).is_none_or(|other| other.generation < record.generation);
        if older && !made.contains(fqn) {
            newest.insert(fqn.clone(), record);
        }
    }
    newest.into_iter().map(|(fqn, record)| (fqn, record.uid.clone())).collect()
}
