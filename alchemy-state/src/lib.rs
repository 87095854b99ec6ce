//! Where a stage's state lives: store trait, realm, locks, journal, snapshots, formats.
//! Knows no cloud resource and no program.
#![forbid(unsafe_code)]

#[cfg(feature = "conformance")]
pub mod conformance;
mod credentials;
mod error_text;
mod export;
mod file_store;
mod files;
mod fold;
mod format;
mod guarantees;
mod history;
mod keys;
mod local;
mod lock_state;
mod memory;
mod migrate;
mod open;
pub mod remote;
mod sealing;
mod secret;
mod store;
mod url;

pub use credentials::{GcsTokenSource, S3CredentialSource, S3Credentials};
pub use export::{Export, PushRefusal};
pub use files::{Fault, Step, Tap};
pub use guarantees::Guarantees;
pub use history::{DEFAULT_KEEP, HistoryEntry};
pub use local::LocalStore;
pub use lock_state::{HeldLock, Liveness, LockState};
pub use memory::MemoryStore;
pub use migrate::{MigrateError, Migrated, migrate};
pub use open::{OpenOptions, open, open_objects};
pub use sealing::{DataKey, Passphrase, SealError, Sealer, given_up, resealed, sealing};
pub use secret::secret_key;
pub use store::{
    Loaded, LockChecker, LockInfo, LockRequest, RealmOrigin, StageKey, StageLock, StageSummary,
    StateError, StateStore, TakenOver,
};
pub use url::{StateUrl, StateUrlError};
