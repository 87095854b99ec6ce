//! What the cloud keeps of an object.

use std::collections::BTreeMap;
use std::fmt;

use alchemy_core::{Owner, ResourceType, Value};
use tokio::time::Instant;

/// How the cloud finds an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    /// Account; empty for S3 buckets, whose names all accounts share.
    pub account: String,
    /// Type.
    pub ty: ResourceType,
    /// Name, or natural key; with its parent's name before it where the name is the parent's matter.
    pub key: String,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.account, self.ty, self.key)
    }
}

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    /// The id that the service gave it.
    pub id: String,
    /// Account it is in.
    pub account: String,
    /// Physical name, for types that have one.
    pub name: Option<String>,
    /// Our tags on it.
    pub tags: Option<Owner>,
    /// Who made it, whatever the tags say; none: nobody of ours.
    pub made_by: Option<Owner>,
    /// Props as sent, secrets in clear as a service has them, local ones left out.
    pub config: BTreeMap<String, Value>,
    /// Attributes.
    pub attrs: BTreeMap<String, Value>,
    /// When it was made.
    pub created: Instant,
    /// When its last change began to be carried out.
    pub changed: Instant,
    /// Data in it that a plain delete refuses to lose.
    pub holds: bool,
}
