//! What was seen in the cloud: the planner's only knowledge of it.

use std::collections::BTreeMap;

use crate::{Fqn, Generation, ResourceType, Target, Uid, Value};

/// Who an object says it belongs to, from its `alchemy::*` tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// `alchemy::realm`
    pub realm: String,
    /// `alchemy::stack`
    pub stack: String,
    /// `alchemy::stage`
    pub stage: String,
    /// `alchemy::id`: the FQN
    pub id: String,
    /// `alchemy::generation`
    pub generation: u32,
}

/// What an object's tags say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It carries a full set of our tags.
    Tagged(Owner),
    /// It can carry tags and has none of ours.
    Untagged,
    /// Its type has no tags: it belongs to whom its parent belongs to.
    ByParent,
}

/// The answer to one look-up.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// There is no such object.
    Absent,
    /// It is there.
    Present {
        /// Whose it is.
        ownership: Ownership,
        /// Its configuration in the descriptor's normal form. Holds every prop the provider can read that is
        /// not at the service's default; a prop that is missing here and readable is at its default.
        config: BTreeMap<String, Value>,
        /// Its attributes.
        attrs: BTreeMap<String, Value>,
    },
    /// The name is taken by another account, or we may not read it (a 403): cannot be told apart.
    Unreadable {
        /// What the service said, with call and request id.
        message: String,
    },
}

/// One object to look up: a record to refresh, or a name about to be created.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// Key of the answer in [`Observations`].
    pub uid: Uid,
    /// The resource, for messages.
    pub fqn: Fqn,
    /// Its type.
    pub ty: ResourceType,
    /// Its generation.
    pub generation: Generation,
    /// Account and region to look in.
    pub target: Target,
    /// Physical name, for types that have one.
    pub name: Option<String>,
    /// Known props (natural key): recorded ones for a refresh, the known part of the desired ones for a create.
    pub props: BTreeMap<String, Value>,
    /// Recorded attributes; empty for a create.
    pub attrs: BTreeMap<String, Value>,
}

/// Answers by record uid.
pub type Observations = BTreeMap<Uid, Observed>;

/// An object that a type's own list call showed, with our tags on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its type.
    pub ty: ResourceType,
    /// Its physical name (or natural key as text where it has none).
    pub name: String,
    /// Whose it is.
    pub owner: Owner,
    /// Attributes the list call gave.
    pub attrs: BTreeMap<String, Value>,
}
