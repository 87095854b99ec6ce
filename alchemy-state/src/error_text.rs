//! An error with its causes, for a place with room for one line.

use std::error::Error as _;

use crate::StateError;

/// The error and what caused it.
pub(crate) fn one_line(error: &StateError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
