//! Reading a stage as it stood at one moment, although its holder may be writing.

use std::io;

use alchemy_core::StackName;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};

use super::access::Access;
use super::limits;
use super::objects::{Object, ObjectError};
use crate::fold::{Folded, StageFiles, fold};
use crate::format::{self, StateDocument};
use crate::keys::{SegmentId, StageKeys};
use crate::{StageKey, StateError};

/// A stage's state, its place in the journal, and the object that it starts from.
#[derive(Debug)]
pub(super) struct Stood {
    pub(super) folded: Folded,
    pub(super) state: Option<Object>,
}

/// What a stage's folders hold, before its segments are read.
pub(super) struct Listed {
    pub(super) state: Option<Object>,
    /// What `state` covers.
    pub(super) through: SegmentId,
    /// Every segment and seal there is, in order.
    pub(super) segments: Vec<SegmentId>,
}

/// Reads `state.json`, then lists the segments: in this order, since a commit removes segments only after its swap.
pub(super) async fn list(access: &Access, keys: &StageKeys) -> Result<Listed, StateError> {
    let state_key = keys.state();
    let state = access.get(&state_key).await?;
    let through = match &state {
        None => SegmentId::default(),
        Some(object) => {
            let (document, _) = StateDocument::read(&object.bytes)
                .map_err(|error| error.in_file(access.objects.label(&state_key)))?;
            document.through
        }
    };
    let names = access.list(&keys.journal()).await?;
    let mut segments: Vec<SegmentId> =
        names.iter().filter_map(|name| SegmentId::parse(name)).collect();
    segments.sort();
    Ok(Listed { state, through, segments })
}

/// Folds what was listed; `None` if a commit has changed the state meanwhile, so that a segment may have been missed.
pub(super) async fn read_listed(
    access: &Access,
    key: &StageKey,
    listed: Listed,
) -> Result<Option<Stood>, StateError> {
    let keys = StageKeys::new(key);
    let Listed { state, through, segments } = listed;
    let reading = segments.into_iter().map(|id| {
        let keys = &keys;
        async move {
            // What the state covers is never read, whatever it says.
            if id <= through {
                return Ok(Some((id, Bytes::new())));
            }
            let object = access.get(&keys.segment(id)).await?;
            Ok::<_, StateError>(object.map(|object| (id, object.bytes)))
        }
    });
    let read: Vec<_> =
        futures::stream::iter(reading).buffered(limits::AT_ONCE).try_collect().await?;
    let segments: Vec<_> =
        read.into_iter().flatten().map(|(id, bytes)| (id, bytes.to_vec())).collect();
    if !segments.is_empty() {
        let again = access.get(&keys.state()).await?;
        if again.as_ref().map(|object| &object.version)
            != state.as_ref().map(|object| &object.version)
        {
            return Ok(None);
        }
    }
    let files = StageFiles { state: state.as_ref().map(|object| object.bytes.to_vec()), segments };
    let folded = fold(key, &files, &|key| access.objects.label(key))?;
    Ok(Some(Stood { folded, state }))
}

/// A stage's state, read without any lock.
pub(super) async fn read(access: &Access, key: &StageKey) -> Result<Stood, StateError> {
    let keys = StageKeys::new(key);
    for _ in 0..limits::STAGE_ATTEMPTS {
        let listed = list(access, &keys).await?;
        if let Some(stood) = read_listed(access, key, listed).await? {
            return Ok(stood);
        }
    }
    Err(busy(access, &keys))
}

/// What a stage's last commit has left, whatever has been journalled since.
pub(super) async fn read_committed(access: &Access, key: &StageKey) -> Result<Stood, StateError> {
    let keys = StageKeys::new(key);
    let state = access.get(&keys.state()).await?;
    let files = StageFiles {
        state: state.as_ref().map(|object| object.bytes.to_vec()),
        segments: Vec::new(),
    };
    let folded = fold(key, &files, &|key| access.objects.label(key))?;
    Ok(Stood { folded, state })
}

pub(super) fn busy(access: &Access, keys: &StageKeys) -> StateError {
    let busy = io::Error::other("it is being changed faster than it can be read");
    access.failed("read", &keys.state())(ObjectError::Failed(busy))
}

/// Refuses a stack whose name differs from one in the store only in case.
pub(super) async fn check_spelling(access: &Access, key: &StageKey) -> Result<(), StateError> {
    match read_spelling(access, &StageKeys::new(key)).await? {
        Some(existing) if existing != key.stack => Err(StateError::CaseClash {
            wanted: key.stack.to_string(),
            existing: existing.to_string(),
        }),
        _ => Ok(()),
    }
}

/// A stack's exact spelling.
pub(super) async fn read_spelling(
    access: &Access,
    keys: &StageKeys,
) -> Result<Option<StackName>, StateError> {
    let stack = keys.stack();
    let object = access.get(&stack).await?;
    object
        .map(|object| {
            format::read_stack(&object.bytes)
                .map_err(|error| error.in_file(access.objects.label(&stack)))
        })
        .transpose()
}
