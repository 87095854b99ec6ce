//! Which object a record means, and which one without tags is the record's all the same. There is one rule, for planner,
//! engine, providers and the simulated cloud.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Catalog, Descriptor, Found, Realm, Record, Snapshot, Uid, Value};

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

/// Records by what tells their objects from all others.
#[derive(Debug)]
pub struct KnownObjects<'r> {
    catalog: &'r Catalog,
    realm: &'r Realm,
    named: BTreeSet<(&'r str, &'r str)>,
    nameless: Vec<&'r Record>,
}

impl<'r> KnownObjects<'r> {
    /// The objects of these records, all of one stage in `realm`.
    pub fn of(
        catalog: &'r Catalog,
        realm: &'r Realm,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Self {
        let (mut named, mut nameless) = (BTreeSet::new(), Vec::new());
        for record in records {
            match record.name.as_deref() {
                Some(name) => {
                    named.insert((record.ty.as_str(), name));
                }
                None => nameless.push(record),
            }
        }
        Self { catalog, realm, named, nameless }
    }

    /// Whether what a list call showed is the object of one of them: by name; where its type has none, by the service's
    /// own lasting ids.
    pub fn has(&self, found: &Found) -> bool {
        self.named.contains(&(found.ty.as_str(), found.name.as_str()))
            || self.nameless.iter().any(|record| {
                record.ty == found.ty
                    && (self.same_ids(found, record) || self.made_for(found, record))
            })
    }

    fn same_ids(&self, found: &Found, record: &Record) -> bool {
        let descriptor = self.catalog.get(&found.ty);
        descriptor.is_some_and(|ty| same_object(ty, &found.attrs, &record.attrs))
    }

    /// Of an object whose create was interrupted no id is known: its tags tell.
    fn made_for(&self, found: &Found, record: &Record) -> bool {
        record.attrs.is_empty()
            && found.owner.realm == self.realm.as_str()
            && found.owner.id == record.fqn.as_str()
            && found.owner.generation == record.generation.0
    }
}

#[cfg(test)]
mod tests;
