//! The module of a cloud, and of each of its services.

use alchemy_core::{Attribute, Descriptor};

use super::Services;
use super::doc::comment;
use super::prop::members;

/// `alchemy/AWS`.
pub(super) fn cloud(name: &str, services: &Services<'_>) -> String {
    let exports: Vec<String> = services
        .keys()
        .map(|service| format!("export * as {service} from \"./{name}/{service}\""))
        .collect();
    [
        &format!("/** Resources of {name}, by service. */"),
        "import type { Providers } from \"../internal/resource\"\n",
        &exports.join("\n"),
        &format!("\n/** Lets a stack have resources of {name}. */"),
        "export declare const providers: () => Providers\n",
    ]
    .join("\n")
}

/// `alchemy/AWS/SQS`, with `extra` at its end.
pub(super) fn service(types: &[&Descriptor], extra: &str) -> String {
    let names = [
        "DocumentInput",
        "DurationInput",
        "Input",
        "ResourceType",
        "ResourceTypeWithProps",
        "StateStore",
        "TextInput",
    ];
    let body = types.iter().map(|descriptor| resource(descriptor)).collect::<String>() + extra;
    let used: Vec<&str> = names.into_iter().filter(|name| mentions(&body, name)).collect();
    let mut text =
        format!("import type {{ {} }} from \"../../internal/resource\"\n", used.join(", "));
    if mentions(&body, "Output") {
        text += "import type { Output } from \"../Output\"\n";
    }
    format!("{text}\n{body}")
}

/// Whether the text uses `name` as a type of its own.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !text[..at].ends_with(word) && !text[at + name.len()..].starts_with(word)
    })
}

fn resource(descriptor: &Descriptor) -> String {
    let ty = descriptor.ty.as_str();
    let name = ty.rsplit('.').next().unwrap_or(ty);
    let attributes: String = descriptor.attributes.iter().map(attribute).collect();
    let props = members(&descriptor.props, "  ");
    let constructor = if descriptor.props.iter().any(|p| p.required) {
        "ResourceTypeWithProps"
    } else {
        "ResourceType"
    };
    let reserved = if descriptor.prop("region").is_none() && !descriptor.global {
        comment(
            "The region it lives in, if not the stage's. Another region replaces the object.",
            "  ",
        ) + "  readonly region?: string | undefined\n"
    } else {
        String::new()
    };
    [
        comment(&format!("What a deployed `{ty}` is known by."), ""),
        format!("export interface {name} {{\n{attributes}}}\n\n"),
        comment(&format!("Props of `{ty}`."), ""),
        format!("export interface {name}Props {{\n{props}{reserved}}}\n\n"),
        comment(descriptor.doc, ""),
        format!("export declare const {name}: {constructor}<{name}, {name}Props>\n\n"),
    ]
    .concat()
}

fn attribute(attribute: &Attribute) -> String {
    let doc = comment(attribute.doc, "  ");
    format!("{doc}  readonly {}: Output<{}>\n", attribute.name, attribute.ts_type)
}
