//! Which locks this process holds: a lock that names this process, but is not among them, was dropped without release.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Host, Process};
use crate::Liveness;
use crate::format::LeaseHolder;

static HELD: Mutex<BTreeSet<(Process, String)>> = Mutex::new(BTreeSet::new());

fn held() -> MutexGuard<'static, BTreeSet<(Process, String)>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lock is held from now on.
pub(super) fn enter(process: &Process, id: &str) {
    held().insert((process.clone(), id.to_owned()));
}

/// A lock is not held any more.
pub(super) fn leave(process: &Process, id: &str) {
    held().remove(&(process.clone(), id.to_owned()));
}

/// What can be known from here of a lock's holder.
pub(super) fn liveness(host: &dyn Host, holder: &LeaseHolder) -> Liveness {
    let here = host.process();
    if !here.boot.is_empty() && here == holder.process {
        let there = held().contains(&(here, holder.id.clone()));
        return if there { Liveness::Alive } else { Liveness::Gone };
    }
    host.liveness(&holder.process)
}
