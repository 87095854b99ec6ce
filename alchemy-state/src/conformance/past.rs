//! Earlier serials and what may take the place of the current one; locks as seen, and broken, from outside.

use std::sync::Arc;

use alchemy_core::{Change, Generation, Realm, Snapshot};

use super::{Pair, key, locked, put, record, request};
use crate::{HistoryEntry, Liveness, LockState, StageKey, StateError, StateStore};

/// How many earlier serials [`retention`] expects a store to keep.
const KEPT: usize = 3;

/// Each serial is listed with who wrote it and when, and gives back what was committed; what is under way is not.
pub async fn history_is_kept(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    assert_eq!(b.history(&key).await.expect("readable"), []);
    assert_eq!(b.at_serial(&key, 1).await.expect("readable"), None);
    let lock = locked(&a, &key).await;
    let mut committed = Vec::new();
    for (i, fqn) in ["One", "Two", "Three"].into_iter().enumerate() {
        let deployed = Change::Deployed { by: format!("user{i}"), at: format!("time{i}") };
        lock.append(&[put(fqn), deployed]).await.expect("appended");
        assert_eq!(b.history(&key).await.expect("readable").len(), i, "not committed yet");
        committed.push(lock.commit().await.expect("committed"));
    }
    lock.append(&[put("Four")]).await.expect("appended");
    let entry = |i: usize| HistoryEntry {
        serial: i as u64 + 1,
        at: Some(format!("time{i}")),
        by: Some(format!("user{i}")),
        records: i + 1,
        current: i == 2,
        unreadable: None,
    };
    assert_eq!(b.history(&key).await.expect("readable"), [entry(2), entry(1), entry(0)]);
    for snapshot in &committed {
        let found = b.at_serial(&key, snapshot.serial).await.expect("readable");
        assert_eq!(found.as_ref(), Some(snapshot));
    }
    for serial in [0, 4, u64::MAX] {
        assert_eq!(b.at_serial(&key, serial).await.expect("readable"), None, "{serial}");
    }
}

/// A whole content takes the next number, whatever it says itself; generations do not come back; another stage's is
/// refused and leaves no trace.
pub async fn replacing_is_a_new_serial(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let thing = record("One", 4);
    let lock = locked(&a, &key).await;
    lock.append(&[put("Two")]).await.expect("appended");
    let first = lock.commit().await.expect("committed");
    lock.append(&[Change::Put(thing.clone()), Change::Removed(record("Two", 0).uid)])
        .await
        .expect("appended");
    let second = lock.commit().await.expect("committed");
    let restored = lock.replace(first.clone()).await.expect("replaced");
    assert_eq!((restored.serial, &restored.records), (3, &first.records));
    assert_eq!(restored.next_generation(&thing.fqn, &thing.ty), Generation(5));
    assert_eq!(load(&b, &key).await, restored);
    assert_eq!(b.at_serial(&key, 2).await.expect("readable"), Some(second));
    assert_eq!(b.at_serial(&key, 1).await.expect("readable"), Some(first));
    let other = Snapshot::new(key.stack.clone(), super::key("x", "prod").stage);
    let refused = lock.replace(other).await;
    assert!(matches!(refused, Err(StateError::Unwritable { .. })), "{refused:?}");
    assert_eq!(load(&b, &key).await, restored);
    lock.append(&[put("Three")]).await.expect("the lock is as good as before");
    assert_eq!(lock.commit().await.expect("committed").serial, 4);
    lock.release().await.expect("released");
    assert_eq!(load(&b, &key).await.records.len(), 2);
}

/// What a run has left in the journal becomes a serial of its own before something takes its place.
pub async fn replacing_heals_first(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    lock.append(&[put("One")]).await.expect("appended");
    let first = lock.commit().await.expect("committed");
    lock.append(&[put("Two")]).await.expect("appended");
    drop(lock);
    let lock = locked(&b, &key).await;
    lock.append(&[put("Three")]).await.expect("appended");
    let replaced = lock.replace(first.clone()).await.expect("replaced");
    assert_eq!(replaced.records, first.records);
    lock.release().await.expect("released");
    let before = a.at_serial(&key, replaced.serial - 1).await.expect("readable").expect("kept");
    assert_eq!(before.records.len(), 3, "nothing that was recorded is lost");
    let seen = a.load(&key).await.expect("readable").expect("there");
    assert!(!seen.interrupted);
    assert_eq!(seen.snapshot, replaced);
}

