//! Sealing: redacted values are encrypted in state with a data key per stage, which is itself kept in the stage's state,
//! encrypted under a passphrase.
//!
//! | what | how |
//! |---|---|
//! | passphrase → wrapping key | argon2id, its cost and salt stored beside the wrapped key |
//! | data key, values | XChaCha20-Poly1305, 192 random bits of nonce before each ciphertext |
//! | associated data of a value | stack, stage, uid of its record, props or attributes, path inside |
//! | digests | HMAC-SHA-256 under a key derived from the data key: every holder of the passphrase sees the same |
//!
//! A value moved to another record, place or stage does not open, nor does one with a byte changed.

mod cipher;
mod data_key;
mod lock;
mod place;
mod reseal;

use std::fmt;
use std::sync::Arc;

use alchemy_core::WrappedKey;
use zeroize::Zeroizing;

pub use data_key::DataKey;
pub use lock::sealing;
pub use reseal::{given_up, resealed};

use crate::StateError;

/// A passphrase. Never printed; its memory is wiped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// `text`, unless it is empty.
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(<redacted>)")
    }
}

/// Why something sealed could not be opened, or nothing could be sealed. State was left as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The wrapped key does not open.
    #[error("the passphrase does not open the key of stage `{stage}` of stack `{stack}`")]
    WrongPassphrase {
        /// The stack.
        stack: String,
        /// The stage.
        stage: String,
    },
    /// The wrapped key is not one that this program writes.
    #[error("the stage's key cannot be used: {reason}")]
    BadKey {
        /// What is wrong.
        reason: String,
    },
    /// A sealed value does not open under the stage's key: it was changed, or moved from another place.
    #[error("the sealed value at {place} does not open: it was changed, or it belongs elsewhere")]
    Damaged {
        /// Record and path.
        place: String,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {reason}")]
    NoRandomness {
        /// Why.
        reason: String,
    },
}

/// The key that a lock's writes are sealed with.
#[derive(Clone, Debug)]
pub struct Sealer {
    /// The key.
    pub key: Arc<DataKey>,
    /// It as state keeps it, if state does not yet: written with the first sealed value.
    pub unwritten: Option<WrappedKey>,
}

impl From<SealError> for StateError {
    fn from(source: SealError) -> Self {
        Self::Sealed { source }
    }
}
