//! Findings as the editor shows them: at their line, with the stages they are true of.

use std::collections::BTreeMap;

use alchemy_core::{Diagnostic, Severity};
use tower_lsp::lsp_types::{
    self as lsp, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Range, Url,
};

use crate::evaluated::Evaluated;
use crate::findings::Finding;
use crate::view::{ProgramView, View};

/// What is wrong with a program, by document.
pub(crate) fn of(view: &View, program: &ProgramView) -> BTreeMap<Url, Vec<lsp::Diagnostic>> {
    let mut found: BTreeMap<Url, Vec<lsp::Diagnostic>> = BTreeMap::new();
    let Some(top) = view.documents.uri(&program.project.program) else { return found };
    if let Some(problem) = &program.problem {
        found.entry(top.clone()).or_default().push(at_top(problem));
    }
    if let Some(problem) = &program.state.problem {
        let diagnostic =
            Diagnostic::warning("state", format!("the state store cannot be read: {problem}"));
        found.entry(top.clone()).or_default().push(at_top(&diagnostic));
    }
    let Some(latest) = &program.latest else { return found };
    for finding in &latest.findings {
        let label = finding.diagnostic.labels.first();
        let homeless = label.is_none_or(|it| !view.shows(program, latest, &it.span.location.file));
        if homeless {
            found.entry(top.clone()).or_default().push(elsewhere(finding));
        } else if let Some((uri, shown)) = placed(view, program, latest, finding) {
            found.entry(uri).or_default().push(shown);
        }
    }
    if !latest.is_whole()
        && let Some((uri, shown)) = stale(view, program)
    {
        found.entry(uri).or_default().push(shown);
    }
    found
}

/// A diagnostic without a place in the text.
pub(crate) fn at_top(diagnostic: &Diagnostic) -> lsp::Diagnostic {
    lsp::Diagnostic {
        range: Range::default(),
        severity: Some(severity(diagnostic)),
        code: Some(NumberOrString::String(diagnostic.code.to_owned())),
        source: Some("alchemy".to_owned()),
        message: text(diagnostic),
        ..lsp::Diagnostic::default()
    }
}

/// A finding without a place, or with one in a file that no text is known of: it says which.
fn elsewhere(finding: &Finding) -> lsp::Diagnostic {
    let mut message = message(finding);
    if let Some(label) = finding.diagnostic.labels.first() {
        let remark = if label.text.is_empty() { "" } else { ": " };
        message = format!("{message}\nin {}{remark}{}", label.span.location, label.text);
    }
    lsp::Diagnostic { message, ..at_top(&finding.diagnostic) }
}

fn placed(
    view: &View,
    program: &ProgramView,
    latest: &Evaluated,
    finding: &Finding,
) -> Option<(Url, lsp::Diagnostic)> {
    let mut places = finding.diagnostic.labels.iter().map(|label| {
        let bytes = (label.span.start, label.span.end);
        let (uri, range) = view.range(program, latest, &label.span.location.file, bytes)?;
        Some((Location { uri, range }, label.text.clone()))
    });
    let (Location { uri, range }, remark) = places.next()??;
    let mut others = Vec::new();
    for (location, text) in places.flatten() {
        let message = if text.is_empty() { "see here".to_owned() } else { text };
        others.push(DiagnosticRelatedInformation { location, message });
    }
    let mut message = message(finding);
    if !remark.is_empty() {
        message = format!("{message}\n{remark}");
    }
    let shown = lsp::Diagnostic {
        range,
        message,
        related_information: (!others.is_empty()).then_some(others),
        ..at_top(&finding.diagnostic)
    };
    Some((uri, shown))
}

/// Says that the names shown are those of an earlier text.
fn stale(view: &View, program: &ProgramView) -> Option<(Url, lsp::Diagnostic)> {
    let good = program.good.as_ref().filter(|good| good.is_whole())?;
    let places = good.places();
    let place = places.first()?;
    let (uri, range) = view.range(program, good, &place.file, place.id)?;
    let shown = lsp::Diagnostic {
        range,
        severity: Some(DiagnosticSeverity::HINT),
        code: Some(NumberOrString::String("stale-names".to_owned())),
        source: Some("alchemy".to_owned()),
        message: "the names shown are those of the last program that could be evaluated".to_owned(),
        tags: Some(vec![DiagnosticTag::UNNECESSARY]),
        ..lsp::Diagnostic::default()
    };
    Some((uri, shown))
}

fn severity(diagnostic: &Diagnostic) -> DiagnosticSeverity {
    match diagnostic.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
    }
}

/// The finding with the stages it is true of, if not of all.
pub(super) fn message(finding: &Finding) -> String {
    let text = text(&finding.diagnostic);
    if finding.stages.is_empty() {
        return text;
    }
    let stages: Vec<&str> = finding.stages.iter().map(alchemy_core::Stage::as_str).collect();
    let (first, rest) = text.split_once('\n').map_or((text.as_str(), ""), |both| both);
    let word = if stages.len() == 1 { "stage" } else { "stages" };
    let mut message = format!("{first} ({word} {})", stages.join(", "));
    if !rest.is_empty() {
        message.push('\n');
        message.push_str(rest);
    }
    message
}

fn text(diagnostic: &Diagnostic) -> String {
    let mut lines = vec![diagnostic.summary.clone()];
    if !diagnostic.detail.is_empty() {
        lines.push(diagnostic.detail.clone());
    }
    lines.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    lines.join("\n")
}
