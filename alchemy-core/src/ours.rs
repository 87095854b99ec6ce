//! Which object a record means, and which one without tags is the record's all the same. There is one rule, for planner,
//! engine, providers and the simulated cloud.

use std::collections::BTreeMap;

use crate::{Descriptor, Record, Snapshot, Uid, Value};

/// How many of a uid's first characters a generated name has in it: name and uid are made of the same hash.
const SUFFIX: usize = 10;

/// Whether a name was generated for the object of this uid, as opposed to given by hand. A rename keeps both.
pub fn is_generated(name: &str, uid: &Uid) -> bool {
    let mut parts = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    uid.as_str().get(..SUFFIX).is_some_and(|suffix| parts.any(|part| part == suffix))
}

/// Whether two lists of attributes are of one object: every lasting id that both have is the same, and they share one.
pub fn same_object(
    descriptor: &Descriptor,
    one: &BTreeMap<String, Value>,
    other: &BTreeMap<String, Value>,
) -> bool {
    let lasting = descriptor.attributes.iter().filter(|attribute| attribute.stable);
    let mut ids = lasting
        .filter_map(|attribute| Some((one.get(attribute.name)?, other.get(attribute.name)?)))
        .peekable();
    ids.peek().is_some() && ids.all(|(one, other)| one == other)
}

impl Snapshot {
    /// Whether an object without tags that was found by the name or key of `record`, one of its own, is the record's:
    /// under a generated name, which nobody else gives; without a name, by the service's own ids (`attrs`). A name given
    /// by hand proves nothing: a person may have made that object, also while our create was never sent.
    pub fn claims_untagged(
        &self,
        record: &Record,
        descriptor: &Descriptor,
        attrs: &BTreeMap<String, Value>,
    ) -> bool {
        let Some(name) = record.name.as_deref() else {
            return same_object(descriptor, attrs, &record.attrs);
        };
        is_generated(name, &record.uid) || self.is_named_after_parent(record, name)
    }

    /// A function's log group has the function's name in its own (`/aws/lambda/<function>`): as far as that is generated,
    /// so is this. Without a record of the function nothing tells, and the name counts as given by hand.
    fn is_named_after_parent(&self, record: &Record, name: &str) -> bool {
        let Some(parent) = &record.parent else { return false };
        let mut all = self.records.values().chain(self.retained.values());
        all.any(|other| other.fqn == *parent && is_generated(name, &other.uid))
    }
}

#[cfg(test)]
mod tests;
