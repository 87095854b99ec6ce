//! Whose an object is, and what a step may therefore do with it.

use alchemy_core::{
    Action, Fqn, Generation, Identity, Observed, Owner, Ownership, Realm, Record, ResourceType,
    StackName, Stage, Step,
};

use crate::{ProviderError, ProviderErrorKind};

/// Which stage a run is for: the tags of everything it makes, but for id and generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageOwner {
    /// The store's identity.
    pub realm: Realm,
    /// The stack.
    pub stack: StackName,
    /// The stage.
    pub stage: Stage,
}

impl StageOwner {
    /// The owner of one object.
    pub fn of(&self, fqn: &Fqn, generation: Generation) -> Owner {
        Owner {
            realm: self.realm.as_str().to_owned(),
            stack: self.stack.as_str().to_owned(),
            stage: self.stage.as_str().to_owned(),
            id: fqn.as_str().to_owned(),
            generation: generation.0,
        }
    }
    /// The identity of one object.
    pub fn identity(&self, fqn: &Fqn, ty: &ResourceType, generation: Generation) -> Identity {
        Identity {
            realm: self.realm.clone(),
            stack: self.stack.clone(),
            stage: self.stage.clone(),
            fqn: fqn.clone(),
            ty: ty.clone(),
            generation,
        }
    }
    /// Whether these tags are of this stage, in this realm.
    pub fn owns(&self, owner: &Owner) -> bool {
        owner.realm == self.realm.as_str()
            && owner.stack == self.stack.as_str()
            && owner.stage == self.stage.as_str()
    }
}

/// What speaks for an object that stands under the name of one to be made, besides tags with the resource's own id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grounds {
    /// Without tags it is ours: a record or intent claims it, it was asked for (`--adopt`), or nothing was there before.
    pub(crate) untagged: bool,
    /// An earlier run may have been interrupted while it made it.
    pub(crate) resumed: bool,
    /// Another record or intent of the stage has the object that its tags name.
    pub(crate) sibling: bool,
}

impl Grounds {
    /// Whether the step's object may carry the id of another resource of the stage: a record that was renamed while its
    /// object was half made or retained still does. Nothing else passes one resource's object to another, not even being
    /// asked to adopt.
    pub(crate) fn pass_another_id(self, step: &Step) -> bool {
        !self.sibling && (self.resumed || step.action == Action::Adopt)
    }
}

/// Whether a step that makes an object may take what the look-up saw for its own (or make it, if it is absent).
pub(crate) fn may_make(
    owner: &StageOwner,
    step: &Step,
    observed: &Observed,
    grounds: Grounds,
) -> Result<(), ProviderError> {
    let Observed::Present { ownership, .. } = observed else { return Ok(()) };
    match ownership {
        Ownership::Untagged if grounds.untagged => Ok(()),
        Ownership::Untagged => {
            Err(not_ours(step, "it carries no tags of alchemy".to_owned(), Some(ADOPT)))
        }
        Ownership::Tagged(other) if !owner.owns(other) => Err(foreign(owner, step, other)),
        Ownership::Tagged(other)
            if other.id != step.fqn.as_str() && !grounds.pass_another_id(step) =>
        {
            Err(not_ours(
                step,
                format!("it belongs to the resource {} of this stage", other.id),
                Some("give one of the two another name, or say renamedFrom"),
            ))
        }
        Ownership::Tagged(other) if goes_first(step, other) => Err(error(
            ProviderErrorKind::NotYet,
            step,
            "the deleted object is still visible under this name".to_owned(),
            None,
        )),
        // With our tags, or its parent's matter.
        Ownership::Tagged(_) | Ownership::ByParent => Ok(()),
    }
}

/// Whether a step may change or delete the recorded object that a look-up saw; `untagged`: also if it has no tags.
pub(crate) fn may_change(
    owner: &StageOwner,
    step: &Step,
    observed: &Observed,
    untagged: bool,
) -> Result<(), ProviderError> {
    match observed {
        Observed::Present { ownership: Ownership::Tagged(other), .. } if !owner.owns(other) => {
            Err(foreign(owner, step, other))
        }
        Observed::Unreadable { message } => Err(error(
            ProviderErrorKind::Denied,
            step,
            format!("its owner cannot be read: {message}"),
            Some("allow reading its tags, or check that profile and account are the right ones"),
        )),
        Observed::Present { ownership: Ownership::Untagged, .. } if !untagged => {
            let message = "it carries no tags of alchemy, and its name does not say whose it is";
            let forget = format!(
                "if it is yours, put its tags back or delete it by hand; to have state forget it: alchemy state rm {}",
                step.fqn
            );
            let advice = if step.action == Action::Delete { forget.as_str() } else { ADOPT };
            Err(not_ours(step, message.to_owned(), Some(advice)))
        }
        _ => Ok(()),
    }
}

/// Whether what stands under the name of an object that is to be deleted is the one that replaces it: the old one is gone
/// already, and a create that a dead run had sent has landed since.
pub(crate) fn is_successor(owner: &StageOwner, record: &Record, observed: &Observed) -> bool {
    let Observed::Present { ownership: Ownership::Tagged(seen), .. } = observed else {
        return false;
    };
    owner.owns(seen) && seen.id == record.fqn.as_str() && seen.generation > record.generation.0
}

/// Whether the object seen is the old generation that a delete-first replacement has just deleted.
fn goes_first(step: &Step, seen: &Owner) -> bool {
    step.action == Action::Replace
        && step
            .prior
            .as_ref()
            .is_some_and(|prior| prior.generation.0 == seen.generation && prior.name == step.name)
}

const ADOPT: &str = "if it is yours, take it over with --adopt";

fn foreign(owner: &StageOwner, step: &Step, other: &Owner) -> ProviderError {
    let text = if other.stack == owner.stack.as_str() && other.stage == owner.stage.as_str() {
        format!(
            "it belongs to the same stack and stage in another state store (realm {}), not to this one (realm {})",
            other.realm, owner.realm
        )
    } else {
        format!(
            "it belongs to stage {} of stack {} (resource {}), not to stage {} of stack {}",
            other.stage, other.stack, other.id, owner.stage, owner.stack
        )
    };
    not_ours(step, text, Some("give the resource another name, or none so that one is generated"))
}

fn not_ours(step: &Step, message: String, advice: Option<&str>) -> ProviderError {
    error(ProviderErrorKind::NotOurs, step, message, advice)
}

fn error(
    kind: ProviderErrorKind,
    step: &Step,
    message: String,
    advice: Option<&str>,
) -> ProviderError {
    let object = step.name.as_deref().unwrap_or(step.fqn.as_str());
    ProviderError {
        kind,
        call: format!("looking up {} {object}", step.ty),
        code: None,
        message,
        request_id: None,
        advice: advice.map(str::to_owned),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests;
