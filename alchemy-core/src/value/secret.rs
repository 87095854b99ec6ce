//! Redacted values: known by keyed digests, plain only while they are used, as ciphertext in state.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::Value;

/// A redacted value. Two are equal when their keyed digests are.
///
/// `plain` is there only while a program is being deployed, or after state was unlocked; a secret read back from
/// state has none, but a ciphertext if the stage's values are sealed.
#[derive(Clone)]
pub struct Secret {
    digest: String,
    plain: Option<Arc<Value>>,
    ciphertext: Option<Arc<str>>,
}

impl Secret {
    /// The secret `plain`, with its digest under `hasher`'s key.
    pub fn new(plain: Value, hasher: &SecretHasher) -> Self {
        Self { digest: hasher.digest(&plain), plain: Some(Arc::new(plain)), ciphertext: None }
    }
    /// A secret of which only the digest is known (read from state).
    pub fn sealed(digest: String) -> Self {
        Self { digest, plain: None, ciphertext: None }
    }
    /// The same secret with the text that state keeps of it. What the text means only its sealer knows.
    #[must_use]
    pub fn with_ciphertext(self, text: &str) -> Self {
        Self { ciphertext: Some(text.into()), ..self }
    }
    /// The same secret with its plain value, as found in its ciphertext.
    #[must_use]
    pub fn opened(&self, plain: Value) -> Self {
        Self { plain: Some(Arc::new(plain)), ..self.clone() }
    }
    /// The same secret under `hasher`'s key, not sealed yet; itself if its plain value is not known.
    #[must_use]
    pub fn digested(&self, hasher: &SecretHasher) -> Self {
        match &self.plain {
            None => self.clone(),
            Some(plain) => Self {
                digest: hasher.digest(plain),
                plain: Some(Arc::clone(plain)),
                ciphertext: None,
            },
        }
    }
    /// The keyed digest, safe to store.
    pub fn digest(&self) -> &str {
        &self.digest
    }
    /// The ciphertext, safe to store.
    pub fn ciphertext(&self) -> Option<&str> {
        self.ciphertext.as_deref()
    }
    /// The value itself, for a provider call only.
    pub fn expose(&self) -> Option<&Value> {
        self.plain.as_deref()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// Makes keyed digests of secrets (HMAC-SHA-256, RFC 2104). The key is the stage's own where its values are sealed,
/// else a random one kept outside the state folder.
#[derive(Clone)]
pub struct SecretHasher {
    key: Zeroizing<[u8; 32]>,
    /// The key that older digests may be under.
    former: Option<Zeroizing<[u8; 32]>>,
}

impl fmt::Debug for SecretHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHasher(<redacted>)")
    }
}

impl SecretHasher {
    /// A hasher under `key`, 256 random bits.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(key), former: None }
    }
    /// The same hasher, which also knows digests that `former` made.
    #[must_use]
    pub fn after(self, former: &Self) -> Self {
        Self { former: Some(former.key.clone()), ..self }
    }
    /// The same hasher, which knows its own digests only.
    #[must_use]
    pub fn without_former(&self) -> Self {
        Self { key: self.key.clone(), former: None }
    }
    /// Whether `secret` is `plain`: its digest is of this key, or of the former one.
    pub fn matches(&self, secret: &Secret, plain: &Value) -> bool {
        let former = self.former.as_ref().map(|key| Self { key: key.clone(), former: None });
        secret.digest() == self.digest(plain)
            || former.is_some_and(|former| secret.digest() == former.digest(plain))
    }
    /// The digest of `plain`: 64 hexadecimal digits.
    pub fn digest(&self, plain: &Value) -> String {
        let text = Zeroizing::new(plain.exposed_json());
        data_encoding::HEXLOWER.encode(&self.hmac(text.as_bytes()))
    }
    /// A key of its own for `purpose`, which tells nothing of this one or of another purpose's.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.hmac(purpose.as_bytes()))
    }
    fn hmac(&self, text: &[u8]) -> [u8; 32] {
        let pad = |byte: u8| {
            let mut block = Zeroizing::new([byte; 64]);
            block.iter_mut().zip(self.key.iter()).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let inner = Sha256::new().chain_update(pad(0x36).as_slice()).chain_update(text).finalize();
        Sha256::new().chain_update(pad(0x5c).as_slice()).chain_update(inner).finalize().into()
    }
}
