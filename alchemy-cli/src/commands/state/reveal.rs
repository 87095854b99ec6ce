//! `alchemy state show --reveal`: a snapshot with what is sealed in it in plain.

use std::sync::Arc;

use alchemy_core::{Snapshot, Value};

use super::opened;
use crate::args::StoredStageArgs;
use crate::commands::keyring::{seal_failure, unlock};
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::{Passphrases, Surroundings};

/// The stage's state with every sealed value in plain. What is known by its digest only stays redacted.
pub(super) fn revealed(around: &Surroundings, of: &StoredStageArgs) -> Result<Snapshot, Failure> {
    let mut stored = opened(around, of, None)?;
    let passphrases = Passphrases::take(&mut stored.environment);
    let (key, loaded) = block_on(stored.known(&of.stage, &of.store))?;
    let snapshot = loaded.snapshot;
    let data_key = unlock(&key, &snapshot, passphrases.current.as_ref())?;
    let mut snapshot = data_key.opened(snapshot).map_err(|error| seal_failure(&error))?;
    let records = snapshot.records.values_mut().chain(snapshot.retained.values_mut());
    for record in records.filter(|record| record.has_secret()) {
        let record = Arc::make_mut(record);
        for value in record.props.values_mut().chain(record.attrs.values_mut()) {
            *value = plain(value);
        }
    }
    snapshot.outputs = plain(&snapshot.outputs);
    Ok(snapshot)
}

fn plain(value: &Value) -> Value {
    let Ok(value) = value.with_secrets(&mut Vec::new(), &mut |_, secret| {
        let known = secret.expose().cloned();
        Ok::<_, std::convert::Infallible>(known.unwrap_or_else(|| Value::Secret(secret.clone())))
    });
    value
}
