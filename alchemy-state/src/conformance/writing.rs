//! Realm, journal, commit, healing.

use std::sync::Arc;

use alchemy_core::{Change, Generation, Realm, Snapshot, Value};

use super::{Pair, every_change, expected_after_every_change, key, locked, put, record};
use crate::{Loaded, RealmOrigin, StageKey, StateError, StateStore};

/// Of two clients that offer different realms both get the one that won.
pub async fn realm_is_written_once(Pair { a, b }: Pair) {
    assert_eq!(a.realm(None).await.expect("readable"), None);
    let (first, second) = (Realm::from_bits([1; 16]), Realm::from_bits([2; 16]));
    let (one, other) = tokio::join!(a.realm(Some(first)), b.realm(Some(second)));
    let one = one.expect("writable").expect("created or found");
    let other = other.expect("writable").expect("created or found");
    assert_eq!(one.0, other.0);
    assert_ne!(one.1, other.1, "exactly one of them has made it");
    let again = a.realm(Some(Realm::from_bits([3; 16]))).await.expect("readable");
    assert_eq!(again, Some((one.0.clone(), RealmOrigin::Found)));
    assert_eq!(b.realm(None).await.expect("readable"), Some((one.0, RealmOrigin::Found)));
}

/// A store without stages takes another realm; one with a stage keeps the realm that its objects carry.
pub async fn realm_is_taken_while_empty(Pair { a, b }: Pair) {
    let realm = |bits| Realm::from_bits([bits; 16]);
    a.take_realm(realm(1)).await.expect("there was none");
    a.take_realm(realm(2)).await.expect("no stage is in the store");
    let taken = b.realm(None).await.expect("readable");
    assert_eq!(taken, Some((realm(2), RealmOrigin::Found)));
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    lock.append(&[put("Jobs")]).await.expect("appended");
    let refused = b.take_realm(realm(3)).await.expect_err("a journal is state");
    assert!(matches!(refused, StateError::RealmInUse { stages: 1, .. }), "{refused}");
    lock.commit().await.expect("committed");
    lock.release().await.expect("released");
    assert!(b.take_realm(realm(3)).await.is_err());
    b.take_realm(realm(2)).await.expect("it has that one");
    assert_eq!(a.realm(None).await.expect("readable").map(|(realm, _)| realm), Some(realm(2)));
}

/// A stage never deployed loads as nothing, and locking it alone makes nothing.
pub async fn never_deployed_is_nothing(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    assert_eq!(a.load(&key).await.expect("readable"), None);
    let lock = locked(&a, &key).await;
    let loaded = lock.load().await.expect("readable");
    assert_eq!(loaded.snapshot, Snapshot::new(key.stack.clone(), key.stage.clone()));
    assert_eq!((loaded.revision.as_str(), loaded.interrupted), ("", false));
    lock.release().await.expect("released");
    assert_eq!(b.load(&key).await.expect("readable"), None);
    assert_eq!(b.stages().await.expect("readable"), []);
}

/// Every kind of change is read back as it was written: from the journal, and after the commit.
pub async fn every_change_round_trips(Pair { a, b }: Pair) {
    let key = key("myapp", "pr-1");
    let mut expected = expected_after_every_change(&key);
    let lock = locked(&a, &key).await;
    for change in every_change() {
        lock.append(&[change]).await.expect("appended");
    }
    assert_eq!(lock.load().await.expect("readable").snapshot, expected);
    let seen = b.load(&key).await.expect("readable").expect("there");
    assert!(seen.interrupted, "a run that has not committed");
    assert_eq!(seen.snapshot, expected);
    expected.serial = 1;
    assert_eq!(lock.commit().await.expect("committed"), expected);
    lock.release().await.expect("released");
    let seen = b.load(&key).await.expect("readable").expect("there");
    assert_eq!((seen.snapshot, seen.interrupted), (expected, false));
}

