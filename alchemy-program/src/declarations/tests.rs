//! What is written for a small catalog, in full.

use std::collections::BTreeSet;

use alchemy_core::{Attribute, Catalog, Descriptor, NameUse, Prop, PropType, Value, name_rules};

use super::declarations;
use crate::embedded::Embedded;

fn file(catalog: &Catalog, path: &str) -> String {
    let mut files = declarations(catalog).into_iter();
    files.find(|(name, _)| name == path).map(|(_, text)| text).expect("the file is written")
}

fn queue() -> Descriptor {
    let name = NameUse::Named { prop: "queueName", rule: name_rules::SQS_QUEUE, rule_if: None };
    let policy = vec![
        Prop::new("target", "Where to.", PropType::Str { min: 1, max: 9 }).required(),
        Prop::new("count", "", PropType::IntOf(&[1, 2])),
    ];
    Descriptor {
        props: vec![
            Prop::new("queueName", "Its name.", PropType::Str { min: 1, max: 80 }).replaces(),
            Prop::new("memory", "In MB */ sneaky.", PropType::Int { min: 1, max: 9 })
                .alias("memorySize"),
            Prop::new("wait", "How long.", PropType::Duration { min: 0, max: 9, unit_seconds: 1 }),
            Prop::new("keep", "How long.", PropType::DaysOf(&[1, 7])),
            Prop::new("redrive", "To another.", PropType::Object(policy)),
            Prop::new("env", "Variables.", PropType::Map(Box::new(PropType::Text))),
            Prop::new("arns", "A list.", PropType::List(Box::new(PropType::Enum(&["a", "b"])))),
            Prop::new("aws:odd", "A key in quotes.", {
                PropType::OneOf(vec![PropType::Literal(Value::Bool(false)), PropType::Document])
            }),
        ],
        attributes: vec![
            Attribute::new("queueUrl", "Its URL."),
            Attribute::new("deadline", "If any.").ts_type("string | undefined"),
        ],
        ..Descriptor::new("AWS.SQS.Queue", "A queue.", name)
    }
}

#[test]
fn a_service_s_module_is_made_from_its_descriptors() {
    let mut topic = Descriptor { public: false, ..queue() };
    topic.ty = alchemy_core::ResourceType::new("AWS.SQS.Hidden");
    let text = file(&Catalog::new([queue(), topic]), ".alchemy/types/alchemy/AWS/SQS.d.ts");
    let expected = r#"// Written by `alchemy types`; changes are lost.
import type { DocumentInput, DurationInput, Input, ResourceType, TextInput } from "../../internal/resource"
import type { Output } from "../Output"

/** What a deployed `AWS.SQS.Queue` is known by. */
export interface Queue {
  /** Its URL. */
  readonly queueUrl: Output<string>
  /** If any. */
  readonly deadline: Output<string | undefined>
}

/** Props of `AWS.SQS.Queue`. */
export interface QueueProps {
  /** Its name. Another value replaces the object. */
  readonly queueName?: Input<string | undefined>
  /** In MB *<zwsp>/ sneaky. */
  readonly memory?: Input<number | undefined>
  /** Another name of `memory`. */
  readonly memorySize?: Input<number | undefined>
  /** How long. */
  readonly wait?: Input<DurationInput | undefined>
  /** How long. Days: 1, 7. */
  readonly keep?: Input<DurationInput | undefined>
  /** To another. */
  readonly redrive?: Input<{
    /** Where to. */
    readonly target: Input<string>
    readonly count?: Input<1 | 2 | undefined>
  } | undefined>
  /** Variables. */
  readonly env?: Input<{ readonly [key: string]: Input<TextInput | undefined> } | undefined>
  /** A list. */
  readonly arns?: Input<ReadonlyArray<Input<"a" | "b">> | undefined>
  /** A key in quotes. */
  readonly "aws:odd"?: Input<false | DocumentInput | undefined>
  /** The region it lives in, if not the stage's. Another region replaces the object. */
  readonly region?: string | undefined
}

/** A queue. */
export declare const Queue: ResourceType<Queue, QueueProps>

"#;
    assert_eq!(text.replace('\u{200b}', "<zwsp>"), expected);
    assert!(!text.contains("*/ sneaky"), "a comment may not end early");
}

