//! Changes and intents on the wire.

use alchemy_core::{Change, Generation, Intent, ResourceType, Uid};
use serde::{Deserialize, Serialize};

use super::FormatError;
use super::key::WireKey;
use super::record::{WireRecord, WireTarget, fqn};
use super::reference::WireReference;
use super::value::WireValue;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum WireIntent {
    Create(Box<WireRecord>),
    Update(String),
    Delete(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum WireChange {
    Pin(WireTarget),
    Intend(Vec<WireIntent>),
    Put(Box<WireRecord>),
    Rename {
        uid: String,
        to: String,
    },
    Replaced(String),
    Removed(String),
    Retained(String),
    Taken {
        fqn: String,
        #[serde(rename = "type")]
        ty: String,
        generation: u32,
    },
    Key(Option<WireKey>),
    Outputs(WireValue),
    References(Vec<WireReference>),
    Deployed {
        by: String,
        at: String,
    },
    Destroyed {
        at: String,
    },
}

impl WireIntent {
    fn new(intent: &Intent) -> Self {
        match intent {
            Intent::Create(record) => Self::Create(Box::new(WireRecord::new(record))),
            Intent::Update(uid) => Self::Update(uid.as_str().to_owned()),
            Intent::Delete(uid) => Self::Delete(uid.as_str().to_owned()),
        }
    }
    fn into_intent(self) -> Result<Intent, FormatError> {
        Ok(match self {
            Self::Create(record) => Intent::Create(record.into_record()?),
            Self::Update(uid) => Intent::Update(Uid::new(uid)),
            Self::Delete(uid) => Intent::Delete(Uid::new(uid)),
        })
    }
}

impl WireChange {
    pub(super) fn new(change: &Change) -> Self {
        match change {
            Change::Pin(pin) => Self::Pin(WireTarget::new(pin)),
            Change::Intend(intents) => Self::Intend(intents.iter().map(WireIntent::new).collect()),
            Change::Put(record) => Self::Put(Box::new(WireRecord::new(record))),
            Change::Rename { uid, to } => {
                Self::Rename { uid: uid.as_str().to_owned(), to: to.to_string() }
            }
            Change::Replaced(uid) => Self::Replaced(uid.as_str().to_owned()),
            Change::Removed(uid) => Self::Removed(uid.as_str().to_owned()),
            Change::Retained(uid) => Self::Retained(uid.as_str().to_owned()),
            Change::Taken { fqn, ty, generation } => {
                Self::Taken { fqn: fqn.to_string(), ty: ty.to_string(), generation: generation.0 }
            }
            Change::Key(key) => Self::Key(key.as_ref().map(WireKey::new)),
            Change::Outputs(outputs) => Self::Outputs(WireValue(outputs.clone())),
            Change::References(references) => {
                Self::References(references.iter().map(WireReference::new).collect())
            }
            Change::Deployed { by, at } => Self::Deployed { by: by.clone(), at: at.clone() },
            Change::Destroyed { at } => Self::Destroyed { at: at.clone() },
        }
    }

    pub(super) fn into_change(self) -> Result<Change, FormatError> {
        Ok(match self {
            Self::Pin(pin) => Change::Pin(pin.into_target()),
            Self::Intend(intents) => Change::Intend(
                intents.into_iter().map(WireIntent::into_intent).collect::<Result<_, _>>()?,
            ),
            Self::Put(record) => Change::Put(record.into_record()?),
            Self::Rename { uid, to } => Change::Rename { uid: Uid::new(uid), to: fqn(&to)? },
            Self::Replaced(uid) => Change::Replaced(Uid::new(uid)),
            Self::Removed(uid) => Change::Removed(Uid::new(uid)),
            Self::Retained(uid) => Change::Retained(Uid::new(uid)),
            Self::Taken { fqn: name, ty, generation } => Change::Taken {
                fqn: fqn(&name)?,
                ty: ResourceType::new(&ty),
                generation: Generation(generation),
            },
            Self::Key(key) => Change::Key(key.map(WireKey::into_key)),
            Self::Outputs(outputs) => Change::Outputs(outputs.0),
            Self::References(references) => {
                let each = references.into_iter().map(WireReference::into_reference);
                Change::References(each.collect::<Result<_, _>>()?)
            }
            Self::Deployed { by, at } => Change::Deployed { by, at },
            Self::Destroyed { at } => Change::Destroyed { at },
        })
    }
}
