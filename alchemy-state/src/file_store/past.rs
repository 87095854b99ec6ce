//! Earlier serials: which there are, what they hold, how many are kept.

use super::io_error;
use crate::error_text::one_line;
use crate::files::Files;
use crate::fold::check_owner;
use crate::format::StateDocument;
use crate::history::serial_of;
use crate::keys::StageKeys;
use crate::{HistoryEntry, StageKey, StateError};
use alchemy_core::Snapshot;

/// Serials kept in history, ascending.
pub(super) fn kept(files: &dyn Files, keys: &StageKeys) -> Result<Vec<u64>, StateError> {
    let folder = keys.history_folder();
    let names = files.list(&folder).map_err(io_error(files, "list", &folder))?;
    let mut serials: Vec<u64> = names.iter().filter_map(|name| serial_of(name)).collect();
    serials.sort_unstable();
    Ok(serials)
}

/// Removes all but the newest `keep` of the serials in history. What cannot be removed now is removed by a later commit.
pub(super) fn prune(files: &dyn Files, keys: &StageKeys, serials: &[u64], keep: usize) {
    for serial in &serials[..serials.len().saturating_sub(keep)] {
        // Only room is lost by one that stays.
        let _ = files.remove(&keys.history(*serial));
    }
}

/// Every serial there is: the current one, then those of history, newest first.
pub(super) fn history(files: &dyn Files, key: &StageKey) -> Result<Vec<HistoryEntry>, StateError> {
    let keys = StageKeys::new(key);
    super::check_spelling(files, key)?;
    let current = read(files, key, &keys.state())?;
    let mut entries: Vec<_> =
        current.iter().map(|snapshot| HistoryEntry::of(snapshot, true)).collect();
    let now = current.map_or(0, |snapshot| snapshot.serial);
    for serial in kept(files, &keys)?.into_iter().rev().filter(|serial| *serial != now) {
        match earlier(files, key, &keys, serial) {
            Ok(Some(snapshot)) => entries.push(HistoryEntry::of(&snapshot, false)),
            // Removed by a commit meanwhile.
            Ok(None) => {}
            Err(error @ (StateError::Corrupt { .. } | StateError::Newer { .. })) => {
                entries.push(HistoryEntry::unreadable(serial, one_line(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(entries)
}

/// The state of one serial.
pub(super) fn at_serial(
    files: &dyn Files,
    key: &StageKey,
    serial: u64,
) -> Result<Option<Snapshot>, StateError> {
    let keys = StageKeys::new(key);
    super::check_spelling(files, key)?;
    match read(files, key, &keys.state())? {
        Some(current) if current.serial == serial => Ok(Some(current)),
        // A commit keeps the old state before it replaces it: what is not current any more is in history.
        _ => earlier(files, key, &keys, serial),
    }
}

fn earlier(
    files: &dyn Files,
    key: &StageKey,
    keys: &StageKeys,
    serial: u64,
) -> Result<Option<Snapshot>, StateError> {
    let file = keys.history(serial);
    match read(files, key, &file)? {
        Some(snapshot) if snapshot.serial != serial => Err(StateError::Corrupt {
            file: files.label(&file),
            reason: format!("it holds serial {}", snapshot.serial),
        }),
        found => Ok(found),
    }
}

fn read(files: &dyn Files, key: &StageKey, file: &str) -> Result<Option<Snapshot>, StateError> {
    let Some(bytes) = files.read(file).map_err(io_error(files, "read", file))? else {
        return Ok(None);
    };
    let (document, _) =
        StateDocument::read(&bytes).map_err(|error| error.in_file(files.label(file)))?;
    let snapshot = document.snapshot;
    let found = StageKey { stack: snapshot.stack.clone(), stage: snapshot.stage.clone() };
    check_owner(key, &found, files.label(file))?;
    Ok(Some(snapshot))
}
