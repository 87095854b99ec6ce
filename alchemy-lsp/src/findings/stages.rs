//! Comparisons that can never be true: a stage's name is lower-case.

use alchemy_core::{Diagnostic, Location, Span, Stage};
use alchemy_program::Bytes;

use super::{Finding, Fix};
use crate::evaluated::Evaluated;

/// Every text that a stage is compared with and that no stage can be called.
pub(super) fn impossible(evaluated: &Evaluated) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, outline) in &evaluated.outlines {
        for comparison in &outline.comparisons {
            let Err(why) = Stage::parse(&comparison.value) else { continue };
            let always = if comparison.negated { "always" } else { "never" };
            let span = evaluated.sources.get(file).map(|text| span(file, text, comparison.literal));
            let mut diagnostic = Diagnostic::warning(
                "impossible-stage",
                format!("this is {always} true: no stage is called `{}`", comparison.value),
            )
            .detail(sentence(&why.message))
            .at(span.as_ref(), "");
            let mut fixes = Vec::new();
            if let Some(name) = &why.suggestion {
                diagnostic = diagnostic.help(format!("did you mean `{name}`?"));
                fixes.push(Fix {
                    title: format!("Change to `{name}`"),
                    file: file.clone(),
                    edits: vec![(comparison.literal, format!("\"{name}\""))],
                });
            }
            found.push(Finding::of_text(diagnostic, fixes));
        }
    }
    found
}

/// A message as a sentence of its own.
fn sentence(message: &str) -> String {
    let mut rest = message.chars();
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(rest).chain(['.']).collect()
}

/// The place of a stretch of a file.
pub(super) fn span(file: &str, text: &str, (start, end): Bytes) -> Span {
    let before = text.get(..start as usize).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let to_u32 = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    let location = Location { file: file.to_owned(), line: to_u32(line), column: to_u32(column) };
    Span { location, start, end }
}