#[test]
fn a_type_with_a_required_prop_cannot_be_made_without_props() {
    let mut queue = queue();
    queue.props[0].required = true;
    let text = file(&Catalog::new([queue]), ".alchemy/types/alchemy/AWS/SQS.d.ts");
    assert!(text.contains("readonly queueName: Input<string>\n"), "{text}");
    assert!(text.contains("Queue: ResourceTypeWithProps<Queue, QueueProps>"), "{text}");
}

#[test]
fn a_cloud_s_module_names_its_services_and_every_module_of_the_library_is_there() {
    let catalog = Catalog::new([queue()]);
    let cloud = file(&catalog, ".alchemy/types/alchemy/AWS.d.ts");
    assert!(
        cloud.contains("export * as S3 from \"./AWS/S3\"\nexport * as SQS from \"./AWS/SQS\"\n"),
        "{cloud}"
    );
    assert!(
        file(&catalog, ".alchemy/types/alchemy/AWS/S3.d.ts")
            .contains("const state: (url: string) => StateStore")
    );
    for module in [
        "index",
        "Stack",
        "Stage",
        "Output",
        "RemovalPolicy",
        "Namespace",
        "Config",
        "GCS",
        "Adopt",
        "Rename",
    ] {
        let text = file(&catalog, &format!(".alchemy/types/alchemy/{module}.d.ts"));
        assert!(text.starts_with("// Written by `alchemy types`; changes are lost.\n"), "{module}");
    }
    let config = file(&catalog, ".alchemy/tsconfig.json");
    assert!(config.contains("\"strict\": true"), "{config}");
}

#[test]
fn long_documentation_is_wrapped_and_none_writes_no_comment() {
    let words = "word ".repeat(60);
    let comment = super::doc::comment(&words, "  ");
    assert!(comment.starts_with("  /**\n   * word"), "{comment}");
    assert!(comment.lines().all(|line| line.chars().count() <= 110), "{comment}");
    assert_eq!(super::doc::comment("  ", ""), "");
}

/// Names of the values that a module exports, in JavaScript or in a declaration file.
fn exported(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for piece in source.split("export ").skip(1) {
        if let Some(list) = piece.strip_prefix('{') {
            let list = list.split('}').next().unwrap_or_default();
            let last = |item: &str| item.split_whitespace().last().map(str::to_owned);
            names.extend(list.split(',').filter_map(last));
        }
        let words: Vec<&str> =
            piece.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '*').collect();
        match words.as_slice() {
            ["*", "as", name, ..] | ["declare", "const", name, ..] | ["const", name, ..] => {
                names.insert((*name).to_owned());
            }
            ["default", name, ..] if *name != "async" => {
                names.insert("default".to_owned());
            }
            ["*", ..] => {
                names.insert("*".to_owned());
            }
            _ => {}
        }
    }
    names
}

#[test]
fn every_module_declares_exactly_what_it_exports() {
    let catalog = Catalog::new([queue()]);
    let library = Embedded::new(&catalog);
    let modules = [
        "alchemy",
        "alchemy/AWS",
        "alchemy/AWS/S3",
        "alchemy/AWS/SQS",
        "alchemy/Adopt",
        "alchemy/Config",
        "alchemy/GCS",
        "alchemy/Namespace",
        "alchemy/Output",
        "alchemy/RemovalPolicy",
        "alchemy/Rename",
        "alchemy/Stack",
        "alchemy/Stage",
    ];
    for module in modules {
        let path = if module == "alchemy" { "alchemy/index" } else { module };
        let declared = exported(&file(&catalog, &format!(".alchemy/types/{path}.d.ts")));
        let there = exported(library.source(module).expect("the module is embedded"));
        assert_eq!(declared, there, "{module}");
    }
}
