//! The key of a plan file's sums: what was read may be a secret that is easily guessed, so nobody who has the file alone
//! may try values against them.

use alchemy_core::{Diagnostic, KeyCost, SecretHasher, Value, WrappedKey};
use alchemy_state::{DataKey, Passphrase, SealError, StageKey};
use serde::{Deserialize, Serialize};

use crate::commands::keyring::seal_failure;
use crate::settings::PASSPHRASE;

/// Where the key comes from, as the file says it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum KeyJson {
    /// It is in the file: nothing redacted was read. 64 hexadecimal digits.
    File { key: String },
    /// The key of the machine that made the plan; `mark` tells one machine's from another's.
    Machine { mark: String },
    /// A key of its own, under the passphrase.
    Passphrase { memory: u32, passes: u32, lanes: u32, salt: String, wrapped: String },
}

/// A plan file's key.
pub(crate) struct PlanKey {
    /// Makes the sums.
    pub(crate) hasher: SecretHasher,
    pub(super) json: KeyJson,
}

/// Why a plan's key cannot be had.
pub(super) enum NoKey {
    Damaged,
    OtherMachine,
    NoPassphrase,
    Sealed(SealError),
}

impl PlanKey {
    /// A key for a plan: `secret` says whether a redacted value may be among what it is made from.
    pub(crate) fn make(
        stage: &StageKey,
        secret: bool,
        passphrase: Option<&Passphrase>,
        machine: &SecretHasher,
    ) -> Result<Self, Diagnostic> {
        let failure = |error| seal_failure(&error);
        if let Some(passphrase) = passphrase.filter(|_| secret) {
            let made = DataKey::make(stage).map_err(failure)?;
            let WrappedKey { cost, salt, wrapped } = made.wrap(passphrase).map_err(failure)?;
            let KeyCost { memory, passes, lanes } = cost;
            let json = KeyJson::Passphrase { memory, passes, lanes, salt, wrapped };
            return Ok(Self { hasher: made.hasher().clone(), json });
        }
        if secret {
            let hasher = of_machine(machine);
            let json = KeyJson::Machine { mark: mark(&hasher) };
            return Ok(Self { hasher, json });
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|error| failure(SealError::NoRandomness { reason: error.to_string() }))?;
        let json = KeyJson::File { key: hex(&key) };
        Ok(Self { hasher: SecretHasher::new(key), json })
    }

    pub(super) fn open(
        json: &KeyJson,
        stage: &StageKey,
        passphrase: Option<&Passphrase>,
        machine: &SecretHasher,
    ) -> Result<Self, NoKey> {
        let hasher = match json {
            KeyJson::File { key } => SecretHasher::new(bytes(key).ok_or(NoKey::Damaged)?),
            KeyJson::Machine { mark: of } => {
                let hasher = of_machine(machine);
                if mark(&hasher) != *of {
                    return Err(NoKey::OtherMachine);
                }
                hasher
            }
            KeyJson::Passphrase { memory, passes, lanes, salt, wrapped } => {
                let cost = KeyCost { memory: *memory, passes: *passes, lanes: *lanes };
                let wrapped = WrappedKey { cost, salt: salt.clone(), wrapped: wrapped.clone() };
                let passphrase = passphrase.ok_or(NoKey::NoPassphrase)?;
                let key = DataKey::unlock(stage, &wrapped, passphrase).map_err(NoKey::Sealed)?;
                key.hasher().clone()
            }
        };
        Ok(Self { hasher, json: json.clone() })
    }
}

impl NoKey {
    /// As the refusal of the plan file that is `shown` so.
    pub(super) fn of(self, shown: &str) -> Diagnostic {
        let refused =
            |summary: String| Diagnostic::error("plan-key", summary).detail("Nothing was changed.");
        match self {
            Self::Damaged => super::file::damaged(shown, "its key is not one"),
            Self::OtherMachine => refused(format!(
                "{shown} was made on another machine, over redacted values and without a passphrase"
            ))
            .help(format!("set {PASSPHRASE} where plans are made and where they are applied")),
            Self::NoPassphrase => {
                refused(format!("{shown} was made with a passphrase, and ${PASSPHRASE} is not set"))
                    .help(format!("set {PASSPHRASE} to the passphrase that the plan was made with"))
            }
            Self::Sealed(SealError::WrongPassphrase { .. }) => {
                refused(format!("the passphrase does not open the key of {shown}"))
                    .help(format!("set {PASSPHRASE} to the passphrase that the plan was made with"))
            }
            Self::Sealed(error) => seal_failure(&error),
        }
    }
}

fn of_machine(machine: &SecretHasher) -> SecretHasher {
    SecretHasher::new(*machine.derive("alchemy: sums of plan files 1"))
}

fn mark(hasher: &SecretHasher) -> String {
    hasher.digest(&Value::str("alchemy: which machine"))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(key)
}
