//! Props as members of interfaces.

use alchemy_core::{Prop, PropType, Value};

use super::doc::comment;

/// The members of an interface, each with its documentation, indented by `indent`.
pub(super) fn members(props: &[Prop], indent: &str) -> String {
    props.iter().map(|prop| member(prop, indent)).collect()
}

fn member(prop: &Prop, indent: &str) -> String {
    let ty = written(&prop.ty, indent);
    let own = if prop.required {
        format!("{indent}readonly {}: Input<{ty}>\n", key(prop.name))
    } else {
        optional(prop.name, &ty, indent)
    };
    let alias = prop.alias.map_or(String::new(), |alias| {
        comment(&format!("Another name of `{}`.", prop.name), indent)
            + &optional(alias, &ty, indent)
    });
    comment(&documentation(prop), indent) + &own + &alias
}

fn optional(name: &str, ty: &str, indent: &str) -> String {
    format!("{indent}readonly {}?: Input<{ty} | undefined>\n", key(name))
}

fn documentation(prop: &Prop) -> String {
    let days = match &prop.ty {
        PropType::DaysOf(days) => {
            let days: Vec<String> = days.iter().map(ToString::to_string).collect();
            format!(" Days: {}.", days.join(", "))
        }
        _ => String::new(),
    };
    let silent = prop.forces_replacement && !prop.doc.contains("Another ");
    let replaces = if silent { " Another value replaces the object." } else { "" };
    format!("{}{days}{replaces}", prop.doc)
}

fn key(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if plain { name.to_owned() } else { Value::str(name).to_json() }
}

/// The type as TypeScript writes it.
fn written(ty: &PropType, indent: &str) -> String {
    match ty {
        PropType::Bool => "boolean".to_owned(),
        PropType::Int { .. } => "number".to_owned(),
        PropType::Str { .. } | PropType::Code => "string".to_owned(),
        PropType::Enum(texts) => union(texts.iter().map(|text| Value::str(*text).to_json())),
        PropType::IntOf(numbers) => union(numbers.iter().map(ToString::to_string)),
        PropType::Duration { .. } | PropType::DaysOf(_) => "DurationInput".to_owned(),
        PropType::List(item) => format!("ReadonlyArray<Input<{}>>", written(item, indent)),
        PropType::Map(item) => {
            format!("{{ readonly [key: string]: Input<{} | undefined> }}", written(item, indent))
        }
        PropType::Object(props) => {
            let deeper = format!("{indent}  ");
            format!("{{\n{}{indent}}}", members(props, &deeper))
        }
        PropType::OneOf(types) => union(types.iter().map(|ty| written(ty, indent))),
        PropType::Document => "DocumentInput".to_owned(),
        PropType::Text => "TextInput".to_owned(),
        PropType::Literal(value) => value.to_json(),
    }
}

fn union(types: impl Iterator<Item = String>) -> String {
    types.collect::<Vec<_>>().join(" | ")
}
