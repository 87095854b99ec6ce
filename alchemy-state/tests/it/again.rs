//! A disk on which operations fail now and then, used by somebody who tries again.

use std::path::PathBuf;
use std::sync::Arc;

use alchemy_core::{Change, Realm, Snapshot};
use alchemy_state::{
    Guarantees, HistoryEntry, Loaded, LockChecker, LockInfo, LockRequest, LockState, RealmOrigin,
    StageKey, StageLock, StageSummary, StateError, StateStore,
};
use async_trait::async_trait;

/// Every request that fails for a reason of the disk's is made again.
pub(crate) struct Again<S>(S);

struct AgainLocked(Box<dyn StageLock>);

/// Asks until the disk does not stand in the way any more.
macro_rules! again {
    ($request:expr) => {{
        let mut left = 50;
        loop {
            match $request.await {
                Err(StateError::Io { .. }) if left > 0 => left -= 1,
                other => break other,
            }
        }
    }};
}

#[async_trait]
impl<S: StateStore> StateStore for Again<S> {
    fn describe(&self) -> String {
        self.0.describe()
    }
    fn local_root(&self) -> Option<PathBuf> {
        self.0.local_root()
    }
    async fn realm(
        &self,
        create: Option<Realm>,
    ) -> Result<Option<(Realm, RealmOrigin)>, StateError> {
        again!(self.0.realm(create.clone()))
    }
    async fn take_realm(&self, realm: Realm) -> Result<(), StateError> {
        again!(self.0.take_realm(realm.clone()))
    }
    async fn stages(&self) -> Result<Vec<StageSummary>, StateError> {
        again!(self.0.stages())
    }
    async fn load(&self, key: &StageKey) -> Result<Option<Loaded>, StateError> {
        again!(self.0.load(key))
    }
    async fn lock(
        &self,
        key: &StageKey,
        request: LockRequest,
    ) -> Result<Box<dyn StageLock>, StateError> {
        let lock = again!(self.0.lock(key, request.clone()))?;
        Ok(Box::new(AgainLocked(lock)))
    }
    async fn lock_info(&self, key: &StageKey) -> Result<Option<LockInfo>, StateError> {
        again!(self.0.lock_info(key))
    }
    async fn lock_state(&self, key: &StageKey) -> Result<LockState, StateError> {
        again!(self.0.lock_state(key))
    }
    async fn unlock(&self, key: &StageKey, epoch: u64) -> Result<(), StateError> {
        again!(self.0.unlock(key, epoch))
    }
    async fn history(&self, key: &StageKey) -> Result<Vec<HistoryEntry>, StateError> {
        again!(self.0.history(key))
    }
    async fn at_serial(&self, key: &StageKey, serial: u64) -> Result<Option<Snapshot>, StateError> {
        again!(self.0.at_serial(key, serial))
    }
    async fn guarantees(&self) -> Result<Guarantees, StateError> {
        again!(self.0.guarantees())
    }
}

#[async_trait]
impl StageLock for AgainLocked {
    async fn load(&self) -> Result<Loaded, StateError> {
        again!(self.0.load())
    }
    async fn append(&self, changes: &[Change]) -> Result<(), StateError> {
        again!(self.0.append(changes))
    }
    fn check(&self) -> Result<(), StateError> {
        self.0.check()
    }
    fn checker(&self) -> LockChecker {
        self.0.checker()
    }
    async fn commit(&self) -> Result<Snapshot, StateError> {
        again!(self.0.commit())
    }
    async fn replace(&self, snapshot: Snapshot) -> Result<Snapshot, StateError> {
        again!(self.0.replace(snapshot.clone()))
    }
    async fn release(self: Box<Self>) -> Result<(), StateError> {
        match self.0.release().await {
            // The lock is free all the same; only the file that names its holder is left.
            Err(StateError::Io { .. }) => Ok(()),
            released => released,
        }
    }
}

/// A client of a store in memory of which every third write fails.
pub(crate) fn shaky_memory(store: alchemy_state::MemoryStore) -> Arc<dyn StateStore> {
    for write in (3..3_000).step_by(3) {
        store.fault_at(write, alchemy_state::Fault::Fail);
    }
    Arc::new(Again(store))
}

/// A client of a folder on a disk of which one operation in five fails. Not the making durable of a name: what is named
/// already is there, and the store rightly gives up what it cannot know (`crash.rs`).
pub(crate) fn shaky_local(root: PathBuf, keep: usize) -> Arc<dyn StateStore> {
    use std::sync::atomic::{AtomicU64, Ordering};
    let count = AtomicU64::new(1);
    let tap: alchemy_state::Tap = Arc::new(move |step| {
        let named = matches!(step, alchemy_state::Step::SyncFolder(_));
        // In no rhythm that a request made again could fall into.
        let number = count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let fails = !named && (number >> 40).is_multiple_of(5);
        if fails { Err(std::io::Error::other("the disk does not answer")) } else { Ok(()) }
    });
    Arc::new(Again(alchemy_state::LocalStore::open_watched(root, tap).unwrap().keeping(keep)))
}
