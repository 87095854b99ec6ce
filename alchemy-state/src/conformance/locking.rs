//! Locks: one holder a stage, and everybody knows who.

use std::time::Duration;

use super::{Pair, key, locked, put, request};
use crate::{LockRequest, StateError};

/// One holder at a time; the other is told who it is, and nobody is named who does not hold it any more.
pub async fn lock_excludes(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    assert_eq!(b.lock_info(&key).await.expect("readable"), None);
    let lock = a.lock(&key, request("ann")).await.expect("free");
    assert_eq!(b.lock_info(&key).await.expect("readable"), Some(request("ann").info));
    for store in [&a, &b] {
        match store.lock(&key, request("bob")).await {
            Err(StateError::Locked { holder }) => {
                assert_eq!(holder.map(|who| *who), Some(request("ann").info));
            }
            other => assert!(other.is_err(), "the lock is held twice"),
        }
    }
    lock.append(&[put("One")]).await.expect("the holder is not disturbed");
    lock.check().expect("still held");
    lock.release().await.expect("released");
    assert_eq!(b.lock_info(&key).await.expect("readable"), None);
    let lock = b.lock(&key, request("bob")).await.expect("free again");
    drop(lock);
    assert_eq!(
        a.lock_info(&key).await.expect("readable"),
        None,
        "a holder that is gone holds nothing"
    );
    a.lock(&key, request("ann")).await.expect("free again").release().await.expect("released");
}

/// Who is ready to wait gets the lock when it is given back, and an error when the time is over.
pub async fn lock_waits(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    let patient = LockRequest { wait: Duration::from_mins(1), ..request("bob") };
    let waiting = b.lock(&key, patient);
    let giving = async {
        let impatient = LockRequest { wait: Duration::from_millis(150), ..request("carol") };
        let refused = a.lock(&key, impatient).await;
        let told = refused.err().map(|error| error.to_string());
        assert_eq!(told.as_deref(), Some("the stage is locked"), "the lock is held twice");
        lock.append(&[put("One")]).await.expect("appended");
        lock.commit().await.expect("committed");
        lock.release().await.expect("released");
    };
    let (got, ()) = tokio::join!(waiting, giving);
    let got = got.expect("it was given back");
    let loaded = got.load().await.expect("readable");
    assert_eq!(loaded.snapshot.serial, 1, "the state is read after the lock is taken");
}

/// Locks of different stages have nothing to do with each other.
pub async fn stages_never_wait_for_each_other(Pair { a, b }: Pair) {
    let keys =
        [key("myapp", "dev"), key("myapp", "dev_sam"), key("my", "dev"), key("my", "app-dev")];
    let mut locks = Vec::new();
    for (i, key) in keys.iter().enumerate() {
        let store = if i % 2 == 0 { &a } else { &b };
        locks.push(locked(store, key).await);
    }
    for lock in &locks {
        lock.append(&[put("One")]).await.expect("appended");
    }
    for (lock, key) in locks.into_iter().zip(&keys) {
        lock.commit().await.expect("committed");
        lock.release().await.expect("released");
        let seen = b.load(key).await.expect("readable").expect("there");
        assert_eq!((seen.snapshot.serial, seen.snapshot.records.len()), (1, 1));
    }
}

/// A checker outlives its lock, and then says so.
pub async fn released_lock_is_lost(Pair { a, b }: Pair) {
    let key = key("myapp", "dev");
    let lock = locked(&a, &key).await;
    let checker = lock.checker();
    checker().expect("held");
    lock.release().await.expect("released");
    assert!(matches!(checker(), Err(StateError::LockLost { .. })));
    let lock = locked(&a, &key).await;
    let checker = lock.checker();
    drop(lock);
    assert!(matches!(checker(), Err(StateError::LockLost { .. })));
    locked(&b, &key).await.check().expect("a checker does not keep a lock");
}

/// Two stacks whose names differ only in case cannot share a store, whatever their stages.
pub async fn case_clash_refused(Pair { a, b }: Pair) {
    let first = key("MyApp", "dev");
    let lock = locked(&a, &first).await;
    lock.append(&[put("One")]).await.expect("appended");
    lock.commit().await.expect("committed");
    lock.release().await.expect("released");
    for stage in ["dev", "prod"] {
        let other = key("myapp", stage);
        let clash = |error: StateError| match error {
            StateError::CaseClash { wanted, existing } => (wanted, existing),
            other => (other.to_string(), String::new()),
        };
        let names = ("myapp".to_owned(), "MyApp".to_owned());
        assert_eq!(b.load(&other).await.map_err(clash), Err(names.clone()));
        assert_eq!(b.lock(&other, request("bob")).await.map(|_| ()).map_err(clash), Err(names));
    }
    assert!(b.load(&first).await.expect("readable").is_some());
    locked(&b, &key("MyApp", "prod")).await;
}
