//! `alchemy state history`: the serials of a stage that can still be had.

use alchemy_core::Diagnostic;
use alchemy_state::{HistoryEntry, StageKey, StateStore};
use serde_json::{Value as Json, json};

use super::opened;
use crate::args::StateHistoryArgs;
use crate::clock;
use crate::commands::state_failure::state_failure;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::ui::{Ui, ago, printable, table};

/// Most serials that a refusal lists.
const LISTED: usize = 12;

/// Runs the command.
pub(super) fn run(args: &StateHistoryArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let stored = opened(around, &args.of, None)?;
    block_on(async {
        let (key, loaded) = stored.known(&args.of.stage, &args.of.store).await?;
        let entries = of(&*stored.store, &key).await?;
        if ui.json {
            for entry in &entries {
                ui.data(&entry_json(entry).to_string());
            }
        } else if !entries.is_empty() {
            let rows: Vec<_> = entries.iter().map(row).collect();
            ui.data(&table(&["SERIAL", "OBJECTS", "BY", "STATUS"], &rows, ui.data_paint));
        }
        if loaded.interrupted {
            ui.say_human("a run is under way, or was cut short: what it has recorded becomes a serial when it ends, or with the next run");
        }
        Ok(())
    })
}

/// The serials of a stage.
pub(super) async fn of(
    store: &dyn StateStore,
    key: &StageKey,
) -> Result<Vec<HistoryEntry>, Failure> {
    store.history(key).await.map_err(|error| state_failure(&error))
}

fn row(entry: &HistoryEntry) -> Vec<String> {
    let when = entry.at.as_deref().map(|at| ago(at, clock::now())).unwrap_or_default();
    let status = match &entry.unreadable {
        Some(why) => format!("unreadable: {}", printable(why)),
        None if entry.current => format!("{when} (current)").trim().to_owned(),
        None => when,
    };
    let objects =
        if entry.unreadable.is_some() { String::new() } else { entry.records.to_string() };
    let by = entry.by.as_deref().map(printable).unwrap_or_default();
    vec![entry.serial.to_string(), objects, by, status]
}

fn entry_json(entry: &HistoryEntry) -> Json {
    json!({
        "v": 1,
        "serial": entry.serial,
        "current": entry.current,
        "objects": entry.unreadable.is_none().then_some(entry.records),
        "at": entry.at,
        "by": entry.by,
        "unreadable": entry.unreadable,
    })
}

/// The refusal of a serial that is not there, with those that are.
pub(super) async fn unknown_serial(
    store: &dyn StateStore,
    key: &StageKey,
    serial: u64,
) -> Result<Diagnostic, Failure> {
    let entries = of(store, key).await?;
    let all: Vec<String> = entries.iter().map(|entry| entry.serial.to_string()).collect();
    let (stack, stage) = (&key.stack, &key.stage);
    let summary = format!("there is no serial {serial} of stage `{stage}` of stack `{stack}`");
    let error = Diagnostic::error("unknown-serial", summary);
    let listed = match all.len() {
        0 => return Ok(error.detail("No run on it has ended yet.")),
        count if count > LISTED => format!("{}, … ({count} in all)", all[..LISTED].join(", ")),
        _ => all.join(", "),
    };
    Ok(error.detail(format!("There is: {listed}.")).help("`alchemy state history` lists them"))
}
