//! Why a command ends without having done what was asked: an exit code and diagnostics to show.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use alchemy_core::Diagnostic;

use crate::exit::Exit;

/// Texts that diagnostics point into, by file.
pub(crate) type Sources = BTreeMap<String, Arc<str>>;

/// A command's failure.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The code to exit with.
    pub(crate) exit: Exit,
    /// What to show; may be empty when everything was shown already.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Texts for them.
    pub(crate) sources: Sources,
}

impl Failure {
    /// A failure with one diagnostic.
    pub(crate) fn new(exit: Exit, diagnostic: Diagnostic) -> Self {
        Self { exit, diagnostics: vec![diagnostic], sources: Sources::new() }
    }
    /// A refusal before any change, with diagnostics into `sources`.
    pub(crate) fn refused(diagnostics: Vec<Diagnostic>, sources: &Sources) -> Self {
        Self { exit: Exit::Refused, diagnostics, sources: sources.clone() }
    }
    /// A failure that has been shown already.
    pub(crate) fn shown(exit: Exit) -> Self {
        Self { exit, diagnostics: Vec::new(), sources: Sources::new() }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::new(Exit::Refused, diagnostic)
    }
}

/// An error and its causes in one line, outermost first.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        write!(text, ": {cause}").expect("writing to a string");
        next = cause.source();
    }
    text
}
