//! What a recovery found, one line an object.

use alchemy_core::{Fate, Recovered, Recovery};

use super::style::Paint;
use super::table::table;
use super::text::printable;

/// Resource, type, physical name and what becomes of it; then what the program wants and the cloud does not have.
pub(crate) fn recovery_text(recovery: &Recovery, paint: Paint) -> String {
    let found = recovery.objects.iter().map(row);
    let missing = recovery.missing.iter().map(|(fqn, ty)| {
        let what = "not found: the next deploy creates it".to_owned();
        vec![fqn.to_string(), ty.to_string(), String::new(), what]
    });
    let rows: Vec<_> = found.chain(missing).collect();
    table(&["RESOURCE", "TYPE", "NAME", "RECOVERED AS"], &rows, paint)
}

fn row(object: &Recovered) -> Vec<String> {
    let Recovered { record, .. } = object;
    let name = record.name.as_deref().map(printable).unwrap_or_default();
    vec![record.fqn.to_string(), record.ty.to_string(), name, fate_text(object)]
}

fn fate_text(object: &Recovered) -> String {
    match object.fate {
        Fate::Kept => "kept in the cloud, never deleted".to_owned(),
        Fate::Replaced => {
            format!("former generation {}, waits to be deleted", object.record.generation)
        }
        Fate::Live if object.differs.is_empty() => "live".to_owned(),
        Fate::Live => format!("live; differs from the program: {}", object.differs.join(", ")),
    }
}
