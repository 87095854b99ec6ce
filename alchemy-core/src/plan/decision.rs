//! What the passes decide for one resource, before it becomes steps.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::records::{key_text, known};
use crate::{
    Action, Descriptor, Expr, Generation, PropChange, Record, RemovalPolicy, Resource, Target, Uid,
};

/// One cloud object's identity under a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// Of its record.
    pub(super) uid: Uid,
    /// Which of the resource's objects.
    pub(super) generation: Generation,
    /// Physical name.
    pub(super) name: Option<String>,
}

impl Object {
    /// The object of a record.
    pub(super) fn of(record: &Record) -> Self {
        Self { uid: record.uid.clone(), generation: record.generation, name: record.name.clone() }
    }
}

/// An older object that goes because of a decision.
#[derive(Clone, Debug)]
pub(super) struct Superseded<'a> {
    /// Its record.
    pub(super) record: &'a Arc<Record>,
    /// Why it goes.
    pub(super) reason: String,
    /// Whether it must go before the new one can be made.
    pub(super) first: bool,
}

/// What happens to one declared resource.
#[derive(Clone, Debug)]
pub(super) struct Decision<'a> {
    /// The resource.
    pub(super) resource: &'a Resource,
    /// Its type.
    pub(super) descriptor: &'a Descriptor,
    /// What to do; none: nothing (but perhaps a rename).
    pub(super) action: Option<Action>,
    /// Why, or why not.
    pub(super) reason: String,
    /// The object it ends with.
    pub(super) object: Object,
    /// Where.
    pub(super) target: Cow<'a, Target>,
    /// The record that goes on living, if one does.
    pub(super) current: Option<&'a Arc<Record>>,
    /// The record the step is shown against.
    pub(super) prior: Option<&'a Arc<Record>>,
    /// Attributes that a look-up gave.
    pub(super) seen: Option<&'a BTreeMap<String, crate::Value>>,
    /// Full wanted props; empty when nothing is done.
    pub(super) props: BTreeMap<String, Expr>,
    /// What changes.
    pub(super) changes: Vec<PropChange>,
    /// Records it will depend on, in order.
    pub(super) deps: Vec<Uid>,
    /// Removal policy from now on.
    pub(super) removal: RemovalPolicy,
    /// Whether an untagged object may be taken over.
    pub(super) adopt: bool,
    /// Older objects that go.
    pub(super) superseded: Vec<Superseded<'a>>,
}

impl Decision<'_> {
    /// What tells its object from all others of its type, if that is known: name or natural key.
    pub(super) fn handle(&self) -> Option<Cow<'_, str>> {
        if let Some(name) = &self.object.name {
            return Some(Cow::Borrowed(name));
        }
        let recorded = self.current.filter(|_| self.props.is_empty());
        let value = |prop: &str| match recorded {
            Some(record) => record.props.get(prop),
            None => known(&self.props, prop),
        };
        key_text(self.descriptor, value).map(Cow::Owned)
    }
    /// Whether the object will be a new one.
    pub(super) fn makes_object(&self) -> bool {
        matches!(self.action, Some(Action::Create | Action::Replace | Action::Adopt))
    }
    /// Whether the record moves to another FQN.
    pub(super) fn renames(&self) -> bool {
        self.current.is_some_and(|record| record.fqn != self.resource.fqn)
    }
}
