//! The unlocked key: what it does to values, records, changes and snapshots.

use std::fmt;
use std::sync::Arc;

use alchemy_core::{Change, Intent, Record, Secret, SecretHasher, Snapshot, Value, WrappedKey};
use zeroize::Zeroizing;

use super::place::Place;
use super::{Passphrase, SealError, cipher};
use crate::StageKey;
use crate::format::{read_value, write_value};

/// A stage's data key, unlocked. Seals and opens its redacted values; its memory is wiped.
#[derive(Clone)]
pub struct DataKey {
    stage: StageKey,
    raw: Zeroizing<[u8; 32]>,
    seal: Zeroizing<[u8; 32]>,
    hasher: SecretHasher,
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({} {}, <redacted>)", self.stage.stack, self.stage.stage)
    }
}

impl DataKey {
    /// A new key for `stage`.
    pub fn make(stage: &StageKey) -> Result<Self, SealError> {
        Ok(Self::of(stage, cipher::random()?))
    }

    /// The key in `wrapped`. Takes tens of milliseconds, and the memory that the wrapping asks for.
    pub fn unlock(
        stage: &StageKey,
        wrapped: &WrappedKey,
        passphrase: &Passphrase,
    ) -> Result<Self, SealError> {
        Ok(Self::of(stage, cipher::unwrap(stage, wrapped, passphrase.0.as_bytes())?))
    }

    /// It, encrypted under `passphrase`. Takes as long as [`DataKey::unlock`].
    pub fn wrap(&self, passphrase: &Passphrase) -> Result<WrappedKey, SealError> {
        cipher::wrap(&self.stage, &self.raw, passphrase.0.as_bytes())
    }

    fn of(stage: &StageKey, raw: Zeroizing<[u8; 32]>) -> Self {
        let root = SecretHasher::new(*raw);
        let seal = root.derive("alchemy: sealed values 1");
        let hasher = SecretHasher::new(*root.derive("alchemy: digests of values 1"));
        Self { stage: stage.clone(), raw, seal, hasher }
    }

    /// Digests redacted values under this key.
    pub fn hasher(&self) -> &SecretHasher {
        &self.hasher
    }

    /// The snapshot with the plain values of everything sealed in it.
    pub fn opened(&self, mut snapshot: Snapshot) -> Result<Snapshot, SealError> {
        let all = snapshot.records.values_mut().chain(snapshot.retained.values_mut());
        for record in all.filter(|record| record.has_secret()) {
            Self::each_value(Arc::make_mut(record), &|place, value| self.open(place, value))?;
        }
        snapshot.outputs = self.opened_outputs(&snapshot.outputs)?;
        Ok(snapshot)
    }

    /// A stage's outputs with the plain values of everything sealed in them.
    pub fn opened_outputs(&self, outputs: &Value) -> Result<Value, SealError> {
        self.open(&Place::outputs(), outputs)
    }

    /// `changes` with every redacted value whose plain value is known sealed, and digested under this key. What is
    /// sealed for its place already stays as it is.
    pub fn sealed(&self, changes: &[Change]) -> Result<Vec<Change>, SealError> {
        changes.iter().map(|change| self.sealed_change(change)).collect()
    }

    /// `snapshot` with every redacted value sealed, as [`DataKey::sealed`] does it.
    pub fn sealed_snapshot(&self, mut snapshot: Snapshot) -> Result<Snapshot, SealError> {
        let all = snapshot.records.values_mut().chain(snapshot.retained.values_mut());
        for record in all.filter(|record| record.has_secret()) {
            Self::each_value(Arc::make_mut(record), &|place, value| self.seal(place, value))?;
        }
        snapshot.outputs = self.seal(&Place::outputs(), &snapshot.outputs)?;
        Ok(snapshot)
    }

    fn sealed_change(&self, change: &Change) -> Result<Change, SealError> {
        Ok(match change {
            Change::Put(record) => Change::Put(self.sealed_record(record)?),
            Change::Intend(intents) => {
                let sealed = intents.iter().map(|intent| match intent {
                    Intent::Create(record) => Ok(Intent::Create(self.sealed_record(record)?)),
                    other => Ok(other.clone()),
                });
                Change::Intend(sealed.collect::<Result<_, _>>()?)
            }
            Change::Outputs(outputs) => Change::Outputs(self.seal(&Place::outputs(), outputs)?),
            other => other.clone(),
        })
    }

    fn sealed_record(&self, record: &Record) -> Result<Record, SealError> {
        let mut record = record.clone();
        Self::each_value(&mut record, &|place, value| self.seal(place, value))?;
        Ok(record)
    }

    fn each_value(
        record: &mut Record,
        change: &dyn Fn(&Place<'_>, &Value) -> Result<Value, SealError>,
    ) -> Result<(), SealError> {
        let uid = record.uid.clone();
        for (part, values) in [("props", &mut record.props), ("attrs", &mut record.attrs)] {
            for (name, value) in values.iter_mut().filter(|(_, value)| value.has_secret()) {
                *value = change(&Place::in_record(&record.fqn, &uid, part, name), value)?;
            }
        }
        Ok(())
    }

    fn open(&self, place: &Place<'_>, value: &Value) -> Result<Value, SealError> {
        value.with_secrets(&mut Vec::new(), &mut |path, secret| {
            let Some(ciphertext) = secret.ciphertext() else {
                return Ok(Value::Secret(secret.clone()));
            };
            let plain = self.open_text(place, path, ciphertext);
            let plain = plain.filter(|plain| self.hasher.digest(plain) == secret.digest());
            let plain = plain.ok_or_else(|| SealError::Damaged { place: place.shown(path) })?;
            Ok(Value::Secret(secret.opened(plain)))
        })
    }

    fn open_text(&self, place: &Place<'_>, path: &[String], ciphertext: &str) -> Option<Value> {
        let associated = place.associated(&self.stage, path);
        let plain = cipher::open(&self.seal, &associated, ciphertext)?;
        read_value(&plain).ok()
    }

    fn seal(&self, place: &Place<'_>, value: &Value) -> Result<Value, SealError> {
        value.with_secrets(&mut Vec::new(), &mut |path, secret| {
            let kept = secret.ciphertext().and_then(|text| self.open_text(place, path, text));
            Ok(Value::Secret(match (secret.expose(), kept) {
                (None, Some(_)) => secret.clone(),
                (Some(plain), Some(kept)) if *plain == kept => secret.clone(),
                // Sealed for another place, where it would never open: only its digest is known here.
                (None, None) => Secret::sealed(secret.digest().to_owned()),
                (Some(plain), _) => self.seal_leaf(place, path, &plain.exposed())?,
            }))
        })
    }

    fn seal_leaf(
        &self,
        place: &Place<'_>,
        path: &[String],
        plain: &Value,
    ) -> Result<Secret, SealError> {
        let bad = |error: serde_json::Error| SealError::BadKey { reason: error.to_string() };
        let text = Zeroizing::new(write_value(plain).map_err(bad)?);
        let associated = place.associated(&self.stage, path);
        let ciphertext = cipher::seal(&self.seal, &associated, &text)?;
        Ok(Secret::new(plain.clone(), &self.hasher).with_ciphertext(&ciphertext))
    }
}
