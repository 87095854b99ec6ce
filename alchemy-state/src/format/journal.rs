//! Journal segments: a first line that says which segment this is, then one line for every append.
//!
//! Every line names the sum of the line before it; a first line names the last line of the segment before, or the
//! `state.json` it builds on. So a lost, doubled, foreign or re-ordered line is found.

use alchemy_core::{Change, Stage};
use serde::{Deserialize, Serialize};

use super::change::WireChange;
use super::{Body, FormatError, Sum, corrupt, envelope, stack_name, wrong_kind};
use crate::keys::SegmentId;
use crate::{StageKey, StateError};

/// What the first line of a segment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// Whose journal, exactly spelt.
    pub(crate) stage: StageKey,
    /// Which segment.
    pub(crate) id: SegmentId,
    /// 128 random bits in hexadecimal digits: a writer knows its own segment by them.
    pub(crate) nonce: String,
    /// Sum of the line or document before; none if there was nothing before.
    pub(crate) previous: Option<Sum>,
}

/// What stands at the key of a segment that shall never be written: the end of its epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealHeader {
    /// Whose journal, exactly spelt.
    pub(crate) stage: StageKey,
    /// Which segment.
    pub(crate) id: SegmentId,
    /// 128 random bits in hexadecimal digits.
    pub(crate) nonce: String,
    /// The epoch that ended this one.
    pub(crate) sealed_by: u64,
}

/// What a segment's bytes hold.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Its first line; none if not even that was written whole.
    pub(crate) header: Option<SegmentHeader>,
    /// That it is none, but the end of its epoch.
    pub(crate) seal: Option<SealHeader>,
    /// The changes of all whole lines.
    pub(crate) changes: Vec<Change>,
    /// Sum of the last whole line.
    pub(crate) tip: Option<Sum>,
    /// Whether an incomplete last line was left out.
    pub(crate) torn: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SegmentBody {
    stack: String,
    stage: String,
    epoch: u64,
    n: u64,
    nonce: String,
    previous: Option<Sum>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealedBody {
    stack: String,
    stage: String,
    epoch: u64,
    n: u64,
    nonce: String,
    sealed_by: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangesBody {
    previous: Sum,
    changes: Vec<WireChange>,
}

/// The first line of a segment, and its sum.
pub(crate) fn write_header(header: &SegmentHeader) -> Result<(String, Sum), StateError> {
    envelope::seal_first_line(&Body::Segment(SegmentBody {
        stack: header.stage.stack.to_string(),
        stage: header.stage.stage.to_string(),
        epoch: header.id.epoch,
        n: header.id.n,
        nonce: header.nonce.clone(),
        previous: header.previous.clone(),
    }))
}

/// The whole of a seal.
pub(crate) fn write_seal(seal: &SealHeader) -> Result<String, StateError> {
    let (line, _) = envelope::seal_first_line(&Body::Sealed(SealedBody {
        stack: seal.stage.stack.to_string(),
        stage: seal.stage.stage.to_string(),
        epoch: seal.id.epoch,
        n: seal.id.n,
        nonce: seal.nonce.clone(),
        sealed_by: seal.sealed_by,
    }))?;
    Ok(line)
}

/// One line with `changes`, which become durable together or not at all, and its sum.
pub(crate) fn write_changes(
    previous: &Sum,
    changes: &[Change],
) -> Result<(String, Sum), StateError> {
    envelope::seal_line(&Body::Changes(ChangesBody {
        previous: previous.clone(),
        changes: changes.iter().map(WireChange::new).collect(),
    }))
}

/// Takes a segment apart. Of an incomplete last line nothing counts; whether one may be there is the caller's affair.
pub(crate) fn read_segment(bytes: &[u8]) -> Result<Segment, FormatError> {
    let mut segment =
        Segment { header: None, seal: None, changes: Vec::new(), tip: None, torn: false };
    let mut rest = bytes;
    let mut number = 0_usize;
    while !rest.is_empty() {
        number += 1;
        let end = rest.iter().position(|byte| *byte == b'\n');
        let Some(end) = end else { return read_tail(rest, number, segment) };
        let (line, after) = rest.split_at(end + 1);
        read_line(line, &mut segment).map_err(|error| in_line(number, error))?;
        rest = after;
    }
    Ok(segment)
}

/// Reads what stands after the last line feed: nothing of it counts unless it is a whole line but for its line feed.
fn read_tail(tail: &[u8], number: usize, mut segment: Segment) -> Result<Segment, FormatError> {
    let whole = |bytes: &[u8]| [bytes, b"\n"].concat();
    if read_line(&whole(tail), &mut segment).is_ok() {
        return Ok(segment);
    }
    let all_but_last = tail.split_last().map_or(tail, |(_, before)| before);
    if read_line(&whole(all_but_last), &mut segment).is_ok() {
        return Err(corrupt(format!("line {number} does not end in a line feed")));
    }
    segment.torn = true;
    Ok(segment)
}

fn read_line(line: &[u8], segment: &mut Segment) -> Result<(), FormatError> {
    let Some(tip) = &segment.tip else {
        let (body, sum) = envelope::open(line)?;
        match body {
            Body::Segment(body) => segment.header = Some(read_header(body)?),
            Body::Sealed(body) => segment.seal = Some(read_seal(body)?),
            other => return Err(wrong_kind("segment", &other)),
        }
        segment.tip = Some(sum);
        return Ok(());
    };
    if segment.seal.is_some() {
        return Err(corrupt("a line follows the end of the epoch"));
    }
    let (body, sum) = envelope::open_line(line)?;
    let Body::Changes(body) = body else { return Err(wrong_kind("changes", &body)) };
    if &body.previous != tip {
        return Err(corrupt("it does not follow the line before it"));
    }
    let changes =
        body.changes.into_iter().map(WireChange::into_change).collect::<Result<Vec<_>, _>>()?;
    segment.changes.extend(changes);
    segment.tip = Some(sum);
    Ok(())
}

fn stage_key(stack: &str, stage: &str) -> Result<StageKey, FormatError> {
    Ok(StageKey {
        stack: stack_name(stack)?,
        stage: Stage::parse(stage)
            .map_err(|error| corrupt(format!("bad stage name: {}", error.message)))?,
    })
}

fn read_seal(body: SealedBody) -> Result<SealHeader, FormatError> {
    Ok(SealHeader {
        stage: stage_key(&body.stack, &body.stage)?,
        id: SegmentId { epoch: body.epoch, n: body.n },
        nonce: body.nonce,
        sealed_by: body.sealed_by,
    })
}

fn read_header(body: SegmentBody) -> Result<SegmentHeader, FormatError> {
    Ok(SegmentHeader {
        stage: stage_key(&body.stack, &body.stage)?,
        id: SegmentId { epoch: body.epoch, n: body.n },
        nonce: body.nonce,
        previous: body.previous,
    })
}

fn in_line(number: usize, error: FormatError) -> FormatError {
    match error {
        FormatError::Corrupt(reason) => corrupt(format!("line {number}: {reason}")),
        newer @ FormatError::Newer(_) => newer,
    }
}
