//! Step 4, *seal*: a successor ends every older epoch that may still write.

use bytes::Bytes;

use super::access::{Access, Written};
use super::lease::Lease;
use super::limits;
use super::reading::{self, Listed, Stood};
use crate::format::{SealHeader, read_segment, write_seal};
use crate::keys::{SegmentId, StageKeys};
use crate::{StageKey, StateError};

/// Ends the unfinished epochs before `lease`, and reads the state that then stands for good, but for a swap of
/// `state.json` that is still on its way: if one lands between, everything is begun anew.
pub(super) async fn seal_and_read(
    access: &Access,
    key: &StageKey,
    lease: &Lease,
) -> Result<Stood, StateError> {
    let keys = StageKeys::new(key);
    for _ in 0..limits::STAGE_ATTEMPTS {
        let mut listed = reading::list(access, &keys).await?;
        for epoch in lease.finished() + 1..lease.epoch {
            seal(access, key, lease, epoch, &mut listed).await?;
        }
        listed.segments.sort();
        if let Some(stood) = reading::read_listed(access, key, listed).await? {
            return Ok(stood);
        }
    }
    Err(reading::busy(access, &keys))
}

/// Creates the segment of `epoch` that its writer would write next. If that is there meanwhile, it counts, and the one
/// after it is created. The numbers of segments that the state covers are never used again.
async fn seal(
    access: &Access,
    key: &StageKey,
    lease: &Lease,
    epoch: u64,
    listed: &mut Listed,
) -> Result<(), StateError> {
    let keys = StageKeys::new(key);
    let of_epoch = |id: &&SegmentId| id.epoch == epoch;
    let covered = Some(&listed.through).filter(of_epoch).map_or(0, |through| through.n);
    let last = listed.segments.iter().rfind(of_epoch).map_or(0, |id| id.n);
    if last > covered && is_sealed(access, &keys, SegmentId { epoch, n: last }).await? {
        return Ok(());
    }
    let mut n = last.max(covered) + 1;
    loop {
        let id = SegmentId { epoch, n };
        let segment = keys.segment(id);
        let seal =
            SealHeader { stage: key.clone(), id, nonce: access.nonce()?, sealed_by: lease.epoch };
        let bytes: Bytes = write_seal(&seal)?.into();
        match access.write(&segment, &bytes, None, &|| lease.check()).await? {
            Written::Own(_) => {
                listed.segments.push(id);
                return Ok(());
            }
            Written::Undone(error) => return Err(error),
            Written::Foreign(_) => {
                listed.segments.push(id);
                if is_sealed(access, &keys, id).await? {
                    return Ok(());
                }
                n += 1;
            }
        }
    }
}

async fn is_sealed(access: &Access, keys: &StageKeys, id: SegmentId) -> Result<bool, StateError> {
    let segment = keys.segment(id);
    let Some(object) = access.get(&segment).await? else { return Ok(false) };
    let read = read_segment(&object.bytes)
        .map_err(|error| error.in_file(access.objects.label(&segment)))?;
    Ok(read.seal.is_some())
}
