//! Where a stage's state lives: store trait, realm, locks, journal, snapshots, formats.
//! Knows no cloud resource and no program.
#![forbid(unsafe_code)]

mod store;

pub use store::{
    Loaded, LockChecker, LockInfo, LockRequest, RealmOrigin, StageKey, StageLock, StageSummary, StateError, StateStore,
};
