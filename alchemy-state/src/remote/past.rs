//! Earlier serials: which there are, and what they hold.

use alchemy_core::Snapshot;
use futures::{StreamExt as _, TryStreamExt as _};

use super::access::Access;
use super::{limits, reading};
use crate::error_text::one_line;
use crate::fold::check_owner;
use crate::format::StateDocument;
use crate::history::serial_of;
use crate::keys::StageKeys;
use crate::{HistoryEntry, StageKey, StateError};

/// Every serial there is: the current one, then those of history, newest first.
pub(super) async fn history(
    access: &Access,
    key: &StageKey,
) -> Result<Vec<HistoryEntry>, StateError> {
    let keys = StageKeys::new(key);
    reading::check_spelling(access, key).await?;
    let current = read(access, key, &keys.state()).await?;
    let names = access.list(&keys.history_folder()).await?;
    let now = current.as_ref().map_or(0, |snapshot| snapshot.serial);
    let mut serials: Vec<u64> = names.iter().filter_map(|name| serial_of(name)).collect();
    serials.retain(|serial| *serial != now);
    serials.sort_unstable_by(|a, b| b.cmp(a));
    let reading = serials.into_iter().map(|serial| async move {
        match earlier(access, key, serial).await {
            // `None`: removed by a commit meanwhile.
            Ok(found) => Ok(found.map(|snapshot| HistoryEntry::of(&snapshot, false))),
            Err(error @ (StateError::Corrupt { .. } | StateError::Newer { .. })) => {
                Ok(Some(HistoryEntry::unreadable(serial, one_line(&error))))
            }
            Err(error) => Err(error),
        }
    });
    let earlier: Vec<Option<HistoryEntry>> =
        futures::stream::iter(reading).buffered(limits::AT_ONCE).try_collect().await?;
    let current = current.iter().map(|snapshot| HistoryEntry::of(snapshot, true));
    Ok(current.chain(earlier.into_iter().flatten()).collect())
}

/// The state of one serial.
pub(super) async fn at_serial(
    access: &Access,
    key: &StageKey,
    serial: u64,
) -> Result<Option<Snapshot>, StateError> {
    reading::check_spelling(access, key).await?;
    match read(access, key, &StageKeys::new(key).state()).await? {
        Some(current) if current.serial == serial => Ok(Some(current)),
        // A commit keeps the old state before it replaces it: what is not current any more is in history.
        _ => earlier(access, key, serial).await,
    }
}

async fn earlier(
    access: &Access,
    key: &StageKey,
    serial: u64,
) -> Result<Option<Snapshot>, StateError> {
    let file = StageKeys::new(key).history(serial);
    match read(access, key, &file).await? {
        Some(snapshot) if snapshot.serial != serial => Err(StateError::Corrupt {
            file: access.objects.label(&file),
            reason: format!("it holds serial {}", snapshot.serial),
        }),
        found => Ok(found),
    }
}

async fn read(access: &Access, key: &StageKey, file: &str) -> Result<Option<Snapshot>, StateError> {
    let Some(object) = access.get(file).await? else { return Ok(None) };
    let label = access.objects.label(file);
    let (document, _) =
        StateDocument::read(&object.bytes).map_err(|error| error.in_file(label.clone()))?;
    let snapshot = document.snapshot;
    let found = StageKey { stack: snapshot.stack.clone(), stage: snapshot.stage.clone() };
    check_owner(key, &found, label)?;
    Ok(Some(snapshot))
}
