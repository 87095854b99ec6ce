//! `alchemy state mv`: records move to another name; their objects stay as they are.

use alchemy_core::{Change, Diagnostic, Fqn, MoveRefusal, Snapshot};
use alchemy_state::StageLock;

use super::opened;
use super::under_lock::UnderLock;
use crate::args::StateMvArgs;
use crate::commands::state_failure::state_failure;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::signals::Signals;
use crate::ui::{Ui, excerpt, nearest, printable};

/// Runs the command.
pub(super) fn run(args: &StateMvArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let (from, to) = (fqn(&args.from)?, fqn(&args.to)?);
    let stored = opened(around, &args.of, args.writing.keep)?;
    block_on(async {
        let mut signals = Signals::new()?;
        let (key, _) = signals.unless(stored.known(&args.of.stage, &args.of.store)).await?;
        let writing = UnderLock {
            store: &*stored.store,
            key: &key,
            operation: "state mv",
            wait: args.writing.lock_timeout,
            yes: args.writing.yes,
            around,
            ui,
        };
        let mv = async |lock: &dyn StageLock, signals: &mut Signals| {
            mv(&writing, lock, (&from, &to), signals).await
        };
        let after = writing.run(&mut signals, mv).await?;
        writing.written(&after);
        Ok(())
    })
}

/// A resource's name from the command line.
pub(super) fn fqn(text: &str) -> Result<Fqn, Diagnostic> {
    Fqn::parse(text).map_err(|error| {
        let summary = format!("`{}` is no resource's name: {}", excerpt(text), error.message);
        Diagnostic::error("bad-resource", summary)
            .help("`alchemy state ls` lists the resources there are")
    })
}

async fn mv(
    writing: &UnderLock<'_>,
    lock: &dyn StageLock,
    (from, to): (&Fqn, &Fqn),
    signals: &mut Signals,
) -> Result<Snapshot, Failure> {
    let now = lock.load().await.map_err(|error| state_failure(&error))?.snapshot;
    let changes = now.moves(from, to).map_err(|refusal| refused(&now, from, to, refusal))?;
    let stage = &writing.key.stage;
    writing.ui.say_human(&format!(
        "stage `{stage}` of stack `{}`\n{}",
        writing.key.stack,
        shown(&now, &changes)
    ));
    writing.agreed(signals, "Move these?").await?;
    lock.append(&changes).await.map_err(|error| state_failure(&error))?;
    let after = lock.commit().await.map_err(|error| state_failure(&error))?;
    writing.ui.say_human(&format!(
        "moved (serial {}); the objects keep their names. The program has to say `{to}` now",
        after.serial
    ));
    Ok(after)
}

fn shown(now: &Snapshot, changes: &[Change]) -> String {
    let lines = changes.iter().filter_map(|change| {
        let Change::Rename { uid, to } = change else { return None };
        let record = now.records.get(uid)?;
        let name = record.name.as_deref().map(|name| format!("  {}", printable(name)));
        Some(format!("  {} -> {to} ({}){}", record.fqn, record.ty, name.unwrap_or_default()))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn refused(now: &Snapshot, from: &Fqn, to: &Fqn, refusal: MoveRefusal) -> Diagnostic {
    let stage = &now.stage;
    match refusal {
        MoveRefusal::Unknown => unknown(now, from),
        MoveRefusal::Same => {
            Diagnostic::error("same-name", format!("`{from}` has that name already"))
                .help("name another one")
        }
        MoveRefusal::Taken(name) => Diagnostic::error(
            "name-taken",
            format!("stage `{stage}` has a resource `{name}` already"),
        )
        .detail("It was not displaced. Nothing was changed.")
        .help(format!("move or remove it first, or choose another name than `{to}`")),
        MoveRefusal::BadName(error) => Diagnostic::error(
            "bad-resource",
            format!("a moved resource would have no legal name: {}", error.message),
        )
        .help("choose a shorter name"),
        other => Diagnostic::error(
            "cannot-move",
            format!("`{from}` cannot become `{to}`: {}", words(&other)),
        )
        .detail("Nothing was changed.")
        .help("deploy first, so that nothing is half done, then move it"),
    }
}

fn words(refusal: &MoveRefusal) -> String {
    match refusal {
        MoveRefusal::Broken(why) => why.clone(),
        other => format!("{other:?}"),
    }
}

/// The refusal of a resource that the stage does not have.
pub(super) fn unknown(now: &Snapshot, wanted: &Fqn) -> Diagnostic {
    let summary = format!(
        "there is no resource `{wanted}` in stage `{}` of stack `{}`",
        now.stage, now.stack
    );
    let error = Diagnostic::error("unknown-resource", summary);
    match nearest(wanted.as_str(), now.records.values().map(|record| record.fqn.as_str())) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`alchemy state ls` lists them"),
    }
}
