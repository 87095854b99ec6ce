//! Earlier serials of a stage, and what may take the place of the current one.

use alchemy_core::{Snapshot, verify_integrity};

use crate::{StageKey, StateError};

/// How many earlier serials a store keeps unless told otherwise.
pub const DEFAULT_KEEP: usize = 50;

/// One serial of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its number.
    pub serial: u64,
    /// When its state was last deployed or destroyed, RFC 3339.
    pub at: Option<String>,
    /// By whom it was deployed.
    pub by: Option<String>,
    /// How many live records it has.
    pub records: usize,
    /// Whether it is the stage's state now (a run under way, or cut short, aside).
    pub current: bool,
    /// Why it cannot be read, if so; then nothing but the serial is known.
    pub unreadable: Option<String>,
}

impl HistoryEntry {
    /// The entry of a snapshot.
    pub(crate) fn of(snapshot: &Snapshot, current: bool) -> Self {
        Self {
            serial: snapshot.serial,
            at: snapshot.destroyed_at.clone().or_else(|| snapshot.deployed_at.clone()),
            by: snapshot.deployed_by.clone(),
            records: snapshot.records.len(),
            current,
            unreadable: None,
        }
    }

    /// The entry of a serial that cannot be read.
    pub(crate) fn unreadable(serial: u64, why: String) -> Self {
        Self { serial, at: None, by: None, records: 0, current: false, unreadable: Some(why) }
    }
}

/// Reads `<serial>.json` as it is written: no sign, no leading zero.
pub(crate) fn serial_of(file_name: &str) -> Option<u64> {
    let serial: u64 = file_name.strip_suffix(".json")?.parse().ok()?;
    (format!("{serial}.json") == file_name).then_some(serial)
}

/// `wanted` as it may follow `current` as the whole content of the stage `key`: the same stage, under a number that
/// was never used, with no counter of generations going back (no name ever means two objects), and consistent in itself.
///
/// `newest` is the highest serial that history holds. A `wanted` with a higher number of its own keeps it, so that a
/// stage that is copied to another store keeps its numbers.
pub(crate) fn replacement(
    key: &StageKey,
    current: &Snapshot,
    newest: u64,
    mut wanted: Snapshot,
) -> Result<Snapshot, StateError> {
    if (&wanted.stack, &wanted.stage) != (&key.stack, &key.stage) {
        let reason = format!(
            "it is the state of stage `{}` of stack `{}`, not of stage `{}` of stack `{}`",
            wanted.stage, wanted.stack, key.stage, key.stack
        );
        return Err(StateError::Unwritable { reason });
    }
    wanted.serial = wanted.serial.max(current.serial.max(newest) + 1);
    for (resource, next) in &current.generations {
        let kept = wanted.generations.entry(resource.clone()).or_default();
        *kept = (*kept).max(*next);
    }
    verify_integrity(&wanted).map_err(|reason| StateError::Unwritable { reason })?;
    Ok(wanted)
}
