//! The store trait: what engine, CLI and editor need of a place that keeps state.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{Change, Realm, Snapshot, StackName, Stage};
use async_trait::async_trait;

use crate::{Guarantees, HistoryEntry, LockState};

/// Which stage's state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StageKey {
    /// The stack.
    pub stack: StackName,
    /// The stage.
    pub stage: Stage,
}

/// A stage's state as last written: snapshot with the journal folded in.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The state; open intents show as statuses of records.
    pub snapshot: Snapshot,
    /// Changes at every write; equal tokens mean equal state. For "compare what was read" after locking.
    pub revision: String,
    /// Whether a journal was folded in: a run ended without committing, or is under way (then somebody holds the lock).
    pub interrupted: bool,
    /// Only under a lock: that its former holder never gave it back. What he sent to the cloud may still take effect.
    pub taken_over: Option<TakenOver>,
}

/// A lock whose former holder never gave it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenOver {
    /// How long ago he was last seen to renew it, on our clock; zero if that is not known.
    pub last_seen: Duration,
    /// Whether he was a process of this machine that is gone: such a one begins nothing more, and what it had begun
    /// ended with its connections.
    pub gone: bool,
}

impl TakenOver {
    /// Step 8, *calls*: how much longer a call of the former holder may be under way, if none takes longer than
    /// `longest_call`: he begins none once his lease is over.
    #[must_use]
    pub fn calls_under_way(&self, longest_call: Duration) -> Duration {
        if self.gone {
            return Duration::ZERO;
        }
        (crate::remote::LEASE + longest_call).saturating_sub(self.last_seen)
    }
}

/// One line of `stage ls`.
#[derive(Clone, Debug, PartialEq)]
pub struct StageSummary {
    /// Which.
    pub key: StageKey,
    /// Live records, or what is wrong with its state.
    pub state: Result<Snapshot, String>,
}

/// Who holds, or wants, a stage's lock. Shown to people.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LockInfo {
    /// What it is for: `deploy`, `destroy`, ….
    pub operation: String,
    /// User name.
    pub user: String,
    /// Host name.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// CI run's URL, if there is one.
    pub ci_url: Option<String>,
    /// Since when, RFC 3339.
    pub since: String,
}

/// A request for a stage's lock.
#[derive(Clone, Debug)]
pub struct LockRequest {
    /// Who asks.
    pub info: LockInfo,
    /// How long to wait for another holder; zero: not at all.
    pub wait: Duration,
}

/// Whether [`StateStore::realm`] found the realm or made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealmOrigin {
    /// It was there.
    Found,
    /// This call wrote it.
    Created,
}

/// Why a store did not do what was asked. Nothing was overwritten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// State that cannot be trusted: bad sum, bad syntax, a gap in the journal.
    #[error("{file} is corrupt: {reason}")]
    Corrupt {
        /// Path or key.
        file: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// State written by a newer version.
    #[error("{file} has format {found}; this version of alchemy reads up to {known}")]
    Newer {
        /// Path or key.
        file: String,
        /// Its format.
        found: u64,
        /// Newest format known here.
        known: u64,
    },
    /// Somebody else holds the lock.
    #[error("the stage is locked")]
    Locked {
        /// Who, if that could be read.
        holder: Option<Box<LockInfo>>,
    },
    /// The lock was lost, or another writer got in between; nothing more may be started.
    #[error("the lock on the stage was lost: {reason}")]
    LockLost {
        /// How it showed.
        reason: String,
    },
    /// The lock is not the one that was to be broken.
    #[error("the lock is held by another run than the one that was to be unlocked")]
    OtherLock {
        /// The acquisition that holds it now.
        epoch: u64,
        /// Who, if that could be read.
        holder: Option<Box<LockInfo>>,
    },
    /// The lock cannot be broken, since the process that holds it runs and would go on writing.
    #[error("the process that holds the lock is still running")]
    HolderRuns {
        /// Who, if that could be read.
        holder: Option<Box<LockInfo>>,
    },
    /// The file system cannot lock, is read-only or full, or an access was denied.
    #[error("cannot {action} {file}")]
    Io {
        /// `read`, `write`, `lock`, `list`, `create`.
        action: &'static str,
        /// Path or key.
        file: String,
        /// The cause.
        source: std::io::Error,
    },
    /// Something that state cannot hold; nothing was written.
    #[error("state cannot be written: {reason}")]
    Unwritable {
        /// What, and why not.
        reason: String,
    },
    /// The bucket of a remote store is not there.
    #[error("there is no bucket `{bucket}` for {url}")]
    NoBucket {
        /// The store.
        url: String,
        /// Its bucket.
        bucket: String,
    },
    /// A store on which a lock would not exclude: it fails a test that it must pass before anything is kept there.
    #[error("{store} cannot keep state: {reason}")]
    Unfit {
        /// The store.
        store: String,
        /// What it did, and what it should have done.
        reason: String,
    },
    /// Another realm for a store whose stages were deployed under the one it has.
    #[error("the store has realm {realm}, and {stages} of its stages were deployed under it")]
    RealmInUse {
        /// The realm it has.
        realm: String,
        /// How many stages it holds.
        stages: usize,
    },
    /// Something sealed cannot be opened.
    #[error("sealed values cannot be used")]
    Sealed {
        /// The cause.
        source: crate::SealError,
    },
    /// Two stacks or stages whose names differ only in case.
    #[error("{wanted} differs only in case from {existing}, which is in the store")]
    CaseClash {
        /// Asked for.
        wanted: String,
        /// There.
        existing: String,
    },
}

