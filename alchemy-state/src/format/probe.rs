//! The note that a store has passed its test.

use serde::{Deserialize, Serialize};

use super::{Body, FormatError, envelope, wrong_kind};
use crate::StateError;

/// Grows with the test: a store that passed an older one is tested again.
const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProbeBody {
    version: u64,
    store: String,
}

/// The note about `store`.
pub(crate) fn write_probe(store: &str) -> Result<Vec<u8>, StateError> {
    envelope::seal(&Body::Probe(ProbeBody { version: VERSION, store: store.to_owned() }))
}

/// Whether it says that `store`, under this name, has passed this version's test.
pub(crate) fn read_probe(bytes: &[u8], store: &str) -> Result<bool, FormatError> {
    match envelope::open(bytes)?.0 {
        Body::Probe(body) => Ok(body.version == VERSION && body.store == store),
        other => Err(wrong_kind("probe", &other)),
    }
}
