//! State in a folder of a local file system, `.alchemy/state` by default.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_core::{Realm, Snapshot};
use async_trait::async_trait;

use crate::file_store::FileStore;
use crate::files::{Disk, Tap};
use crate::{
    Guarantees, HistoryEntry, Loaded, LockInfo, LockRequest, LockState, RealmOrigin, StageKey,
    StageLock, StageSummary, StateError, StateStore,
};

/// A store in a folder. Files are readable by their owner only; a lock is held by the process and ends with it.
#[derive(Clone, Debug)]
pub struct LocalStore {
    root: PathBuf,
    store: FileStore,
}

impl LocalStore {
    /// The store in `root`, which the first write makes. A relative path is taken from the current folder, now.
    /// Refuses a path that cannot be made absolute.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StateError> {
        let absolute = absolute(&root.into())?;
        Ok(Self::over(Disk::new(absolute, None)))
    }

    /// The store in `root`, with every elementary operation on the file system told to `tap` before it happens: to
    /// look at what a crash would leave, and to play a disk that fails.
    pub fn open_watched(root: impl Into<PathBuf>, tap: Tap) -> Result<Self, StateError> {
        let absolute = absolute(&root.into())?;
        Ok(Self::over(Disk::new(absolute, Some(tap))))
    }

    fn over(disk: Disk) -> Self {
        Self { root: disk.root().to_owned(), store: FileStore::new(Arc::new(disk)) }
    }

    /// The same store, keeping `keep` earlier serials of each stage (at least one; [`crate::DEFAULT_KEEP`] unless set).
    #[must_use]
    pub fn keeping(self, keep: usize) -> Self {
        Self { store: self.store.keeping(keep), ..self }
    }

    /// Whether no stage was ever deployed to it (a realm alone does not count).
    pub async fn is_empty(&self) -> Result<bool, StateError> {
        Ok(self.store.stages().await?.is_empty())
    }
}

fn absolute(root: &Path) -> Result<PathBuf, StateError> {
    std::path::absolute(root).map_err(|source| StateError::Io {
        action: "read",
        file: root.display().to_string(),
        source,
    })
}

#[async_trait]
impl StateStore for LocalStore {
    fn describe(&self) -> String {
        self.root.display().to_string()
    }
    fn local_root(&self) -> Option<PathBuf> {
        Some(self.root.clone())
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
