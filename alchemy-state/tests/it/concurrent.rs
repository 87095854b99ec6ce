//! Many clients of one store at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alchemy_state::conformance::{key, locked, put, request};
use alchemy_state::{LocalStore, LockRequest, StateStore};

fn open(root: &Path) -> Arc<dyn StateStore> {
    Arc::new(LocalStore::open(root).unwrap())
}

/// Whoever reads while another commits sees a state that was there, and never an older one than before.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn readers_see_every_write_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let key = key("myapp", "dev");
    let done = Arc::new(AtomicBool::new(false));
    let lock = locked(&open(folder.path()), &key).await;
    lock.append(&[put("Thing0")]).await.unwrap();
    let mut readers = Vec::new();
    for _ in 0..2 {
        let (store, key, done) = (open(folder.path()), key.clone(), Arc::clone(&done));
        readers.push(tokio::spawn(async move {
            let (mut last, mut readings) = ((0, 0), 0);
            while !done.load(Ordering::Acquire) {
                let snapshot = store.load(&key).await.unwrap().unwrap().snapshot;
                let now = (snapshot.serial, snapshot.records.len());
                assert!(now >= last, "{now:?} after {last:?}");
                last = now;
                readings += 1;
            }
            readings
        }));
    }
    for i in 1..120 {
        lock.append(&[put(&format!("Thing{i}"))]).await.unwrap();
        if i % 3 == 0 {
            lock.commit().await.unwrap();
        }
    }
    done.store(true, Ordering::Release);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    assert_eq!(lock.commit().await.unwrap().records.len(), 120);
}

/// Runs that wait for each other lose nothing: each builds on the state of the one before.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn runs_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let key = key("myapp", "dev");
    let mut runs = Vec::new();
    for i in 0..8 {
        let (store, key) = (open(folder.path()), key.clone());
        runs.push(tokio::spawn(async move {
            let patient =
                LockRequest { wait: Duration::from_mins(5), ..request(&format!("user{i}")) };
            let lock = store.lock(&key, patient).await.unwrap();
            let before = lock.load().await.unwrap().snapshot;
            assert_eq!(store.lock_info(&key).await.unwrap().unwrap().user, format!("user{i}"));
            lock.append(&[put(&format!("Thing{i}"))]).await.unwrap();
            // Every third run ends without a commit; the next one heals it first.
            if i % 3 != 0 {
                let after = lock.commit().await.unwrap();
                assert_eq!(after.records.len(), before.records.len() + 1);
                lock.release().await.unwrap();
            }
        }));
    }
    for run in runs {
        run.await.unwrap();
    }
    let lock = locked(&open(folder.path()), &key).await;
    assert_eq!(lock.commit().await.unwrap().records.len(), 8);
}
