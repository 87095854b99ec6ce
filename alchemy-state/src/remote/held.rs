//! A held lock as the outside sees it.

use std::sync::{Arc, Weak};

use alchemy_core::{Change, Snapshot};
use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::lease::{Lease, Renewal};
use super::writer::Writer;
use crate::{Loaded, LockChecker, StageLock, StateError};

/// The holder of a stage's lock. One write at a time; a caller that gives up waiting does not interrupt its write.
#[derive(Debug)]
pub(super) struct Held {
    writer: Arc<Mutex<Writer>>,
    lease: Arc<Lease>,
    renewal: Renewal,
}

impl Held {
    pub(super) fn new(writer: Writer, lease: Arc<Lease>, renewal: Renewal) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), lease, renewal }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl for<'a> FnOnce(&'a mut Writer) -> BoxFuture<'a, Result<T, StateError>>
        + Send
        + 'static,
    ) -> Result<T, StateError> {
        let writer = Arc::clone(&self.writer);
        let writing = tokio::spawn(async move { work(&mut *writer.lock().await).await });
        writing.await.unwrap_or_else(|error| {
            Err(self.lease.lose(format!("a write ended unexpectedly: {error}")))
        })
    }
}

fn check(lease: &Weak<Lease>) -> Result<(), StateError> {
    match lease.upgrade() {
        Some(lease) => lease.check(),
        None => Err(StateError::LockLost { reason: "it was released".to_owned() }),
    }
}

#[async_trait]
impl StageLock for Held {
    async fn load(&self) -> Result<Loaded, StateError> {
        Ok(self.writer.lock().await.loaded())
    }

    async fn append(&self, changes: &[Change]) -> Result<(), StateError> {
        let changes = changes.to_vec();
        self.run(move |writer| Box::pin(async move { writer.append(&changes).await })).await
    }

    fn check(&self) -> Result<(), StateError> {
        self.lease.check()
    }

    fn checker(&self) -> LockChecker {
        // Does not keep the lock: dropping the holder gives it up, whoever still asks.
        let lease = Arc::downgrade(&self.lease);
        Arc::new(move || check(&lease))
    }

    async fn commit(&self) -> Result<Snapshot, StateError> {
        self.run(|writer| Box::pin(writer.commit())).await
    }

    async fn replace(&self, snapshot: Snapshot) -> Result<Snapshot, StateError> {
        self.run(move |writer| Box::pin(writer.replace(snapshot))).await
    }

    async fn release(self: Box<Self>) -> Result<(), StateError> {
        let clean = self.writer.lock().await.is_clean();
        self.renewal.release(clean).await
    }
}