/// Numbers, marks and texts come back bit by bit, from the journal and from the snapshot.
pub async fn values_are_exact(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    let outputs = Value::Map(super::values());
    lock.append(&[Change::Outputs(outputs.clone())]).await.expect("appended");
    let bits = |value: &Value| match value.get("numbers").and_then(Value::as_list) {
        Some(list) => list.iter().filter_map(Value::as_num).map(f64::to_bits).collect::<Vec<_>>(),
        None => Vec::new(),
    };
    for _ in 0..2 {
        let seen = b.load(&key).await.expect("readable").expect("there").snapshot.outputs;
        assert_eq!(seen, outputs);
        assert_eq!(bits(&seen), bits(&outputs));
        assert!(seen.has_secret());
        lock.commit().await.expect("committed");
    }
    lock.append(&[Change::Outputs(Value::Num(f64::NAN))]).await.expect("appended");
    let seen = b.load(&key).await.expect("readable").expect("there").snapshot.outputs;
    assert!(seen.as_num().is_some_and(f64::is_nan));
}

/// Every write moves the revision, for all readers alike; reading and locking do not.
pub async fn revisions_follow_writes(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    let mut seen = vec![lock.load().await.expect("readable").revision];
    for fqn in ["One", "Two", "One"] {
        lock.append(&[put(fqn)]).await.expect("appended");
        seen.push(revision(&b, &key).await);
    }
    lock.commit().await.expect("committed");
    seen.push(revision(&b, &key).await);
    lock.append(&[put("Three")]).await.expect("appended");
    seen.push(revision(&b, &key).await);
    let held = lock.load().await.expect("readable").revision;
    assert_eq!(Some(&held), seen.last());
    drop(lock);
    let again = locked(&b, &key).await;
    assert_eq!(
        again.load().await.expect("readable").revision,
        held,
        "taking the lock changes nothing"
    );
    assert_eq!(revision(&a, &key).await, held);
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "each write gives a revision of its own");
}

/// A run that changes nothing leaves no trace.
pub async fn empty_commit_writes_nothing(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    lock.append(&[]).await.expect("appended");
    assert_eq!(lock.commit().await.expect("committed").serial, 0);
    assert_eq!(b.load(&key).await.expect("readable"), None);
    lock.append(&[put("One")]).await.expect("appended");
    assert_eq!(lock.commit().await.expect("committed").serial, 1);
    let before = revision(&b, &key).await;
    assert_eq!(lock.commit().await.expect("committed").serial, 1);
    assert_eq!(revision(&b, &key).await, before);
}

/// Several commits under one lock, then another holder.
pub async fn commit_keeps_nothing_open(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    for (serial, fqn) in (1..).zip(["One", "Two", "Three"]) {
        lock.append(&[put(fqn)]).await.expect("appended");
        assert_eq!(lock.commit().await.expect("committed").serial, serial);
        assert!(!b.load(&key).await.expect("readable").expect("there").interrupted);
    }
    lock.release().await.expect("released");
    let lock = locked(&b, &key).await;
    assert!(!lock.load().await.expect("readable").interrupted);
    lock.append(&[Change::Removed(record("Two", 0).uid)]).await.expect("appended");
    let snapshot = lock.commit().await.expect("committed");
    assert_eq!(snapshot.serial, 4);
    assert_eq!(snapshot.records.len(), 2);
}

/// A run that ends without a commit is seen by all, and made part of the next holder's snapshot before it appends.
pub async fn interrupted_run_is_healed(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    for round in 1..=3_u64 {
        let lock = locked(&a, &key).await;
        lock.append(&[put(&format!("Round{round}"))]).await.expect("appended");
        lock.append(&[put(&format!("More{round}"))]).await.expect("appended");
        drop(lock);
        let seen = b.load(&key).await.expect("readable").expect("there");
        assert!(seen.interrupted);
        assert_eq!(seen.snapshot.records.len() as u64, 3 * round - 1);
        let lock = locked(&b, &key).await;
        let under_lock = lock.load().await.expect("readable");
        assert_eq!(Loaded { taken_over: None, ..under_lock }, seen);
        lock.append(&[put(&format!("Healed{round}"))]).await.expect("appended");
        assert!(
            !lock.load().await.expect("readable").interrupted,
            "the other run's journal is folded in"
        );
        let snapshot = lock.commit().await.expect("committed");
        assert_eq!(snapshot.serial, 2 * round);
        lock.release().await.expect("released");
    }
    let lock = locked(&a, &key).await;
    lock.append(&[put("Last")]).await.expect("appended");
    drop(lock);
    let lock = locked(&b, &key).await;
    assert_eq!(
        lock.commit().await.expect("committed").records.len(),
        10,
        "a commit alone heals, too"
    );
    assert!(!a.load(&key).await.expect("readable").expect("there").interrupted);
}

