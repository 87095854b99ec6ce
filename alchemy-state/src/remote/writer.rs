//! Writing under a lock. Step 4, *segments*; step 5, *snapshot*; step 6, *commit*.

mod commit;

use std::sync::Arc;

use alchemy_core::Change;
use bytes::Bytes;

use super::access::{Access, Written};
use super::lease::{Acquired, Lease};
use super::objects::Object;
use super::{reading, seal};
use crate::fold::Folded;
use crate::format::{self, SegmentHeader, read_segment, write_changes, write_header};
use crate::keys::{SegmentId, StageKeys};
use crate::{Loaded, StageKey, StateError, TakenOver};

/// A stage whose lock is held.
#[derive(Debug)]
pub(super) struct Writer {
    access: Access,
    lease: Arc<Lease>,
    key: StageKey,
    keys: StageKeys,
    /// How many earlier serials are kept.
    keep: usize,
    /// The state, with all that was appended.
    folded: Folded,
    /// `state.json` as it stands.
    state: Option<Object>,
    /// Whether the journal holds another run's segments.
    leftover: bool,
    /// Step 5, *snapshot*: whether the state must be swapped to our epoch before anything is written.
    heal: bool,
    /// A former holder that never gave the lock back, as it was when we took it.
    taken_over: Option<TakenOver>,
    /// The last segment of ours that was written.
    n: u64,
    /// Whether a request of ours may still be on its way.
    unclear: bool,
}

impl Writer {
    /// Ends what is unfinished and reads the state.
    pub(super) async fn open(
        access: Access,
        key: &StageKey,
        acquired: &Acquired,
        keep: usize,
    ) -> Result<Self, StateError> {
        let lease = Arc::clone(&acquired.lease);
        reading::check_spelling(&access, key).await?;
        let stood = seal::seal_and_read(&access, key, &lease).await?;
        let mut writer = Self {
            lease,
            keys: StageKeys::new(key),
            key: key.clone(),
            keep,
            folded: stood.folded,
            state: None,
            leftover: false,
            heal: false,
            taken_over: acquired.taken_over,
            n: 0,
            unclear: false,
            access,
        };
        writer.adopt_state(stood.state)?;
        Ok(writer)
    }

    /// Takes the state as it was read now for what is to be replaced.
    fn adopt_state(&mut self, state: Option<Object>) -> Result<(), StateError> {
        if self.folded.epoch >= self.lease.epoch {
            // Its holder has the lock, or the lock was put back to what it once was.
            let reason = "the state was written by a later holder of the lock";
            return Err(self.lease.lose(reason));
        }
        let unfinished = self.lease.finished() + 1 < self.lease.epoch;
        self.leftover = !self.folded.open.is_empty();
        // A former holder that has neither state nor segments cannot swap anything either: each swap follows a segment
        // of its epoch, and the next one of those is sealed.
        self.heal = self.leftover || (unfinished && state.is_some());
        self.state = state;
        Ok(())
    }

    pub(super) fn loaded(&self) -> Loaded {
        Loaded {
            snapshot: self.folded.snapshot.clone(),
            revision: self.folded.revision(),
            interrupted: self.leftover,
            taken_over: self.taken_over.map(|former| TakenOver {
                last_seen: former
                    .last_seen
                    .saturating_add(self.access.host.now().saturating_sub(self.lease.since)),
                ..former
            }),
        }
    }

    /// Makes `changes` durable, all of them or none.
    pub(super) async fn append(&mut self, changes: &[Change]) -> Result<(), StateError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.lease.check()?;
        // Refused before anything is written, healing included.
        let draft = self.segment(Some(changes))?;
        let (id, bytes, tip) = if self.heal {
            self.heal().await?;
            self.segment(Some(changes))?
        } else {
            draft
        };
        self.write_segment(id, bytes, tip).await?;
        for change in changes {
            self.folded.snapshot.apply(change);
        }
        Ok(())
    }

    /// The next segment, with `changes` or with nothing but its first line.
    fn segment(
        &self,
        changes: Option<&[Change]>,
    ) -> Result<(SegmentId, Bytes, format::Sum), StateError> {
        let id = SegmentId { epoch: self.lease.epoch, n: self.n + 1 };
        let header = SegmentHeader {
            stage: self.key.clone(),
            id,
            nonce: self.access.nonce()?,
            previous: self.folded.tip.clone(),
        };
        let (mut text, mut tip) = write_header(&header)?;
        if let Some(changes) = changes {
            let (line, sum) = write_changes(&tip, changes)?;
            text.push_str(&line);
            tip = sum;
        }
        Ok((id, text.into(), tip))
    }

    /// Step 4, *segments*: created, never put; numbered without gaps; one at a time. A foreign body at our key was put
    /// there by a successor: we are fenced. An answer that comes after the deadline proves nothing, since a successor may
    /// have ended this epoch, counted it in, and removed its end before our request landed.
    async fn write_segment(
        &mut self,
        id: SegmentId,
        bytes: Bytes,
        tip: format::Sum,
    ) -> Result<(), StateError> {
        self.keep_spelling().await?;
        let segment = self.keys.segment(id);
        let lease = Arc::clone(&self.lease);
        let was_unclear = std::mem::replace(&mut self.unclear, true);
        match self.access.write(&segment, &bytes, None, &|| lease.check()).await {
            Ok(Written::Own(_)) => {}
            Ok(Written::Foreign(found)) => return Err(lease.lose(self.fenced(found))),
            Ok(Written::Undone(error)) => {
                self.unclear = was_unclear;
                return Err(error);
            }
            Err(error) => {
                // It may land yet: nothing that follows it could be trusted.
                lease.lose(format!(
                    "{} may or may not have been written",
                    self.access.objects.label(&segment)
                ));
                return Err(error);
            }
        }
        lease.check()?;
        self.unclear = was_unclear;
        self.n = id.n;
        self.folded.open.push(id);
        self.folded.through = id;
        self.folded.tip = Some(tip);
        Ok(())
    }

    fn fenced(&self, found: Option<Object>) -> String {
        let by = found
            .and_then(|object| read_segment(&object.bytes).ok())
            .and_then(|segment| segment.seal)
            .map(|seal| seal.sealed_by);
        match by {
            Some(epoch) => {
                format!("another run has taken it over (epoch {epoch} after {})", self.lease.epoch)
            }
            None => "another run writes to the same journal".to_owned(),
        }
    }

    /// The first write of a stack keeps its exact spelling.
    async fn keep_spelling(&self) -> Result<(), StateError> {
        if self.state.is_some() || self.n > 0 {
            return Ok(());
        }
        let stack = self.keys.stack();
        let bytes = format::write_stack(&self.key.stack)?.into();
        match self.access.write(&stack, &bytes, None, &|| self.lease.check()).await? {
            Written::Own(_) => Ok(()),
            Written::Undone(error) => Err(error),
            Written::Foreign(_) => reading::check_spelling(&self.access, &self.key).await,
        }
    }

    /// Whether nothing of this acquisition can change anything once the lock is free.
    pub(super) fn is_clean(&self) -> bool {
        !self.unclear && !self.heal
    }
}
