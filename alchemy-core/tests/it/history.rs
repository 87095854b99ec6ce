//! Physical names over time: whatever is renamed, replaced, retained, destroyed and made again, no two objects of a
//! stage ever have the same name, and none gets the name of one that was there before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alchemy_core::{
    Change, Fqn, Identity, Intent, Record, RemovalPolicy, ResourceType, Snapshot, Status, Target,
    Uid, physical_name,
};
use proptest::prelude::*;

use crate::service_limits::LIMITS;
use crate::unique::{Base, Twist, base, runner};

/// Resources that share the readable part of their names.
const RESOURCES: usize = 52;

/// A stage with its history.
struct Story {
    snapshot: Snapshot,
    identities: Vec<Identity>,
    rule: alchemy_core::NameRule,
    /// Names of all objects that were ever made.
    used: BTreeSet<String>,
}

impl Story {
    fn new(base: &Base, kind: usize, twist: Twist) -> Self {
        let limit = &LIMITS[kind];
        let identities: Vec<_> =
            (0..RESOURCES).map(|n| base.identity(twist, n, limit.ty)).collect();
        let snapshot = Snapshot::new(identities[0].stack.clone(), identities[0].stage.clone());
        Self { snapshot, identities, rule: limit.rule, used: BTreeSet::new() }
    }

    fn fqn(&self, n: usize) -> Fqn {
        self.identities[n % RESOURCES].fqn.clone()
    }

    fn ty(&self) -> ResourceType {
        self.identities[0].ty.clone()
    }

    /// The record of a new object of resource `n`, under the lowest generation never used.
    fn fresh(&mut self, n: usize, status: Status) -> Result<Record, TestCaseError> {
        let fqn = self.fqn(n);
        let generation = self.snapshot.next_generation(&fqn, &self.ty());
        let identity = Identity { generation, ..self.identities[n % RESOURCES].clone() };
        let name = physical_name(&identity, &self.rule);
        prop_assert!(self.used.insert(name.to_ascii_lowercase()), "{} was used before", name);
        Ok(record(&identity, name, status))
    }

    fn apply(&mut self, change: &Change) {
        self.snapshot.apply(change);
    }

    fn live(&self, n: usize) -> Option<Record> {
        self.snapshot.live(&self.fqn(n)).cloned()
    }

    fn create(&mut self, n: usize, crash: bool) -> Result<(), TestCaseError> {
        if self.live(n).is_some() {
            return Ok(());
        }
        let record = self.fresh(n, Status::Creating)?;
        self.apply(&Change::Intend(vec![Intent::Create(record.clone())]));
        if !crash {
            self.apply(&Change::Put(Record { status: Status::Ready, ..record }));
        }
        Ok(())
    }

    /// The name that resource `n` gets in a deploy of a stage that is new.
    fn first_name(&mut self, n: usize) -> Result<(Fqn, String), TestCaseError> {
        let record = self.fresh(n, Status::Ready)?;
        let named = (record.fqn.clone(), record.name.clone().unwrap_or_default());
        self.apply(&Change::Put(record));
        Ok(named)
    }

    fn replace(&mut self, n: usize, old: Option<bool>) -> Result<(), TestCaseError> {
        let Some(before) = self.live(n) else { return Ok(()) };
        let next = self.fresh(n, Status::Ready)?;
        self.apply(&Change::Put(next));
        self.apply(&Change::Replaced(before.uid.clone()));
        match old {
            Some(true) => self.apply(&Change::Retained(before.uid)),
            Some(false) => self.apply(&Change::Removed(before.uid)),
            None => {}
        }
        Ok(())
    }

    fn remove(&mut self, n: usize, retain: bool) {
        let Some(Record { uid, .. }) = self.live(n) else { return };
        if !retain {
            self.apply(&Change::Intend(vec![Intent::Delete(uid.clone())]));
        }
        self.apply(&if retain { Change::Retained(uid) } else { Change::Removed(uid) });
    }

    fn rename(&mut self, from: usize, to: usize) {
        let Some(Record { uid, .. }) = self.live(from) else { return };
        if self.live(to).is_none() {
            self.apply(&Change::Rename { uid, to: self.fqn(to) });
        }
    }

