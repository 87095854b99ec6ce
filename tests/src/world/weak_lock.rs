//! A lock with a protection switched off.

use std::sync::Arc;

use alchemy_core::{Change, Snapshot, Status};
use alchemy_state::{Loaded, LockChecker, StageLock, StateError};
use async_trait::async_trait;
use tokio::sync::Mutex;

use super::Protection;
use super::losing_lock::LosingLock;

/// Over another lock.
pub(super) struct WeakLock {
    inner: LosingLock,
    without: Option<Protection>,
    /// The revision that was planned from.
    planned: String,
    /// What was answered and not written yet.
    unwritten: Mutex<Vec<Change>>,
}

impl WeakLock {
    pub(super) fn over(inner: LosingLock, without: Option<Protection>, planned: String) -> Self {
        Self { inner, without, planned, unwritten: Mutex::default() }
    }

    pub(super) async fn give_back(self) -> Result<(), StateError> {
        self.inner.give_back().await
    }

    fn lacks(&self, protection: Protection) -> bool {
        self.without == Some(protection)
    }

    fn keeps(&self, change: &Change) -> bool {
        match change {
            Change::Intend(_) => !self.lacks(Protection::Intent),
            Change::Put(record) if record.status == Status::Creating => true,
            Change::Put(_) | Change::Removed(_) => !self.lacks(Protection::Results),
            _ => true,
        }
    }

    async fn write(&self) -> Result<(), StateError> {
        let waiting = std::mem::take(&mut *self.unwritten.lock().await);
        if waiting.is_empty() { Ok(()) } else { self.inner.append(&waiting).await }
    }
}

#[async_trait]
impl StageLock for WeakLock {
    async fn load(&self) -> Result<Loaded, StateError> {
        let mut loaded = self.inner.load().await?;
        if self.lacks(Protection::TakeOverWait) {
            loaded.taken_over = None;
        }
        if self.lacks(Protection::PlanRecheck) {
            return Ok(Loaded { revision: self.planned.clone(), ..loaded });
        }
        Ok(loaded)
    }
    async fn append(&self, changes: &[Change]) -> Result<(), StateError> {
        let kept: Vec<Change> =
            changes.iter().filter(|change| self.keeps(change)).cloned().collect();
        if self.lacks(Protection::Durability) {
            self.write().await?;
            self.unwritten.lock().await.extend(kept);
            return Ok(());
        }
        if kept.is_empty() { Ok(()) } else { self.inner.append(&kept).await }
    }
    fn check(&self) -> Result<(), StateError> {
        if self.lacks(Protection::LockCheck) { Ok(()) } else { self.inner.check() }
    }
    fn checker(&self) -> LockChecker {
        if self.lacks(Protection::LockCheck) { Arc::new(|| Ok(())) } else { self.inner.checker() }
    }
    async fn commit(&self) -> Result<Snapshot, StateError> {
        self.write().await?;
        if self.lacks(Protection::Commit) {
            return Ok(self.inner.load().await?.snapshot);
        }
        self.inner.commit().await
    }
    async fn replace(&self, snapshot: Snapshot) -> Result<Snapshot, StateError> {
        self.inner.replace(snapshot).await
    }
    async fn release(self: Box<Self>) -> Result<(), StateError> {
        self.give_back().await
    }
}
