//! What a run came to: failures at their places, outputs, what was kept, what to do next.

use alchemy_core::{Action, Diagnostic, Graph, Location, Outcome, Snapshot, Span, StepRef, Value};

use super::applying::{Applied, exit_of};
use crate::exit::Exit;
use crate::failure::Sources;
use crate::ui::{Role, Ui, objects, plural, printable, value_text};
use crate::wire;

/// Shows the failed steps, each at the line that declared its resource.
pub(crate) fn failures(ui: &Ui, applied: &Applied, graph: Option<&Graph>, sources: &Sources) {
    for (step, message) in &applied.report.outcome.failed {
        ui.diagnostics(&[failure(step, message, &applied.before, graph)], sources);
    }
    if let Some(why) = &applied.report.outputs_error {
        let found = Diagnostic::error("outputs", "the program's outputs could not be completed")
            .detail(printable(why));
        ui.diagnostics(&[found], sources);
    }
}

fn failure(step: &StepRef, message: &str, before: &Snapshot, graph: Option<&Graph>) -> Diagnostic {
    let summary = format!("cannot {} {} ({})", verb(step.action), step.fqn, step.ty);
    let declared = graph.and_then(|graph| graph.resources.get(&step.fqn)?.span.clone());
    let recorded = || before.live(&step.fqn)?.location.clone().map(point);
    let span = declared.or_else(recorded);
    // The place stands above the message as a label already.
    let message = message.rsplit_once(" (declared at ").map_or(message, |(before, _)| before);
    let (what, advice) = message.split_once("; ").unwrap_or((message, ""));
    let found = Diagnostic::error("step-failed", summary)
        .detail(what)
        .resource(&step.fqn)
        .at(span.as_ref(), "");
    if advice.is_empty() { found } else { found.help(advice) }
}

fn point(location: Location) -> Span {
    Span { location, start: 0, end: 0 }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Retain => "keep",
        action => action.word(),
    }
}

/// How many steps went how, and what that means.
pub(crate) fn summary(ui: &Ui, outcome: &Outcome, done: &str) -> Exit {
    let exit = exit_of(outcome);
    let mut parts = vec![format!("{} done", plural(outcome.done, "step"))];
    if !outcome.failed.is_empty() {
        parts.push(format!("{} failed", outcome.failed.len()));
    }
    if !outcome.skipped.is_empty() {
        parts.push(format!("{} skipped", outcome.skipped.len()));
    }
    let counts = parts.join(", ");
    let text = match exit {
        Exit::Done => ui.paint.text(Role::Create, &format!("{done} ({counts})")),
        Exit::Cancelled => {
            format!("cancelled: {counts}; state is saved, the next run goes on from here")
        }
        Exit::Locked => format!(
            "the lock was lost: {counts}; the journal has everything, run the same command again"
        ),
        _ => format!("{counts}; state is saved: correct the cause and run the same command again"),
    };
    ui.say_human(&text);
    exit
}

/// The program's outputs, on standard output: `name = value`.
pub(crate) fn outputs(ui: &Ui, outputs: &Value) {
    if ui.json {
        return ui.event(&wire::EventBody::Outputs { outputs: wire::value(outputs) });
    }
    match outputs {
        Value::Null => {}
        Value::Map(members) => {
            for (name, value) in members {
                ui.data(&format!("{} = {}", printable(name), value_text(value)));
            }
        }
        value => ui.data(&value_text(value)),
    }
}

/// Objects that the run left in the cloud on purpose.
pub(crate) fn kept(ui: &Ui, before: &Snapshot, after: &Snapshot, all: bool) {
    let kept: Vec<_> = after
        .retained
        .iter()
        .filter(|(uid, _)| all || !before.retained.contains_key(*uid))
        .map(|(_, record)| record)
        .collect();
    if kept.is_empty() {
        return;
    }
    ui.event(&wire::EventBody::Retained {
        objects: kept.iter().map(|record| wire::object(record)).collect(),
    });
    ui.say_human(&format!(
        "\nkept in the cloud (a later deploy takes them up again):\n{}",
        objects(kept, ui.paint)
    ));
}
