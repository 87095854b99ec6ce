//! Code actions: fixes of what is wrong here, and the choice of the current stage.

use std::collections::HashMap;

use serde_json::json;
use tower_lsp::lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionResponse, Command, Range, TextEdit,
    Url, WorkspaceEdit,
};

use super::{SET_STAGE, diagnostics};
use crate::evaluated::Evaluated;
use crate::findings::{Finding, Fix};
use crate::view::{Seen, View};

/// What can be done in a range of a document.
pub(crate) fn of(view: &View, uri: &Url, range: Range) -> Option<CodeActionResponse> {
    let seen = view.seen(uri)?;
    let mut actions = Vec::new();
    if let Some(latest) = &seen.program.latest {
        for finding in &latest.findings {
            actions.extend(fixes(view, &seen, latest, finding, uri, range));
        }
    }
    actions.extend(stages(&seen, range));
    Some(actions)
}

fn fixes(
    view: &View,
    seen: &Seen,
    latest: &Evaluated,
    finding: &Finding,
    uri: &Url,
    range: Range,
) -> Vec<CodeActionOrCommand> {
    let place = finding.diagnostic.labels.first().and_then(|label| {
        let bytes = (label.span.start, label.span.end);
        view.range(&seen.program, latest, &label.span.location.file, bytes)
    });
    let Some((home, place)) = place else { return Vec::new() };
    if home != *uri || place.end < range.start || range.end < place.start {
        return Vec::new();
    }
    let shown = tower_lsp::lsp_types::Diagnostic {
        range: place,
        message: diagnostics::message(finding),
        ..diagnostics::at_top(&finding.diagnostic)
    };
    let actions = finding.fixes.iter().enumerate().filter_map(|(i, fix)| {
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: fix.title.clone(),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![shown.clone()]),
            edit: Some(edit(view, seen, latest, fix)?),
            is_preferred: Some(i == 0),
            ..CodeAction::default()
        }))
    });
    actions.collect()
}

fn edit(view: &View, seen: &Seen, latest: &Evaluated, fix: &Fix) -> Option<WorkspaceEdit> {
    let mut changes: HashMap<Url, Vec<TextEdit>> = HashMap::new();
    for (bytes, text) in &fix.edits {
        let (uri, range) = view.range(&seen.program, latest, &fix.file, *bytes)?;
        changes.entry(uri).or_default().push(TextEdit { range, new_text: text.clone() });
    }
    Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

/// The choice of another stage, where a resource or the stage itself stands.
fn stages(seen: &Seen, range: Range) -> Vec<CodeActionOrCommand> {
    let Some(evaluated) = seen.shown() else { return Vec::new() };
    let (at, _) = seen.document.lines.bytes(range);
    let on_stage = evaluated.outlines.get(&seen.file).is_some_and(|outline| {
        let here = outline.stages.iter().filter_map(|bytes| seen.now(evaluated, *bytes));
        here.into_iter().any(|bytes| bytes.0 <= at && at <= bytes.1)
    });
    if !on_stage && seen.place_at(evaluated, at).is_none() {
        return Vec::new();
    }
    let others = evaluated.stages.iter().skip(1).map(|stage| {
        let title = format!("Show names of stage {}", stage.stage);
        CodeActionOrCommand::CodeAction(CodeAction {
            title: title.clone(),
            kind: Some(CodeActionKind::EMPTY),
            command: Some(Command {
                title,
                command: SET_STAGE.to_owned(),
                arguments: Some(vec![json!(stage.stage.as_str())]),
            }),
            ..CodeAction::default()
        })
    });
    others.collect()
}
