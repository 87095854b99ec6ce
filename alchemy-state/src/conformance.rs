//! What every store must do, checked with two clients of one store. Each check panics, by assertion, where it fails.

mod contention;
mod fencing;
mod locking;
mod many;
mod past;
mod sample;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use crate::{LockInfo, LockRequest, StageKey, StageLock, StateStore};

pub use contention::dead_holder_is_replaced_once;
pub use fencing::{Documents, fenced_writer_writes_nothing, torn_tail_does_not_count};
pub use locking::{
    case_clash_refused, lock_excludes, lock_waits, released_lock_is_lost,
    stages_never_wait_for_each_other,
};
pub use many::{all_are_listed, fill};
pub use past::{
    breaking_a_lock_names_its_epoch, guarantees_are_told, history_is_kept, replacing_heals_first,
    replacing_is_a_new_serial, replacing_never_takes_a_number_twice, retention,
};
pub use sample::{every_change, expected_after_every_change, key, put, record, values};
pub use writing::{
    appends_at_once_all_count, commit_keeps_nothing_open, empty_commit_writes_nothing,
    every_change_round_trips, interrupted_run_is_healed, never_deployed_is_nothing,
    realm_is_taken_while_empty, realm_is_written_once, revisions_follow_writes, stages_lists_all,
    tombstone_keeps_generations, unwritable_refused, values_are_exact,
};

/// Two clients of one store, as two processes have them.
#[derive(Clone)]
pub struct Pair {
    /// One.
    pub a: Arc<dyn StateStore>,
    /// The other.
    pub b: Arc<dyn StateStore>,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pair({}, {})", self.a.describe(), self.b.describe())
    }
}

/// Runs every check that needs no more than two clients of a new empty store, each on one from `fresh`. The others
/// ([`retention`], [`dead_holder_is_replaced_once`], [`fenced_writer_writes_nothing`], [`torn_tail_does_not_count`],
/// [`all_are_listed`]) need something of the store's own.
pub async fn all(mut fresh: impl FnMut() -> Pair) {
    realm_is_written_once(fresh()).await;
    realm_is_taken_while_empty(fresh()).await;
    never_deployed_is_nothing(fresh()).await;
    every_change_round_trips(fresh()).await;
    values_are_exact(fresh()).await;
    revisions_follow_writes(fresh()).await;
    empty_commit_writes_nothing(fresh()).await;
    commit_keeps_nothing_open(fresh()).await;
    interrupted_run_is_healed(fresh()).await;
    tombstone_keeps_generations(fresh()).await;
    stages_lists_all(fresh()).await;
    appends_at_once_all_count(fresh()).await;
    unwritable_refused(fresh()).await;
    lock_excludes(fresh()).await;
    lock_waits(fresh()).await;
    stages_never_wait_for_each_other(fresh()).await;
    released_lock_is_lost(fresh()).await;
    case_clash_refused(fresh()).await;
    history_is_kept(fresh()).await;
    replacing_is_a_new_serial(fresh()).await;
    replacing_heals_first(fresh()).await;
    replacing_never_takes_a_number_twice(fresh()).await;
    breaking_a_lock_names_its_epoch(fresh()).await;
    guarantees_are_told(fresh()).await;
}

/// A request that does not wait.
pub fn request(user: &str) -> LockRequest {
    LockRequest {
        info: LockInfo {
            operation: "deploy".to_owned(),
            user: user.to_owned(),
            host: "host".to_owned(),
            pid: 7,
            ci_url: None,
            since: "2026-01-02T03:04:05Z".to_owned(),
        },
        wait: Duration::ZERO,
    }
}

/// Takes a lock that must be free.
pub async fn locked(store: &Arc<dyn StateStore>, key: &StageKey) -> Box<dyn StageLock> {
    store.lock(key, request("sam")).await.expect("the lock is free")
}
