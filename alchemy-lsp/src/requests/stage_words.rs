//! What is said about stages and records, in words.

use alchemy_core::{Record, Snapshot};

/// When a record's object was made or last changed.
pub(super) fn deployed(record: &Record) -> String {
    if record.created_at == record.updated_at {
        return format!("created {}", time(&record.created_at));
    }
    format!("created {}, changed {}", time(&record.created_at), time(&record.updated_at))
}

/// `2026-01-01T00:00:00Z` without seconds.
pub(super) fn time(rfc3339: &str) -> String {
    match (rfc3339.get(..10), rfc3339.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time}"),
        _ => rfc3339.to_owned(),
    }
}

/// When a stage was deployed, and by whom.
pub(super) fn last_deploy(snapshot: &Snapshot) -> Option<String> {
    let at = time(snapshot.deployed_at.as_deref()?);
    Some(match &snapshot.deployed_by {
        Some(by) => format!("{at} by {by}"),
        None => at,
    })
}
