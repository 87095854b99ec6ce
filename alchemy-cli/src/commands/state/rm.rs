//! `alchemy state rm`: state forgets resources; their objects stay in the cloud.

use std::collections::BTreeMap;

use alchemy_core::{Change, Diagnostic, Fqn, Record, Snapshot, Uid};
use alchemy_state::StageLock;

use super::under_lock::UnderLock;
use super::{mv, opened};
use crate::args::StateRmArgs;
use crate::commands::state_failure::state_failure;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::signals::Signals;
use crate::ui::{Ui, objects, plural};

/// Runs the command.
pub(super) fn run(args: &StateRmArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let named: Vec<Fqn> =
        args.resources.iter().map(|text| mv::fqn(text)).collect::<Result<_, _>>()?;
    let stored = opened(around, &args.of, args.writing.keep)?;
    block_on(async {
        let mut signals = Signals::new()?;
        let (key, _) = signals.unless(stored.known(&args.of.stage, &args.of.store)).await?;
        let writing = UnderLock {
            store: &*stored.store,
            key: &key,
            operation: "state rm",
            wait: args.writing.lock_timeout,
            yes: args.writing.yes,
            around,
            ui,
        };
        let rm = async |lock: &dyn StageLock, signals: &mut Signals| {
            rm(&writing, lock, &named, signals).await
        };
        let after = writing.run(&mut signals, rm).await?;
        writing.written(&after);
        Ok(())
    })
}

async fn rm(
    writing: &UnderLock<'_>,
    lock: &dyn StageLock,
    named: &[Fqn],
    signals: &mut Signals,
) -> Result<Snapshot, Failure> {
    let now = lock.load().await.map_err(|error| state_failure(&error))?.snapshot;
    let forgotten = forgotten(&now, named)?;
    let (ui, stage) = (writing.ui, &writing.key.stage);
    ui.say_human(&format!(
        "stage `{stage}` of stack `{}` forgets:\n{}\ntheir cloud objects stay: alchemy neither changes nor deletes them any more",
        writing.key.stack,
        objects(forgotten.values().copied(), ui.paint)
    ));
    writing.agreed(signals, "Forget these?").await?;
    let count = forgotten.len();
    let changes: Vec<_> = forgotten.keys().map(|uid| Change::Removed((*uid).clone())).collect();
    lock.append(&changes).await.map_err(|error| state_failure(&error))?;
    let after = lock.commit().await.map_err(|error| state_failure(&error))?;
    ui.say_human(&format!(
        "{} forgotten (serial {}), and still in the cloud. As long as they carry this stage's `alchemy::` tags, `alchemy state recover` and `alchemy destroy --stage {stage}` find them",
        plural(count, "object"),
        after.serial
    ));
    Ok(after)
}

/// The records of the named resources and of what was made for them; kept objects too.
fn forgotten<'a>(
    now: &'a Snapshot,
    named: &[Fqn],
) -> Result<BTreeMap<&'a Uid, &'a Record>, Diagnostic> {
    let mut found = BTreeMap::new();
    for fqn in named {
        let kept = now.retained.values().map(|record| &**record);
        let kept = kept.filter(|record| record.fqn == *fqn);
        let before = found.len();
        let again = now.within(fqn);
        let any = !again.is_empty();
        found.extend(again.into_iter().chain(kept).map(|record| (&record.uid, record)));
        if !any && found.len() == before {
            return Err(mv::unknown(now, fqn));
        }
    }
    Ok(found)
}
