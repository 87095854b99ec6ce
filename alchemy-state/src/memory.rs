//! State in memory, for tests: the same protocol and formats as on disk, stricter rules, and faults on demand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use alchemy_core::{Realm, Snapshot};
use async_trait::async_trait;

use crate::file_store::FileStore;
use crate::files::{Fault, MemoryFiles};
use crate::{
    Guarantees, HistoryEntry, Loaded, LockInfo, LockRequest, LockState, RealmOrigin, StageKey,
    StageLock, StageSummary, StateError, StateStore,
};

/// A store in memory. Clones are one process; [`MemoryStore::client`] is another one on the same state.
///
/// Refuses what a disk would let pass: a write to a stage's files without its lock, a removed segment written again.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    files: MemoryFiles,
    store: FileStore,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store. Equal runs write equal bytes.
    pub fn new() -> Self {
        Self::over(MemoryFiles::new())
    }

    fn over(files: MemoryFiles) -> Self {
        Self { store: FileStore::new(Arc::new(files.clone())), files }
    }

    /// The same store, keeping `keep` earlier serials of each stage (at least one; [`crate::DEFAULT_KEEP`] unless set).
    #[must_use]
    pub fn keeping(self, keep: usize) -> Self {
        Self { store: self.store.keeping(keep), ..self }
    }

    /// Another process's view of the same state; also the way to go on after a crash.
    #[must_use]
    pub fn client(&self) -> Self {
        Self::over(self.files.another())
    }

    /// How many writes this process has tried: the number of the last one.
    pub fn writes(&self) -> u64 {
        self.files.writes()
    }

    /// Lets this process's write number `write` (the first is 1) go wrong.
    pub fn fault_at(&self, write: u64, fault: Fault) {
        self.files.fault_at(write, fault);
    }

    /// Ends this process: its locks are free, and every further call of it fails.
    pub fn crash(&self) {
        self.files.crash();
    }

    /// Whether this process has ended, by [`MemoryStore::crash`] or by a fault.
    pub fn has_crashed(&self) -> bool {
        self.files.has_crashed()
    }

    /// Every file's exact bytes by key, to look for what must not be there.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.files.all()
    }

    /// Changes a file behind the store's back; `None` takes it away.
    pub fn tamper(&self, key: &str, bytes: Option<Vec<u8>>) {
        self.files.tamper(key, bytes);
    }
}

#[async_trait]
impl StateStore for MemoryStore {
    fn describe(&self) -> String {
        "memory".to_owned()
    }
    fn local_root(&self) -> Option<PathBuf> {
        None
    }
    async fn realm(
        &self,
        create: Option<Realm>,
    ) -> Result<Option<(Realm, RealmOrigin)>, StateError> {
        self.store.realm(create).await
    }
    async fn take_realm(&self, realm: Realm) -> Result<(), StateError> {
        self.store.take_realm(realm).await
    }
    async fn stages(&self) -> Result<Vec<StageSummary>, StateError> {
        self.store.stages().await
    }
    async fn load(&self, key: &StageKey) -> Result<Option<Loaded>, StateError> {
        self.store.load(key).await
    }
    async fn lock(
        &self,
        key: &StageKey,
        request: LockRequest,
    ) -> Result<Box<dyn StageLock>, StateError> {
        self.store.lock(key, request).await
    }
    async fn lock_info(&self, key: &StageKey) -> Result<Option<LockInfo>, StateError> {
        self.store.lock_info(key).await
    }
    async fn lock_state(&self, key: &StageKey) -> Result<LockState, StateError> {
        self.store.lock_state(key).await
    }
    async fn unlock(&self, key: &StageKey, epoch: u64) -> Result<(), StateError> {
        self.store.unlock(key, epoch).await
    }
    async fn history(&self, key: &StageKey) -> Result<Vec<HistoryEntry>, StateError> {
        self.store.history(key).await
    }
    async fn at_serial(&self, key: &StageKey, serial: u64) -> Result<Option<Snapshot>, StateError> {
        self.store.at_serial(key, serial).await
    }
    async fn guarantees(&self) -> Result<Guarantees, StateError> {
        self.store.guarantees().await
    }
}
