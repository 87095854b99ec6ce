//! A stage's lock whose writes are sealed and whose reads are opened.

use std::sync::atomic::{AtomicBool, Ordering};

use alchemy_core::{Change, Intent, Snapshot};
use async_trait::async_trait;

use super::Sealer;
use crate::{Loaded, LockChecker, StageLock, StateError};

/// `lock`, with every redacted value that goes through it sealed by `sealer`; without one, the lock as it is (then
/// only digests are written).
pub fn sealing(lock: Box<dyn StageLock>, sealer: Option<Sealer>) -> Box<dyn StageLock> {
    match sealer {
        None => lock,
        Some(sealer) => Box::new(SealingLock { lock, sealer, key_written: AtomicBool::new(false) }),
    }
}

struct SealingLock {
    lock: Box<dyn StageLock>,
    sealer: Sealer,
    key_written: AtomicBool,
}

impl SealingLock {
    fn sealed(&self, changes: &[Change]) -> Result<Vec<Change>, StateError> {
        let mut sealed = self.sealer.key.sealed(changes)?;
        // Until one write with it is known to be durable, every write brings the key along.
        if let Some(key) = &self.sealer.unwritten
            && !self.key_written.load(Ordering::Relaxed)
        {
            sealed.insert(0, Change::Key(Some(key.clone())));
        }
        Ok(sealed)
    }
}

fn has_secret(changes: &[Change]) -> bool {
    changes.iter().any(|change| match change {
        Change::Put(record) => record.has_secret(),
        Change::Intend(intents) => intents.iter().any(|intent| match intent {
            Intent::Create(record) => record.has_secret(),
            _ => false,
        }),
        Change::Outputs(outputs) => outputs.has_secret(),
        _ => false,
    })
}

#[async_trait]
impl StageLock for SealingLock {
    async fn load(&self) -> Result<Loaded, StateError> {
        let loaded = self.lock.load().await?;
        Ok(Loaded { snapshot: self.sealer.key.opened(loaded.snapshot)?, ..loaded })
    }
    async fn append(&self, changes: &[Change]) -> Result<(), StateError> {
        if !has_secret(changes) {
            return self.lock.append(changes).await;
        }
        self.lock.append(&self.sealed(changes)?).await?;
        self.key_written.store(true, Ordering::Relaxed);
        Ok(())
    }
    fn check(&self) -> Result<(), StateError> {
        self.lock.check()
    }
    fn checker(&self) -> LockChecker {
        self.lock.checker()
    }
    async fn commit(&self) -> Result<Snapshot, StateError> {
        self.lock.commit().await
    }
    async fn replace(&self, snapshot: Snapshot) -> Result<Snapshot, StateError> {
        let mut sealed = self.sealer.key.sealed_snapshot(snapshot)?;
        if let Some(key) = &self.sealer.unwritten {
            sealed.key = Some(key.clone());
        }
        let replaced = self.lock.replace(sealed).await?;
        self.key_written.store(true, Ordering::Relaxed);
        Ok(replaced)
    }
    async fn release(self: Box<Self>) -> Result<(), StateError> {
        self.lock.release().await
    }
}
