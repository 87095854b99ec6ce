//! Checks: whose objects are touched, under which names, and what must be kept.

use std::borrow::Cow;

use super::{Check, makes, parts, settles};
use crate::index::Index;
use crate::{Action, NameUse, Observed, Ownership, RemovalPolicy, ResourceType, Step, Uid, Value};

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
                Ownership::Untagged
                    if makes(step.action) && !step.adopt && !self.takes_recorded_name(step) =>
                {
                    self.blame(step, "takes over an object without being allowed to");
                }
                Ownership::Untagged | Ownership::ByParent => {}
            }
        }
    }

    /// Whether the name that a step takes is that of a recorded object, which goes before it.
    fn takes_recorded_name(&self, step: &Step) -> bool {
        let gone = step
            .after
            .iter()
            .map(|id| &self.plan.steps[id.0 as usize])
            .filter(|other| parts(other.action));
        let mut gone = gone.filter(|other| self.record(&other.uid).is_some());
        gone.any(|other| other.ty == step.ty && other.name == step.name)
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
                        && owner.generation == step.generation.0
                }
                _ => true,
            };
            if there && !self.kept_as_another(step) {
                self.blame(step, "forgets an object that may be there");
            }
        }
    }

    /// Whether the object of a forgotten record is kept as that of another.
    fn kept_as_another(&self, step: &Step) -> bool {
        let handle = |step: &Step| {
            let props = step.prior.as_ref().map(|prior| &prior.props)?;
            let handle = self.tell(&step.ty, step.name.as_deref(), |prop| props.get(prop));
            handle.map(Cow::into_owned)
        };
        let mut retained = self.plan.steps.iter().filter(|other| other.action == Action::Retain);
        retained.any(|other| {
            other.ty == step.ty && handle(other).is_some() && handle(other) == handle(step)
        })
    }

    /// Whatever stays after the plan has a name, or natural key, of its own.
    pub(super) fn names(&mut self) {
        let mut stays: Index<(Cow<'_, str>, &ResourceType, &str, &str), &Uid> = Index::default();
        let mut doubles: Vec<String> = Vec::new();
        let stay = |steps: &[&Step]| {
            let leaves = |s: &&Step| parts(s.action) && s.action != Action::Retain;
            !steps.iter().any(|step| leaves(step) || settles(step.action))
        };
        let retained = self.snapshot.retained.values().map(|r| (r.as_ref(), self.steps_on(&r.uid)));
        let kept = self.records().chain(retained).filter(|(_, steps)| stay(steps));
        let kept = kept.map(|(r, _)| {
            (&r.uid, &r.ty, &r.target, self.tell(&r.ty, r.name.as_deref(), |p| r.props.get(p)))
        });
        let made = self.plan.steps.iter().filter(|s| settles(s.action));
        let made = made.map(|s| {
            let known = |prop: &str| s.props.get(prop).and_then(|expr| expr.as_value());
            (&s.uid, &s.ty, &s.target, self.tell(&s.ty, s.name.as_deref(), known))
        });
        for (uid, ty, target, handle) in kept.chain(made) {
            let Some(handle) = handle else { continue };
            let global = self
                .input
                .catalog
                .get(ty)
                .is_some_and(|descriptor| descriptor.global || descriptor.names_span_regions);
            let region = if global { "" } else { target.region.as_str() };
            let key = (handle, ty, target.account.as_str(), region);
            let (place, before) = stays.insert_full(key, uid);
            if before.is_some_and(|other| other != uid) {
                let handle = stays.get_index(place).map_or("", |((handle, ..), _)| handle);
                doubles.push(format!("two objects of type {ty} would be {handle}"));
            }
        }
        for double in doubles {
            self.note(double);
        }
    }

    /// What tells an object from the others of its type.
    fn tell<'v>(
        &self,
        ty: &ResourceType,
        name: Option<&'v str>,
        prop: impl Fn(&str) -> Option<&'v Value>,
    ) -> Option<Cow<'v, str>> {
        match (&self.input.catalog.get(ty)?.name, name) {
            (_, Some(name)) => Some(Cow::Borrowed(name)),
            (NameUse::Natural { key }, None) => {
                let parts: Option<Vec<String>> =
                    key.iter().map(|k| prop(k).map(Value::to_json)).collect();
                parts.map(|parts| Cow::Owned(parts.join("/")))
            }
            (NameUse::Named { .. }, None) => None,
        }
    }
}
