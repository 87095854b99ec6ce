//! `alchemy stage ls|show|rebind|unlock`.

mod rebind;
mod unlock;

use alchemy_core::{OutputRef, Snapshot};
use alchemy_state::{StageKey, StageSummary};
use serde_json::{Value as Json, json};

use super::references::{stale, users};
use super::state_failure::{holder_text, state_failure};
use super::stored::{Asked, Stored};
use crate::args::{StageCommand, StageLsArgs, StageShowArgs};
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::ui::{Ui, ago, objects, plural, printable, table, value_text};
use crate::wire;

/// Runs the command.
pub(crate) fn run(command: &StageCommand, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    match command {
        StageCommand::Ls(args) => {
            let StageLsArgs { program, profile, store } = args;
            let program = program.program.as_deref();
            let asked = Asked { program, env_file: None, store, profile, keep: None };
            let stored = Stored::open(around, &asked)?;
            block_on(list(args, &stored, ui))?;
        }
        StageCommand::Show(args) => {
            let StageShowArgs { program, stage, profile, store } = args;
            let (program, env_file) = (program.program.as_deref(), stage.env_file.as_deref());
            let stored =
                Stored::open(around, &Asked { program, env_file, store, profile, keep: None })?;
            block_on(show(args, &stored, ui))?;
        }
        StageCommand::Rebind(args) => rebind::run(args, around, ui)?,
        StageCommand::Unlock(args) => unlock::run(args, around, ui)?,
    }
    Ok(Exit::Done)
}

async fn list(args: &StageLsArgs, stored: &Stored, ui: &Ui) -> Result<(), Failure> {
    let all = stored.stages().await?;
    let stack = stored.named_stack(args.store.stack.as_deref(), &all)?;
    let mut stages = all.clone();
    stages.retain(|stage| stack.as_ref().is_none_or(|stack| stage.key.stack == *stack));
    if ui.json {
        for stage in &stages {
            ui.data(&with_references(stage_json(stage), stage, &all).to_string());
        }
    } else if stages.is_empty() {
        ui.say("the state store holds no stages");
    } else {
        let rows: Vec<_> = stages.iter().map(|stage| row(stage, &all)).collect();
        ui.data(&table(
            &["STACK", "STAGE", "OBJECTS", "ACCOUNT", "REGION", "STATUS"],
            &rows,
            ui.data_paint,
        ));
    }
    Ok(())
}

fn row(summary: &StageSummary, all: &[StageSummary]) -> Vec<String> {
    let key = [summary.key.stack.to_string(), summary.key.stage.to_string()];
    let rest = match &summary.state {
        Ok(snapshot) => {
            let pin = snapshot.pin.as_ref();
            let part = |part: Option<&String>| part.map(|text| printable(text)).unwrap_or_default();
            [
                snapshot.records.len().to_string(),
                part(pin.map(|pin| &pin.account)),
                part(pin.map(|pin| &pin.region)),
                status(snapshot) + stale_text(snapshot, all),
            ]
        }
        Err(why) => {
            [String::new(), String::new(), String::new(), format!("unreadable: {}", printable(why))]
        }
    };
    key.into_iter().chain(rest).collect()
}

fn stale_text(snapshot: &Snapshot, all: &[StageSummary]) -> &'static str {
    if stale(snapshot, all).is_empty() { "" } else { "; stale: outputs it uses have changed" }
}

/// With the outputs of other stages that it uses, those of them that have changed, and who uses its own.
fn with_references(mut line: Json, summary: &StageSummary, all: &[StageSummary]) -> Json {
    let Ok(snapshot) = &summary.state else { return line };
    let output = |output: &OutputRef| {
        let OutputRef { of, path } = output;
        json!({ "stack": of.stack.as_str(), "stage": of.stage.as_str(), "output": path.join(".") })
    };
    line["uses"] = snapshot.references.iter().map(|used| output(&used.output)).collect();
    line["stale"] = stale(snapshot, all).into_iter().map(output).collect();
    let user = |(key, _): (StageKey, Vec<String>)| json!({ "stack": key.stack.as_str(), "stage": key.stage.as_str() });
    line["usedBy"] = users(&summary.key, all).into_iter().map(user).collect();
    line
}

