//! Pieces that several types' schemas share.

use alchemy_core::{Prop, PropType, Value};

/// Text of any length up to what a request can hold.
pub(super) fn text() -> PropType {
    PropType::Str { min: 1, max: 2048 }
}

/// A list of such texts.
pub(super) fn texts() -> PropType {
    PropType::List(Box::new(text()))
}

/// An ARN. Its shape is left to the service: new services bring new shapes.
pub(super) fn arn() -> PropType {
    PropType::Str { min: 1, max: 2048 }
}

/// A duration in whole seconds.
pub(super) fn seconds(min: i64, max: i64) -> PropType {
    PropType::Duration { min, max, unit_seconds: 1 }
}

/// An empty map.
pub(super) fn no_members() -> Value {
    Value::Map(std::collections::BTreeMap::new())
}

/// An empty list.
pub(super) fn no_items() -> Value {
    Value::List(Vec::new())
}

/// The user's own tags. Ours are added when the object is made and are never shown here.
pub(super) fn tags(doc: &'static str) -> Prop {
    Prop::new("tags", doc, PropType::Map(Box::new(PropType::Text))).default(no_members())
}

/// Documentation of `tags` for types with the usual limit.
pub(super) const TAGS_DOC: &str = "Tags, besides those that mark the object as this stage's. Keys may not begin with `alchemy::` or `aws:`; at most \
45, since five are ours and a service takes 50 (\"Tag your AWS resources\").";

/// How many tags say whose an object is.
pub(super) const OWN_TAGS: usize = 5;
