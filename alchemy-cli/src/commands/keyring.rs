//! Which key a run's redacted values go with: the stage's own, this machine's, or none that is at hand.

use std::sync::Arc;

use alchemy_core::{Diagnostic, Graph, SecretHasher, Snapshot};
use alchemy_state::{DataKey, Passphrase, SealError, Sealer, StageKey};

use crate::failure::{Failure, chain};
use crate::settings::PASSPHRASE;

/// What a run digests and seals with.
pub(crate) struct Keyring {
    /// Digests.
    pub(crate) hasher: SecretHasher,
    /// Seals; none: digests only.
    pub(crate) sealer: Option<Sealer>,
}

impl Keyring {
    /// The keys for deploying `graph` to `key`, whose state is `snapshot`. Unlocks, which takes its time, only if a
    /// redacted value is there to be compared or used; `machine` digests otherwise.
    pub(crate) fn open(
        key: &StageKey,
        snapshot: &Snapshot,
        graph: &Graph,
        passphrase: Option<&Passphrase>,
        machine: &SecretHasher,
    ) -> Result<Self, Failure> {
        let none = Self { hasher: machine.clone(), sealer: None };
        if !graph.has_secret() && !has_sealed_attributes(snapshot) {
            return Ok(none);
        }
        let (data_key, unwritten) = match (&snapshot.key, passphrase) {
            (None, None) => return Ok(none),
            (Some(_), None) => return Err(no_passphrase(key).into()),
            (Some(_), Some(_)) => (unlock(key, snapshot, passphrase)?, None),
            (None, Some(passphrase)) => {
                let made = DataKey::make(key).map_err(|error| seal_failure(&error))?;
                let wrapped = made.wrap(passphrase).map_err(|error| seal_failure(&error))?;
                (made, Some(wrapped))
            }
        };
        // What was deployed without a passphrase is known by this machine's digests.
        let hasher = data_key.hasher().clone().after(machine);
        Ok(Self { hasher, sealer: Some(Sealer { key: Arc::new(data_key), unwritten }) })
    }

    /// `snapshot` with what is sealed in it, as far as it was unlocked.
    pub(crate) fn opened(&self, snapshot: Snapshot) -> Result<Snapshot, Failure> {
        match &self.sealer {
            None => Ok(snapshot),
            Some(sealer) => {
                sealer.key.opened(snapshot).map_err(|error| seal_failure(&error).into())
            }
        }
    }
}

/// The key of a stage whose state has one.
pub(crate) fn unlock(
    key: &StageKey,
    snapshot: &Snapshot,
    passphrase: Option<&Passphrase>,
) -> Result<DataKey, Diagnostic> {
    let Some(wrapped) = &snapshot.key else {
        let summary =
            format!("nothing of stage `{}` of stack `{}` is sealed", key.stage, key.stack);
        return Err(Diagnostic::error("not-sealed", summary).help(format!(
            "a deploy with ${PASSPHRASE} seals the redacted values that it writes"
        )));
    };
    let passphrase = passphrase.ok_or_else(|| no_passphrase(key))?;
    DataKey::unlock(key, wrapped, passphrase).map_err(|error| seal_failure(&error))
}

/// An expression may use a recorded attribute; a recorded prop is only compared.
fn has_sealed_attributes(snapshot: &Snapshot) -> bool {
    let attributes = snapshot.records.values().flat_map(|record| record.attrs.values());
    snapshot.key.is_some() && attributes.into_iter().any(alchemy_core::Value::has_secret)
}

fn no_passphrase(key: &StageKey) -> Diagnostic {
    let summary = format!(
        "redacted values of stage `{}` of stack `{}` are sealed, and ${PASSPHRASE} is not set",
        key.stage, key.stack
    );
    let error = Diagnostic::error("sealed", summary).detail("State was left as it is.");
    what_still_works(error.help(format!("set {PASSPHRASE} to the stage's passphrase")))
}

/// Why something sealed could not be used.
pub(crate) fn seal_failure(error: &SealError) -> Diagnostic {
    let found = Diagnostic::error("sealed", chain(error)).detail("State was left as it is.");
    match error {
        SealError::WrongPassphrase { .. } => what_still_works(
            found
                .help(format!("set {PASSPHRASE} to the passphrase that the stage was sealed with")),
        ),
        SealError::NoRandomness { .. } => found.help("run the command again"),
        _ => what_still_works(found.help(
            "an earlier state may be whole: `alchemy state history`, `alchemy state restore`",
        )),
    }
}

fn what_still_works(error: Diagnostic) -> Diagnostic {
    error
        .help("without it these still work: alchemy destroy, state ls, state show, stage ls")
        .help("if it is lost: `alchemy state rotate --lost-key` gives the sealed values up, and the next deploy writes those of the program anew")
}
