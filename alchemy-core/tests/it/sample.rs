//! A few small resource types and graphs to try pure functions on.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::{
    Attribute, AttributeContext, CaseRule, Catalog, Descriptor, Expr, Fqn, Graph, Location,
    NameRule, NameUse, Prop, PropType, RemovalPolicy, Resource, ResourceType, Span, StackName,
    Stage, Value,
};

/// A prop that is not required, has no default and no special meaning.
pub(crate) fn prop(name: &'static str, ty: PropType) -> Prop {
    Prop {
        name,
        alias: None,
        doc: "",
        ty,
        required: false,
        default: Value::Null,
        forces_replacement: false,
        sensitive: false,
        local: false,
        names_existing: false,
    }
}

fn arn(context: &AttributeContext<'_>) -> Option<Value> {
    Some(Value::Str(format!("arn:{}:thing:{}", context.partition, context.name?)))
}

fn url(context: &AttributeContext<'_>) -> Option<Value> {
    if context.custom_endpoint {
        None
    } else {
        Some(Value::Str(format!("https://{}", context.name?)))
    }
}

fn attribute(
    name: &'static str,
    at_plan: Option<fn(&AttributeContext<'_>) -> Option<Value>>,
) -> Attribute {
    Attribute { name, doc: "", ts_type: "string", stable: true, at_plan }
}

/// `Test.Thing`: named by `thingName`, attributes `arn` (from the name), `url` (unless the endpoint is the user's own)
/// and `id` (from the service).
pub(crate) fn thing(props: Vec<Prop>) -> Descriptor {
    Descriptor {
        ty: ResourceType::new("Test.Thing"),
        doc: "A thing.",
        props,
        attributes: vec![
            attribute("arn", Some(arn)),
            attribute("url", Some(url)),
            attribute("id", None),
        ],
        name: NameUse::Named {
            prop: "thingName",
            rule: NameRule {
                min: 1,
                max: 64,
                underscore: true,
                by_hand: "",
                case: CaseRule::Sensitive,
                ending: "",
                reserved_prefixes: &[],
                reserved_suffixes: &[],
            },
            rule_if: None,
        },
        taggable: true,
        global: false,
        names_span_regions: false,
        removal: RemovalPolicy::Destroy,
        holds_data: false,
        data_loss_prop: None,
        refusals: &[],
        expand: None,
        check: None,
        public: true,
        console_url: "",
    }
}

pub(crate) fn fqn(text: &str) -> Fqn {
    Fqn::parse(text).expect("a legal name")
}

/// The span of `len` bytes at a line of the program.
pub(crate) fn span(line: u32) -> Span {
    Span {
        location: Location { file: "alchemy.run.ts".to_owned(), line, column: 3 },
        start: line * 100,
        end: line * 100 + 10,
    }
}

pub(crate) fn attr(of: &str, path: &str) -> Expr {
    Expr::Attr { fqn: fqn(of), path: path.split('.').map(str::to_owned).collect() }
}

/// A `Test.Thing` declared at `line`.
pub(crate) fn resource(name: &str, line: u32, props: &[(&str, Expr)]) -> Resource {
    Resource {
        fqn: fqn(name),
        ty: ResourceType::new("Test.Thing"),
        props: props.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
        removal: None,
        renamed_from: Vec::new(),
        parent: None,
        depends_on: BTreeSet::new(),
        adopt: false,
        region: None,
        span: Some(span(line)),
        prop_spans: BTreeMap::new(),
    }
}

pub(crate) fn graph(resources: impl IntoIterator<Item = Resource>) -> Graph {
    Graph {
        stack: StackName::parse("myapp").expect("a legal name"),
        stage: Stage::parse("dev_sam").expect("a legal name"),
        resources: resources.into_iter().map(|r| (r.fqn.clone(), r)).collect(),
        references: BTreeMap::new(),
        outputs: Expr::Value(Value::Null),
    }
}

pub(crate) fn catalog() -> Catalog {
    let of = Prop { names_existing: true, ..prop("of", PropType::Text) };
    Catalog::new([thing(vec![prop("thingName", PropType::Text), prop("to", PropType::Text), of])])
}
