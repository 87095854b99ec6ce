//! The two primitives: argon2id makes a key of a passphrase, XChaCha20-Poly1305 encrypts.

use alchemy_core::{KeyCost, WrappedKey};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::SealError;
use super::place::joined;
use crate::StageKey;

/// What wrapping costs: the first of the equal settings of the OWASP Password Storage Cheat Sheet, "Argon2id", m=47104
/// (46 MiB), t=1, p=1 (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>, read
/// November 2026). About 50 ms on a small machine.
const COST: KeyCost = KeyCost { memory: 47_104, passes: 1, lanes: 1 };

/// What unwrapping may cost at most: state that was tampered with must not take all memory, or for ever.
const MOST: KeyCost = KeyCost { memory: 1 << 20, passes: 16, lanes: 16 };

/// Bytes of a salt (RFC 9106 §3.1 recommends 16).
const SALT: usize = 16;

/// Bytes of a nonce: 192 bits, so that random ones never meet (draft-irtf-cfrg-xchacha).
const NONCE: usize = 24;

type Key = Zeroizing<[u8; 32]>;

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, SealError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| SealError::NoRandomness { reason: error.to_string() })?;
    Ok(bytes)
}

/// Nonce and ciphertext of `plain`, base64.
pub(super) fn seal(key: &Key, associated: &[u8], plain: &[u8]) -> Result<String, SealError> {
    let nonce: [u8; NONCE] = *random()?;
    let sealed = XChaCha20Poly1305::new(&(**key).into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: associated })
        .map_err(|_| SealError::BadKey { reason: "a value is too large to seal".to_owned() })?;
    Ok(BASE64.encode(&[nonce.as_slice(), &sealed].concat()))
}

/// What [`seal`] was given; none if a bit of key, associated data or text differs.
pub(super) fn open(key: &Key, associated: &[u8], text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let opened = XChaCha20Poly1305::new(&(**key).into())
        .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: associated });
    opened.ok().map(Zeroizing::new)
}

/// `key` under `passphrase`.
pub(super) fn wrap(
    stage: &StageKey,
    key: &Key,
    passphrase: &[u8],
) -> Result<WrappedKey, SealError> {
    let salt = random::<SALT>()?;
    let wrapping = stretched(COST, salt.as_slice(), passphrase)?;
    let wrapped = seal(&wrapping, &associated(stage), key.as_slice())?;
    Ok(WrappedKey { cost: COST, salt: BASE64.encode(salt.as_slice()), wrapped })
}

/// The key in `wrapped`.
pub(super) fn unwrap(
    stage: &StageKey,
    wrapped: &WrappedKey,
    passphrase: &[u8],
) -> Result<Key, SealError> {
    let KeyCost { memory, passes, lanes } = wrapped.cost;
    if memory > MOST.memory || passes > MOST.passes || lanes > MOST.lanes {
        let reason = format!("it asks for {memory} KiB of memory, {passes} passes, {lanes} lanes");
        return Err(SealError::BadKey { reason });
    }
    let bad = |_| SealError::BadKey { reason: "its salt is not base64".to_owned() };
    let salt = BASE64.decode(wrapped.salt.as_bytes()).map_err(bad)?;
    let wrapping = stretched(wrapped.cost, &salt, passphrase)?;
    let opened = open(&wrapping, &associated(stage), &wrapped.wrapped);
    let key = opened.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
    key.map(Zeroizing::new).ok_or_else(|| SealError::WrongPassphrase {
        stack: stage.stack.to_string(),
        stage: stage.stage.to_string(),
    })
}

fn associated(stage: &StageKey) -> Vec<u8> {
    joined(["alchemy: data key 1", stage.stack.as_str(), stage.stage.as_str()].into_iter())
}

/// The wrapping key that `passphrase` gives.
fn stretched(cost: KeyCost, salt: &[u8], passphrase: &[u8]) -> Result<Key, SealError> {
    let bad = |error: argon2::Error| SealError::BadKey { reason: error.to_string() };
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).map_err(bad)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, key.as_mut_slice())
        .map_err(bad)?;
    Ok(key)
}
