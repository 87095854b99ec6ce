//! Look-up tables for the length of one computation: in order of insertion, and quick to hash.
//!
//! Their keys are the user's own names on the user's own machine, so nobody has a use for keys that collide.

use std::hash::BuildHasherDefault;

use rustc_hash::FxHasher;

/// A map in order of insertion.
pub(crate) type Index<K, V> = indexmap::IndexMap<K, V, BuildHasherDefault<FxHasher>>;

/// A set in order of insertion.
pub(crate) type KeySet<K> = indexmap::IndexSet<K, BuildHasherDefault<FxHasher>>;

/// An empty map with room for `count` entries.
pub(crate) fn sized<K, V>(count: usize) -> Index<K, V> {
    Index::with_capacity_and_hasher(count, BuildHasherDefault::default())
}
