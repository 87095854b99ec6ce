//! What holds of every snapshot, whatever happened to its stage. What runs make is held to it by property tests; what
//! people hand in (a restore, a push, a move by hand) is checked before it is written.

use indexmap::IndexMap;

use crate::{Fqn, Generation, Record, ResourceType, Snapshot, Status, Uid};

impl Status {
    /// Whether a record may go from this status to `next` (the one list of legal moves; staying is legal). A record
    /// whose deletion has begun comes back only if nothing was deleted, by being put again as it was.
    pub fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Deleting, Self::Creating | Self::Updating)
            | (Self::Creating, Self::Updating) => false,
            (Self::Creating | Self::Ready | Self::Updating | Self::Deleting, _) => true,
        }
    }
}

/// Refuses a snapshot that no sequence of runs can have made; names the invariant by number and the record.
///
/// 1. Every record stands under its own uid.
/// 2. No object is both live and retained.
/// 3. What is retained is at rest.
/// 4. Every generation in use is below the next free one of its FQN and type.
/// 5. Of the live records of a resource that are not replaced no two have the same generation. (A rename brings its
///    own along, beside what was replaced or retained under that name.)
/// 6. No two whole objects of a type have one name in one place.
/// 7. No record depends on itself.
pub fn verify_integrity(snapshot: &Snapshot) -> Result<(), String> {
    let mut generations: IndexMap<(&Fqn, &ResourceType, Generation), &Uid> = IndexMap::new();
    let mut names: IndexMap<(&ResourceType, &str, &str, &str), &Uid> = IndexMap::new();
    let live = snapshot.records.iter().map(|entry| (entry, false));
    let retained = snapshot.retained.iter().map(|entry| (entry, true));
    for ((uid, record), kept) in live.chain(retained) {
        let broken = |number: u8, what: &str| {
            Err(format!(
                "invariant {number}: {what}: {} ({}, generation {})",
                record.fqn, uid, record.generation
            ))
        };
        if *uid != record.uid {
            return broken(1, "the record stands under another uid");
        }
        if kept && snapshot.records.contains_key(uid) {
            return broken(2, "the object is live and retained");
        }
        if kept && record.status != Status::Ready {
            return broken(3, "the retained object is not at rest");
        }
        if snapshot.next_generation(&record.fqn, &record.ty) <= record.generation {
            return broken(4, "the generation is in use and counted as free");
        }
        let key = (&record.fqn, &record.ty, record.generation);
        if !kept && !record.replaced && generations.insert(key, uid).is_some() {
            return broken(5, "another record has the same generation");
        }
        if let Some(key) = name_of_whole(record)
            && names.insert(key, uid).is_some()
        {
            return broken(6, "another object has the same name");
        }
        if record.deps.contains(uid) {
            return broken(7, "the record depends on itself");
        }
    }
    Ok(())
}

/// A name that an object certainly holds: one half made or half deleted may be giving it to another.
fn name_of_whole(record: &Record) -> Option<(&ResourceType, &str, &str, &str)> {
    let whole = matches!(record.status, Status::Ready | Status::Updating);
    let name = record.name.as_deref().filter(|_| whole)?;
    Some((&record.ty, name, record.target.account.as_str(), record.target.region.as_str()))
}
