//! A stage's lock as it is seen from outside.

use crate::LockInfo;

/// Whether a stage's lock is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockState {
    /// Nobody holds it.
    Free,
    /// Somebody does, as far as can be seen.
    Held(HeldLock),
}

/// A lock that is held, as far as can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLock {
    /// Which acquisition; what [`crate::StateStore::unlock`] breaks. Zero while its holder has not written down who he is.
    pub epoch: u64,
    /// Who, if that could be read.
    pub info: Option<LockInfo>,
    /// Whether the holder can still be there.
    pub liveness: Liveness,
}

/// What can be known of a lock's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Its process runs.
    Alive,
    /// It was on this machine, and its process is gone.
    Gone,
    /// It is on another machine: only waiting shows.
    Unknown,
}
