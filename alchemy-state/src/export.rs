//! A stage's state outside any store, and when it may go back into one.

use alchemy_core::{Realm, Snapshot, verify_integrity};

use crate::{Loaded, StateError, format};

/// A stage's state with where it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The store's realm.
    pub realm: Realm,
    /// The revision it was read at.
    pub revision: String,
    /// The state, with what a run under way has recorded.
    pub snapshot: Snapshot,
}

/// Why an export may not become a stage's state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushRefusal {
    /// It is from another store.
    #[error("it is of realm {found}, and the store is realm {realm}")]
    OtherRealm {
        /// The export's.
        found: String,
        /// The store's.
        realm: String,
    },
    /// The stage has gone on since.
    #[error("it is serial {found}, and the stage is at serial {current}")]
    Older {
        /// The export's.
        found: u64,
        /// The stage's.
        current: u64,
    },
    /// The stage has changed since, under the same number: a run is under way, or was cut short.
    #[error("the stage has changed since it was read (both are serial {serial})")]
    Changed {
        /// The number.
        serial: u64,
    },
    /// No sequence of runs can have made it.
    #[error("it contradicts itself: {0}")]
    Broken(String),
}

impl Export {
    /// As a document that people may read and edit.
    pub fn write(&self) -> Result<Vec<u8>, StateError> {
        format::write_export(self)
    }

    /// Reads the document `file` (its name is for errors). Refuses what is no export, a newer format, and values that
    /// make no sense one by one.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, StateError> {
        format::read_export(bytes).map_err(|error| error.in_file(file))
    }

    /// Whether it may take the place of `loaded` in a store of `realm` (none: the store has none yet).
    pub fn check(&self, realm: Option<&Realm>, loaded: &Loaded) -> Result<(), PushRefusal> {
        if let Some(realm) = realm
            && *realm != self.realm
        {
            let (found, realm) = (self.realm.to_string(), realm.to_string());
            return Err(PushRefusal::OtherRealm { found, realm });
        }
        let (found, current) = (self.snapshot.serial, loaded.snapshot.serial);
        if found < current {
            return Err(PushRefusal::Older { found, current });
        }
        if found == current && !loaded.revision.is_empty() && self.revision != loaded.revision {
            return Err(PushRefusal::Changed { serial: current });
        }
        verify_integrity(&self.snapshot).map_err(PushRefusal::Broken)
    }
}
