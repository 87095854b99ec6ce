//! `alchemy state restore`: an earlier state becomes the stage's state again, under a new serial.

use alchemy_core::{Record, RecordChange, Snapshot};
use alchemy_state::StageLock;

use super::under_lock::UnderLock;
use super::{diff, opened};
use crate::args::StateRestoreArgs;
use crate::commands::state_failure::state_failure;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::signals::Signals;
use crate::ui::{Ui, objects, state_diff_text};

/// Runs the command.
pub(super) fn run(args: &StateRestoreArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let stored = opened(around, &args.of, args.writing.keep)?;
    block_on(async {
        let mut signals = Signals::new()?;
        let (key, _) = signals.unless(stored.known(&args.of.stage, &args.of.store)).await?;
        let wanted = signals.unless(diff::at(&*stored.store, &key, args.serial)).await?;
        let writing = UnderLock {
            store: &*stored.store,
            key: &key,
            operation: "state restore",
            wait: args.writing.lock_timeout,
            yes: args.writing.yes,
            around,
            ui,
        };
        let restore = async |lock: &dyn StageLock, signals: &mut Signals| {
            restore(&writing, lock, wanted, signals).await
        };
        let after = writing.run(&mut signals, restore).await?;
        writing.written(&after);
        Ok(())
    })
}

async fn restore(
    writing: &UnderLock<'_>,
    lock: &dyn StageLock,
    wanted: Snapshot,
    signals: &mut Signals,
) -> Result<Snapshot, Failure> {
    let now = lock.load().await.map_err(|error| state_failure(&error))?.snapshot;
    let (ui, stage, serial) = (writing.ui, &writing.key.stage, wanted.serial);
    let text = {
        let diff = now.compare(&wanted);
        if diff.is_empty() {
            ui.say_human(&format!(
                "stage `{stage}` is as serial {serial} says already; nothing to do"
            ));
            return Ok(now);
        }
        shown(&diff.records, &state_diff_text(&diff, ui.paint), writing)
    };
    ui.say_human(&text);
    writing.agreed(signals, &format!("Make this the state of stage {stage}?")).await?;
    // Under a number of its own, whatever its old one was.
    let wanted = Snapshot { serial: 0, ..wanted };
    let after = lock.replace(wanted).await.map_err(|error| state_failure(&error))?;
    ui.say_human(&format!(
        "state of stage `{stage}` is what it was at serial {serial} (now serial {}); `alchemy plan --stage {stage}` shows what the cloud has",
        after.serial
    ));
    Ok(after)
}

fn shown(changes: &[RecordChange<'_>], diff: &str, writing: &UnderLock<'_>) -> String {
    let mut text =
        format!("stage `{}` of stack `{}`\n{diff}", writing.key.stage, writing.key.stack);
    let gone: Vec<&Record> =
        changes.iter().filter(|change| change.new.is_none()).filter_map(|c| c.old).collect();
    if !gone.is_empty() {
        text.push_str("\n\nthese objects stay in the cloud, and state will not know them (`alchemy state recover --force` finds them again):\n");
        text.push_str(&objects(gone, writing.ui.paint));
    }
    text
}
