//! A stage's sealed key on the wire. Another way of wrapping it would be another variant.

use alchemy_core::{KeyCost, WrappedKey};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum WireKey {
    /// XChaCha20-Poly1305 under a key that argon2id makes of a passphrase.
    Passphrase {
        /// KiB.
        memory: u32,
        passes: u32,
        lanes: u32,
        salt: String,
        wrapped: String,
    },
}

impl WireKey {
    pub(super) fn new(key: &WrappedKey) -> Self {
        let KeyCost { memory, passes, lanes } = key.cost;
        let (salt, wrapped) = (key.salt.clone(), key.wrapped.clone());
        Self::Passphrase { memory, passes, lanes, salt, wrapped }
    }
    pub(super) fn into_key(self) -> WrappedKey {
        let Self::Passphrase { memory, passes, lanes, salt, wrapped } = self;
        WrappedKey { cost: KeyCost { memory, passes, lanes }, salt, wrapped }
    }
}
