//! State in a store that others write to as well, over a network: the write protocol.
//!
//! Its eight steps, and where each stands: 1 *acquire* and 2 *wait* in `lease/acquire.rs`; 3 *deadline* in `lease.rs`;
//! 4 *segments* in `writer.rs`, their *seal* in `seal.rs`; 5 *snapshot* and 6 *commit* in `writer/commit.rs`; 7 *lost
//! reply* in `access.rs`; 8, *calls*, is the engine's. `docs/state-protocol.md` says which history breaks without each.

mod access;
mod buckets;
mod faulty_objects;
mod held;
mod here;
mod host;
mod lease;
mod limits;
mod memory_objects;
mod objects;
mod past;
mod probe;
mod reading;
mod seal;
mod sim_host;
mod stages;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use alchemy_core::{Realm, Snapshot};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::format;
use crate::history::DEFAULT_KEEP;
use crate::keys::{REALM, StageKeys};
use crate::{
    Guarantees, HistoryEntry, Liveness, Loaded, LockInfo, LockRequest, LockState, RealmOrigin,
    StageKey, StageLock, StageSummary, StateError, StateStore,
};

use access::{Access, Written};
use held::Held;
use lease::Renewal;
use objects::Object;
use writer::Writer;

pub(crate) use buckets::Bucket;
pub use faulty_objects::{FaultPlan, FaultyObjects, ObjectFault, ObjectRequest};
pub use host::{Host, Process, ThisMachine};
pub(crate) use limits::LEASE;
pub use memory_objects::MemoryObjects;
pub use objects::{Object as StoredObject, ObjectError, Objects, Version};
pub use sim_host::SimHost;

/// A store over objects that others use, too.
#[derive(Clone, Debug)]
pub struct RemoteStore {
    access: Access,
    keep: usize,
    /// Whether the store was found to exclude.
    probed: Arc<OnceCell<()>>,
}

impl RemoteStore {
    /// The store over `objects`, used from `host`. Needs a tokio runtime.
    pub fn new(objects: Arc<dyn Objects>, host: Arc<dyn Host>) -> Self {
        let access = Access { objects, host };
        Self { access, keep: DEFAULT_KEEP, probed: Arc::default() }
    }

    /// The same store, keeping `keep` earlier serials of each stage (at least one).
    #[must_use]
    pub fn keeping(self, keep: usize) -> Self {
        Self { keep: keep.max(1), ..self }
    }

    /// Nothing is ever written to a store that was not found to exclude.
    async fn probed(&self) -> Result<(), StateError> {
        self.probed.get_or_try_init(|| probe::ensure(&self.access)).await.copied()
    }

    async fn read_realm(&self) -> Result<Option<(Realm, Object)>, StateError> {
        let Some(object) = self.access.get(REALM).await? else { return Ok(None) };
        let realm = format::read_realm(&object.bytes)
            .map_err(|error| error.in_file(self.access.objects.label(REALM)))?;
        Ok(Some((realm, object)))
    }

    /// The newest epoch that state and journal know of.
    async fn newest_epoch(&self, key: &StageKey) -> Result<u64, StateError> {
        Ok(reading::read(&self.access, key).await?.folded.epoch)
    }
}

#[async_trait]
impl StateStore for RemoteStore {
    fn describe(&self) -> String {
        self.access.objects.describe()
    }

    fn local_root(&self) -> Option<PathBuf> {
        None
    }

    async fn realm(
        &self,
        create: Option<Realm>,
    ) -> Result<Option<(Realm, RealmOrigin)>, StateError> {
        if let Some((realm, _)) = self.read_realm().await? {
            return Ok(Some((realm, RealmOrigin::Found)));
        }
        let Some(realm) = create else { return Ok(None) };
        self.probed().await?;
        let bytes: Bytes = format::write_realm(&realm)?.into();
        match self.access.write(REALM, &bytes, None, &|| Ok(())).await? {
            Written::Own(_) => Ok(Some((realm, RealmOrigin::Created))),
            Written::Undone(error) => Err(error),
            Written::Foreign(_) => {
                Ok(self.read_realm().await?.map(|(realm, _)| (realm, RealmOrigin::Found)))
            }
        }
    }

    async fn take_realm(&self, realm: Realm) -> Result<(), StateError> {
        loop {
            self.realm(Some(realm.clone())).await?;
            let Some((current, object)) = self.read_realm().await? else { continue };
            if current == realm {
                return Ok(());
            }
            let stages = stages::list(&self.access).await?.len();
            if stages > 0 {
                return Err(StateError::RealmInUse { realm: current.as_str().to_owned(), stages });
            }
            let bytes: Bytes = format::write_realm(&realm)?.into();
            match self.access.write(REALM, &bytes, Some(&object.version), &|| Ok(())).await? {
                Written::Own(_) => return Ok(()),
                Written::Undone(error) => return Err(error),
                Written::Foreign(_) => {}
            }
        }
    }

    async fn stages(&self) -> Result<Vec<StageSummary>, StateError> {
        stages::list(&self.access).await
    }

    async fn load(&self, key: &StageKey) -> Result<Option<Loaded>, StateError> {
        stages::load(&self.access, key).await
    }

    async fn lock(
        &self,
        key: &StageKey,
        request: LockRequest,
    ) -> Result<Box<dyn StageLock>, StateError> {
        self.probed().await?;
        reading::check_spelling(&self.access, key).await?;
        let newest = || self.newest_epoch(key);
        let lock = StageKeys::new(key).lease();
        let acquired = lease::acquire(&self.access, &lock, request, newest).await?;
        let renewal = Renewal::start(Arc::clone(&acquired.lease));
        match Writer::open(self.access.clone(), key, &acquired, self.keep).await {
            Ok(writer) => Ok(Box::new(Held::new(writer, acquired.lease, renewal))),
            Err(error) => {
                // The reason is what counts; a lock that cannot be given back lapses.
                let _ = renewal.release(false).await;
                Err(error)
            }
        }
    }

    async fn lock_info(&self, key: &StageKey) -> Result<Option<LockInfo>, StateError> {
        match self.lock_state(key).await? {
            LockState::Held(held) if held.liveness != Liveness::Gone => Ok(held.info),
            _ => Ok(None),
        }
    }

    async fn lock_state(&self, key: &StageKey) -> Result<LockState, StateError> {
        lease::look(&self.access, &StageKeys::new(key).lease()).await
    }

    async fn unlock(&self, key: &StageKey, epoch: u64) -> Result<(), StateError> {
        lease::unlock(&self.access, &StageKeys::new(key).lease(), epoch).await
    }

    async fn history(&self, key: &StageKey) -> Result<Vec<HistoryEntry>, StateError> {
        past::history(&self.access, key).await
    }

    async fn at_serial(&self, key: &StageKey, serial: u64) -> Result<Option<Snapshot>, StateError> {
        past::at_serial(&self.access, key, serial).await
    }

    async fn guarantees(&self) -> Result<Guarantees, StateError> {
        probe::guarantees(&self.access).await
    }
}
