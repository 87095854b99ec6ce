//! Copying a whole store to another place: identity, every stage, every serial that can be read. Verified, and able to
//! go on where an earlier attempt stopped.

use alchemy_core::{Realm, Snapshot};

use crate::{LockRequest, StageKey, StageLock, StateError, StateStore};

/// A stage that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Which.
    pub key: StageKey,
    /// How many of its serials are in the new place now.
    pub serials: usize,
    /// How many live records it has.
    pub records: usize,
    /// Earlier serials that could not be read, and were left behind.
    pub unreadable: Vec<u64>,
}

/// Why a store was not copied, or not all of it. The old store is as it was, and nothing in the new one was replaced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The old store holds nothing.
    #[error("there is nothing to copy: the store holds no stages")]
    Empty,
    /// The new store holds stages of another realm.
    #[error(
        "the new store is in use: it holds {stages} stages of realm {found}, and these are of realm {realm}"
    )]
    OtherRealm {
        /// The new store's.
        found: String,
        /// The old store's.
        realm: String,
        /// How many stages the new store holds.
        stages: usize,
    },
    /// A stage cannot be read in the old store.
    #[error("stage `{}` of stack `{}` cannot be read: {why}", key.stage, key.stack)]
    Unreadable {
        /// Which.
        key: StageKey,
        /// Why not.
        why: String,
    },
    /// The new store's stage has a state of its own.
    #[error("stage `{}` of stack `{}` has another state in the new store (serial {serial})", key.stage, key.stack)]
    Differs {
        /// Which.
        key: StageKey,
        /// Where they part.
        serial: u64,
    },
    /// A store did not do what was asked.
    #[error("cannot copy it {place}")]
    Store {
        /// `from the old store` or `to the new store`.
        place: &'static str,
        /// Why not.
        source: StateError,
    },
}

fn old(source: StateError) -> MigrateError {
    MigrateError::Store { place: "from the old store", source }
}

fn new(source: StateError) -> MigrateError {
    MigrateError::Store { place: "to the new store", source }
}

/// Copies everything in `from` to `to`. A stage is locked in both while it is copied; `copied` hears of each that is
/// done. Nothing in `from` is changed, and no serial in `to` is replaced: what is there already must be the same.
pub async fn migrate(
    from: &dyn StateStore,
    to: &dyn StateStore,
    request: &LockRequest,
    copied: &(dyn Fn(&Migrated) + Sync),
) -> Result<Vec<Migrated>, MigrateError> {
    let stages = from.stages().await.map_err(old)?;
    let Some((realm, _)) = from.realm(None).await.map_err(old)?.filter(|_| !stages.is_empty())
    else {
        return Err(MigrateError::Empty);
    };
    if let Some(bad) = stages.iter().find(|stage| stage.state.is_err()) {
        let why = bad.state.as_ref().err().cloned().unwrap_or_default();
        return Err(MigrateError::Unreadable { key: bad.key.clone(), why });
    }
    take_identity(to, &realm).await?;
    let mut done = Vec::new();
    for stage in stages {
        let reading = from.lock(&stage.key, request.clone()).await.map_err(old)?;
        let writing = to.lock(&stage.key, request.clone()).await.map_err(new)?;
        let result = copy(from, &*reading, to, &*writing, &stage.key).await;
        let released = writing.release().await;
        let given_back = reading.release().await;
        let stage = result?;
        released.map_err(new)?;
        given_back.map_err(old)?;
        copied(&stage);
        done.push(stage);
    }
    Ok(done)
}

/// The new store gets the old one's realm, unless it holds stages of another.
async fn take_identity(to: &dyn StateStore, realm: &Realm) -> Result<(), MigrateError> {
    let made = to.realm(Some(realm.clone())).await.map_err(new)?;
    let Some((found, _)) = made.filter(|(found, _)| found != realm) else { return Ok(()) };
    let stages = to.stages().await.map_err(new)?.len();
    if stages > 0 {
        let (found, realm) = (found.to_string(), realm.to_string());
        return Err(MigrateError::OtherRealm { found, realm, stages });
    }
    to.take_realm(realm.clone()).await.map_err(new)
}

/// Copies one stage, serial by serial, then what a run cut short has left, and reads everything back.
async fn copy(
    from: &dyn StateStore,
    reading: &dyn StageLock,
    to: &dyn StateStore,
    writing: &dyn StageLock,
    key: &StageKey,
) -> Result<Migrated, MigrateError> {
    let last = reading.load().await.map_err(old)?.snapshot;
    let mut there = writing.load().await.map_err(new)?.snapshot;
    let mut unreadable = Vec::new();
    let mut serials: Vec<u64> = Vec::new();
    for entry in from.history(key).await.map_err(old)?.into_iter().rev() {
        let list = if entry.unreadable.is_some() { &mut unreadable } else { &mut serials };
        list.push(entry.serial);
    }
    // A current serial comes first, so that it is last now.
    let differs = |serial| MigrateError::Differs { key: key.clone(), serial };
    for serial in serials {
        let Some(snapshot) = from.at_serial(key, serial).await.map_err(old)? else { continue };
        if serial > there.serial {
            there = writing.replace(snapshot.clone()).await.map_err(new)?;
        }
        match to.at_serial(key, serial).await.map_err(new)? {
            Some(copy) if copy == snapshot => {}
            // Left out by the new store's own limit.
            None if serial < there.serial => {}
            _ => return Err(differs(serial)),
        }
    }
    if !same_content(&there, &last) {
        if there.serial > last.serial {
            return Err(differs(there.serial));
        }
        there = writing.replace(last.clone()).await.map_err(new)?;
    }
    let copy = to.load(key).await.map_err(new)?;
    if !copy.is_some_and(|copy| same_content(&copy.snapshot, &last)) {
        return Err(differs(there.serial));
    }
    let serials = to.history(key).await.map_err(new)?.len();
    Ok(Migrated { key: key.clone(), serials, records: last.records.len(), unreadable })
}

/// Whether two snapshots say the same under whatever number.
fn same_content(a: &Snapshot, b: &Snapshot) -> bool {
    Snapshot { serial: 0, ..a.clone() } == Snapshot { serial: 0, ..b.clone() }
}
