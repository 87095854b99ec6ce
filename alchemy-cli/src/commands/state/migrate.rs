//! `alchemy state migrate`: a whole store copied to another place.

use std::collections::BTreeMap;

use alchemy_core::Diagnostic;
use alchemy_state::{LockRequest, MigrateError, Migrated, StateError, StateStore, migrate};
use serde_json::json;

use crate::args::StateMigrateArgs;
use crate::commands::agreed;
use crate::commands::state_failure::{lock_info, state_failure};
use crate::commands::store_access::Access;
use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::runtime::block_on;
use crate::settings::{Surroundings, store_url};
use crate::signals::Signals;
use crate::ui::{Ui, plural};

/// How things are when copying is cancelled.
const HALFWAY: &str = "what is listed above is copied; the same command goes on from there";

/// Runs the command.
pub(super) fn run(args: &StateMigrateArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let (from, to) = (store_url(around, &args.from, "FROM")?, store_url(around, &args.to, "TO")?);
    if from == to {
        let same = Diagnostic::error("same-store", format!("{from} and {to} are the same store"));
        return Err(same.help("name another place to copy it to").into());
    }
    let environment: BTreeMap<String, String> = around.variables.clone();
    let access = Access {
        around,
        environment: &environment,
        profile: args.profile.profile.as_deref(),
        keep: Some(args.keep),
    };
    let (from, to) = (access.open(&from)?, access.open(&to)?);
    block_on(copy(args, (&*from, &*to), around, ui))
}

async fn copy(
    args: &StateMigrateArgs,
    (from, to): (&dyn StateStore, &dyn StateStore),
    around: &Surroundings,
    ui: &Ui,
) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let stages = signals
        .unless(async { from.stages().await.map_err(|error| state_failure(&error)) })
        .await?;
    ui.say_human(&format!(
        "from  {}\nto    {}\n      {}, with their history, and the store's identity",
        from.describe(),
        to.describe(),
        plural(stages.len(), "stage")
    ));
    if !stages.is_empty() && !args.yes {
        agreed(ui, &mut signals, "Copy them?").await?;
    }
    let request = LockRequest { info: lock_info(around, "state migrate"), wait: args.lock_timeout };
    let copied = |stage: &Migrated| say(ui, stage);
    let copying =
        async { migrate(from, to, &request, &copied).await.map_err(|error| failure(&error)) };
    let done = signals.unless_then(HALFWAY, copying).await?;
    ui.say_human(&format!(
        "copied and compared: {}. {} is as it was; from now on name the new place (--state, $ALCHEMY_STATE or alchemy.toml) everywhere, then remove the old one",
        plural(done.len(), "stage"),
        from.describe()
    ));
    Ok(())
}

fn say(ui: &Ui, stage: &Migrated) {
    let Migrated { key, serials, records, unreadable } = stage;
    if ui.json {
        let line = json!({
            "v": 1, "stack": key.stack.as_str(), "stage": key.stage.as_str(),
            "serials": serials, "objects": records, "unreadable": unreadable,
        });
        return ui.data(&line.to_string());
    }
    let left: Vec<String> = unreadable.iter().map(u64::to_string).collect();
    let left = if left.is_empty() {
        String::new()
    } else {
        format!("; left behind, since unreadable: serial {}", left.join(", "))
    };
    ui.say(&format!(
        "  {} {}: {}, {}{left}",
        key.stack,
        key.stage,
        plural(*records, "object"),
        plural(*serials, "serial")
    ));
}

fn failure(error: &MigrateError) -> Failure {
    let refused = |code, help: &str| Diagnostic::error(code, chain(error)).help(help);
    match error {
        MigrateError::Store { source: source @ StateError::Locked { .. }, .. } => state_failure(source),
        MigrateError::Store { .. } => Failure::new(
            Exit::Refused,
            refused("state-io", "correct the cause, then run the same command again: it goes on where it stopped"),
        ),
        MigrateError::Empty => refused("empty-store", "name the store that holds the stages first, then its new place").into(),
        MigrateError::OtherRealm { .. } => refused(
            "other-realm",
            "choose an empty place: objects carry the realm in their names and tags, so two stores cannot be merged",
        )
        .into(),
        MigrateError::Unreadable { .. } => refused(
            "state-corrupt",
            "repair or remove that stage first (`alchemy stage ls` shows which are unreadable); nothing was copied",
        )
        .into(),
        _ => refused("state-differs", "nothing there was replaced; choose an empty place, or go on with the new store").into(),
    }
}
