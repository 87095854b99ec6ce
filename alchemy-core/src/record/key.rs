//! A stage's data key as state keeps it.

use std::fmt;

/// What turning a passphrase into a key costs (argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// A stage's data key, encrypted under a passphrase. Useless without that, so it may be stored.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The cost it was wrapped with.
    pub cost: KeyCost,
    /// Salt of the passphrase, base64.
    pub salt: String,
    /// Nonce and ciphertext of the key, base64.
    pub wrapped: String,
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappedKey({:?})", self.cost)
    }
}
