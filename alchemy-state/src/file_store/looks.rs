//! Looking at locks, and at what the place for files can do.

use super::io_error;
use crate::files::Files;
use crate::format::LockDocument;
use crate::keys::{REALM, StageKeys};
use crate::{Guarantees, HeldLock, Liveness, LockState, StageKey, StateError};

/// Who holds the lock; a file left behind by a dead holder says nothing.
pub(super) fn lock_state(files: &dyn Files, keys: &StageKeys) -> Result<LockState, StateError> {
    let (lock, info) = (keys.lock(), keys.lock_info());
    if !files.is_locked(&lock).map_err(io_error(files, "lock", &lock))? {
        return Ok(LockState::Free);
    }
    let bytes = files.read(&info).map_err(io_error(files, "read", &info))?;
    // It only informs: whether it can be read changes nothing.
    let document = bytes.and_then(|bytes| LockDocument::read(&bytes).ok());
    Ok(LockState::Held(HeldLock {
        epoch: document.as_ref().map_or(0, |document| document.epoch),
        info: document.map(|document| document.info),
        // The system takes a lock back when its process ends.
        liveness: Liveness::Alive,
    }))
}

/// A lock that is held is held by a process that runs: only its end frees it.
pub(super) fn unlock(files: &dyn Files, key: &StageKey, epoch: u64) -> Result<(), StateError> {
    match lock_state(files, &StageKeys::new(key))? {
        LockState::Free => Ok(()),
        LockState::Held(held) if held.epoch != epoch => {
            Err(StateError::OtherLock { epoch: held.epoch, holder: held.info.map(Box::new) })
        }
        LockState::Held(held) => Err(StateError::HolderRuns { holder: held.info.map(Box::new) }),
    }
}

/// Tries in a file of its own whether files exclude and lock. A store that is not there yet is not made for that.
pub(super) fn guarantees(files: &dyn Files) -> Result<Guarantees, StateError> {
    let mut found = Guarantees {
        create_excludes: true,
        swap_excludes: true,
        durable: "when the file and its folder are synced to disk".to_owned(),
        lock: "of the operating system, on a file; it ends with the process that holds it"
            .to_owned(),
        clock: None,
        notes: Vec::new(),
    };
    if files.read(REALM).map_err(io_error(files, "read", REALM))?.is_none() {
        found.notes.push("nothing is stored yet, so nothing was tried".to_owned());
        return Ok(found);
    }
    let nonce = files.nonce().map_err(io_error(files, "create", "probe"))?;
    let probe = format!("probe-{}.lock", data_encoding::HEXLOWER.encode(&nonce));
    let tried = try_out(files, &probe, &mut found);
    files.remove(&probe).map_err(io_error(files, "write", &probe))?;
    tried.map(|()| found)
}

fn try_out(files: &dyn Files, probe: &str, found: &mut Guarantees) -> Result<(), StateError> {
    let create = || files.create(probe, b"probe\n").map_err(io_error(files, "create", probe));
    found.create_excludes = create()? && !create()?;
    let lock = || files.try_lock(probe).map_err(io_error(files, "lock", probe));
    let first = lock()?;
    found.swap_excludes = first.is_some() && lock()?.is_none();
    Ok(())
}