/// A stage that was never deployed takes a whole content with its number; numbers only go up.
pub async fn replacing_never_takes_a_number_twice(Pair { a, b }: Pair) {
    let key = key("MyApp", "dev");
    let mut wanted = Snapshot::new(key.stack.clone(), key.stage.clone());
    wanted.apply(&put("One"));
    wanted.serial = 7;
    let lock = locked(&a, &key).await;
    assert_eq!(lock.replace(wanted.clone()).await.expect("replaced"), wanted);
    assert_eq!(lock.replace(wanted.clone()).await.expect("replaced").serial, 8);
    wanted.serial = 0;
    assert_eq!(lock.replace(wanted.clone()).await.expect("replaced").serial, 9);
    lock.append(&[put("Two")]).await.expect("appended");
    assert_eq!(lock.commit().await.expect("committed").serial, 10);
    lock.release().await.expect("released");
    let listed: Vec<u64> =
        b.history(&key).await.expect("readable").iter().map(|entry| entry.serial).collect();
    assert_eq!(listed, [10, 9, 8, 7]);
    assert_eq!(b.stages().await.expect("readable").len(), 1, "spelt as it was given");
    let clash = b.load(&super::key("myapp", "dev")).await;
    assert!(matches!(clash, Err(StateError::CaseClash { .. })), "{clash:?}");
}

/// A lock is broken by the number of its acquisition or not at all; once it is, its holder writes nothing any more.
pub async fn breaking_a_lock_names_its_epoch(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    assert_eq!(b.lock_state(&key).await.expect("readable"), LockState::Free);
    b.unlock(&key, 1).await.expect("nothing to do");
    let lock = a.lock(&key, request("ann")).await.expect("free");
    let held = match b.lock_state(&key).await.expect("readable") {
        LockState::Held(held) => Some(held),
        LockState::Free => None,
    };
    let held = held.expect("the lock is held");
    assert_eq!(held.info, Some(request("ann").info));
    assert_ne!(held.liveness, Liveness::Gone);
    match b.unlock(&key, held.epoch + 1).await {
        Err(StateError::OtherLock { epoch, holder }) => {
            assert_eq!(epoch, held.epoch);
            assert_eq!(holder.map(|who| *who), held.info);
        }
        other => assert!(other.is_err(), "another run's lock was broken"),
    }
    lock.append(&[put("One")]).await.expect("the holder is not disturbed");
    match b.unlock(&key, held.epoch).await {
        Ok(()) => {
            let next = locked(&b, &key).await;
            assert_eq!(next.load().await.expect("readable").snapshot.records.len(), 1);
            lock.append(&[put("Two")]).await.expect_err("a broken lock writes nothing");
            assert_eq!(next.commit().await.expect("committed").records.len(), 1);
        }
        Err(StateError::HolderRuns { holder }) => {
            assert_eq!(holder.map(|who| *who), held.info);
            lock.append(&[put("Two")]).await.expect("the holder is not disturbed");
            lock.release().await.expect("released");
            b.unlock(&key, held.epoch).await.expect("nothing to do");
        }
        Err(other) => {
            assert_eq!(other.to_string(), "", "neither broken nor refused for its holder");
        }
    }
}

/// What a store promises is said, before and after there is anything in it; looking leaves nothing behind.
pub async fn guarantees_are_told(Pair { a, b }: Pair) {
    a.guarantees().await.expect("told");
    a.realm(Some(Realm::from_bits([1; 16]))).await.expect("made");
    let told = b.guarantees().await.expect("told");
    assert!(told.create_excludes && told.swap_excludes, "{told:?}");
    assert!(!told.durable.is_empty() && !told.lock.is_empty());
    assert!(a.stages().await.expect("readable").is_empty());
}

/// Only the newest earlier serials stay, of a store that keeps three; each of them can still be had.
pub async fn retention(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    for i in 1..=6_u64 {
        lock.append(&[put(&format!("Thing{i}"))]).await.expect("appended");
        lock.commit().await.expect("committed");
        let listed = b.history(&key).await.expect("readable");
        let serials: Vec<u64> = listed.iter().map(|entry| entry.serial).collect();
        let first = i.saturating_sub(KEPT as u64).max(1);
        assert_eq!(serials, (first..=i).rev().collect::<Vec<_>>());
    }
    for (serial, there) in [(2, false), (3, true), (6, true)] {
        let found = b.at_serial(&key, serial).await.expect("readable");
        assert_eq!(found.map(|snapshot| snapshot.records.len() as u64), there.then_some(serial));
    }
    let snapshot = b.at_serial(&key, 3).await.expect("readable").expect("kept");
    assert_eq!(lock.replace(snapshot).await.expect("replaced").serial, 7);
    assert_eq!(b.history(&key).await.expect("readable").len(), KEPT + 1);
}

async fn load(store: &Arc<dyn StateStore>, key: &StageKey) -> Snapshot {
    store.load(key).await.expect("readable").expect("there").snapshot
}
