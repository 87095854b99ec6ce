//! Documentation of types and props, from their descriptors.

use std::fmt::Write as _;

use alchemy_core::{Catalog, Descriptor, Prop, PropType, Value};
use alchemy_program::OutlineCall;

/// The type that a call makes a resource of, by the names of its callee.
pub(super) fn descriptor_of<'c>(
    catalog: &'c Catalog,
    call: &OutlineCall,
) -> Option<&'c Descriptor> {
    let name = call.callee.last()?;
    let dotted = call.callee.join(".");
    let fits = |descriptor: &&Descriptor| {
        let ty = descriptor.ty.as_str();
        ty == dotted || ty.ends_with(&format!(".{dotted}"))
    };
    let public = || catalog.iter().filter(|descriptor| descriptor.public);
    public().find(fits).or_else(|| {
        // `Queues.Queue`, where a module was imported under another name.
        let mut named = public().filter(|it| it.ty.as_str().rsplit('.').next() == Some(name));
        let only = named.next()?;
        named.next().is_none().then_some(only)
    })
}

/// The prop or member at a dotted path.
pub(super) fn prop_at<'d>(descriptor: &'d Descriptor, path: &str) -> Option<&'d Prop> {
    let mut parts = path.split('.');
    let mut prop = descriptor.prop(parts.next()?)?;
    for part in parts {
        prop = member(&prop.ty, part)?;
    }
    Some(prop)
}

fn member<'d>(ty: &'d PropType, name: &str) -> Option<&'d Prop> {
    match ty {
        PropType::Object(props) => {
            props.iter().find(|prop| prop.name == name || prop.alias == Some(name))
        }
        PropType::OneOf(types) => types.iter().find_map(|ty| member(ty, name)),
        _ => None,
    }
}

/// A prop's documentation, what it takes, its default, and whether another value makes another object.
pub(super) fn documentation(path: &str, prop: &Prop) -> String {
    let mut text = format!("**`{path}`**: {}\n\n{}\n", takes(&prop.ty), prop.doc);
    if prop.required {
        text.push_str("\nIt must be given.\n");
    } else if !prop.default.is_null() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\nDefault: `{}`", default(prop));
    }
    if prop.forces_replacement {
        text.push_str("\nAnother value **replaces** the object.\n");
    }
    if prop.sensitive {
        text.push_str("\nIts value is never shown.\n");
    }
    text
}

fn default(prop: &Prop) -> String {
    written(prop, &prop.default).unwrap_or_else(|| match &prop.default {
        Value::Str(text) => format!("\"{text}\""),
        other => other.to_json(),
    })
}

/// What a prop takes, in words.
fn takes(ty: &PropType) -> String {
    match ty {
        PropType::Bool => "`true` or `false`".to_owned(),
        PropType::Int { min, max } => format!("a whole number from {min} to {max}"),
        PropType::Str { min, max } => format!("text of {min} to {max} characters"),
        PropType::Enum(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| format!("`\"{text}\"`")).collect();
            texts.join(" or ")
        }
        PropType::Duration { min, max, .. } => {
            format!("a length of time from {} to {}", duration(*min), duration(*max))
        }
        PropType::IntOf(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!("one of {}", numbers.join(", "))
        }
        PropType::DaysOf(days) => {
            let days: Vec<String> = days.iter().map(ToString::to_string).collect();
            format!("a number of days: {}", days.join(", "))
        }
        PropType::List(item) => format!("a list of {}", takes(item)),
        PropType::Map(item) => format!("a map to {}", takes(item)),
        PropType::Object(props) => {
            let names: Vec<String> = props.iter().map(|prop| format!("`{}`", prop.name)).collect();
            format!("an object with {}", names.join(", "))
        }
        PropType::OneOf(types) => {
            let types: Vec<String> = types.iter().map(takes).collect();
            types.join(", or ")
        }
        PropType::Document => "a JSON document".to_owned(),
        PropType::Text => "text, a number or a boolean".to_owned(),
        PropType::Code => "the path of a source file".to_owned(),
        PropType::Literal(value) => format!("`{}`", value.to_json()),
    }
}

/// A prop's known value as programs write it.
pub(super) fn written(prop: &Prop, value: &Value) -> Option<String> {
    let count = value.as_int()?;
    match &prop.ty {
        PropType::Duration { unit_seconds, .. } => Some(duration(count * unit_seconds)),
        PropType::DaysOf(_) => Some(duration(count * 86_400)),
        _ => None,
    }
}

fn duration(seconds: i64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let fits = |(size, _): &&(i64, &str)| seconds % size == 0 && seconds >= *size;
    let (size, name) = units.iter().find(fits).unwrap_or(&(1, "second"));
    let count = seconds / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
