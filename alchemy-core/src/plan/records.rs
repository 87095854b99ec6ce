//! The records of a snapshot, indexed once so that no pass has to search.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::Index;
use crate::{
    Catalog, Descriptor, Expr, Fqn, NameUse, Record, ResourceType, Snapshot, Target, Value,
};

/// Nearly always one.
type Records<'a> = SmallVec<[&'a Arc<Record>; 1]>;
type ByHandle<'a> = Index<&'a ResourceType, Index<Cow<'a, str>, Records<'a>>>;

/// Records by resource. Every list is in order of generation.
#[derive(Debug)]
pub(super) struct RecordIndex<'a> {
    snapshot: &'a Snapshot,
    catalog: &'a Catalog,
    current: Index<&'a Fqn, Records<'a>>,
    retained: Index<&'a Fqn, Records<'a>>,
    /// Made when somebody asks: only a new object can take another's name.
    handles: OnceCell<ByHandle<'a>>,
}

impl<'a> RecordIndex<'a> {
    /// Indexes everything but replaced generations, which only wait for their deletion.
    pub(super) fn new(snapshot: &'a Snapshot, catalog: &'a Catalog) -> Self {
        Self {
            snapshot,
            catalog,
            current: by_fqn(snapshot.records.values().filter(|record| !record.replaced)),
            retained: by_fqn(snapshot.retained.values()),
            handles: OnceCell::new(),
        }
    }
    /// The generations of a resource that are not marked as replaced, oldest first.
    pub(super) fn current(&self, fqn: &Fqn, ty: &ResourceType) -> Vec<&'a Arc<Record>> {
        of_type(&self.current, fqn, ty).collect()
    }
    /// The records, replaced generations included, whose objects of a type have this name or natural key.
    pub(super) fn with_handle(&self, ty: &ResourceType, handle: &str) -> &[&'a Arc<Record>] {
        let handles = self.handles.get_or_init(|| by_handle(self.snapshot, self.catalog));
        let of_type = handles.get(ty);
        of_type.and_then(|handles| handles.get(handle)).map_or(&[], SmallVec::as_slice)
    }
    /// Those among them whose objects are where another of that handle could not be made in `target`.
    pub(super) fn in_the_way<'i>(
        &'i self,
        descriptor: &'i Descriptor,
        target: &'i Target,
        handle: &str,
    ) -> impl Iterator<Item = &'a Arc<Record>> + use<'i, 'a> {
        let place = descriptor.name_region(target);
        let all = self.with_handle(&descriptor.ty, handle).iter().copied();
        all.filter(move |record| descriptor.name_region(&record.target) == place)
    }
    /// The newest generation of a resource that was kept on purpose.
    pub(super) fn retained(&self, fqn: &Fqn, ty: &ResourceType) -> Option<&'a Arc<Record>> {
        of_type(&self.retained, fqn, ty).last()
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

fn by_handle<'a>(snapshot: &'a Snapshot, catalog: &Catalog) -> ByHandle<'a> {
    let mut handles = ByHandle::default();
    for record in snapshot.records.values() {
        if let Some(handle) = handle_of(record, catalog) {
            handles.entry(&record.ty).or_default().entry(handle).or_default().push(record);
        }
    }
    handles
}

fn by_fqn<'a>(records: impl Iterator<Item = &'a Arc<Record>>) -> Index<&'a Fqn, Records<'a>> {
    let mut index: Index<&Fqn, Records<'_>> = Index::default();
    for record in records {
        index.entry(&record.fqn).or_default().push(record);
    }
    for list in index.values_mut().filter(|list| list.len() > 1) {
        list.sort_by_key(|record| record.generation);
    }
    index
}

fn of_type<'i, 'a>(
    index: &'i Index<&'a Fqn, Records<'a>>,
    fqn: &Fqn,
    ty: &'i ResourceType,
) -> impl DoubleEndedIterator<Item = &'a Arc<Record>> + use<'i, 'a> {
    let all = index.get(fqn).map_or(&[][..], SmallVec::as_slice);
    all.iter().copied().filter(move |record| record.ty == *ty)
}
