//! What holds of a world after every run, whatever went wrong in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use alchemy_core::{NameUse, Record, Value};

use crate::sim_cloud::{Object, ObjectKey};
use crate::world::World;

/// A law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// Nothing panics.
    NoPanic,
    /// No object that neither state nor journal knows, at any end of any run.
    Known,
    /// No two objects for one resource and generation.
    NoDouble,
    /// No generated name is given twice.
    NamesAreUsedOnce,
    /// No call for an object of another stage, store or person; and no key of another stage's state written.
    OthersUntouched,
    /// A secret is in no state, journal, history, event, plan or report.
    SecretNowhere,
    /// No serial number is committed twice, and what history holds never changes.
    OneCommitter,
    /// After the lock is lost nothing is begun.
    NothingWithoutLock,
    /// A lost reply or a time-out alone is no failure.
    LostReplyIsNoFailure,
    /// The next run heals, and asks nobody.
    Heals,
    /// Then objects and records agree in everything.
    Agree,
    /// Then nothing is left to do and no journal is open.
    FixedPoint,
    /// Then the stage is what it would be without any of it.
    SameEndState,
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPanic => "no panic",
            Self::Known => "no object unknown to state and journal",
            Self::NoDouble => "no double",
            Self::NamesAreUsedOnce => "no generated name used twice",
            Self::OthersUntouched => "nothing of others touched",
            Self::SecretNowhere => "the secret is nowhere",
            Self::OneCommitter => "one committer per serial",
            Self::NothingWithoutLock => "nothing begun without the lock",
            Self::LostReplyIsNoFailure => "a lost reply is no failure",
            Self::Heals => "the next run heals",
            Self::Agree => "cloud and state agree",
            Self::FixedPoint => "nothing left to do",
            Self::SameEndState => "same end state as without faults",
        })
    }
}

/// The secret in every program.
pub(super) const CANARY: &str = "canary-7f3a9c-secret";

/// What was seen of a stage's files so far: they must never change.
#[derive(Debug, Default)]
pub(super) struct Archive(BTreeMap<String, Vec<u8>>);

impl Archive {
    /// What of history has changed since it was seen first.
    pub(super) fn changed(&mut self, world: &World) -> Vec<String> {
        let files = world.store.files();
        let mut changed = Vec::new();
        for (key, bytes) in files.into_iter().filter(|(key, _)| key.starts_with("history/")) {
            let seen = self.0.entry(key.clone()).or_insert_with(|| bytes.clone());
            if *seen != bytes {
                changed.push(format!("{key} is not what it was"));
            }
        }
        let mut commits = BTreeSet::new();
        for (key, serial) in world.told.commits() {
            if !commits.insert((key.clone(), serial)) {
                changed.push(format!("serial {serial} of {} was committed twice", key.stage));
            }
        }
        changed
    }
}

/// Objects of a stage that no record speaks of, in whatever status.
pub(super) async fn unknown(world: &World, stage: &str) -> Vec<String> {
    let snapshot = world.snapshot(stage).await;
    let records: Vec<_> = snapshot
        .iter()
        .flat_map(|snapshot| snapshot.records.values().chain(snapshot.retained.values()))
        .collect();
    let known: BTreeSet<ObjectKey> =
        records.iter().filter_map(|record| world.object_of(record)).collect();
    // A part of a function goes with it: while the function is being deleted its parts are known by it.
    let objects = world.objects_of(stage).into_keys().filter(|key| !known.contains(key));
    objects.map(|key| format!("{key} is in the cloud and in no record")).collect()
}

/// Objects that share resource, type and generation.
pub(super) fn doubles(world: &World) -> Vec<String> {
    let mut seen: BTreeMap<(String, String, u32, String), ObjectKey> = BTreeMap::new();
    let mut doubles = Vec::new();
    for (key, object) in world.cloud.objects() {
        let Some(owner) = object.made_by else { continue };
        let identity =
            (owner.stage, owner.id, owner.generation, format!("{} {}", owner.realm, key.ty));
        if let Some(other) = seen.insert(identity, key.clone()) {
            doubles.push(format!("{key} and {other} are the same resource's"));
        }
    }
    doubles
}

/// Generated names that were made more than once.
pub(super) fn used_twice(world: &World) -> Vec<String> {
    // A part that is found by its parent is made anew under the same key.
    let named = |key: &ObjectKey| {
        let descriptor = world.catalog.get(&key.ty);
        descriptor.is_some_and(|d| matches!(d.name, NameUse::Named { .. }))
    };
    let made = world.cloud.made().into_iter();
    let twice = made.filter(|(key, count)| *count > 1 && named(key) && is_generated(&key.key));
    twice.map(|(key, count)| format!("{key} was made {count} times")).collect()
}

/// Whether a name ends in a generated suffix; names with a parent's before them are the parent's matter.
fn is_generated(name: &str) -> bool {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let suffix = stem.rsplit('-').next().unwrap_or_default();
    !name.contains(' ') && !name.contains('/') && is_suffix(suffix)
}

fn is_suffix(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

/// A stage's live objects as text, without what differs between histories: suffixes of names and service-given ids.
pub(super) async fn outline(world: &World, stage: &str) -> BTreeSet<String> {
    let Some(snapshot) = world.snapshot(stage).await else { return BTreeSet::new() };
    let objects = world.cloud.objects();
    let line = |record: &Record| {
        let object = world.object_of(record).and_then(|key| objects.get(&key));
        let config = object.map(|object: &Object| format!("{:?}", object.config));
        let props: BTreeMap<&String, &Value> = record.props.iter().collect();
        anonymous(&format!("{} {} {props:?} {config:?}", record.fqn, record.ty))
    };
    snapshot.records.values().map(|record| line(record)).collect()
}

/// The text with generated suffixes and ids blotted out.
fn anonymous(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for letter in text.chars().chain(['\0']) {
        if letter.is_ascii_alphanumeric() {
            word.push(letter);
            continue;
        }
        let id = word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_suffix(&word) && out.ends_with('-') {
            // The whole name: a renamed resource keeps the name of its former FQN.
            let rest = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
            out.truncate(out.trim_end_matches(rest).len());
        }
        out.push_str(if id || is_suffix(&word) { "*" } else { &word });
        word.clear();
        if letter != '\0' {
            out.push(letter);
        }
    }
    out
}
