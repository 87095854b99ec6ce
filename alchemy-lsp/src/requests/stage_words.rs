//! What is said about stages and records, in words.

use alchemy_core::{Record, Snapshot};

use crate::stage_view::StageView;

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

/// Where a stage stands: when it was deployed, and by whom.
pub(super) fn standing(stage: &StageView) -> String {
    let Some(snapshot) = stage.snapshot.as_deref() else {
        return if stage.known { "not deployed" } else { "state not read" }.to_owned();
    };
    match (&snapshot.destroyed_at, last_deploy(snapshot)) {
        (Some(at), _) => format!("destroyed {}", time(at)),
        (None, Some(last)) => format!("deployed {last}"),
        (None, None) => "not deployed".to_owned(),
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
