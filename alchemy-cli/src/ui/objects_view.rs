//! Cloud objects by name: what was kept, what is left over.

use std::borrow::Borrow;

use alchemy_core::Record;

use super::style::Paint;
use super::table::table;

/// Resource, type and physical name of each record, by resource.
pub(crate) fn objects<'a, R: Borrow<Record> + 'a>(
    records: impl IntoIterator<Item = &'a R>,
    paint: Paint,
) -> String {
    let mut records: Vec<&Record> = records.into_iter().map(Borrow::borrow).collect();
    records.sort_by_key(|record| (&record.fqn, record.generation));
    let rows: Vec<_> = records.into_iter().map(row).collect();
    table(&["RESOURCE", "TYPE", "NAME"], &rows, paint)
}

fn row(record: &Record) -> Vec<String> {
    vec![record.fqn.to_string(), record.ty.to_string(), record.name.clone().unwrap_or_default()]
}
