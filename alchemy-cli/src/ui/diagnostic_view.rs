//! A diagnostic with an excerpt of the program, carets and advice.

use std::fmt::Write as _;
use std::ops::Range;

use alchemy_core::{Diagnostic, Label, Severity, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    AnnotationKind, Element, Group, Level, Message, Origin, Renderer, Snippet, Title,
};

use super::style::{Paint, Role};
use super::text::printable;
use crate::failure::Sources;

/// Widest line of an excerpt; longer source lines are cut around the place.
const WIDTH: usize = 120;

/// The diagnostic as text, without a line end.
pub(super) fn render(diagnostic: &Diagnostic, sources: &Sources, paint: Paint) -> String {
    let renderer = if paint.on() { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(WIDTH);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title: Title<'_> = level.primary_title(printable(&diagnostic.summary)).id(diagnostic.code);
    if diagnostic.labels.is_empty() {
        return without_place(&renderer, title, diagnostic, paint);
    }
    let mut elements: Vec<Element<'_>> = Vec::new();
    for (file, labels) in by_file(&diagnostic.labels, &diagnostic.summary) {
        elements.extend(excerpt(file, &labels, sources));
    }
    if !diagnostic.detail.is_empty() {
        elements.push(note(&diagnostic.detail).into());
    }
    elements.extend(
        diagnostic.help.iter().map(|help| Element::from(Level::HELP.message(printable(help)))),
    );
    let group = Group::with_title(title).elements(elements);
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// The title, and the rest below it without a gutter that belongs to no excerpt.
fn without_place(
    renderer: &Renderer,
    title: Title<'_>,
    diagnostic: &Diagnostic,
    paint: Paint,
) -> String {
    let mut text = renderer.render(&[Group::with_title(title)]);
    let detail =
        Some(&diagnostic.detail).filter(|detail| !detail.is_empty()).map(|detail| ("note", detail));
    for (word, line) in detail.into_iter().chain(diagnostic.help.iter().map(|help| ("help", help)))
    {
        let word = paint.text(Role::Strong, word);
        let line = printable(line).replace('\n', "\n          ");
        write!(text, "\n  = {word}: {line}").expect("writing to a string");
    }
    text.push('\n');
    text
}

fn note(detail: &str) -> Message<'static> {
    Level::NOTE.message(printable(detail))
}

/// A place to underline: whether it is the one the diagnostic is about, where, and a few words.
type Mark<'a> = (bool, &'a Span, &'a str);

/// Labels with the file each is in, the diagnostic's own first; labels of one file stand together.
fn by_file<'a>(labels: &'a [Label], summary: &str) -> Vec<(&'a str, Vec<Mark<'a>>)> {
    let mut files: Vec<(&str, Vec<_>)> = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let text = if label.text == summary { "" } else { label.text.as_str() };
        let entry = (index == 0, &label.span, text);
        match files.iter_mut().find(|(file, _)| *file == label.span.location.file) {
            Some((_, entries)) => entries.push(entry),
            None => files.push((&label.span.location.file, vec![entry])),
        }
    }
    files
}

fn excerpt<'a>(file: &'a str, labels: &[Mark<'a>], sources: &'a Sources) -> Vec<Element<'a>> {
    let Some(source) = sources.get(file) else {
        return labels.iter().map(|(_, span, _)| place(file, span).into()).collect();
    };
    let annotations = labels.iter().map(|(primary, span, text)| {
        let kind = if *primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(range(source, span));
        if text.is_empty() { annotation } else { annotation.label(printable(text)) }
    });
    vec![Snippet::source(&**source).path(file).fold(true).annotations(annotations).into()]
}

fn place<'a>(file: &'a str, span: &Span) -> Origin<'a> {
    Origin::path(file).line(span.location.line as usize).char_column(span.location.column as usize)
}

/// The span within the text, on character borders, and on its first line: a caret under forty lines helps nobody.
fn range(source: &str, span: &Span) -> Range<usize> {
    let border = |mut at: usize| {
        at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(span.start as usize);
    let end = border(span.end as usize).max(start);
    let line_end = source[start..].find(['\n', '\r']).map_or(source.len(), |length| start + length);
    start..end.min(line_end.max(start))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alchemy_core::Location;

    use super::*;

    fn span(file: &str, source: &str, piece: &str) -> Span {
        let start = source.find(piece).unwrap();
        let line = source[..start].matches('\n').count();
        let column = start - source[..start].rfind('\n').map_or(0, |at| at + 1);
        Span {
            location: Location {
                file: file.to_owned(),
                line: u32::try_from(line).unwrap() + 1,
                column: u32::try_from(column).unwrap() + 1,
            },
            start: u32::try_from(start).unwrap(),
            end: u32::try_from(start + piece.len()).unwrap(),
        }
    }

    const SOURCE: &str = "const a = 1;\nconst jobs = yield* AWS.SQS.Queue(\"Jobs\", {\n  visibilityTimout: 30,\n});\n";

    #[test]
    fn an_excerpt_with_carets_and_advice() {
        let file = "alchemy.run.ts";
        let sources: Sources = [(file.to_owned(), Arc::from(SOURCE))].into();
        let diagnostic =
            Diagnostic::error("unknown-prop", "AWS.SQS.Queue has no prop `visibilityTimout`")
                .detail("Props that nobody reads would be ignored silently.")
                .help("did you mean `visibilityTimeout`?")
                .at(Some(&span(file, SOURCE, "visibilityTimout")), "")
                .at(
                    Some(&span(file, SOURCE, "AWS.SQS.Queue(\"Jobs\", {\n  visi")),
                    "of this queue",
                );
        insta::assert_snapshot!(render(&diagnostic, &sources, Paint::new(false)), @r#"
        error[unknown-prop]: AWS.SQS.Queue has no prop `visibilityTimout`
         --> alchemy.run.ts:3:3
          |
        2 | const jobs = yield* AWS.SQS.Queue("Jobs", {
          |                     ----------------------- of this queue
        3 |   visibilityTimout: 30,
          |   ^^^^^^^^^^^^^^^^
          |
          = note: Props that nobody reads would be ignored silently.
          = help: did you mean `visibilityTimeout`?
        "#);
    }

    #[test]
    fn a_place_without_its_text() {
        let diagnostic = Diagnostic::warning("public", "anybody may call this function")
            .at(Some(&span("src/api.ts", SOURCE, "jobs")), "");
        insta::assert_snapshot!(render(&diagnostic, &Sources::new(), Paint::new(false)), @r#"
        warning[public]: anybody may call this function
        --> src/api.ts:2:7
        "#);
    }

    #[test]
    fn spans_outside_the_text_are_harmless() {
        let sources: Sources = [("a.ts".to_owned(), Arc::from("é"))].into();
        let mut wild = span("a.ts", SOURCE, "jobs");
        (wild.start, wild.end) = (1, 5000);
        let diagnostic = Diagnostic::error("x", "y").at(Some(&wild), "here");
        assert!(render(&diagnostic, &sources, Paint::new(true)).contains("here"));
    }
}
