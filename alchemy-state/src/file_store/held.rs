//! Writing under a lock: journal, heal, commit.

use std::sync::Arc;

use alchemy_core::{Change, Snapshot};

use super::{io_error, past, read_folded, read_spelling};
use crate::files::{Files, Guard};
use crate::fold::Folded;
use crate::format::{
    self, LockDocument, SegmentHeader, StateDocument, write_changes, write_header,
};
use crate::history::replacement;
use crate::keys::{SegmentId, StageKeys};
use crate::{Loaded, LockInfo, StageKey, StateError};

/// A stage whose lock is held.
#[derive(Debug)]
pub(crate) struct Held {
    files: Arc<dyn Files>,
    key: StageKey,
    keys: StageKeys,
    /// Gone after release.
    guard: Option<Arc<dyn Guard>>,
    /// This acquisition's number.
    epoch: u64,
    /// The state, with all that was appended.
    folded: Folded,
    /// Whether the segments in `folded.open` are another run's: a snapshot must be committed before anything is
    /// appended.
    leftover: bool,
    /// The segment being written and its length in bytes.
    segment: Option<(SegmentId, u64)>,
    /// How many earlier serials are kept.
    keep: usize,
    /// Why nothing may be written any more.
    spoilt: Option<String>,
}

impl Held {
    /// Takes the lock and reads the state; `None` if somebody else has it.
    pub(crate) fn acquire(
        files: Arc<dyn Files>,
        key: &StageKey,
        info: LockInfo,
        keep: usize,
    ) -> Result<Option<Self>, StateError> {
        let keys = StageKeys::new(key);
        let lock = keys.lock();
        let Some(guard) = files.try_lock(&lock).map_err(io_error(files.as_ref(), "lock", &lock))?
        else {
            return Ok(None);
        };
        if guard.check().is_err() {
            // The file was deleted between opening and locking it: somebody may hold another of its name.
            return Ok(None);
        }
        let folded = read_folded(files.as_ref(), key)?;
        let epoch = folded.epoch + 1;
        let who = keys.lock_info();
        let document = LockDocument { info, epoch }.write()?;
        files
            .sweep(&who)
            .and_then(|()| files.sweep(&keys.state()))
            .and_then(|()| files.replace(&who, &document))
            .map_err(io_error(files.as_ref(), "write", &who))?;
        let leftover = !folded.open.is_empty();
        Ok(Some(Self {
            files,
            key: key.clone(),
            keys,
            guard: Some(guard.into()),
            epoch,
            folded,
            leftover,
            segment: None,
            keep,
            spoilt: None,
        }))
    }

    /// The lock itself, until it is released.
    pub(crate) fn guard(&self) -> Option<&Arc<dyn Guard>> {
        self.guard.as_ref()
    }

    pub(crate) fn loaded(&self) -> Loaded {
        Loaded {
            snapshot: self.folded.snapshot.clone(),
            revision: self.folded.revision(),
            interrupted: self.leftover,
            taken_over: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), StateError> {
        let reason = match (&self.spoilt, &self.guard) {
            (Some(reason), _) => reason.clone(),
            (None, None) => "it was released".to_owned(),
            (None, Some(guard)) => match guard.check() {
                Ok(()) => return Ok(()),
                Err(reason) => reason,
            },
        };
        Err(StateError::LockLost { reason })
    }

    /// Makes `changes` durable, all of them or none.
    pub(crate) fn append(&mut self, changes: &[Change]) -> Result<(), StateError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.check()?;
        if self.leftover {
            self.commit()?;
        }
        let (id, at, mut text, previous) = self.place()?;
        let (line, sum) = write_changes(&previous, changes)?;
        text.push_str(&line);
        self.write(id, at, text.as_bytes())?;
        if self.segment.is_none() {
            self.folded.open.push(id);
            self.folded.through = id;
        }
        self.segment = Some((id, at + text.len() as u64));
        self.folded.tip = Some(sum);
        for change in changes {
            self.folded.snapshot.apply(change);
        }
        Ok(())
    }

    /// Where the next line goes: segment, length so far, what must be written before it, and the sum it follows.
    fn place(&self) -> Result<(SegmentId, u64, String, format::Sum), StateError> {
        if let Some((id, length)) = self.segment {
            let tip =
                self.folded.tip.clone().expect("a segment that has been begun has a last line");
            return Ok((id, length, String::new(), tip));
        }
        self.keep_spelling()?;
        let id = self.next_segment();
        let (line, sum) = self.header(id)?;
        Ok((id, 0, line, sum))
    }

    fn next_segment(&self) -> SegmentId {
        let through = self.folded.through;
        let n = if through.epoch == self.epoch { through.n + 1 } else { 1 };
        SegmentId { epoch: self.epoch, n }
    }

    fn header(&self, id: SegmentId) -> Result<(String, format::Sum), StateError> {
        let nonce = self.files.nonce().map_err(io_error(
            self.files.as_ref(),
            "create",
            &self.keys.segment(id),
        ))?;
        write_header(&SegmentHeader {
            stage: self.key.clone(),
            id,
            nonce: data_encoding::HEXLOWER.encode(&nonce),
            previous: self.folded.tip.clone(),
        })
    }

