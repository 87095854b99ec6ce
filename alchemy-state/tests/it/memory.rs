//! The memory store is stricter than a disk, and fails on demand.

use std::sync::Arc;

use alchemy_state::conformance::{key, locked, put};
use alchemy_state::{Fault, MemoryStore, StateError, StateStore};

/// One run: three appends and a commit, as far as it gets. Returns how many appends were acknowledged.
async fn run(store: &MemoryStore) -> (usize, Result<(), StateError>) {
    let key = key("myapp", "dev");
    let lock = match store.lock(&key, alchemy_state::conformance::request("sam")).await {
        Ok(lock) => lock,
        Err(error) => return (0, Err(error)),
    };
    for (done, fqn) in ["One", "Two", "Three"].into_iter().enumerate() {
        if let Err(error) = lock.append(&[put(fqn)]).await {
            return (done, Err(error));
        }
    }
    if let Err(error) = lock.commit().await {
        return (3, Err(error));
    }
    (3, lock.release().await)
}

/// After a fault of any kind at any write all that was acknowledged is there, and the next run completes.
#[tokio::test(start_paused = true)]
async fn every_fault_at_every_write() {
    let key = key("myapp", "dev");
    let undisturbed = MemoryStore::new();
    run(&undisturbed).await.1.unwrap();
    let expected = undisturbed.load(&key).await.unwrap().unwrap().snapshot.records;
    let writes = undisturbed.writes();
    assert!(writes >= 8, "{writes}");
    for fault in [Fault::Fail, Fault::CrashBefore, Fault::CrashAfter, Fault::Torn] {
        for at in 1..=writes {
            let store = MemoryStore::new();
            store.fault_at(at, fault);
            let (done, result) = run(&store).await;
            assert_eq!(store.has_crashed(), fault != Fault::Fail, "{fault:?} at {at}");
            // Once the snapshot is written the run has done its work; what follows is tidying up.
            assert!(result.is_err() || at > writes - 2, "{fault:?} at {at}");
            assert_eq!(
                store.load(&key).await.is_err(),
                fault != Fault::Fail,
                "nothing works after a crash"
            );
            let after = store.client();
            let left =
                after.load(&key).await.unwrap().map_or(0, |loaded| loaded.snapshot.records.len());
            assert!(
                (done..=done + 1).contains(&left),
                "{fault:?} at {at}: {done} acknowledged, {left} there"
            );
            run(&after).await.1.unwrap();
            let loaded = after.load(&key).await.unwrap().unwrap();
            assert_eq!(loaded.snapshot.records, expected, "{fault:?} at {at}");
            assert!(!loaded.interrupted);
        }
    }
}

/// A write that failed cleanly may be tried again under the same lock.
#[tokio::test(start_paused = true)]
async fn failed_writes_can_be_repeated() {
    let key = key("myapp", "dev");
    for at in 2..=7 {
        let store = MemoryStore::new();
        let lock = store.lock(&key, alchemy_state::conformance::request("sam")).await.unwrap();
        store.fault_at(at, Fault::Fail);
        for fqn in ["One", "Two", "Three"] {
            if lock.append(&[put(fqn)]).await.is_err() {
                lock.check().unwrap();
                lock.append(&[put(fqn)]).await.unwrap();
            }
        }
        let snapshot = match lock.commit().await {
            Ok(snapshot) => snapshot,
            Err(_) => lock.commit().await.unwrap(),
        };
        assert_eq!((snapshot.serial, snapshot.records.len()), (1, 3), "{at}");
        lock.append(&[put("Four")]).await.unwrap();
        assert_eq!(lock.commit().await.unwrap().records.len(), 4);
    }
}

/// A process that has ended holds no lock and writes nothing, not even through what it still holds.
#[tokio::test(start_paused = true)]
async fn a_crashed_process_is_out() {
    let key = key("myapp", "dev");
    let store = MemoryStore::new();
    let another: Arc<dyn StateStore> = Arc::new(store.client());
    let lock = store.lock(&key, alchemy_state::conformance::request("sam")).await.unwrap();
    lock.append(&[put("One")]).await.unwrap();
    store.crash();
    assert!(matches!(lock.check(), Err(StateError::LockLost { .. })));
    assert!(matches!(lock.append(&[put("Two")]).await, Err(StateError::LockLost { .. })));
    assert!(matches!(lock.commit().await, Err(StateError::LockLost { .. })));
    assert!(store.load(&key).await.is_err());
    let successor = locked(&another, &key).await;
    assert_eq!(successor.load().await.unwrap().snapshot.records.len(), 1);
    assert!(lock.append(&[put("Two")]).await.is_err());
    assert_eq!(successor.commit().await.unwrap().records.len(), 1);
}

/// A redacted value's digest is all of it that is written.
#[tokio::test(start_paused = true)]
async fn no_secret_in_clear() {
    use alchemy_core::{Change, Secret, SecretHasher, Value};
    let canary = "canary-5b1f";
    let secret =
        Secret::new(Value::map([("password", Value::str(canary))]), &SecretHasher::new([7; 32]));
    let key = key("myapp", "dev");
    let store = MemoryStore::new();
    let lock = store.lock(&key, alchemy_state::conformance::request("sam")).await.unwrap();
    lock.append(&[Change::Outputs(Value::Secret(secret.clone()))]).await.unwrap();
    let mut seen = store.files();
    lock.commit().await.unwrap();
    seen.extend(store.files());
    for (file, bytes) in seen {
        assert!(!String::from_utf8(bytes).unwrap().contains(canary), "{file}");
    }
    let back = store.load(&key).await.unwrap().unwrap().snapshot.outputs;
    assert_eq!(back, Value::Secret(secret));
}
