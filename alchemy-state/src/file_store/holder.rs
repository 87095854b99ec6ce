//! A held lock as the outside sees it: the blocking work of [`Held`], off the async threads.

use std::sync::{Arc, Mutex, PoisonError, TryLockError, Weak};

use alchemy_core::{Change, Snapshot};
use async_trait::async_trait;

use super::{Held, off_thread};
use crate::files::{Files, Guard};
use crate::{Loaded, LockChecker, StageLock, StateError};

/// The holder of a stage's lock. One write at a time; a caller that gives up waiting does not interrupt its write.
#[derive(Debug)]
pub(crate) struct Holder {
    held: Arc<Mutex<Held>>,
    /// The lock itself, to be asked about while something is being written. Does not keep it.
    guard: Option<Weak<dyn Guard>>,
    files: Arc<dyn Files>,
}

impl Holder {
    pub(crate) fn new(held: Held, files: Arc<dyn Files>) -> Self {
        let guard = held.guard().map(Arc::downgrade);
        Self { held: Arc::new(Mutex::new(held)), guard, files }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Held) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let held = Arc::clone(&self.held);
        let work = move || {
            let mut held = held.lock().map_err(|_| after_panic())?;
            work(&mut held)
        };
        off_thread(self.files.blocks(), work, lost).await
    }
}

fn check(held: &Mutex<Held>, guard: Option<&Weak<dyn Guard>>) -> Result<(), StateError> {
    match held.try_lock() {
        Ok(held) => held.check(),
        // No waiting for a write in progress: whether that succeeds is its own answer.
        Err(TryLockError::WouldBlock) => match guard.and_then(Weak::upgrade) {
            Some(guard) => guard.check().map_err(lost),
            None => Err(lost("it was released")),
        },
        Err(TryLockError::Poisoned(_)) => Err(after_panic()),
    }
}

fn lost(reason: impl Into<String>) -> StateError {
    StateError::LockLost { reason: reason.into() }
}

fn after_panic() -> StateError {
    lost("an earlier write ended unexpectedly")
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
        check(&self.held, self.guard.as_ref())
    }

    fn checker(&self) -> LockChecker {
        // Does not keep the lock: dropping the holder gives it back, whoever still asks.
        let (held, guard) = (Arc::downgrade(&self.held), self.guard.clone());
        Arc::new(move || match held.upgrade() {
            Some(held) => check(&held, guard.as_ref()),
            None => Err(lost("it was released")),
        })
    }

    async fn commit(&self) -> Result<Snapshot, StateError> {
        self.run(Held::commit).await
    }

    async fn replace(&self, snapshot: Snapshot) -> Result<Snapshot, StateError> {
        self.run(|held| held.replace(snapshot)).await
    }

    async fn release(self: Box<Self>) -> Result<(), StateError> {
        let held = Arc::clone(&self.held);
        let work = move || held.lock().unwrap_or_else(PoisonError::into_inner).release();
        off_thread(self.files.blocks(), work, lost).await
    }
}
