//! Parts of objects.

use std::ops::Range;

use super::answer::{Answer, refused};

/// The bytes that a `Range` header names of an object of `size`. Refuses several, and what lies behind the end.
pub(super) fn range(header: &str, size: usize) -> Result<Range<usize>, Answer> {
    let bad = || refused(400, "InvalidArgument", "a range is bytes=FIRST-LAST");
    let beyond = || {
        refused(416, "InvalidRange", "The requested range cannot be satisfied.")
            .header("content-range", &format!("bytes */{size}"))
    };
    let (first, last) =
        header.strip_prefix("bytes=").and_then(|range| range.split_once('-')).ok_or_else(bad)?;
    let number = |text: &str| text.parse::<usize>().map_err(|_| bad());
    let range = match (first, last) {
        ("", suffix) => size.saturating_sub(number(suffix)?)..size,
        (first, "") => number(first)?..size,
        (first, last) => number(first)?..size.min(number(last)?.saturating_add(1)),
    };
    if range.is_empty() { Err(beyond()) } else { Ok(range) }
}
