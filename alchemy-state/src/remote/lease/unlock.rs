//! Looking at a stage's lock, and breaking it.

use bytes::Bytes;

use super::acquire::read;
use crate::format::LeaseDocument;
use crate::remote::access::{Access, Written};
use crate::remote::here;
use crate::{HeldLock, Liveness, LockState, StateError};

/// The lock at `key` as it is seen from here.
pub(in crate::remote) async fn look(access: &Access, key: &str) -> Result<LockState, StateError> {
    Ok(match read(access, key).await? {
        Some((LeaseDocument { epoch, holder: Some(holder), .. }, _)) => LockState::Held(HeldLock {
            epoch,
            liveness: here::liveness(access.host.as_ref(), &holder),
            info: Some(holder.info),
        }),
        _ => LockState::Free,
    })
}

/// Breaks the lock that acquisition `epoch` holds: swaps it to free, saying that this epoch is not finished, so that the
/// next holder ends it as after a takeover. The object stays: its numbers must go on.
pub(in crate::remote) async fn unlock(
    access: &Access,
    key: &str,
    epoch: u64,
) -> Result<(), StateError> {
    loop {
        let Some((document, version)) = read(access, key).await? else { return Ok(()) };
        let Some(holder) = document.holder else { return Ok(()) };
        let info = Some(Box::new(holder.info.clone()));
        if document.epoch != epoch {
            return Err(StateError::OtherLock { epoch: document.epoch, holder: info });
        }
        if here::liveness(access.host.as_ref(), &holder) == Liveness::Alive {
            return Err(StateError::HolderRuns { holder: info });
        }
        let free = LeaseDocument { nonce: access.nonce()?, holder: None, ..document };
        let bytes: Bytes = free.write()?.into();
        // A renewal may be faster; then the lock is looked at again.
        match access.write(key, &bytes, Some(&version), &|| Ok(())).await? {
            Written::Own(_) => return Ok(()),
            Written::Foreign(_) => {}
            Written::Undone(error) => return Err(error),
        }
    }
}
