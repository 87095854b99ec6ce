//! `alchemy state rotate`: another data key and passphrase for a stage, or none.

use alchemy_core::{Change, Diagnostic, Snapshot, Value};
use alchemy_state::{DataKey, StageKey, StageLock, given_up, resealed};

use super::opened;
use super::under_lock::UnderLock;
use crate::args::StateRotateArgs;
use crate::commands::keyring::{seal_failure, unlock};
use crate::commands::state_failure::state_failure;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::{NEW_PASSPHRASE, PASSPHRASE, Passphrases, Surroundings};
use crate::signals::Signals;
use crate::ui::{Ui, plural};

/// Runs the command.
pub(super) fn run(args: &StateRotateArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let mut stored = opened(around, &args.of, args.writing.keep)?;
    let passphrases = Passphrases::take(&mut stored.environment);
    block_on(async {
        let mut signals = Signals::new()?;
        let (key, _) = signals.unless(stored.known(&args.of.stage, &args.of.store)).await?;
        let writing = UnderLock {
            store: &*stored.store,
            key: &key,
            operation: "state rotate",
            wait: args.writing.lock_timeout,
            yes: args.writing.yes,
            around,
            ui,
        };
        let rotate = async |lock: &dyn StageLock, signals: &mut Signals| {
            let now = lock.load().await.map_err(|error| state_failure(&error))?.snapshot;
            if args.lost_key {
                give_up(&writing, lock, &now, signals).await
            } else {
                rotate(&writing, lock, now, &passphrases).await
            }
        };
        let after = writing.run(&mut signals, rotate).await?;
        writing.written(&after);
        Ok(())
    })
}

/// Seals everything under a new data key, and that under the new passphrase if there is one.
async fn rotate(
    writing: &UnderLock<'_>,
    lock: &dyn StageLock,
    now: Snapshot,
    passphrases: &Passphrases,
) -> Result<Snapshot, Failure> {
    let values = sealed_values(&now);
    let changes = rotation(writing.key, now, passphrases)?;
    let after = written(lock, &changes).await?;
    writing.ui.say_human(&format!(
        "{} of stage {} sealed under a new key (serial {}); earlier serials in the history stay sealed as they were",
        plural(values, "value"),
        writing.key.stage,
        after.serial
    ));
    Ok(after)
}

fn rotation(
    key: &StageKey,
    now: Snapshot,
    passphrases: &Passphrases,
) -> Result<Vec<Change>, Diagnostic> {
    let failure = |error| seal_failure(&error);
    let current = passphrases.current.as_ref();
    let opened = unlock(key, &now, current)?.opened(now).map_err(failure)?;
    let wrapping = passphrases.new.as_ref().or(current).ok_or_else(|| {
        let summary = format!("neither ${PASSPHRASE} nor ${NEW_PASSPHRASE} is set");
        Diagnostic::error("no-passphrase", summary)
    })?;
    let new = DataKey::make(key).map_err(failure)?;
    let wrapped = new.wrap(wrapping).map_err(failure)?;
    resealed(&opened, &new, wrapped).map_err(failure)
}

/// Keeps the digests and lets the ciphertexts go.
async fn give_up(
    writing: &UnderLock<'_>,
    lock: &dyn StageLock,
    now: &Snapshot,
    signals: &mut Signals,
) -> Result<Snapshot, Failure> {
    let StageKey { stack, stage } = writing.key;
    if now.key.is_none() {
        let summary = format!("nothing of stage `{stage}` of stack `{stack}` is sealed");
        let error = Diagnostic::error("not-sealed", summary).help("there is nothing to give up");
        return Err(error.into());
    }
    let values = sealed_values(now);
    let question = format!("Give up {} of stage {stage}?", plural(values, "sealed value"));
    writing.agreed(signals, &question).await?;
    let after = written(lock, &given_up(now)).await?;
    writing.ui.say_human(&format!(
        "{} of stage {stage} given up (serial {}); the next deploy of the program writes its redacted values anew",
        plural(values, "value"),
        after.serial
    ));
    Ok(after)
}

async fn written(lock: &dyn StageLock, changes: &[Change]) -> Result<Snapshot, Failure> {
    lock.append(changes).await.map_err(|error| state_failure(&error))?;
    lock.commit().await.map_err(|error| state_failure(&error))
}

fn sealed_values(snapshot: &Snapshot) -> usize {
    let records = snapshot.records.values().chain(snapshot.retained.values());
    let values = records.flat_map(|record| record.props.values().chain(record.attrs.values()));
    let mut count = 0;
    for value in values.chain([&snapshot.outputs]) {
        let counted: Result<Value, std::convert::Infallible> =
            value.with_secrets(&mut Vec::new(), &mut |_, secret| {
                count += usize::from(secret.ciphertext().is_some());
                Ok(Value::Null)
            });
        let Ok(_) = counted;
    }
    count
}
