//! Conditions of requests: generations for writes, also entity tags and times for readings.
//! <https://cloud.google.com/storage/docs/request-preconditions>

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::answer::{Answer, empty, not_implemented, precondition, refused};
use super::asked::Asked;
use super::objects::Object;

/// The header by which a write names what it replaces.
const GENERATION: &str = "x-goog-if-generation-match";

/// Entity tags are for readings only.
const OF_READINGS: [&str; 4] =
    ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/// Whether a write may happen in place of `present`.
pub(super) fn of_write(asked: &Asked, present: Option<&Object>) -> Result<(), Answer> {
    if let Some(name) = OF_READINGS.iter().find(|name| asked.header(name).is_some()) {
        return Err(not_implemented(&format!("{name} is no condition of a write")));
    }
    let Some(wanted) = asked.header(GENERATION) else { return Ok(()) };
    let wanted: u64 =
        wanted.parse().map_err(|_| refused(400, "InvalidArgument", "a generation is a number"))?;
    let found = present.map_or(0, |object| object.generation);
    if wanted == found { Ok(()) } else { Err(precondition()) }
}

/// Whether an object may be given out.
pub(super) fn of_reading(asked: &Asked, object: &Object) -> Result<(), Answer> {
    let time = |name: &str| asked.header(name).map(second).transpose();
    let changed = object.changed.as_second();
    if let Some(wanted) = asked.header(GENERATION)
        && wanted != object.generation.to_string()
    {
        return Err(precondition());
    }
    match asked.header("if-match") {
        Some(tags) if !names(tags, object) => return Err(precondition()),
        Some(_) => {}
        None => {
            if time("if-unmodified-since")?.is_some_and(|since| changed > since) {
                return Err(precondition());
            }
        }
    }
    let unchanged = match asked.header("if-none-match") {
        Some(tags) => names(tags, object),
        None => time("if-modified-since")?.is_some_and(|since| changed <= since),
    };
    if unchanged { Err(empty(304).header("etag", &object.tag())) } else { Ok(()) }
}

fn names(tags: &str, object: &Object) -> bool {
    tags == "*" || tags.split(',').any(|tag| tag.trim() == object.tag())
}

/// An HTTP date, in seconds since 1970.
fn second(text: &str) -> Result<i64, Answer> {
    let parsed = rfc2822::DateTimeParser::new().parse_timestamp(text);
    parsed
        .map(Timestamp::as_second)
        .map_err(|_| refused(400, "InvalidArgument", "a date is no HTTP date"))
}