fn status(snapshot: &Snapshot) -> String {
    let now = clock::now();
    let kept = if snapshot.retained.is_empty() {
        String::new()
    } else {
        format!("; {} kept in the cloud", plural(snapshot.retained.len(), "object"))
    };
    let by = snapshot
        .deployed_by
        .as_deref()
        .map(|by| format!("by {} ", printable(by)))
        .unwrap_or_default();
    match (&snapshot.destroyed_at, &snapshot.deployed_at) {
        (Some(at), _) => format!("destroyed {}{kept}", ago(at, now)),
        (None, Some(at)) => format!("deployed {by}{}{kept}", ago(at, now)),
        (None, None) => format!("no deploy has finished yet{kept}"),
    }
}

fn stage_json(summary: &StageSummary) -> Json {
    let mut line =
        json!({ "v": 1, "stack": summary.key.stack.as_str(), "stage": summary.key.stage.as_str() });
    match &summary.state {
        Ok(snapshot) => {
            line["objects"] = json!(snapshot.records.len());
            line["retained"] = json!(snapshot.retained.len());
            line["account"] = json!(snapshot.pin.as_ref().map(|pin| &pin.account));
            line["region"] = json!(snapshot.pin.as_ref().map(|pin| &pin.region));
            line["deployedAt"] = json!(snapshot.deployed_at);
            line["deployedBy"] = json!(snapshot.deployed_by);
            line["destroyedAt"] = json!(snapshot.destroyed_at);
        }
        Err(why) => line["unreadable"] = json!(why),
    }
    line
}

async fn show(args: &StageShowArgs, stored: &Stored, ui: &Ui) -> Result<(), Failure> {
    let (key, loaded) = stored.known(&args.stage, &args.store).await?;
    let holder = stored.store.lock_info(&key).await.map_err(|error| state_failure(&error))?;
    let holder = holder.map(|holder| holder_text(&holder));
    let all = stored.stages().await?;
    if ui.json {
        let line = shown_json(key.clone(), loaded.snapshot.clone(), holder.as_deref());
        let summary = StageSummary { key, state: Ok(loaded.snapshot) };
        ui.data(&with_references(line, &summary, &all).to_string());
    } else {
        shown_text(&loaded.snapshot, holder.as_deref(), ui);
        references_text(&key, &loaded.snapshot, &all, ui);
    }
    Ok(())
}

fn shown_json(key: StageKey, snapshot: Snapshot, holder: Option<&str>) -> Json {
    let outputs = wire::value(&snapshot.outputs);
    let mut line = stage_json(&StageSummary { key, state: Ok(snapshot) });
    line["locked"] = json!(holder);
    line["outputs"] = outputs;
    line
}

/// Outputs of other stages that it uses, changed or not, and who uses its own.
fn references_text(key: &StageKey, snapshot: &Snapshot, all: &[StageSummary], ui: &Ui) {
    let stale = stale(snapshot, all);
    for reference in &snapshot.references {
        let changed = if stale.contains(&&reference.output) {
            " (stale: it has changed since; the next deploy takes it up)"
        } else {
            ""
        };
        ui.data(&format!("uses     {}{changed}", printable(&reference.output.to_string())));
    }
    for (user, names) in users(key, all) {
        let names = printable(&names.join(", "));
        ui.data(&format!("used by  stage `{}` of stack `{}`: {names}", user.stage, user.stack));
    }
}

fn shown_text(snapshot: &Snapshot, holder: Option<&str>, ui: &Ui) {
    ui.data(&format!(
        "stack    {}\nstage    {}\nstatus   {}",
        snapshot.stack,
        snapshot.stage,
        status(snapshot)
    ));
    if let Some(pin) = &snapshot.pin {
        ui.data(&format!(
            "account  {}\nregion   {}",
            printable(&pin.account),
            printable(&pin.region)
        ));
    }
    if let Some(holder) = holder {
        ui.data(&format!("lock     {holder}"));
    }
    for (name, value) in snapshot.outputs.as_map().into_iter().flatten() {
        ui.data(&format!("output   {} = {}", printable(name), value_text(value)));
    }
    if !snapshot.records.is_empty() {
        ui.data(&format!("\n{}", objects(snapshot.records.values(), ui.data_paint)));
    }
    if !snapshot.retained.is_empty() {
        ui.data(&format!(
            "\nkept in the cloud:\n{}",
            objects(snapshot.retained.values(), ui.data_paint)
        ));
    }
}
