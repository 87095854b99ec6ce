//! Changes and intents on the wire.

use alchemy_core::{Change, Generation, Intent, ResourceType, Uid};
use serde::{Deserialize, Serialize};

use super::FormatError;
use super::record::{WireRecord, WireTarget, fqn};
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
    Outputs(WireValue),
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
            Intent::Update(uid) => Self::Update(uid.0.clone()),
            Intent::Delete(uid) => Self::Delete(uid.0.clone()),
        }
    }
    fn into_intent(self) -> Result<Intent, FormatError> {
        Ok(match self {
            Self::Create(record) => Intent::Create(record.into_record()?),
            Self::Update(uid) => Intent::Update(Uid(uid)),
            Self::Delete(uid) => Intent::Delete(Uid(uid)),
        })
    }
}

impl WireChange {
    pub(super) fn new(change: &Change) -> Self {
        match change {
            Change::Pin(pin) => Self::Pin(WireTarget::new(pin)),
            Change::Intend(intents) => Self::Intend(intents.iter().map(WireIntent::new).collect()),
            Change::Put(record) => Self::Put(Box::new(WireRecord::new(record))),
            Change::Rename { uid, to } => Self::Rename { uid: uid.0.clone(), to: to.to_string() },
            Change::Replaced(uid) => Self::Replaced(uid.0.clone()),
            Change::Removed(uid) => Self::Removed(uid.0.clone()),
            Change::Retained(uid) => Self::Retained(uid.0.clone()),
            Change::Taken { fqn, ty, generation } => {
                Self::Taken { fqn: fqn.to_string(), ty: ty.to_string(), generation: generation.0 }
            }
            Change::Outputs(outputs) => Self::Outputs(WireValue(outputs.clone())),
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
            Self::Rename { uid, to } => Change::Rename { uid: Uid(uid), to: fqn(&to)? },
            Self::Replaced(uid) => Change::Replaced(Uid(uid)),
            Self::Removed(uid) => Change::Removed(Uid(uid)),
            Self::Retained(uid) => Change::Retained(Uid(uid)),
            Self::Taken { fqn: name, ty, generation } => Change::Taken {
                fqn: fqn(&name)?,
                ty: ResourceType::new(&ty),
                generation: Generation(generation),
            },
            Self::Outputs(outputs) => Change::Outputs(outputs.0),
            Self::Deployed { by, at } => Change::Deployed { by, at },
            Self::Destroyed { at } => Change::Destroyed { at },
        })
    }
}
