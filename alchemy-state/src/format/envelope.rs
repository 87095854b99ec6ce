//! The frame around a body: format number, sum, exact bytes.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::{Body, FORMAT, FormatError, corrupt};
use crate::StateError;

/// SHA-256 of a body's exact bytes, in lower-case hexadecimal digits. Each document or line names the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sum(String);

impl Sum {
    fn of(body: &str) -> Self {
        Self(data_encoding::HEXLOWER.encode(&Sha256::digest(body.as_bytes())))
    }
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads the format number only, whatever else a newer version may have written.
#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame<'a> {
    #[serde(rename = "format")]
    _format: u64,
    sha256: &'a str,
    #[serde(borrow)]
    body: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineFrame<'a> {
    sha256: &'a str,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// A whole document around `body`, indented for readers.
pub(super) fn seal(body: &Body) -> Result<Vec<u8>, StateError> {
    let body = serde_json::to_string_pretty(body).map_err(|error| unwritable(&error))?;
    Ok(frame(FORMAT, &Sum::of(&body), &body).into_bytes())
}

/// The first line of a segment around `body`, and its sum.
pub(super) fn seal_first_line(body: &Body) -> Result<(String, Sum), StateError> {
    let body = serde_json::to_string(body).map_err(|error| unwritable(&error))?;
    let sum = Sum::of(&body);
    Ok((frame(FORMAT, &sum, &body), sum))
}

/// A further line of a segment around `body`, and its sum.
pub(super) fn seal_line(body: &Body) -> Result<(String, Sum), StateError> {
    let body = serde_json::to_string(body).map_err(|error| unwritable(&error))?;
    let sum = Sum::of(&body);
    Ok((line_frame(&sum, &body), sum))
}

/// Takes a whole document, or the first line of a segment with its line feed.
pub(super) fn open(bytes: &[u8]) -> Result<(Body, Sum), FormatError> {
    let text = utf8(bytes)?;
    let head: Head = serde_json::from_str(text).map_err(|error| syntax(&error))?;
    match head.format {
        1..=FORMAT => {}
        0 => return Err(corrupt("there is no format 0")),
        newer => return Err(FormatError::Newer(newer)),
    }
    let parts: Frame<'_> = serde_json::from_str(text).map_err(|error| syntax(&error))?;
    let sum = check_sum(parts.sha256, parts.body.get())?;
    check_frame(text, &frame(head.format, &sum, parts.body.get()))?;
    Ok((parse_body(parts.body)?, sum))
}

/// Takes a further line of a segment, with its line feed.
pub(super) fn open_line(bytes: &[u8]) -> Result<(Body, Sum), FormatError> {
    let text = utf8(bytes)?;
    let parts: LineFrame<'_> = serde_json::from_str(text).map_err(|error| syntax(&error))?;
    let sum = check_sum(parts.sha256, parts.body.get())?;
    check_frame(text, &line_frame(&sum, parts.body.get()))?;
    Ok((parse_body(parts.body)?, sum))
}

fn frame(format: u64, sum: &Sum, body: &str) -> String {
    format!("{{\"format\":{format},\"sha256\":\"{}\",\"body\":{body}}}\n", sum.0)
}

fn line_frame(sum: &Sum, body: &str) -> String {
    format!("{{\"sha256\":\"{}\",\"body\":{body}}}\n", sum.0)
}

fn utf8(bytes: &[u8]) -> Result<&str, FormatError> {
    if bytes.is_empty() {
        return Err(corrupt("it is empty"));
    }
    std::str::from_utf8(bytes)
        .map_err(|error| corrupt(format!("not UTF-8 at byte {}", error.valid_up_to())))
}

fn check_sum(written: &str, body: &str) -> Result<Sum, FormatError> {
    let sum = Sum::of(body);
    if sum.0 == written { Ok(sum) } else { Err(corrupt("its sum does not fit its content")) }
}

/// The bytes outside the body have no sum: they must be the very ones that are written.
fn check_frame(found: &str, written: &str) -> Result<(), FormatError> {
    if found == written {
        Ok(())
    } else {
        Err(corrupt("there are bytes around the body that do not belong there"))
    }
}

fn parse_body(body: &RawValue) -> Result<Body, FormatError> {
    serde_json::from_str(body.get()).map_err(|error| syntax(&error))
}

fn syntax(error: &serde_json::Error) -> FormatError {
    corrupt(error.to_string())
}

fn unwritable(error: &serde_json::Error) -> StateError {
    StateError::Unwritable { reason: error.to_string() }
}
