//! Which stage: flag, `$STAGE`, the user's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Diagnostic, Location, Span, StackName, Stage, StageError};

use crate::exit::Exit;
use crate::failure::{Failure, Sources};

/// The stage of this run. `environment` is the declared one.
pub(crate) fn resolve_stage(
    flag: Option<&str>,
    environment: &BTreeMap<String, String>,
) -> Result<Stage, Failure> {
    let variable = |name: &str| environment.get(name).map(String::as_str);
    Stage::resolve(flag, variable("STAGE"), variable("USER"), variable("USERNAME"))
        .map(|(stage, _)| stage)
        .map_err(refused)
}

/// The stage without a flag, and where it comes from, in words.
pub(crate) fn stage_and_source(
    environment: &BTreeMap<String, String>,
) -> Result<(Stage, String), Failure> {
    let variable = |name: &str| environment.get(name).map(String::as_str);
    Stage::resolve(None, variable("STAGE"), variable("USER"), variable("USERNAME"))
        .map(|(stage, source)| (stage, source.to_string()))
        .map_err(refused)
}

/// The refusal with the name as its source text, so that the offending character gets its caret.
fn refused(error: StageError) -> Failure {
    let summary = format!("invalid stage from {}: {}", error.source, error.reason.message);
    let mut diagnostic = Diagnostic::error("bad-stage", summary);
    let file = error.source.to_string().replace('`', "");
    if let Some(at) = error.reason.at {
        // Everything before the offending character is legal, hence ASCII.
        let end = error.quoted[at.min(error.quoted.len())..]
            .chars()
            .next()
            .map_or(at, |c| at + c.len_utf8());
        let (start, end) = (u32::try_from(at).unwrap_or(0), u32::try_from(end).unwrap_or(0));
        let location = Location { file: file.clone(), line: 1, column: start + 1 };
        diagnostic = diagnostic.at(Some(&Span { location, start, end }), "");
    }
    if let Some(name) = &error.reason.suggestion {
        diagnostic = diagnostic.help(format!("did you mean `{name}`?"));
    }
    if error.quoted.is_empty() {
        diagnostic = diagnostic.help("name a stage, for example `dev` or `pr-147`");
    }
    let sources: Sources = [(file, Arc::from(error.quoted))].into();
    Failure { exit: Exit::Refused, diagnostics: vec![diagnostic], sources }
}

/// The stack named by `--stack`.
pub(crate) fn parse_stack(text: &str) -> Result<StackName, Diagnostic> {
    StackName::parse(text).map_err(|error| {
        let refused = Diagnostic::error(
            "bad-stack",
            format!("invalid stack from `--stack`: {}", error.message),
        );
        error
            .suggestion
            .iter()
            .fold(refused, |refused, name| refused.help(format!("did you mean `{name}`?")))
    })
}