/// A destroyed stage keeps its counters, so that no name is ever used twice.
pub async fn tombstone_keeps_generations(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let thing = record("One", 4);
    let lock = locked(&a, &key).await;
    lock.append(&[Change::Put(thing.clone())]).await.expect("appended");
    lock.append(&[Change::Removed(thing.uid.clone()), Change::Destroyed { at: "now".to_owned() }])
        .await
        .expect("appended");
    lock.commit().await.expect("committed");
    let seen = b.load(&key).await.expect("readable").expect("there").snapshot;
    assert!(seen.records.is_empty());
    assert_eq!(seen.destroyed_at.as_deref(), Some("now"));
    assert_eq!(seen.next_generation(&thing.fqn, &thing.ty), Generation(5));
}

/// Every stage is listed, in order, with its state; one whose first run was interrupted, too.
pub async fn stages_lists_all(Pair { a, b }: Pair) {
    let keys = [key("Shop", "dev"), key("Shop", "prod"), key("api", "dev")];
    for key in keys.iter().rev() {
        let lock = locked(&a, key).await;
        lock.append(&[put("One")]).await.expect("appended");
        if key.stage.as_str() == "dev" {
            lock.commit().await.expect("committed");
        }
    }
    let listed = b.stages().await.expect("readable");
    assert_eq!(listed.iter().map(|line| line.key.clone()).collect::<Vec<_>>(), keys);
    assert!(
        listed.iter().all(|line| line.state.as_ref().is_ok_and(|state| state.records.len() == 1))
    );
}

/// Appends from many tasks at once are all there.
pub async fn appends_at_once_all_count(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock: Arc<dyn crate::StageLock> = locked(&a, &key).await.into();
    let mut tasks = Vec::new();
    for i in 0..32 {
        let lock = Arc::clone(&lock);
        tasks.push(tokio::spawn(async move { lock.append(&[put(&format!("Thing{i}"))]).await }));
    }
    for task in tasks {
        task.await.expect("no panic").expect("appended");
    }
    assert_eq!(b.load(&key).await.expect("readable").expect("there").snapshot.records.len(), 32);
    assert_eq!(lock.commit().await.expect("committed").records.len(), 32);
}

/// What could not be read back is refused before anything is written, and does no harm.
pub async fn unwritable_refused(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let deep = (0..200).fold(Value::Null, |value, _| Value::List(vec![value]));
    let lock = locked(&a, &key).await;
    for first in [true, false] {
        let refused = lock.append(&[put("One"), Change::Outputs(deep.clone())]).await;
        assert!(matches!(refused, Err(StateError::Unwritable { .. })), "{refused:?}");
        assert_eq!(b.load(&key).await.expect("readable").is_none(), first);
        lock.append(&[put("Two")]).await.expect("appended");
    }
    let edge = (0..80).fold(Value::Null, |value, _| Value::map([("x", value)]));
    lock.append(&[Change::Outputs(edge.clone())]).await.expect("appended");
    lock.commit().await.expect("committed");
    let seen = b.load(&key).await.expect("readable").expect("there").snapshot;
    assert_eq!((seen.records.len(), seen.outputs), (1, edge));
}

async fn revision(store: &Arc<dyn StateStore>, key: &StageKey) -> String {
    store.load(key).await.expect("readable").expect("there").revision
}