    fn write(&mut self, id: SegmentId, at: u64, bytes: &[u8]) -> Result<(), StateError> {
        let segment = self.keys.segment(id);
        self.files.append(&segment, at, bytes).map_err(|error| {
            if !error.undone {
                self.spoilt =
                    Some(format!("a write to {} failed half-way", self.files.label(&segment)));
            }
            io_error(self.files.as_ref(), "write", &segment)(error.source)
        })
    }

    /// The first write of a stack keeps its exact spelling.
    fn keep_spelling(&self) -> Result<(), StateError> {
        let stack = self.keys.stack();
        let files = self.files.as_ref();
        let created = format::write_stack(&self.key.stack).and_then(|bytes| {
            files.create(&stack, &bytes).map_err(io_error(files, "create", &stack))
        })?;
        if created {
            return Ok(());
        }
        match read_spelling(files, &stack)? {
            Some(existing) if existing != self.key.stack => Err(StateError::CaseClash {
                wanted: self.key.stack.to_string(),
                existing: existing.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// Folds the journal into a new snapshot. Nothing appended and nothing left over: nothing is written.
    pub(crate) fn commit(&mut self) -> Result<Snapshot, StateError> {
        self.check()?;
        if self.folded.open.is_empty() {
            return Ok(self.folded.snapshot.clone());
        }
        self.swap(|held, newest| {
            let mut snapshot = held.folded.snapshot.clone();
            snapshot.serial = snapshot.serial.max(newest) + 1;
            Ok(snapshot)
        })
    }

    /// Makes `wanted` the whole content, under a new serial. What the journal holds becomes a serial of its own first.
    pub(crate) fn replace(&mut self, wanted: Snapshot) -> Result<Snapshot, StateError> {
        self.commit()?;
        self.keep_spelling()?;
        self.swap(|held, newest| replacement(&held.key, &held.folded.snapshot, newest, wanted))
    }

    /// Puts another snapshot in the state's place; the old one goes to history. `next` makes it, given the highest
    /// serial kept there, which is above the state's own if somebody has taken the state away, or put an old one in
    /// its place: no number is ever given twice.
    fn swap(
        &mut self,
        next: impl FnOnce(&Self, u64) -> Result<Snapshot, StateError>,
    ) -> Result<Snapshot, StateError> {
        let state = self.keys.state();
        let old = self.files.read(&state).map_err(io_error(self.files.as_ref(), "read", &state))?;
        if let Some(old) = &old {
            self.keep_history(old)?;
        }
        let serials = past::kept(self.files.as_ref(), &self.keys)?;
        let snapshot = next(self, serials.last().copied().unwrap_or(0))?;
        let document = StateDocument { snapshot, epoch: self.epoch, through: self.folded.through };
        let bytes = document.write()?;
        let (_, sum) =
            StateDocument::read(&bytes).map_err(|error| error.in_file(self.files.label(&state)))?;
        if let Err(source) = self.files.replace(&state, &bytes) {
            // Without knowing which of the two a reader will find, nothing more can be built on either.
            if !matches!(self.files.read(&state), Ok(now) if now == old) {
                self.spoilt =
                    Some(format!("{} may or may not have been written", self.files.label(&state)));
            }
            return Err(io_error(self.files.as_ref(), "write", &state)(source));
        }
        self.folded.snapshot = document.snapshot;
        self.folded.tip = Some(sum);
        self.leftover = false;
        self.segment = None;
        self.folded.stale.append(&mut self.folded.open);
        self.remove_stale();
        past::prune(self.files.as_ref(), &self.keys, &serials, self.keep);
        Ok(self.folded.snapshot.clone())
    }

    /// Keeps the exact bytes of the snapshot that is about to be replaced.
    fn keep_history(&self, old: &[u8]) -> Result<(), StateError> {
        let history = self.keys.history(self.folded.snapshot.serial);
        let files = self.files.as_ref();
        if files.create(&history, old).map_err(io_error(files, "create", &history))? {
            return Ok(());
        }
        // An interrupted commit has left it, or it is not ours to overwrite.
        let there = files.read(&history).map_err(io_error(files, "read", &history))?;
        if there.as_deref() == Some(old) {
            return Ok(());
        }
        let reason = "another snapshot with this serial number is kept there".to_owned();
        Err(StateError::Corrupt { file: files.label(&history), reason })
    }

    /// Removes segments that count no more. What cannot be removed now is removed by a later commit.
    fn remove_stale(&mut self) {
        let (files, keys) = (&self.files, &self.keys);
        self.folded.stale.retain(|id| files.remove(&keys.segment(*id)).is_err());
    }

    /// Gives the lock back, whatever happens to the file that says who had it.
    pub(crate) fn release(&mut self) -> Result<(), StateError> {
        if self.check().is_err() {
            self.guard = None;
            return Ok(());
        }
        let who = self.keys.lock_info();
        let removed = self.files.remove(&who).map_err(io_error(self.files.as_ref(), "write", &who));
        self.guard = None;
        removed
    }
}
