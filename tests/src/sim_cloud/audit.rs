//! The audit log: who sent a changing call for whose object.

use alchemy_core::Owner;

use super::{Call, ObjectKey};

/// A changing call for another stage's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trespass {
    /// The API call.
    pub call: String,
    /// Who sent it.
    pub caller: Owner,
    /// The object.
    pub object: ObjectKey,
    /// Who had made the object; nobody of ours if none.
    pub owner: Option<Owner>,
}

/// All changing calls that were for somebody else's object.
#[derive(Debug, Default)]
pub struct Audit {
    trespasses: Vec<Trespass>,
}

impl Audit {
    /// Notes a call for an object that is there; `owner` is who made it, none if nobody of ours.
    pub(crate) fn sent(&mut self, call: &Call<'_>, owner: Option<Owner>) {
        let same = owner.as_ref().is_some_and(|owner| {
            (&owner.realm, &owner.stack, &owner.stage)
                == (&call.caller.realm, &call.caller.stack, &call.caller.stage)
        });
        if !same {
            self.trespasses.push(Trespass {
                call: call.name.clone(),
                caller: call.caller.clone(),
                object: call.object.clone(),
                owner,
            });
        }
    }

    pub(crate) fn trespasses(&self) -> Vec<Trespass> {
        self.trespasses.clone()
    }
}
