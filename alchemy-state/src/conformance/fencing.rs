//! Writers that have lost their lock, and journals without an end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::{Pair, key, locked, put, request};
use crate::{LockRequest, LockState, StageKey, StateStore};

/// A store's documents by key.
pub type Documents = BTreeMap<String, Vec<u8>>;

/// Every write of a holder that was replaced is refused and leaves everything as it is; the new holder is not
/// disturbed. `fence` takes the lock from `a`, be it by time or by hand, so that `b` can have it; `documents` reads the
/// whole store past both.
pub async fn fenced_writer_writes_nothing(
    Pair { a, b }: Pair,
    fence: impl AsyncFnOnce(&StageKey),
    documents: impl AsyncFn() -> Documents,
) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    lock.append(&[put("First")]).await.expect("appended");
    fence(&key).await;
    let patient = LockRequest { wait: Duration::from_hours(1), ..request("bob") };
    let taken = b.lock(&key, patient).await.expect("the other one is out");
    taken.append(&[put("Second")]).await.expect("appended");
    let snapshot = taken.load().await.expect("readable").snapshot;
    let (before, epoch) = (documents().await, epoch(&b, &key).await);
    assert!(lock.append(&[put("Late")]).await.is_err());
    assert!(lock.commit().await.is_err());
    assert!(lock.replace(snapshot).await.is_err());
    assert!(lock.append(&[put("Later")]).await.is_err());
    assert!(lock.check().is_err() && lock.checker()().is_err(), "it knows now");
    // There is nothing to give back; whether that is an error does not matter.
    let _ = lock.release().await;
    assert_eq!(self::epoch(&b, &key).await, epoch, "the lock is the other one's");
    assert_eq!(changed(&before, &documents().await), Vec::<&str>::new());
    taken.append(&[put("Third")]).await.expect("not disturbed");
    assert_eq!(taken.commit().await.expect("committed").records.len(), 3);
    taken.release().await.expect("released");
}

/// What differs, locks aside: their holder renews them.
fn changed<'a>(before: &'a Documents, after: &'a Documents) -> Vec<&'a str> {
    let keys = before.keys().chain(after.keys());
    let differ = keys.filter(|key| before.get(*key) != after.get(*key));
    let mut differ: Vec<&str> = differ.map(String::as_str).collect();
    differ.retain(|key| !key.starts_with("locks/"));
    differ.dedup();
    differ
}

async fn epoch(store: &Arc<dyn StateStore>, key: &StageKey) -> Option<u64> {
    match store.lock_state(key).await.expect("readable") {
        LockState::Held(held) => Some(held.epoch),
        LockState::Free => None,
    }
}

/// A journal whose last line never got whole onto the store: what stands before it counts, the next holder goes on from
/// there. `tear` takes that line's end away, as a crash would have.
pub async fn torn_tail_does_not_count(Pair { a, b }: Pair, tear: impl AsyncFnOnce(&StageKey)) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    lock.append(&[put("One")]).await.expect("appended");
    lock.append(&[put("Two")]).await.expect("appended");
    drop(lock);
    tear(&key).await;
    for store in [&a, &b] {
        let seen = store.load(&key).await.expect("readable").expect("there");
        assert_eq!((seen.snapshot.records.len(), seen.interrupted), (1, true));
    }
    let lock = locked(&b, &key).await;
    lock.append(&[put("Three")]).await.expect("appended");
    let committed = lock.commit().await.expect("committed");
    let names: BTreeSet<_> =
        committed.records.values().map(|record| record.fqn.to_string()).collect();
    assert_eq!(names, ["One", "Three"].map(str::to_owned).into());
    lock.release().await.expect("released");
    let seen = a.load(&key).await.expect("readable").expect("there");
    assert_eq!((seen.snapshot, seen.interrupted), (committed, false));
}
