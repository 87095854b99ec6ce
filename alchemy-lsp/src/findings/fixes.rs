//! Fixes that a finding's own advice names: `did you mean …?`

use alchemy_core::Diagnostic;
use alchemy_program::Bytes;

use super::Fix;
use crate::evaluated::Evaluated;

/// The fix that a diagnostic's advice spells out, where it is plain what to replace.
pub(super) fn suggested(found: &Diagnostic, evaluated: &Evaluated) -> Vec<Fix> {
    let Some(meant) = found.help.iter().find_map(|help| meant(help)) else { return Vec::new() };
    let Some(label) = found.labels.first() else { return Vec::new() };
    let file = &label.span.location.file;
    let Some(text) = evaluated.sources.get(file) else { return Vec::new() };
    let span = (label.span.start, label.span.end);
    // Where a value is wrong, the words of the finding are about its prop.
    let at = if found.code == "bad-name" {
        value_at(text, span)
    } else {
        misspelt(&found.summary).and_then(|wrong| word_at(text, span, wrong))
    };
    let Some(at) = at else { return Vec::new() };
    vec![Fix {
        title: format!("Change to `{meant}`"),
        file: file.clone(),
        edits: vec![(at, meant.to_owned())],
    }]
}

/// `x` of "did you mean `x`?"
fn meant(help: &str) -> Option<&str> {
    help.strip_prefix("did you mean `")?.strip_suffix("`?")
}

/// What a summary is about: its first word in backticks, without what is around it.
fn misspelt(summary: &str) -> Option<&str> {
    let word = summary.split('`').nth(1)?;
    Some(word.rsplit('.').next().unwrap_or(word)).filter(|word| !word.is_empty())
}

/// The text that a prop is given, without its quotes, if it is one text.
fn value_at(text: &str, (start, end): Bytes) -> Option<Bytes> {
    let piece = text.get(start as usize..end as usize)?;
    let quote = piece.find(['"', '\''])?;
    let quoted = &piece[quote..];
    let inner = quoted.strip_prefix(['"', '\''])?.strip_suffix(['"', '\''])?;
    let before = piece[..quote].trim_end();
    if inner.contains(['"', '\'', '\n']) || !(before.is_empty() || before.ends_with(':')) {
        return None;
    }
    let start = start + u32::try_from(quote).ok()? + 1;
    Some((start, start + u32::try_from(inner.len()).ok()?))
}

/// The first whole word `word` in a stretch of text.
fn word_at(text: &str, (start, end): Bytes, word: &str) -> Option<Bytes> {
    let piece = text.get(start as usize..end as usize)?;
    let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    piece.match_indices(word).find_map(|(at, found)| {
        let before = piece[..at].ends_with(in_word);
        let after = piece[at + found.len()..].starts_with(in_word);
        let at = start + u32::try_from(at).ok()?;
        (!before && !after).then_some((at, at + u32::try_from(found.len()).ok()?))
    })
}
