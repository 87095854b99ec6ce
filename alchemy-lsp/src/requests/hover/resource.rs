//! The hover of a resource: its name and state in every stage, what differs between them, its attributes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alchemy_core::{Expr, Fqn, NameUse, Prop, PropType, Record, Value};

use super::super::hints::shown;
use super::super::prop_docs::{prop_at, written};
use super::super::stage_words::deployed;
use crate::evaluated::Evaluated;
use crate::stage_view::{Mark, ResourceView};
use crate::view::Seen;

/// Resources of one call that are told in full.
const IN_FULL: usize = 3;

/// Longest value that is shown whole, in characters.
const VALUE: usize = 120;

/// What there is to say about the resources of a place.
pub(super) fn text(seen: &Seen, evaluated: &Evaluated, resources: &[Fqn]) -> String {
    let mut parts: Vec<String> =
        resources.iter().take(IN_FULL).map(|fqn| one(seen, evaluated, fqn)).collect();
    if resources.len() > IN_FULL {
        parts.push(format!("… and {} more", resources.len() - IN_FULL));
    }
    parts.join("\n\n---\n\n")
}

fn one(seen: &Seen, evaluated: &Evaluated, fqn: &Fqn) -> String {
    let Some(resource) = evaluated.resource(fqn) else { return String::new() };
    let mut text = format!("**`{fqn}`** {}\n\n", resource.ty);
    text.push_str("| stage | name | state |\n|---|---|---|\n");
    for stage in &evaluated.stages {
        let (name, state) = match stage.resources.get(fqn) {
            Some(resource) => (format!("`{}`", shown(resource)), state(resource)),
            None if !stage.whole => ("?".to_owned(), "cannot be evaluated".to_owned()),
            None => ("–".to_owned(), "not in this stage".to_owned()),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{}` | {name} | {state} |", stage.stage);
    }
    for difference in differences(seen, evaluated, resource) {
        let _ = write!(text, "\n{difference}\n");
    }
    if let Some(current) = evaluated.current().and_then(|stage| stage.resources.get(fqn)) {
        let descriptor = seen.program.project.catalog.get(&resource.ty);
        for change in current.changes.iter().take(8) {
            let prop = descriptor.and_then(|it| prop_at(it, &change.path));
            let changed = |it: &Expr| prop.map_or_else(|| value(it), |prop| prop_value(prop, it));
            let _ = write!(
                text,
                "\nA deploy changes `{}`: {} → {}{}\n",
                change.path,
                changed(&change.old),
                changed(&change.new),
                if change.forces_replacement { " (another object)" } else { "" }
            );
        }
        if let Some(record) = &current.record {
            text.push_str(&attributes(record));
            text.push_str(&console(seen, record));
        }
    }
    if let Some(descriptor) = seen.program.project.catalog.get(&resource.ty) {
        let _ = write!(text, "\n{}\n", descriptor.doc);
    }
    text
}

fn state(resource: &ResourceView) -> String {
    match (&resource.record, resource.mark) {
        (Some(record), Mark::Deployed) => deployed(record),
        (Some(record), mark) => format!("{}; {}", mark.words(), deployed(record)),
        (None, mark) => mark.words().to_owned(),
    }
}

/// `memory: 1024 in prod, 512 elsewhere`
fn differences(seen: &Seen, evaluated: &Evaluated, resource: &ResourceView) -> Vec<String> {
    let Some(descriptor) = seen.program.project.catalog.get(&resource.ty) else {
        return Vec::new();
    };
    let name = match &descriptor.name {
        NameUse::Named { prop, .. } => Some(*prop),
        NameUse::Natural { .. } => None,
    };
    let with: Vec<_> = evaluated
        .stages
        .iter()
        .filter_map(|stage| Some((stage.stage.as_str(), stage.resources.get(&resource.fqn)?)))
        .collect();
    let mut found = Vec::new();
    for prop in
        descriptor.props.iter().filter(|it| Some(it.name) != name && it.ty != PropType::Code)
    {
        let mut values: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (stage, resource) in &with {
            let given = match resource.props.get(prop.name) {
                Some(expr) => prop_value(prop, expr),
                None if prop.default.is_null() => "not set".to_owned(),
                None => prop_value(prop, &Expr::Value(prop.default.clone())),
            };
            values.entry(given).or_default().push(stage);
        }
        if values.len() > 1 {
            found.push(format!("`{}`: {}", prop.name, spread(values)));
        }
    }
    found
}

/// The rarer values with their stages first, then the most usual one as what holds elsewhere.
fn spread(values: BTreeMap<String, Vec<&str>>) -> String {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by_key(|(_, stages)| stages.len());
    let last = values.len() - 1;
    let usual = values[last].1.len() > 1 || values.len() == 2 && values[0].1.len() == 1;
    let parts = values.iter().enumerate().map(|(i, (value, stages))| {
        if i == last && usual {
            format!("{value} elsewhere")
        } else {
            format!("{value} in {}", stages.join(", "))
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn prop_value(prop: &Prop, expr: &Expr) -> String {
    expr.as_value().and_then(|known| written(prop, known)).unwrap_or_else(|| value(expr))
}

fn value(expr: &Expr) -> String {
    let Some(known) = expr.as_value() else { return "known after apply".to_owned() };
    if known.has_secret() {
        return "(secret)".to_owned();
    }
    let text = match known {
        Value::Null => "not set".to_owned(),
        Value::Str(text) => format!("\"{text}\""),
        other => other.to_json(),
    };
    let text = text.replace('\n', " ").replace('|', "\\|");
    match text.char_indices().nth(VALUE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn attributes(record: &Record) -> String {
    let shown = record.attrs.iter().filter(|(_, value)| !value.is_null());
    let lines: Vec<String> = shown
        .map(|(name, it)| format!("- `{name}`: {}", value(&Expr::Value(it.clone()))))
        .collect();
    if lines.is_empty() { String::new() } else { format!("\n{}\n", lines.join("\n")) }
}

fn console(seen: &Seen, record: &Record) -> String {
    let descriptor = seen.program.project.catalog.get(&record.ty);
    let Some(page) = descriptor.map(|it| it.console_url).filter(|page| !page.is_empty()) else {
        return String::new();
    };
    let name = record.name.as_deref().unwrap_or_default();
    let page = page
        .replace("{region}", &record.target.region)
        .replace("{account}", &record.target.account)
        .replace("{name}", name);
    format!("\n[Open in the console]({page})\n")
}
