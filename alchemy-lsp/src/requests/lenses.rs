//! Code lenses on the stack: stage, resources, last deploy, and what can be done with it.

use serde_json::json;
use tower_lsp::lsp_types::{CodeLens, Command, Url};

use super::stage_words::standing;
use crate::stage_view::{Mark, StageView};
use crate::view::View;

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
        lens(summary(current), "alchemy.pickStage"),
        lens("Plan".to_owned(), "alchemy.plan"),
        lens("Deploy".to_owned(), "alchemy.deploy"),
        lens("Destroy…".to_owned(), "alchemy.destroy"),
    ])
}

fn summary(current: &StageView) -> String {
    let count = current.resources.len();
    let resources = if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
    let pending = current.resources.values().filter(|it| it.mark != Mark::Deployed).count();
    let pending = pending + current.leaving.len();
    let here = current.snapshot.as_deref();
    let here = here.is_some_and(|it| it.destroyed_at.is_none() && it.deployed_at.is_some());
    let to_do = if here && pending > 0 { format!(", {pending} to do") } else { String::new() };
    format!("{} · {resources} · {}{to_do}", current.stage, standing(current))
}
