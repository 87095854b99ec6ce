//! Crowds: a holder that is gone is replaced by one of many, once; then each has the lock in turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{key, locked, put, request};
use crate::{LockRequest, StateStore};

/// Of all who wait for a holder that is gone one takes its work over, once; then each has the lock in turn, alone, and
/// nothing of anybody is lost. Every contender is a client of its own; `dead` is one that ends without a word. Gives
/// how many contenders were told that they take over.
pub async fn dead_holder_is_replaced_once(
    dead: Arc<dyn StateStore>,
    contenders: Vec<Arc<dyn StateStore>>,
) -> usize {
    let (key, count) = (key("myapp", "dev"), contenders.len());
    let lock = locked(&dead, &key).await;
    lock.append(&[put("Begun")]).await.expect("appended");
    drop(lock);
    let holders = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for (i, store) in contenders.into_iter().enumerate() {
        let (key, holders) = (key.clone(), Arc::clone(&holders));
        tasks.push(tokio::spawn(async move {
            let wait = Duration::from_hours(10);
            let request = LockRequest { wait, ..request(&format!("user{i}")) };
            let lock = store.lock(&key, request).await.expect("everybody has a turn");
            assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two hold the lock");
            let loaded = lock.load().await.expect("readable");
            lock.append(&[put(&format!("Thing{i}"))]).await.expect("appended");
            tokio::task::yield_now().await;
            lock.commit().await.expect("committed");
            assert_eq!(holders.fetch_sub(1, Ordering::SeqCst), 1, "two hold the lock");
            lock.release().await.expect("released");
            (loaded.interrupted, loaded.taken_over.is_some())
        }));
    }
    let (mut healed, mut told) = (0, 0);
    for task in tasks {
        let (interrupted, taken_over) = task.await.expect("no panic");
        healed += usize::from(interrupted);
        told += usize::from(taken_over);
    }
    assert_eq!(healed, 1, "one finds the work of the holder that is gone");
    let seen = dead.load(&key).await.expect("readable").expect("there");
    assert_eq!(seen.snapshot.records.len(), count + 1, "nothing is lost");
    assert_eq!(
        seen.snapshot.serial,
        count as u64 + 1,
        "one committer a serial, and one that heals"
    );
    assert!(!seen.interrupted);
    told
}
