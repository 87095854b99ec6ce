//! The records of a snapshot, indexed once so that no pass has to search.

use std::borrow::Cow;
use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::{Catalog, Descriptor, Expr, Fqn, NameUse, Record, ResourceType, Snapshot, Value};

/// Records by resource. Every list is in order of generation.
#[derive(Debug, Default)]
pub(super) struct RecordIndex<'a> {
    current: IndexMap<&'a Fqn, Vec<&'a Record>>,
    handles: IndexMap<&'a ResourceType, IndexMap<Cow<'a, str>, Vec<&'a Record>>>,
    retained: IndexMap<&'a Fqn, Vec<&'a Record>>,
}

impl<'a> RecordIndex<'a> {
    /// Indexes everything but replaced generations, which only wait for their deletion.
    pub(super) fn new(snapshot: &'a Snapshot, catalog: &Catalog) -> Self {
        let mut handles: IndexMap<&ResourceType, IndexMap<Cow<'_, str>, Vec<&Record>>> =
            IndexMap::new();
        for record in snapshot.records.values() {
            if let Some(handle) = handle_of(record, catalog) {
                handles.entry(&record.ty).or_default().entry(handle).or_default().push(record);
            }
        }
        Self {
            handles,
            current: by_fqn(snapshot.records.values().filter(|record| !record.replaced)),
            retained: by_fqn(snapshot.retained.values()),
        }
    }
    /// The generations of a resource that are not marked as replaced, oldest first.
    pub(super) fn current(&self, fqn: &Fqn, ty: &ResourceType) -> Vec<&'a Record> {
        of_type(&self.current, fqn, ty)
    }
    /// The records, replaced generations included, whose objects of a type have this name or natural key.
    pub(super) fn with_handle(&self, ty: &ResourceType, handle: &str) -> &[&'a Record] {
        let of_type = self.handles.get(ty);
        of_type.and_then(|handles| handles.get(handle)).map_or(&[], Vec::as_slice)
    }
    /// The newest generation of a resource that was kept on purpose.
    pub(super) fn retained(&self, fqn: &Fqn, ty: &ResourceType) -> Option<&'a Record> {
        of_type(&self.retained, fqn, ty).pop()
    }
}

/// What tells a record's object from all others of its type: its name, or its natural key as text.
pub(super) fn handle_of<'a>(record: &'a Record, catalog: &Catalog) -> Option<Cow<'a, str>> {
    if let Some(name) = &record.name {
        return Some(Cow::Borrowed(name));
    }
    key_text(catalog.get(&record.ty)?, |prop| record.props.get(prop)).map(Cow::Owned)
}

/// The natural key of an object with these props as text; none for types with names, or if a part is not known.
pub(super) fn key_text<'v>(
    descriptor: &Descriptor,
    value: impl Fn(&str) -> Option<&'v Value>,
) -> Option<String> {
    let NameUse::Natural { key } = &descriptor.name else { return None };
    let parts =
        key.iter().map(|prop| value(prop).filter(|value| !value.is_null()).map(Value::to_json));
    Some(parts.collect::<Option<Vec<_>>>()?.join(" "))
}

/// Looks a known value up among expressions.
pub(super) fn known<'e>(props: &'e BTreeMap<String, Expr>, prop: &str) -> Option<&'e Value> {
    props.get(prop).and_then(Expr::as_value)
}

fn by_fqn<'a>(records: impl Iterator<Item = &'a Record>) -> IndexMap<&'a Fqn, Vec<&'a Record>> {
    let mut index: IndexMap<&Fqn, Vec<&Record>> = IndexMap::new();
    for record in records {
        index.entry(&record.fqn).or_default().push(record);
    }
    for list in index.values_mut() {
        list.sort_by_key(|record| record.generation);
    }
    index
}

fn of_type<'a>(
    index: &IndexMap<&'a Fqn, Vec<&'a Record>>,
    fqn: &Fqn,
    ty: &ResourceType,
) -> Vec<&'a Record> {
    let all = index.get(fqn).map_or(&[][..], Vec::as_slice);
    all.iter().copied().filter(|record| record.ty == *ty).collect()
}
