//! Cloud objects by name: what was kept, what is left over.

use std::sync::Arc;

use alchemy_core::Record;

use super::style::Paint;
use super::table::table;

/// Resource, type and physical name of each record, by resource.
pub(crate) fn objects<'a>(
    records: impl IntoIterator<Item = &'a Arc<Record>>,
    paint: Paint,
) -> String {
    let mut records: Vec<_> = records.into_iter().collect();
    records.sort_by_key(|record| (&record.fqn, record.generation));
    let rows: Vec<_> = records.into_iter().map(|record| row(record)).collect();
    table(&["RESOURCE", "TYPE", "NAME"], &rows, paint)
}

fn row(record: &Record) -> Vec<String> {
    vec![record.fqn.to_string(), record.ty.to_string(), record.name.clone().unwrap_or_default()]
}
