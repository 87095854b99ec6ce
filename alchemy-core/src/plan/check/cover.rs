//! Checks: everything is covered exactly once, and every step speaks of something that exists.

use super::{Check, makes, parts, settles};
use crate::index::{Index, KeySet};
use crate::{Action, Fqn, PlanMode, Record, ResourceType, Status, Uid};

impl Check<'_, '_> {
    /// Steps are numbered 0, 1, … and wait only for others of the plan.
    pub(super) fn numbering(&mut self) {
        let count = self.plan.steps.len();
        for (index, step) in self.plan.steps.iter().enumerate() {
            if step.id.0 as usize != index {
                self.blame(step, &format!("stands at place {index}"));
            }
            if step.after.iter().any(|other| other.0 as usize >= count || *other == step.id) {
                self.blame(step, "waits for a step that is not there");
            }
        }
    }

    /// Every uid is a record's, or that of an object this plan makes.
    pub(super) fn uids(&mut self) {
        let made: KeySet<&Uid> =
            self.plan.steps.iter().filter(|s| makes(s.action)).map(|s| &s.uid).collect();
        for step in &self.plan.steps {
            let record = self.record(&step.uid);
            let known = match step.action {
                Action::Create => record
                    .is_none_or(|r| r.fqn == step.fqn || self.renames_to(&step.uid, &step.fqn)),
                Action::Replace => record.is_none_or(|r| r.status == Status::Creating),
                Action::Adopt => record.is_none(),
                Action::Delete => record.is_some() || self.is_found(step.name.as_deref(), &step.ty),
                _ => record.is_some(),
            };
            if !known {
                self.blame(step, "has a record it should not have, or lacks one");
            }
            if let Some(uid) =
                step.deps.iter().find(|uid| self.unknown(uid, &made) && !parts(step.action))
            {
                self.blame(step, &format!("depends on {uid}, which nobody knows"));
            }
            let prior_known = step.prior.as_ref().is_none_or(|prior| {
                self.record(&prior.uid).is_some()
                    || self.snapshot.retained.contains_key(&prior.uid)
                    || self.is_found(prior.name.as_deref(), &prior.ty)
            });
            if !prior_known {
                self.blame(step, "was made from a record that is not there");
            }
        }
    }

    fn unknown(&self, uid: &Uid, made: &KeySet<&Uid>) -> bool {
        self.record(uid).is_none() && !made.contains(uid)
    }

    fn renames_to(&self, uid: &Uid, fqn: &Fqn) -> bool {
        self.steps_on(uid).iter().any(|step| step.action == Action::Rename && step.fqn == *fqn)
    }

    fn is_found(&self, name: Option<&str>, ty: &ResourceType) -> bool {
        self.input.found.iter().any(|found| found.ty == *ty && Some(found.name.as_str()) == name)
    }

    /// Every declared resource is settled by one step, renamed, or left as it is: exactly one of these.
    pub(super) fn coverage(&mut self) {
        let mut count: Index<&Fqn, (usize, usize)> = Index::default();
        for step in &self.plan.steps {
            let entry = count.entry(&step.fqn).or_default();
            entry.0 += usize::from(settles(step.action));
            entry.1 += usize::from(step.action == Action::Rename);
        }
        for (fqn, _) in &self.plan.untouched {
            count.entry(fqn).or_default().0 += 1;
        }
        let graph = self.input.graph.filter(|_| self.input.mode == PlanMode::Deploy);
        for fqn in graph.iter().flat_map(|graph| graph.resources.keys()) {
            match count.get(fqn).copied() {
                Some((1, 0 | 1) | (0, 1)) => {}
                None | Some((0, 0)) => {
                    self.note(format!("{fqn} is in the program and not in the plan"));
                }
                Some((settled, renamed)) => {
                    self.note(format!(
                        "{fqn} is settled {settled} times and renamed {renamed} times"
                    ));
                }
            }
        }
        let known = |fqn: &Fqn| graph.is_some_and(|graph| graph.resources.contains_key(fqn));
        let strangers: Vec<&Fqn> = count
            .iter()
            .filter(|(fqn, (settled, renamed))| settled + renamed > 0 && !known(fqn))
            .map(|(fqn, _)| *fqn)
            .collect();
        for fqn in strangers {
            self.note(format!("{fqn} is settled although the program does not have it"));
        }
        for step in &self.plan.steps {
            let declared = graph.and_then(|graph| graph.resources.get(&step.fqn));
            if settles(step.action) && declared.is_some_and(|resource| resource.ty != step.ty) {
                self.blame(step, "has another type than the program says");
            }
        }
    }

    /// Every record has one fate: its resource is settled with it, it is left as it is, or it goes.
    pub(super) fn fates(&mut self) {
        let untouched: KeySet<&Fqn> = self.plan.untouched.iter().map(|(fqn, _)| fqn).collect();
        let mut still: Index<(&Fqn, &ResourceType), usize> = Index::default();
        let mut broken: Vec<String> = Vec::new();
        for (record, steps) in self.records() {
            let parting = steps.iter().filter(|step| parts(step.action)).count();
            let staying = steps.iter().filter(|step| settles(step.action)).count();
            let renamed = steps.iter().any(|step| step.action == Action::Rename);
            if parting + staying > 1 || (renamed && parting > 0) {
                let (uid, fqn) = (&record.uid, &record.fqn);
                broken.push(format!("the record {uid} of {fqn} has more than one fate"));
            }
            if parting + staying == 0 && !renamed {
                if untouched.contains(&record.fqn) && !record.replaced {
                    *still.entry((&record.fqn, &record.ty)).or_default() += 1;
                } else {
                    broken.push(format!("the record {} of {} is left out", record.uid, record.fqn));
                }
                broken.extend(open_intent(record));
            }
        }
        let twice = still.iter().filter(|(_, n)| **n > 1);
        broken.extend(twice.map(|((fqn, _), _)| format!("{fqn} would go on with several objects")));
        let kept: KeySet<&Fqn> = still.keys().map(|(fqn, _)| *fqn).collect();
        let unknown = untouched.difference(&kept);
        broken
            .extend(unknown.map(|fqn| format!("{fqn} is left as it is although it has no record")));
        for what in broken {
            self.note(what);
        }
    }
}

fn open_intent(record: &Record) -> Option<String> {
    (record.status != Status::Ready)
        .then(|| format!("the open intent of {} ({:?}) is not taken up", record.fqn, record.status))
}
