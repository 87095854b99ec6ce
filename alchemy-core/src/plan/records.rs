//! The records of a snapshot, indexed once so that no pass has to search.

use indexmap::IndexMap;

use crate::{Fqn, Record, ResourceType, Snapshot};

/// Records by resource. Every list is in order of generation.
#[derive(Debug, Default)]
pub(super) struct RecordIndex<'a> {
    current: IndexMap<&'a Fqn, Vec<&'a Record>>,
    names: IndexMap<&'a ResourceType, IndexMap<&'a str, Vec<&'a Record>>>,
    retained: IndexMap<&'a Fqn, Vec<&'a Record>>,
}

impl<'a> RecordIndex<'a> {
    /// Indexes everything but replaced generations, which only wait for their deletion.
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let mut names: IndexMap<&ResourceType, IndexMap<&str, Vec<&Record>>> = IndexMap::new();
        for record in snapshot.records.values() {
            if let Some(name) = &record.name {
                names.entry(&record.ty).or_default().entry(name).or_default().push(record);
            }
        }
        Self {
            names,
            current: by_fqn(snapshot.records.values().filter(|record| !record.replaced)),
            retained: by_fqn(snapshot.retained.values()),
        }
    }
    /// The generations of a resource that are not marked as replaced, oldest first.
    pub(super) fn current(&self, fqn: &Fqn, ty: &ResourceType) -> Vec<&'a Record> {
        of_type(&self.current, fqn, ty)
    }
    /// The records, replaced generations included, whose objects of a type have this name.
    pub(super) fn named(&self, ty: &ResourceType, name: &str) -> &[&'a Record] {
        let of_type = self.names.get(ty);
        of_type.and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }
    /// The newest generation of a resource that was kept on purpose.
    pub(super) fn retained(&self, fqn: &Fqn, ty: &ResourceType) -> Option<&'a Record> {
        of_type(&self.retained, fqn, ty).pop()
    }
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
