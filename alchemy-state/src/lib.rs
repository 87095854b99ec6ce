//! Where a stage's state lives: store trait, realm, locks, journal, snapshots, formats.
//! Knows no cloud resource and no program.
#![forbid(unsafe_code)]

#[cfg(feature = "conformance")]
pub mod conformance;
mod file_store;
mod files;
mod fold;
mod format;
mod keys;
mod local;
mod memory;
mod secret;
mod store;

pub use files::{Fault, Step, Tap};
pub use local::LocalStore;
pub use memory::MemoryStore;
pub use secret::secret_key;
pub use store::{
    Loaded, LockChecker, LockInfo, LockRequest, RealmOrigin, StageKey, StageLock, StageSummary,
    StateError, StateStore,
};