/// A place that keeps the state of many stages.
///
/// Two clients may use it at once. Reading takes no lock. Nothing is ever written without one, but the realm.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// For people: a path or URL.
    fn describe(&self) -> String;
    /// The local folder, if it is one.
    fn local_root(&self) -> Option<PathBuf>;
    /// The store's realm; `None` if there is none and `create` does not offer one. With `create`, written once
    /// (create-if-absent): of two clients that offer different realms both get the one that won.
    async fn realm(
        &self,
        create: Option<Realm>,
    ) -> Result<Option<(Realm, RealmOrigin)>, StateError>;
    /// Makes `realm` the store's identity although it has another, or none: for recovery, which finds the realm on the
    /// cloud's objects. Refused with [`StateError::RealmInUse`] while the store holds the state of any stage: the
    /// objects of that stage carry the realm it has.
    async fn take_realm(&self, realm: Realm) -> Result<(), StateError>;
    /// Every stage with state, destroyed ones included, in order.
    async fn stages(&self) -> Result<Vec<StageSummary>, StateError>;
    /// A stage's state, or `None` if it was never deployed.
    async fn load(&self, key: &StageKey) -> Result<Option<Loaded>, StateError>;
    /// Takes the stage's lock. Fails with [`StateError::Locked`] when `request.wait` has passed.
    async fn lock(
        &self,
        key: &StageKey,
        request: LockRequest,
    ) -> Result<Box<dyn StageLock>, StateError>;
    /// Who holds the stage's lock now, if anybody.
    async fn lock_info(&self, key: &StageKey) -> Result<Option<LockInfo>, StateError>;
    /// The stage's lock as it is seen from here.
    async fn lock_state(&self, key: &StageKey) -> Result<LockState, StateError>;
    /// Breaks the lock that acquisition `epoch` holds, and no other: refused with [`StateError::OtherLock`] if another
    /// has it, with [`StateError::HolderRuns`] where the holder is known to run. Nothing to do if it is free.
    async fn unlock(&self, key: &StageKey, epoch: u64) -> Result<(), StateError>;
    /// Every serial of the stage that can still be had: the current one first, then earlier ones, newest first.
    /// Nothing of a run under way.
    async fn history(&self, key: &StageKey) -> Result<Vec<HistoryEntry>, StateError>;
    /// The state of one serial, exactly as it was committed; `None` if there is none (any more).
    async fn at_serial(&self, key: &StageKey, serial: u64) -> Result<Option<Snapshot>, StateError>;
    /// What the store promises, tried out where that can be done.
    async fn guarantees(&self) -> Result<Guarantees, StateError>;
}

/// Answers [`StageLock::check`] without borrowing the lock.
pub type LockChecker = Arc<dyn Fn() -> Result<(), StateError> + Send + Sync>;

/// Permission to write one stage's state; released by [`StageLock::release`], or by the end of the process.
#[async_trait]
pub trait StageLock: Send + Sync {
    /// The state under the lock: a stage never deployed gives a new snapshot (serial 0, revision "").
    async fn load(&self) -> Result<Loaded, StateError>;
    /// Appends changes to the journal. When it returns they are durable. Callers batch (group commit).
    async fn append(&self, changes: &[Change]) -> Result<(), StateError>;
    /// Fails once the lock may have been lost. Checked before every provider attempt.
    fn check(&self) -> Result<(), StateError>;
    /// The question of [`StageLock::check`] as a value that outlives a borrow of the lock: providers ask it before
    /// every changing call of a step. After the release it answers as for a lost lock.
    fn checker(&self) -> LockChecker;
    /// Folds everything appended into a new snapshot (serial + 1), keeps the old one in history, drops the journal.
    /// With nothing appended and no run left over nothing is written, and the snapshot is as it was.
    async fn commit(&self) -> Result<Snapshot, StateError>;
    /// Commits `snapshot` as the whole content under a new serial: the next one, or its own if that is higher. Never a
    /// rewrite of an old one: what the journal holds is committed first, and the counters of generations do not go back.
    /// Refused with [`StateError::Unwritable`] if it is another stage's.
    async fn replace(&self, snapshot: Snapshot) -> Result<Snapshot, StateError>;
    /// Gives the lock back.
    async fn release(self: Box<Self>) -> Result<(), StateError>;
}
