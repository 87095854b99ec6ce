//! Checks: the order of steps.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Check, makes, parts, settles};
use crate::index::{Index, KeySet};
use crate::{Action, Fqn, Graph, PlanMode, Record, Step, StepId, Uid};

impl<'a> Check<'_, 'a> {
    /// No step waits for itself.
    pub(super) fn circles(&mut self) {
        let steps = &self.plan.steps;
        if steps.iter().all(|step| step.after.iter().all(|other| other.0 < step.id.0)) {
            return;
        }
        let mut waits: Vec<usize> =
            steps.iter().map(|s| s.after.iter().collect::<BTreeSet<_>>().len()).collect();
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
        for step in steps {
            for other in step.after.iter().collect::<BTreeSet<_>>() {
                next[other.0 as usize].push(step.id.0 as usize);
            }
        }
        let mut free: Vec<usize> = (0..steps.len()).filter(|&i| waits[i] == 0).collect();
        let mut passed = 0;
        while let Some(at) = free.pop() {
            passed += 1;
            for &to in &next[at] {
                waits[to] -= 1;
                if waits[to] == 0 {
                    free.push(to);
                }
            }
        }
        if passed < steps.len() {
            self.note(format!("{} steps wait for each other in a circle", steps.len() - passed));
        }
    }

    /// What a step needs is made or brought up to date before it, and recorded as a dependency.
    pub(super) fn makes(&mut self) {
        for step in self.plan.steps.iter().filter(|step| settles(step.action)) {
            for uid in &step.deps {
                if let Some(other) = self.settling(uid)
                    && !step.after.contains(&other.id)
                {
                    self.blame(
                        step,
                        &format!("does not wait for {}, which it depends on", other.fqn),
                    );
                }
                if self.parting(uid).is_some() {
                    self.blame(step, &format!("depends on {uid}, which goes"));
                }
            }
            if let Some(rename) =
                self.steps_on(&step.uid).iter().find(|other| other.action == Action::Rename)
                && !step.after.contains(&rename.id)
            {
                self.blame(step, "does not wait for its own rename");
            }
        }
        if let Some(graph) = self.input.graph.filter(|_| self.input.mode == PlanMode::Deploy) {
            self.mentions(graph);
        }
    }

    /// A mention in the program is an edge of the plan, unless the one mentioned depends on the one that mentions it.
    fn mentions(&mut self, graph: &Graph) {
        let ends = self.ends();
        let uids: OnceCell<Index<&Uid, &Fqn>> = OnceCell::new();
        let uids =
            || uids.get_or_init(|| ends.iter().map(|(fqn, (uid, _))| (*uid, *fqn)).collect());
        let mut missing = Vec::new();
        for resource in graph.resources.values() {
            let Some((uid, deps)) = ends.get(&resource.fqn) else { continue };
            for other in resource.dependencies() {
                let Some((other_uid, _)) = ends.get(&other) else { continue };
                if !deps.contains(other_uid) && !reaches(&ends, uids(), &other, uid) {
                    missing.push((resource.fqn.clone(), other));
                }
            }
        }
        for (from, to) in missing {
            self.note(format!("{from} mentions {to}, but the plan records no dependency"));
        }
    }

    /// The object each declared resource ends with, and what that depends on.
    fn ends(&self) -> Index<&Fqn, (&Uid, &[Uid])> {
        let mut ends: Index<&Fqn, (&Uid, &[Uid])> = Index::default();
        let current = self.records().filter(|(record, _)| !record.replaced);
        // A record that is settled ends as its step says.
        let rests = |steps: &[&Step]| !steps.iter().any(|s| parts(s.action) || settles(s.action));
        for (record, _) in current.filter(|(_, steps)| rests(steps)) {
            ends.insert(&record.fqn, (&record.uid, &record.deps));
        }
        for step in &self.plan.steps {
            if step.action == Action::Rename {
                ends.insert(&step.fqn, (&step.uid, &step.deps));
            }
        }
        for step in self.plan.steps.iter().filter(|step| settles(step.action)) {
            ends.insert(&step.fqn, (&step.uid, &step.deps));
        }
        ends
    }

    /// Nothing goes before all that uses it has gone or moved on.
    pub(super) fn deletes(&mut self) {
        let mut early = Vec::new();
        for user in self.snapshot.records.values() {
            for uid in &user.deps {
                let Some(parting) = self.parting(uid).filter(|step| step.action != Action::Forget)
                else {
                    continue;
                };
                let Some(last) = self.parting(&user.uid).or_else(|| self.settling(&user.uid))
                else {
                    self.blame(parting, &format!("takes away what {} still uses", user.fqn));
                    continue;
                };
                if !parting.after.contains(&last.id) {
                    early.push((parting, user));
                }
            }
        }
        if early.is_empty() {
            return;
        }
        let needed = self.names_waited_for();
        early.retain(|(parting, _)| !needed.contains(&parting.id));
        let circles = self.circles_of_records();
        early.retain(|(step, user)| !circles.contains(&step.uid) || !circles.contains(&user.uid));
        for (parting, user) in early {
            self.blame(parting, &format!("does not wait for {}, which uses it", user.fqn));
        }
    }

    /// Steps that a new object waits for: those that free a name it takes among them.
    fn names_waited_for(&self) -> KeySet<StepId> {
        let making = self.plan.steps.iter().filter(|step| makes(step.action));
        making.flat_map(|step| step.after.iter().copied()).collect()
    }

    /// Records whose recorded dependencies lead back to themselves.
    fn circles_of_records(&self) -> BTreeSet<&'a Uid> {
        let records: &'a BTreeMap<Uid, Arc<Record>> = &self.snapshot.records;
        let mut users: BTreeMap<&Uid, usize> = records.keys().map(|uid| (uid, 0)).collect();
        for dep in records.values().flat_map(|record| &record.deps) {
            users.entry(dep).and_modify(|n| *n += 1);
        }
        let mut free: Vec<&Uid> =
            users.iter().filter(|(_, n)| **n == 0).map(|(uid, _)| *uid).collect();
        let mut left: BTreeSet<&Uid> = records.keys().collect();
        while let Some(uid) = free.pop() {
            left.remove(uid);
            for dep in records.get(uid).iter().flat_map(|record| &record.deps) {
                if let Some((known, n)) = users.get_key_value(dep).map(|(known, n)| (*known, *n)) {
                    users.insert(known, n - 1);
                    if n == 1 {
                        free.push(known);
                    }
                }
            }
        }
        left
    }

    /// A replacement takes its old object away, in the right order, and loses no data unasked.
    pub(super) fn replacements(&mut self) {
        for step in self.plan.steps.iter().filter(|step| step.action == Action::Replace) {
            let Some(prior) = &step.prior else {
                self.blame(step, "replaces nothing");
                continue;
            };
            let Some(old) = self.parting(&prior.uid) else {
                self.blame(step, "leaves the old object without a fate");
                continue;
            };
            let deleted_first = step.after.contains(&old.id);
            if !deleted_first && !old.after.contains(&step.id) {
                self.blame(old, "does not wait for the object that takes its place");
            }
            let descriptor = self.input.catalog.get(&prior.ty);
            let one_place = descriptor
                .is_none_or(|d| d.name_region(&step.target) == d.name_region(&prior.target));
            let same_name = step.name.is_some() && step.name == prior.name && one_place;
            if !deleted_first && same_name {
                self.blame(step, "takes a name that is still in use");
            }
            let whole = matches!(prior.status, crate::Status::Ready | crate::Status::Updating);
            if deleted_first
                && whole
                && descriptor
                    .is_some_and(|d| d.holds_data && !loss_allowed(prior, d.data_loss_prop))
            {
                self.blame(step, "loses data that the program did not give up");
            }
        }
    }
}

fn loss_allowed(record: &Record, prop: Option<&str>) -> bool {
    prop.is_some_and(|prop| matches!(record.props.get(prop), Some(crate::Value::Bool(true))))
}

/// Whether the dependencies of `from` lead to `goal`.
fn reaches(
    ends: &Index<&Fqn, (&Uid, &[Uid])>,
    uids: &Index<&Uid, &Fqn>,
    from: &Fqn,
    goal: &Uid,
) -> bool {
    let mut seen: BTreeSet<&Fqn> = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(fqn) = waiting.pop() {
        let Some((key, (_, deps))) = ends.get_key_value(fqn) else { continue };
        if !seen.insert(key) {
            continue;
        }
        if deps.contains(goal) {
            return true;
        }
        waiting.extend(deps.iter().filter_map(|uid| uids.get(uid).copied()));
    }
    false
}
