//! A held lock as the outside sees it: the blocking work of [`Held`], off the async threads.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use alchemy_core::{Change, Snapshot};
use async_trait::async_trait;

use super::{Held, off_thread};
use crate::files::Files;
use crate::{Loaded, LockChecker, StageLock, StateError};

/// The holder of a stage's lock. One write at a time; a caller that gives up waiting does not interrupt its write.
#[derive(Debug)]
pub(crate) struct Holder {
    held: Arc<Mutex<Held>>,
    files: Arc<dyn Files>,
}

impl Holder {
    pub(crate) fn new(held: Held, files: Arc<dyn Files>) -> Self {
        Self { held: Arc::new(Mutex::new(held)), files }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Held) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let held = Arc::clone(&self.held);
        off_thread(self.files.blocks(), move || {
            let mut held = held.lock().map_err(|_| after_panic())?;
            work(&mut held)
        })
        .await
    }
}

fn check(held: &Mutex<Held>) -> Result<(), StateError> {
    // A write in progress checks for itself: no waiting for it here.
    match held.try_lock() {
        Ok(held) => held.check(),
        Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Poisoned(_)) => Err(after_panic()),
    }
}

fn released() -> StateError {
    StateError::LockLost { reason: "it was released".to_owned() }
}

fn after_panic() -> StateError {
    StateError::LockLost { reason: "an earlier write ended unexpectedly".to_owned() }
}

#[async_trait]
impl StageLock for Holder {
    async fn load(&self) -> Result<Loaded, StateError> {
        self.run(|held| Ok(held.loaded())).await
    }

    async fn append(&self, changes: &[Change]) -> Result<(), StateError> {
        let changes = changes.to_vec();
        self.run(move |held| held.append(&changes)).await
    }

    fn check(&self) -> Result<(), StateError> {
        check(&self.held)
    }

    fn checker(&self) -> LockChecker {
        // Does not keep the lock: dropping the holder gives it back, whoever still asks.
        let held = Arc::downgrade(&self.held);
        Arc::new(move || held.upgrade().map_or_else(|| Err(released()), |held| check(&held)))
    }

    async fn commit(&self) -> Result<Snapshot, StateError> {
        self.run(Held::commit).await
    }

    async fn release(self: Box<Self>) -> Result<(), StateError> {
        let held = Arc::clone(&self.held);
        off_thread(self.files.blocks(), move || {
            held.lock().unwrap_or_else(PoisonError::into_inner).release()
        })
        .await
    }
}
