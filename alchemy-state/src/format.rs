//! What is written: versioned documents of their own types, each with a sum over its exact bytes.
//!
//! A document is `{"format":2,"sha256":"…","body":{"<kind>":…}}` and a line feed; a journal segment is a list of such
//! lines, of which only the first names the format. No domain type is serialised as it stands; a new field means a new
//! format number, and a reader for every number ever written (guarded by the golden files of `tests/it/golden`).
//! Whatever is not byte for byte what this module would have written is refused.

mod change;
mod envelope;
mod export;
mod journal;
mod key;
mod lease;
mod lock;
mod probe;
mod record;
mod reference;
mod state;
mod value;

use alchemy_core::{Realm, StackName};
use serde::{Deserialize, Serialize};

use crate::StateError;

pub(crate) use envelope::Sum;
pub(crate) use export::{read_export, write_export};
pub(crate) use journal::{
    SealHeader, Segment, SegmentHeader, read_segment, write_changes, write_header, write_seal,
};
pub(crate) use lease::{LeaseDocument, LeaseHolder};
pub(crate) use lock::LockDocument;
pub(crate) use probe::{read_probe, write_probe};
pub(crate) use state::StateDocument;
pub(crate) use value::{read_value, write_value};

/// The newest format this version reads, and the one it writes.
pub(crate) const FORMAT: u64 = 2;

/// Why bytes are not a document that can be trusted. The caller adds the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormatError {
    /// Not what was written.
    Corrupt(String),
    /// Written by a newer version, in this format.
    Newer(u64),
}

impl FormatError {
    /// The error about `file`.
    pub(crate) fn in_file(self, file: impl Into<String>) -> StateError {
        match self {
            Self::Corrupt(reason) => StateError::Corrupt { file: file.into(), reason },
            Self::Newer(found) => StateError::Newer { file: file.into(), found, known: FORMAT },
        }
    }
}

fn corrupt(reason: impl Into<String>) -> FormatError {
    FormatError::Corrupt(reason.into())
}

/// Every kind of body there is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Body {
    Realm(RealmBody),
    Stack(StackBody),
    State(Box<state::StateBody>),
    Segment(journal::SegmentBody),
    Changes(journal::ChangesBody),
    Lock(lock::LockBody),
    Sealed(journal::SealedBody),
    Lease(Box<lease::LeaseBody>),
    Probe(probe::ProbeBody),
}

impl Body {
    fn kind(&self) -> &'static str {
        match self {
            Self::Realm(_) => "realm",
            Self::Stack(_) => "stack",
            Self::State(_) => "state",
            Self::Segment(_) => "segment",
            Self::Changes(_) => "changes",
            Self::Lock(_) => "lock",
            Self::Sealed(_) => "sealed",
            Self::Lease(_) => "lease",
            Self::Probe(_) => "probe",
        }
    }
}

fn wrong_kind(wanted: &str, body: &Body) -> FormatError {
    corrupt(format!("it holds a {} document instead of a {wanted} document", body.kind()))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RealmBody {
    realm: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StackBody {
    stack: String,
}

/// The document `realm.json`.
pub(crate) fn write_realm(realm: &Realm) -> Result<Vec<u8>, StateError> {
    envelope::seal(&Body::Realm(RealmBody { realm: realm.to_string() }))
}

/// Reads `realm.json`.
pub(crate) fn read_realm(bytes: &[u8]) -> Result<Realm, FormatError> {
    match envelope::open(bytes)?.0 {
        Body::Realm(body) => Realm::parse(&body.realm)
            .map_err(|error| corrupt(format!("bad realm: {}", error.message))),
        other => Err(wrong_kind("realm", &other)),
    }
}

/// The document that keeps a stack's exact spelling.
pub(crate) fn write_stack(stack: &StackName) -> Result<Vec<u8>, StateError> {
    envelope::seal(&Body::Stack(StackBody { stack: stack.to_string() }))
}

/// Reads a stack's exact spelling.
pub(crate) fn read_stack(bytes: &[u8]) -> Result<StackName, FormatError> {
    match envelope::open(bytes)?.0 {
        Body::Stack(body) => stack_name(&body.stack),
        other => Err(wrong_kind("stack", &other)),
    }
}

fn stack_name(text: &str) -> Result<StackName, FormatError> {
    StackName::parse(text).map_err(|error| corrupt(format!("bad stack name: {}", error.message)))
}
