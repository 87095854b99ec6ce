//! What a script throws, and the frames in its stack.

use serde::Deserialize;

/// Anything thrown, as far as it can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Thrown {
    /// `fail`, `die`, `interrupt` for a failed Effect; empty for an exception.
    pub(crate) kind: String,
    /// Class or tag; empty for a value that is not an error.
    pub(crate) name: String,
    /// Message, or the value itself as text.
    pub(crate) message: String,
    /// Stack, as the engine prints it.
    pub(crate) stack: Option<String>,
    /// Code of an error of ours.
    pub(crate) code: Option<String>,
    /// Advice of an error of ours.
    pub(crate) help: Vec<String>,
}

/// How a script ended before its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ScriptError {
    /// It threw.
    Thrown(Box<Thrown>),
    /// It used up its fuel; its stack then.
    OutOfFuel(Option<String>),
    /// It used up its memory; its stack then, if there was room for one.
    OutOfMemory(Option<String>),
    /// It called itself too deeply; its stack then.
    TooDeep(Option<String>),
    /// It waits for a timer that only time would end.
    Waiting {
        /// `setTimeout`, `setInterval`.
        what: String,
        /// In milliseconds.
        delay: f64,
        /// Where it was set.
        stack: String,
    },
    /// It waits for something that never comes.
    Stuck,
    /// The engine itself failed.
    Engine(String),
}

/// One frame of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'s> {
    /// The function's name; empty if it has none.
    pub(crate) function: &'s str,
    /// Module id, as given to the engine; empty for the engine's own functions.
    pub(crate) module: &'s str,
    /// Line, from 1.
    pub(crate) line: u32,
    /// Column in bytes, from 1.
    pub(crate) column: u32,
}

/// The frames of a stack, innermost first: lines `    at name (module:line:column)`, `    at name (native)`.
pub(crate) fn frames(stack: &str) -> impl Iterator<Item = Frame<'_>> {
    stack.lines().filter_map(|line| {
        let line = line.trim().strip_prefix("at ")?;
        let (function, place) = match line.rfind(" (") {
            Some(open) => (&line[..open], line[open + 2..].strip_suffix(')')?),
            None => ("", line),
        };
        let place = place.rsplit_once(':').and_then(|(rest, column)| {
            let (module, line) = rest.rsplit_once(':')?;
            Some((module, line.parse().ok()?, column.parse().ok()?))
        });
        let (module, line, column) = place.unwrap_or(("", 0, 0));
        Some(Frame { function: function.trim_start_matches("<anonymous>"), module, line, column })
    })
}
