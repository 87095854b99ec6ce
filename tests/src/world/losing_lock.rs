//! A lock that gets lost after a number of changing calls, and notes who commits what.

use std::sync::Arc;

use alchemy_core::{Change, Snapshot};
use alchemy_state::{Loaded, LockChecker, StageKey, StageLock, StateError};
use async_trait::async_trait;

use super::{Told, World};
use crate::sim_cloud::SimCloud;

/// Over another lock.
pub(super) struct LosingLock {
    inner: Box<dyn StageLock>,
    cloud: SimCloud,
    told: Arc<Told>,
    key: StageKey,
    after: Option<u64>,
}

impl LosingLock {
    pub(super) fn over(
        inner: Box<dyn StageLock>,
        world: &World,
        key: &StageKey,
        after: Option<u64>,
    ) -> Self {
        let (cloud, told) = (world.cloud.clone(), Arc::clone(&world.told));
        Self { inner, cloud, told, key: key.clone(), after }
    }
    pub(super) async fn give_back(self) -> Result<(), StateError> {
        self.inner.release().await
    }
}

fn check(cloud: &SimCloud, after: Option<u64>) -> Result<(), StateError> {
    match after {
        Some(calls) if cloud.changing_calls() >= calls => {
            Err(StateError::LockLost { reason: "another process took it".to_owned() })
        }
        _ => Ok(()),
    }
}

#[async_trait]
impl StageLock for LosingLock {
    async fn load(&self) -> Result<Loaded, StateError> {
        self.inner.load().await
    }
    async fn append(&self, changes: &[Change]) -> Result<(), StateError> {
        self.check()?;
        self.inner.append(changes).await
    }
    fn check(&self) -> Result<(), StateError> {
        check(&self.cloud, self.after)?;
        self.inner.check()
    }
    fn checker(&self) -> LockChecker {
        let (inner, cloud, after) = (self.inner.checker(), self.cloud.clone(), self.after);
        Arc::new(move || {
            check(&cloud, after)?;
            inner()
        })
    }
    async fn commit(&self) -> Result<Snapshot, StateError> {
        self.check()?;
        let before = self.inner.load().await?.snapshot.serial;
        let snapshot = self.inner.commit().await?;
        // Without anything appended nothing is written.
        if snapshot.serial != before {
            self.told.committed(&self.key, snapshot.serial);
        }
        Ok(snapshot)
    }
    async fn replace(&self, snapshot: Snapshot) -> Result<Snapshot, StateError> {
        self.check()?;
        self.inner.replace(snapshot).await
    }
    async fn release(self: Box<Self>) -> Result<(), StateError> {
        self.inner.release().await
    }
}
