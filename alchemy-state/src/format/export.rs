//! One stage's state as a document of its own, outside any store: for people to keep, to read and to edit. It has no
//! sum, since editing is what it is for; what it says is checked when it comes back.

use alchemy_core::Realm;
use serde::{Deserialize, Serialize};

use super::state::{StateBody, StateDocument};
use super::{FORMAT, FormatError, corrupt};
use crate::keys::SegmentId;
use crate::{Export, StateError};

#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportDocument {
    format: u64,
    export: ExportBody,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportBody {
    realm: String,
    revision: String,
    state: StateBody,
}

/// The document's text.
pub(crate) fn write_export(export: &Export) -> Result<Vec<u8>, StateError> {
    let state = StateDocument {
        snapshot: export.snapshot.clone(),
        epoch: 0,
        through: SegmentId::default(),
    };
    let document = ExportDocument {
        format: FORMAT,
        export: ExportBody {
            realm: export.realm.to_string(),
            revision: export.revision.clone(),
            state: state.body(),
        },
    };
    let mut bytes = serde_json::to_vec_pretty(&document)
        .map_err(|error| StateError::Unwritable { reason: error.to_string() })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads it, whoever has edited it.
pub(crate) fn read_export(bytes: &[u8]) -> Result<Export, FormatError> {
    let syntax = |error: serde_json::Error| corrupt(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(syntax)?;
    match head.format {
        0 => return Err(corrupt("there is no format 0")),
        1..=FORMAT => {}
        newer => return Err(FormatError::Newer(newer)),
    }
    let document: ExportDocument = serde_json::from_slice(bytes).map_err(syntax)?;
    let ExportBody { realm, revision, state } = document.export;
    let realm =
        Realm::parse(&realm).map_err(|error| corrupt(format!("bad realm: {}", error.message)))?;
    Ok(Export { realm, revision, snapshot: StateDocument::of(state)?.snapshot })
}