    fn adopt(&mut self, n: usize) {
        let fqn = self.fqn(n);
        let kept = self.snapshot.retained.values().find(|r| r.fqn == fqn).cloned();
        if let (Some(record), None) = (kept, self.live(n)) {
            self.apply(&Change::Put(Arc::unwrap_or_clone(record)));
        }
    }

    fn taken(&mut self, n: usize) {
        let (fqn, ty) = (self.fqn(n), self.ty());
        let generation = self.snapshot.next_generation(&fqn, &ty);
        self.apply(&Change::Taken { fqn, ty, generation });
    }

    fn destroy(&mut self) {
        let all: Vec<Uid> = self.snapshot.records.keys().cloned().collect();
        for uid in all {
            self.apply(&Change::Removed(uid));
        }
        self.apply(&Change::Destroyed { at: "2026-01-01T00:00:00Z".to_owned() });
    }

    /// What must hold after every change.
    fn check(&self) -> Result<(), TestCaseError> {
        let mut names = BTreeSet::new();
        for record in self.snapshot.records.values().chain(self.snapshot.retained.values()) {
            let name = record.name.clone().unwrap_or_default().to_ascii_lowercase();
            prop_assert!(names.insert(name), "{:?} shares its name", record);
            let next = self.snapshot.next_generation(&record.fqn, &record.ty);
            prop_assert!(
                next > record.generation,
                "{} would get generation {next} again",
                record.fqn
            );
        }
        Ok(())
    }
}

fn record(identity: &Identity, name: String, status: Status) -> Record {
    Record {
        uid: identity.uid(),
        fqn: identity.fqn.clone(),
        ty: identity.ty.clone(),
        generation: identity.generation,
        status,
        name: Some(name),
        target: Target {
            provider: "aws".to_owned(),
            account: "1".to_owned(),
            region: "eu-central-1".to_owned(),
        },
        props: BTreeMap::new(),
        attrs: BTreeMap::new(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: String::new(),
        updated_at: String::new(),
        replaced: false,
    }
}

#[test]
fn no_object_ever_gets_the_name_of_another() {
    let twists = [Twist::IdCase, Twist::IdSeparator];
    let steps = prop::collection::vec((0_u8..12, 0..RESOURCES, 0..RESOURCES), 1..40);
    let strategy = (base(), 0..LIMITS.len(), 0..2_usize, steps);
    let result = runner().run(&strategy, |(base, kind, twist, steps)| {
        let mut story = Story::new(&base, kind, twists[twist]);
        for n in 0..RESOURCES {
            story.create(n, false)?;
        }
        for (step, a, b) in steps {
            match step {
                0 => story.create(a, true)?,
                1 | 2 => story.create(a, false)?,
                3 => story.replace(a, None)?,
                4 => story.replace(a, Some(false))?,
                5 => story.replace(a, Some(true))?,
                6 => story.remove(a, false),
                7 => story.remove(a, true),
                8 | 9 => {
                    story.remove(b, false);
                    story.rename(a, b);
                }
                10 => story.adopt(a),
                _ if a == b => story.destroy(),
                _ => story.taken(a),
            }
        }
        story.check()
    });
    result.unwrap();
}

#[test]
fn names_do_not_depend_on_the_order_of_declaration() {
    let strategy = (base(), 0..LIMITS.len(), any::<prop::sample::Index>());
    let result = runner().run(&strategy, |(base, kind, turn)| {
        let start = turn.index(RESOURCES);
        let mut story = Story::new(&base, kind, Twist::IdCase);
        let named = |i: &Identity| (i.fqn.clone(), physical_name(i, &story.rule));
        let mut names: BTreeMap<Fqn, String> = story.identities.iter().map(named).collect();
        for n in 0..RESOURCES {
            let (fqn, name) = story.first_name((start + RESOURCES - n) % RESOURCES)?;
            prop_assert_eq!(names.remove(&fqn), Some(name));
        }
        Ok(())
    });
    result.unwrap();
}
