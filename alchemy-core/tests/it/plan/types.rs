//! A small catalog that has every kind of type: named and found by key, with and without tags, holding data or not.

use alchemy_core::{
    Attribute, AttributeContext, CaseRule, Catalog, Descriptor, NameRule, NameUse, Prop, PropType,
    RemovalPolicy, ResourceType, Value,
};

const RULE: NameRule = NameRule {
    min: 1,
    max: 80,
    by_hand: "",
    underscore: true,
    case: CaseRule::Sensitive,
    ending: "",
    reserved_prefixes: &[],
    reserved_suffixes: &[],
};
const FIFO: NameRule = NameRule { ending: ".fifo", ..RULE };
const INT: PropType = PropType::Int { min: 0, max: 100_000 };

fn arn(context: &AttributeContext<'_>) -> Option<Value> {
    let place = format!("{}:{}", context.region, context.account);
    Some(Value::Str(format!("arn:{}:{place}:{}", context.partition, context.name?)))
}

fn name(context: &AttributeContext<'_>) -> Option<Value> {
    context.name.map(Value::str)
}

fn attribute(
    name: &'static str,
    at_plan: Option<fn(&AttributeContext<'_>) -> Option<Value>>,
) -> Attribute {
    Attribute { name, doc: "", ts_type: "string", stable: true, at_plan }
}

fn named(ty: &str, prop: &'static str, props: Vec<Prop>) -> Descriptor {
    let mut all = vec![Prop::new(prop, "", PropType::Text).replaces()];
    all.extend(props);
    Descriptor {
        ty: ResourceType::new(ty),
        doc: "",
        props: all,
        attributes: vec![
            attribute("arn", Some(arn)),
            attribute("name", Some(name)),
            attribute("id", None),
        ],
        name: NameUse::Named { prop, rule: RULE, rule_if: None },
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

fn queue() -> Descriptor {
    let redrive = PropType::Object(vec![
        Prop::new("target", "", PropType::Text),
        Prop::new("maxReceiveCount", "", INT).default(Value::int(3)),
    ]);
    Descriptor {
        holds_data: true,
        name: NameUse::Named { prop: "queueName", rule: RULE, rule_if: Some(("fifo", FIFO)) },
        ..named(
            "Queue",
            "queueName",
            vec![
                Prop::new("fifo", "", PropType::Bool).default(false).replaces(),
                Prop::new("delay", "", INT).default(Value::int(0)),
                Prop::new("redrive", "", redrive),
            ],
        )
    }
}

fn bucket() -> Descriptor {
    Descriptor {
        holds_data: true,
        names_span_regions: true,
        data_loss_prop: Some("forceDestroy"),
        ..named(
            "Bucket",
            "bucketName",
            vec![
                Prop::new("kind", "", PropType::Text).default("plain").replaces(),
                Prop::new("versioned", "", PropType::Bool).default(false),
                Prop::new("forceDestroy", "", PropType::Bool).default(false).local(),
            ],
        )
    }
}

fn function() -> Descriptor {
    let mut function = named(
        "Function",
        "functionName",
        vec![
            Prop::new("memory", "", INT).default(Value::int(128)),
            Prop::new("runtime", "", PropType::Text).default("node"),
            Prop::new("architecture", "", PropType::Text).default("arm64").replaces(),
            Prop::new("role", "", PropType::Text),
            Prop::new("env", "", PropType::Map(Box::new(PropType::Text))),
            Prop::new("code", "", PropType::Code),
        ],
    );
    function.attributes.push(Attribute { stable: false, ..attribute("version", None) });
    function
}

fn keyed(ty: &str, key: &'static [&'static str], taggable: bool, props: Vec<Prop>) -> Descriptor {
    let mut found = named(ty, "unused", props);
    found.props.remove(0);
    found.attributes = vec![attribute("uuid", None)];
    Descriptor { name: NameUse::Natural { key }, taggable, ..found }
}

/// `Queue`, `Bucket`, `Function`, `Role` (global), `Policy` (part of a role), `Mapping` (found by its key).
pub(crate) fn catalog() -> Catalog {
    let role = Descriptor {
        global: true,
        ..named(
            "Role",
            "roleName",
            vec![
                Prop::new("path", "", PropType::Text).default("/").replaces(),
                Prop::new("trust", "", PropType::Document),
            ],
        )
    };
    let policy = keyed(
        "Policy",
        &["role", "policyName"],
        false,
        vec![
            Prop::new("role", "", PropType::Text).required().replaces(),
            Prop::new("policyName", "", PropType::Text).required().replaces(),
            Prop::new("document", "", PropType::Document),
        ],
    );
    let mapping = keyed(
        "Mapping",
        &["function", "source"],
        true,
        vec![
            Prop::new("function", "", PropType::Text).required().replaces(),
            Prop::new("source", "", PropType::Text).required().replaces(),
            Prop::new("batch", "", INT).default(Value::int(10)),
        ],
    );
    Catalog::new([queue(), bucket(), function(), role, policy, mapping])
}
