//! Code lenses on the stack: stage, resources, last deploy, and what can be done with it.

use serde_json::json;
use tower_lsp::lsp_types::{CodeLens, Command, Url};

use super::stage_words::last_deploy;
use crate::stage_view::{Mark, StageView};
use crate::view::{ProgramView, View};

/// The lenses of a document: those of the program, on the call that makes its stack.
pub(crate) fn of(view: &View, uri: &Url) -> Option<Vec<CodeLens>> {
    let seen = view.seen(uri)?;
    if seen.document.path.as_ref() != Some(&seen.program.project.program) {
        return None;
    }
    let evaluated = seen.shown()?;
    let current = evaluated.current()?;
    let stack = evaluated.stack.as_ref()?;
    let outline = evaluated.outlines.get(&seen.file)?;
    let call = outline.calls.iter().find(|call| {
        let named =
            call.first.as_ref().is_some_and(|(_, text)| text.as_deref() == Some(stack.as_str()));
        named && call.callee.last().is_some_and(|name| name == "Stack")
    })?;
    let range = seen.document.lines.range(seen.now(evaluated, (call.span.0, call.span.0))?);
    let argument = json!({
        "program": seen.program.project.program,
        "folder": seen.program.project.program.parent(),
        "stage": current.stage.as_str(),
        "stack": stack.as_str(),
    });
    let lens = |title: String, command: &str| CodeLens {
        range,
        command: Some(Command {
            title,
            command: command.to_owned(),
            arguments: Some(vec![argument.clone()]),
        }),
        data: None,
    };
    Some(vec![
        lens(summary(&seen.program, current), "alchemy.pickStage"),
        lens("Plan".to_owned(), "alchemy.plan"),
        lens("Deploy".to_owned(), "alchemy.deploy"),
        lens("Destroy…".to_owned(), "alchemy.destroy"),
    ])
}

fn summary(program: &ProgramView, current: &StageView) -> String {
    let count = current.resources.len();
    let resources = if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
    let pending = current.resources.values().filter(|it| it.mark != Mark::Deployed).count();
    let last = current.snapshot.as_deref();
    let destroyed = last.is_some_and(|snapshot| snapshot.destroyed_at.is_some());
    let last = match last.and_then(last_deploy) {
        Some(_) if destroyed => "destroyed".to_owned(),
        Some(last) if pending == 0 && current.leaving.is_empty() => format!("deployed {last}"),
        Some(last) => format!("deployed {last}, {} to do", pending + current.leaving.len()),
        None if program.state.problem.is_some() => "state not read".to_owned(),
        None => "not deployed".to_owned(),
    };
    format!("{} · {resources} · {last}", current.stage)
}
