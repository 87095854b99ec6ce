//! Folding: from `state.json` and the segments after it to the state that counts.

use alchemy_core::Snapshot;

use crate::format::{FormatError, Segment, StateDocument, Sum, read_segment};
use crate::keys::{SegmentId, StageKeys};
use crate::{StageKey, StateError};

/// A stage's files as read.
#[derive(Debug, Default)]
pub(crate) struct StageFiles {
    /// `state.json`.
    pub(crate) state: Option<Vec<u8>>,
    /// All segments, in order.
    pub(crate) segments: Vec<(SegmentId, Vec<u8>)>,
}

/// A stage's files understood.
#[derive(Debug)]
pub(crate) struct Folded {
    /// The state with everything folded in.
    pub(crate) snapshot: Snapshot,
    /// Newest epoch in use.
    pub(crate) epoch: u64,
    /// The last segment folded in, now or before.
    pub(crate) through: SegmentId,
    /// Sum of the last line or document; what the next segment follows. None: nothing was ever written.
    pub(crate) tip: Option<Sum>,
    /// Segments that `state.json` does not cover: a run that did not commit.
    pub(crate) open: Vec<SegmentId>,
    /// Segments that it covers: to be removed.
    pub(crate) stale: Vec<SegmentId>,
    /// Ends of epochs among the segments that it does not cover.
    pub(crate) seals: Vec<SegmentId>,
}

impl Folded {
    /// Equal tokens mean equal state.
    pub(crate) fn revision(&self) -> String {
        self.tip.as_ref().map(|sum| sum.as_str().to_owned()).unwrap_or_default()
    }
}

/// Folds `files`. `label` names a key for people. Nothing there gives a new snapshot.
pub(crate) fn fold(
    key: &StageKey,
    files: &StageFiles,
    label: &dyn Fn(&str) -> String,
) -> Result<Folded, StateError> {
    let keys = StageKeys::new(key);
    let state_file = || label(&keys.state());
    let mut folded = match &files.state {
        None => Folded {
            snapshot: Snapshot::new(key.stack.clone(), key.stage.clone()),
            epoch: 0,
            through: SegmentId::default(),
            tip: None,
            open: Vec::new(),
            stale: Vec::new(),
            seals: Vec::new(),
        },
        Some(bytes) => {
            let (document, sum) =
                StateDocument::read(bytes).map_err(|error| error.in_file(state_file()))?;
            let found = StageKey {
                stack: document.snapshot.stack.clone(),
                stage: document.snapshot.stage.clone(),
            };
            check_owner(key, &found, state_file())?;
            let StateDocument { snapshot, epoch, through } = document;
            Folded {
                snapshot,
                epoch,
                through,
                tip: Some(sum),
                open: Vec::new(),
                stale: Vec::new(),
                seals: Vec::new(),
            }
        }
    };
    let last = files.segments.last().map(|(id, _)| *id);
    let covered = folded.through;
    for (id, bytes) in &files.segments {
        folded.epoch = folded.epoch.max(id.epoch);
        if *id <= covered {
            folded.stale.push(*id);
            continue;
        }
        let file = || label(&keys.segment(*id));
        let segment = read_segment(bytes).map_err(|error| error.in_file(file()))?;
        if segment.torn && Some(*id) != last {
            let reason = "its last line is incomplete although another segment follows".to_owned();
            return Err(StateError::Corrupt { file: file(), reason });
        }
        follow(key, &mut folded, *id, segment, &file)?;
    }
    Ok(folded)
}

/// Folds one segment that must come right after what is folded.
fn follow(
    key: &StageKey,
    folded: &mut Folded,
    id: SegmentId,
    segment: Segment,
    file: &dyn Fn() -> String,
) -> Result<(), StateError> {
    let bad = |reason: &str| FormatError::Corrupt(reason.to_owned()).in_file(file());
    if folded.seals.last().is_some_and(|sealed| sealed.epoch == id.epoch) {
        // Two successors may both have ended an epoch; nothing else comes after its end.
        if segment.seal.is_none() {
            return Err(bad("it follows the end of its epoch"));
        }
    }
    if let Some(seal) = segment.seal {
        check_owner(key, &seal.stage, file())?;
        if seal.id != id || seal.sealed_by <= id.epoch {
            return Err(bad("it is another segment's content"));
        }
        folded.seals.push(id);
        folded.through = id;
        return Ok(());
    }
    let Some(header) = segment.header else {
        // Not even its first line was written: nothing was ever promised by it.
        folded.open.push(id);
        folded.through = id;
        return Ok(());
    };
    check_owner(key, &header.stage, file())?;
    if header.id != id {
        return Err(bad("it is another segment's content"));
    }
    if header.previous != folded.tip {
        return Err(bad(match (&header.previous, &folded.tip) {
            (Some(_), None) => "the state that it continues is missing",
            _ => "it does not continue the state and the segments before it",
        }));
    }
    for change in &segment.changes {
        folded.snapshot.apply(change);
    }
    folded.tip = segment.tip;
    folded.open.push(id);
    folded.through = id;
    Ok(())
}

/// Refuses a document of another stage, and one whose stack differs only in case.
pub(crate) fn check_owner(
    wanted: &StageKey,
    found: &StageKey,
    file: String,
) -> Result<(), StateError> {
    if wanted == found {
        return Ok(());
    }
    if wanted.stage == found.stage
        && wanted.stack.as_str().eq_ignore_ascii_case(found.stack.as_str())
    {
        return Err(StateError::CaseClash {
            wanted: wanted.stack.to_string(),
            existing: found.stack.to_string(),
        });
    }
    let reason = format!("it belongs to stage `{}` of stack `{}`", found.stage, found.stack);
    Err(StateError::Corrupt { file, reason })
}
