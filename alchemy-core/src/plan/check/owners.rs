//! Checks: whose objects are touched, under which names, and what must be kept.

use std::collections::BTreeMap;

use super::{Check, makes, parts, settles};
use crate::{Action, Observed, Ownership, RemovalPolicy, ResourceType, Uid};

impl Check<'_, '_> {
    /// No step changes an object whose tags name another owner.
    pub(super) fn owners(&mut self) {
        for step in &self.plan.steps {
            let touches =
                makes(step.action) || matches!(step.action, Action::Update | Action::Delete);
            let Some(Observed::Present { ownership, .. }) = self.input.observations.get(&step.uid)
            else {
                continue;
            };
            if !touches {
                continue;
            }
            match ownership {
                Ownership::Tagged(owner) => {
                    let ours = owner.realm == self.input.realm.as_str()
                        && owner.stack == self.snapshot.stack.as_str()
                        && owner.stage == self.snapshot.stage.as_str();
                    if !ours {
                        self.blame(step, &format!("changes an object of stage {}", owner.stage));
                    }
                }
                Ownership::Untagged if makes(step.action) && !step.adopt => {
                    self.blame(step, "takes over an object without being allowed to");
                }
                Ownership::Untagged | Ownership::ByParent => {}
            }
        }
    }

    /// What must be kept is neither deleted nor forgotten while it is there.
    pub(super) fn retained(&mut self) {
        for step in self.plan.steps.iter().filter(|step| step.action == Action::Delete) {
            let keep = self
                .record(&step.uid)
                .is_some_and(|record| record.removal == RemovalPolicy::Retain);
            if keep || self.snapshot.retained.contains_key(&step.uid) {
                self.blame(step, "deletes what must be kept");
            }
        }
        for step in self.plan.steps.iter().filter(|step| step.action == Action::Forget) {
            let there = match self.input.observations.get(&step.uid) {
                Some(Observed::Absent) => false,
                Some(Observed::Present { ownership: Ownership::Tagged(owner), .. }) => {
                    owner.realm == self.input.realm.as_str()
                        && owner.stack == self.snapshot.stack.as_str()
                        && owner.stage == self.snapshot.stage.as_str()
                }
                _ => true,
            };
            if there {
                self.blame(step, "forgets an object that may be there");
            }
        }
    }

    /// Whatever stays after the plan has a name of its own.
    pub(super) fn names(&mut self) {
        let mut stays: BTreeMap<(&ResourceType, &str, &str, &str), &Uid> = BTreeMap::new();
        let mut doubles: Vec<String> = Vec::new();
        let leaving = |uid: &Uid| {
            self.steps_on(uid).iter().any(|s| parts(s.action) && s.action != Action::Retain)
        };
        let records = self.snapshot.records.values().filter(|record| !leaving(&record.uid));
        let kept = records.chain(self.snapshot.retained.values());
        let kept = kept.map(|r| (&r.uid, &r.ty, &r.target, r.name.as_deref()));
        let made = self.plan.steps.iter().filter(|s| settles(s.action));
        let made = made.map(|s| (&s.uid, &s.ty, &s.target, s.name.as_deref()));
        for (uid, ty, target, name) in kept.chain(made) {
            let Some(name) = name else { continue };
            let key = (ty, name, target.account.as_str(), target.region.as_str());
            if stays.insert(key, uid).is_some_and(|other| other != uid) {
                doubles.push(format!("two objects of type {ty} would be named {name}"));
            }
        }
        doubles.into_iter().for_each(|double| self.note(double));
    }
}
