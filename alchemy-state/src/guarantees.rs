//! What a store promises, found out by trying where it can be tried.

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
    /// What else is worth knowing; for people.
    pub notes: Vec<String>,
}
