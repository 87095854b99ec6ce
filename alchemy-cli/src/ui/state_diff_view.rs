//! What differs between two states of a stage: one line an object, what differs in it below.

use alchemy_core::{Record, RecordChange, SnapshotDiff, Value, ValueChange};

use super::style::{Paint, Role};
use super::text::printable;
use super::value_view::value_side;

/// The difference as text; empty if there is none.
pub(crate) fn state_diff_text(diff: &SnapshotDiff<'_>, paint: Paint) -> String {
    let mut lines = Vec::new();
    for change in &diff.records {
        draw(change, paint, &mut lines);
    }
    lines.extend(diff.stage.iter().map(|change| line("", change)));
    lines.join("\n")
}

fn draw(change: &RecordChange<'_>, paint: Paint, lines: &mut Vec<String>) {
    let Some(record) = change.record() else { return };
    let (sign, role) = match (change.old, change.new) {
        (None, _) => ("+", Role::Create),
        (_, None) => ("-", Role::Delete),
        (Some(_), Some(_)) => ("~", Role::Update),
    };
    lines.push(format!("{} {}", paint.text(role, sign), title(record)));
    lines.extend(change.changes.iter().map(|change| line("    ", change)));
}

fn title(record: &Record) -> String {
    let name = record.name.as_deref().map(|name| format!("  {}", printable(name)));
    format!("{} ({}){}", record.fqn, record.ty, name.unwrap_or_default())
}

fn line(indent: &str, change: &ValueChange) -> String {
    let side = |value: Option<&Value>| value_side(value.unwrap_or(&Value::Null));
    let (old, new) = (side(change.old.as_ref()), side(change.new.as_ref()));
    let note = if old == new { "  (another secret)" } else { "" };
    format!("{indent}{}: {old} -> {new}{note}", printable(&change.path))
}
