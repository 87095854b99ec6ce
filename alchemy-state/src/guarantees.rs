//! What a store promises, found out by trying where it can be tried.

use std::time::SystemTime;

/// A store's guarantees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarantees {
    /// Of several who create a key at once, one succeeds.
    pub create_excludes: bool,
    /// A key is replaced only by who knows its present content (or by the holder of its lock, where that excludes).
    pub swap_excludes: bool,
    /// When a write counts as done; for people.
    pub durable: String,
    /// How a stage is locked; for people.
    pub lock: String,
    /// The store's clock as it was a moment before this was given, to the second; of stores that have one.
    pub clock: Option<SystemTime>,
    /// What else is worth knowing; for people.
    pub notes: Vec<String>,
}
