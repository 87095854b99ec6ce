//! `alchemy state diff`: what differs between two serials of a stage.

use alchemy_core::{RecordChange, Snapshot, SnapshotDiff, ValueChange};
use alchemy_state::{StageKey, StateStore};
use serde_json::{Value as Json, json};

use super::{history, opened};
use crate::args::StateDiffArgs;
use crate::commands::state_failure::state_failure;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::ui::{Ui, state_diff_text};
use crate::wire;

/// Runs the command.
pub(super) fn run(args: &StateDiffArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let stored = opened(around, &args.of, None)?;
    block_on(async {
        let (key, loaded) = stored.known(&args.of.stage, &args.of.store).await?;
        let old = at(&*stored.store, &key, args.old).await?;
        let (new, title) = match args.new {
            Some(serial) => (at(&*stored.store, &key, serial).await?, format!("serial {serial}")),
            None => (loaded.snapshot, "the state now".to_owned()),
        };
        let diff = old.compare(&new);
        if ui.json {
            ui.data(&diff_json(&key, (&old, &new), &diff).to_string());
        } else if diff.is_empty() {
            ui.say(&format!("serial {} and {title} do not differ", args.old));
        } else {
            ui.say(&format!(
                "from serial {} to {title} of stage `{}` of stack `{}`",
                args.old, key.stage, key.stack
            ));
            ui.data(&state_diff_text(&diff, ui.data_paint));
        }
        Ok(())
    })
}

/// The state of a serial, which must be there.
pub(super) async fn at(
    store: &dyn StateStore,
    key: &StageKey,
    serial: u64,
) -> Result<Snapshot, Failure> {
    match store.at_serial(key, serial).await.map_err(|error| state_failure(&error))? {
        Some(snapshot) => Ok(snapshot),
        None => Err(history::unknown_serial(store, key, serial).await?.into()),
    }
}

fn diff_json(key: &StageKey, sides: (&Snapshot, &Snapshot), diff: &SnapshotDiff<'_>) -> Json {
    json!({
        "v": 1,
        "stack": key.stack.as_str(),
        "stage": key.stage.as_str(),
        "from": sides.0.serial,
        "to": sides.1.serial,
        "resources": diff.records.iter().filter_map(resource_json).collect::<Vec<_>>(),
        "changes": diff.stage.iter().map(change_json).collect::<Vec<_>>(),
    })
}

fn resource_json(change: &RecordChange<'_>) -> Option<Json> {
    let mut line = json!(wire::object(change.record()?));
    line["change"] = json!(match (change.old, change.new) {
        (None, _) => "added",
        (_, None) => "removed",
        (Some(_), Some(_)) => "changed",
    });
    line["changes"] = json!(change.changes.iter().map(change_json).collect::<Vec<_>>());
    Some(line)
}

fn change_json(change: &ValueChange) -> Json {
    json!({
        "path": change.path,
        "old": change.old.as_ref().map(wire::value),
        "new": change.new.as_ref().map(wire::value),
    })
}
