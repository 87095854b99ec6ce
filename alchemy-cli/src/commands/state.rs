//! `alchemy state …`: what state knows, as a table or as JSON, and what changes it by hand.

mod diff;
mod documents;
mod history;
mod init;
mod migrate;
mod mv;
mod recover;
mod restore;
mod reveal;
mod rm;
mod rotate;
mod under_lock;

use std::sync::Arc;

use alchemy_core::{Diagnostic, Fqn, Record, RemovalPolicy, Snapshot, Uid};
use serde_json::{Map, Value as Json, json};

use super::stored::{Asked, Stored};
use crate::args::{StateCommand, StoredStageArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::ui::{Ui, excerpt, nearest, printable, table};
use crate::wire;

/// Runs the command.
pub(crate) fn run(command: &StateCommand, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    match command {
        StateCommand::Ls(args) => list(&load(around, &args.of)?, ui),
        StateCommand::Show(args) => {
            let snapshot = if args.reveal {
                reveal::revealed(around, &args.of)?
            } else {
                load(around, &args.of)?
            };
            let shown = match &args.resource {
                None => whole(&snapshot),
                Some(name) => one(&snapshot, name)?,
            };
            ui.data(&if ui.json { shown.to_string() } else { format!("{shown:#}") });
        }
        StateCommand::History(args) => history::run(args, around, ui)?,
        StateCommand::Diff(args) => diff::run(args, around, ui)?,
        StateCommand::Restore(args) => restore::run(args, around, ui)?,
        StateCommand::Mv(args) => mv::run(args, around, ui)?,
        StateCommand::Rm(args) => rm::run(args, around, ui)?,
        StateCommand::Pull(args) => documents::pull(args, around, ui)?,
        StateCommand::Push(args) => documents::push(args, around, ui)?,
        StateCommand::Migrate(args) => migrate::run(args, around, ui)?,
        StateCommand::Init(args) => return init::run(args, around, ui),
        StateCommand::Recover(args) => return recover::run(args, around, ui),
        StateCommand::Rotate(args) => rotate::run(args, around, ui)?,
    }
    Ok(Exit::Done)
}

fn load(around: &Surroundings, of: &StoredStageArgs) -> Result<Snapshot, Failure> {
    let stored = opened(around, of, None)?;
    block_on(async { Ok(stored.known(&of.stage, &of.store).await?.1.snapshot) })
}

/// The store that a stage is looked for in.
fn opened(
    around: &Surroundings,
    of: &StoredStageArgs,
    keep: Option<usize>,
) -> Result<Stored, Failure> {
    let asked = Asked {
        program: None,
        env_file: of.stage.env_file.as_deref(),
        store: &of.store,
        profile: &of.profile,
        keep,
    };
    Stored::open(around, &asked)
}

/// Live records by FQN, then retained ones.
fn all(snapshot: &Snapshot) -> Vec<(&Arc<Record>, &'static str)> {
    let mut live: Vec<_> =
        snapshot.records.values().map(|record| (record, wire::status_word(record))).collect();
    live.sort_by_key(|(record, _)| (&record.fqn, record.generation));
    let mut kept: Vec<_> = snapshot.retained.values().map(|record| (record, "retained")).collect();
    kept.sort_by_key(|(record, _)| (&record.fqn, record.generation));
    live.into_iter().chain(kept).collect()
}

fn list(snapshot: &Snapshot, ui: &Ui) {
    let records = all(snapshot);
    if ui.json {
        for (record, status) in records {
            let mut line = json!(wire::object(record));
            line["status"] = json!(status);
            ui.data(&versioned(line).to_string());
        }
        return;
    }
    if records.is_empty() {
        return ui.say(&format!("stage `{}` holds no objects", snapshot.stage));
    }
    let row = |(record, status): &(&Arc<Record>, &str)| {
        let name = record.name.as_deref().map(printable).unwrap_or_default();
        vec![record.fqn.to_string(), record.ty.to_string(), name, (*status).to_owned()]
    };
    let rows: Vec<_> = records.iter().map(row).collect();
    ui.data(&table(&["RESOURCE", "TYPE", "NAME", "STATUS"], &rows, ui.data_paint));
}

fn whole(snapshot: &Snapshot) -> Json {
    let records: Vec<_> =
        all(snapshot).into_iter().map(|(record, status)| record_json(record, status)).collect();
    json!({
        "v": 1,
        "stack": snapshot.stack.as_str(),
        "stage": snapshot.stage.as_str(),
        "serial": snapshot.serial,
        "account": snapshot.pin.as_ref().map(|pin| &pin.account),
        "region": snapshot.pin.as_ref().map(|pin| &pin.region),
        "deployedBy": snapshot.deployed_by,
        "deployedAt": snapshot.deployed_at,
        "destroyedAt": snapshot.destroyed_at,
        "outputs": wire::value(&snapshot.outputs),
        "resources": records,
    })
}

fn one(snapshot: &Snapshot, name: &str) -> Result<Json, Diagnostic> {
    let records = all(snapshot);
    // Live before retained, and the newest generation of several.
    let newest = records.iter().filter(|(record, _)| record.fqn.as_str() == name);
    if let Some((record, status)) =
        newest.max_by_key(|(record, status)| (*status != "retained", record.generation))
    {
        return Ok(versioned(record_json(record, status)));
    }
    let summary = format!(
        "there is no resource `{}` in stage `{}` of stack `{}`",
        excerpt(name),
        snapshot.stage,
        snapshot.stack
    );
    let error = Diagnostic::error("unknown-resource", summary);
    Err(match nearest(name, records.iter().map(|(record, _)| record.fqn.as_str())) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`alchemy state ls` lists them"),
    })
}

/// The object with the schema's version as its first member.
fn versioned(object: Json) -> Json {
    let mut all = Map::from_iter([("v".to_owned(), json!(1))]);
    if let Json::Object(members) = object {
        all.extend(members);
    }
    Json::Object(all)
}

fn record_json(record: &Record, status: &str) -> Json {
    let mut shown = json!(wire::object(record));
    shown["status"] = json!(status);
    shown["uid"] = json!(record.uid.as_str());
    shown["props"] = wire::map(&record.props);
    shown["attributes"] = wire::map(&record.attrs);
    shown["dependsOn"] = json!(record.deps.iter().map(Uid::as_str).collect::<Vec<_>>());
    shown["removal"] =
        json!(if record.removal == RemovalPolicy::Retain { "retain" } else { "destroy" });
    shown["parent"] = json!(record.parent.as_ref().map(Fqn::as_str));
    shown["declaredAt"] = json!(record.location.as_ref().map(ToString::to_string));
    shown["createdAt"] = json!(record.created_at);
    shown["updatedAt"] = json!(record.updated_at);
    shown
}
