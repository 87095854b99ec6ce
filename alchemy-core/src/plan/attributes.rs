//! Attributes as far as a plan knows them: from the record, or computed from name and place.

use std::collections::BTreeMap;

use super::decision::Decision;
use crate::{Action, Attribute, AttributeContext, Descriptor, Expr, Record, Target, Value};

/// The value at `path` (attribute, then members) of a decided resource, if it is known before apply.
pub(super) fn known(
    decision: &Decision<'_>,
    path: &[String],
    custom_endpoint: bool,
) -> Option<Value> {
    let name = path.first()?;
    let attribute = decision.descriptor.attribute(name);
    let stable = attribute.is_some_and(|a| a.stable);
    let recorded = || decision.prior.and_then(|record| record.attrs.get(name)).cloned();
    let seen = || decision.seen.and_then(|attrs| attrs.get(name)).cloned();
    let props = if decision.props.is_empty() { &decision.resource.props } else { &decision.props };
    let computed = || {
        let place = Place {
            name: decision.object.name.as_deref(),
            target: &decision.target,
            custom_endpoint,
        };
        compute(attribute?, place, props)
    };
    let value = match decision.action {
        // What may change has perhaps changed since it was recorded.
        None | Some(Action::Record | Action::Rename) if !stable => {
            Some(seen().or_else(recorded).or_else(computed).unwrap_or_default())
        }
        None | Some(Action::Record | Action::Rename) => {
            Some(recorded().or_else(seen).or_else(computed).unwrap_or_default())
        }
        Some(Action::Update) if stable => recorded().or_else(seen).or_else(computed),
        Some(Action::Adopt) if stable => seen().or_else(recorded).or_else(computed),
        _ => computed(),
    };
    value.map(|value| value.at(&path[1..]).cloned().unwrap_or_default())
}

/// Attributes that may change while the object lives and that were seen with another value than the record has. Of a
/// redacted one the cloud shows nothing that could be compared.
pub(super) fn changed<'a>(
    descriptor: &'a Descriptor,
    record: &'a Record,
    seen: &'a BTreeMap<String, Value>,
) -> impl Iterator<Item = (&'static str, &'a Value)> + use<'a> {
    let may_change = descriptor.attributes.iter().filter(|attribute| !attribute.stable);
    let shown =
        may_change.filter_map(move |attribute| Some((attribute.name, seen.get(attribute.name)?)));
    shown.filter(move |(name, value)| match record.attrs.get(*name) {
        Some(recorded) => recorded != *value && !recorded.has_secret(),
        None => !value.is_null(),
    })
}

/// What an attribute is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Physical name.
    pub(super) name: Option<&'a str>,
    /// Account and region.
    pub(super) target: &'a Target,
    /// Whether the endpoint is the user's own.
    pub(super) custom_endpoint: bool,
}

/// Computes an attribute before the object exists, where its type can.
pub(super) fn compute(
    attribute: &Attribute,
    place: Place<'_>,
    props: &BTreeMap<String, Expr>,
) -> Option<Value> {
    attribute.at_plan?(&AttributeContext {
        name: place.name,
        account: &place.target.account,
        region: &place.target.region,
        partition: place.target.partition(),
        dns_suffix: place.target.dns_suffix(),
        custom_endpoint: place.custom_endpoint,
        props,
    })
}
