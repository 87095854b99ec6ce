//! `alchemy state pull|push`: a stage's state as a document outside the store, and back.

use std::io::Read as _;
use std::path::Path;

use alchemy_core::{Diagnostic, Snapshot};
use alchemy_state::{Export, PushRefusal, StageKey, StageLock};

use super::opened;
use super::under_lock::UnderLock;
use crate::args::{StatePullArgs, StatePushArgs};
use crate::commands::state_failure::state_failure;
use crate::commands::stored::{Asked, Stored};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::signals::Signals;
use crate::ui::{Ui, state_diff_text};

/// Largest document that is read: a stage of 10 000 resources has some 20 MB.
const LARGEST: u64 = 512 << 20;

/// Prints the document.
pub(super) fn pull(args: &StatePullArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let stored = opened(around, &args.of, None)?;
    block_on(async {
        let (_, loaded) = stored.known(&args.of.stage, &args.of.store).await?;
        let realm = stored.store.realm(None).await.map_err(|error| state_failure(&error))?;
        let (realm, _) = realm.ok_or_else(|| {
            let summary =
                format!("the state store {} has lost its identity", stored.store.describe());
            Diagnostic::error("no-realm", summary)
                .help("put its realm.json back, or rebuild the store with `alchemy state recover`")
        })?;
        let export = Export { realm, revision: loaded.revision, snapshot: loaded.snapshot };
        ui.raw_data(&export.write().map_err(|error| state_failure(&error))?);
        Ok(())
    })
}

/// Writes the document's content as the state of its stage.
pub(super) fn push(args: &StatePushArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let export = read(&args.file, around)?;
    let asked = Asked {
        program: None,
        env_file: None,
        store: &args.store,
        profile: &args.profile,
        keep: args.writing.keep,
    };
    let stored = Stored::open(around, &asked)?;
    block_on(async {
        let mut signals = Signals::new()?;
        let Snapshot { stack, stage, .. } = export.snapshot.clone();
        let key = StageKey { stack, stage };
        let writing = UnderLock {
            store: &*stored.store,
            key: &key,
            operation: "state push",
            wait: args.writing.lock_timeout,
            yes: args.writing.yes,
            around,
            ui,
        };
        let write = async |lock: &dyn StageLock, signals: &mut Signals| {
            write(&writing, lock, export, signals).await
        };
        let after = writing.run(&mut signals, write).await?;
        writing.written(&after);
        Ok(())
    })
}

fn read(file: &Path, around: &Surroundings) -> Result<Export, Failure> {
    let unreadable = |error: std::io::Error| {
        Diagnostic::error("push-file", format!("cannot read {}: {error}", file.display()))
            .help("name a document that `alchemy state pull` has printed")
    };
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let opened = std::fs::File::open(around.absolute(file)).map_err(unreadable)?;
        opened.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    Export::read(&bytes, &file.display().to_string()).map_err(|error| match error {
        alchemy_state::StateError::Corrupt { file, reason } => Diagnostic::error(
            "push-file",
            format!("{file} is no state: {reason}"),
        )
        .help("it should be what `alchemy state pull` prints, edited or not; nothing was changed")
        .into(),
        other => state_failure(&other),
    })
}

async fn write(
    writing: &UnderLock<'_>,
    lock: &dyn StageLock,
    export: Export,
    signals: &mut Signals,
) -> Result<Snapshot, Failure> {
    let loaded = lock.load().await.map_err(|error| state_failure(&error))?;
    let realm = writing.store.realm(None).await.map_err(|error| state_failure(&error))?;
    export
        .check(realm.as_ref().map(|(realm, _)| realm), &loaded)
        .map_err(|refusal| refused(&refusal, writing))?;
    let (ui, stage) = (writing.ui, &writing.key.stage);
    let text = {
        let diff = loaded.snapshot.compare(&export.snapshot);
        if diff.is_empty() && loaded.snapshot.serial > 0 {
            ui.say_human(&format!(
                "stage `{stage}` is as the document says already; nothing to do"
            ));
            return Ok(loaded.snapshot);
        }
        state_diff_text(&diff, ui.paint)
    };
    ui.say_human(&format!("stage `{stage}` of stack `{}`\n{text}", writing.key.stack));
    writing.agreed(signals, &format!("Make this the state of stage {stage}?")).await?;
    let realm = export.realm.clone();
    writing.store.realm(Some(realm)).await.map_err(|error| state_failure(&error))?;
    let after = lock.replace(export.snapshot).await.map_err(|error| state_failure(&error))?;
    ui.say_human(&format!("state of stage `{stage}` is written (serial {})", after.serial));
    Ok(after)
}

fn refused(refusal: &PushRefusal, writing: &UnderLock<'_>) -> Failure {
    let stage = &writing.key.stage;
    let error = |code| {
        Diagnostic::error(
            code,
            format!("the document cannot become the state of stage `{stage}`: {refusal}"),
        )
        .detail("Nothing was changed.")
    };
    match refusal {
        PushRefusal::OtherRealm { .. } => error("other-realm")
            .help("name the store it was pulled from with --state; objects carry the realm in their names and tags")
            .into(),
        PushRefusal::Older { .. } => error("older-state")
            .help(format!("pull again and repeat the edit: alchemy state pull --stage {stage}"))
            .help("to go back to an earlier state on purpose: `alchemy state history`, then `alchemy state restore SERIAL`")
            .into(),
        PushRefusal::Changed { .. } => Failure::new(
            Exit::Locked,
            error("state-changed")
                .help(format!("pull again and repeat the edit: alchemy state pull --stage {stage}")),
        ),
        _ => error("broken-state").help("correct the document; `alchemy state pull` prints one that is whole").into(),
    }
}
