//! Programs as text: one resource a line, `Type Fqn prop=value …`.
//!
//! A value is JSON-like: a number, `true`, `null`, `$Other.attribute` (`$a+text+$b` joins), `!text` (a secret), or text.
//! A dotted prop is a member. Words without `=` are flags: `retain`, `destroy`, `adopt`; `was:Old`, `after:Other`,
//! `parent:Other`, `region:code` as they say. `out name=value` is an output. A line `# …` is nothing.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::{
    Expr, Fqn, Graph, Location, RemovalPolicy, Resource, ResourceType, Secret, SecretHasher, Span,
    StackName, Stage, Value,
};
use indexmap::IndexMap;

pub(crate) fn hasher() -> SecretHasher {
    SecretHasher::new([7; 32])
}

pub(crate) fn fqn(text: &str) -> Fqn {
    Fqn::parse(text).expect("a legal name")
}

/// The graph of a program text for a stage.
pub(crate) fn graph(text: &str, stage: &str) -> Graph {
    let mut resources = IndexMap::new();
    let mut outputs = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let mut words = line.split_whitespace();
        let Some(first) = words.next().filter(|word| !word.starts_with('#')) else { continue };
        if first == "out" {
            let pairs = words.filter_map(|word| word.split_once('='));
            outputs.extend(pairs.map(|(name, value)| (name.to_owned(), expr(value))));
            continue;
        }
        let id = words.next().expect("a type is followed by a name");
        let mut resource = blank(first, id, number);
        words.for_each(|word| apply(&mut resource, word));
        resources.insert(resource.fqn.clone(), resource);
    }
    Graph {
        stack: StackName::parse("myapp").expect("a legal name"),
        stage: Stage::parse(stage).expect("a legal name"),
        resources,
        references: BTreeMap::new(),
        outputs: if outputs.is_empty() { Expr::Value(Value::Null) } else { Expr::map(outputs) },
    }
}

fn blank(ty: &str, id: &str, line: u32) -> Resource {
    let location = Location { file: "alchemy.run.ts".to_owned(), line, column: 1 };
    Resource {
        fqn: fqn(id),
        ty: ResourceType::new(ty),
        props: BTreeMap::new(),
        removal: None,
        renamed_from: Vec::new(),
        parent: None,
        depends_on: BTreeSet::new(),
        adopt: false,
        region: None,
        span: Some(Span { location, start: line * 100, end: line * 100 + 10 }),
        prop_spans: BTreeMap::new(),
    }
}

fn apply(resource: &mut Resource, word: &str) {
    if let Some((name, value)) = word.split_once('=') {
        match name.split_once('.') {
            None => {
                resource.props.insert(name.to_owned(), expr(value));
            }
            Some((name, member)) => {
                let entry =
                    resource.props.entry(name.to_owned()).or_insert(Expr::Map(BTreeMap::new()));
                let mut members = match std::mem::replace(entry, Expr::Value(Value::Null)) {
                    Expr::Map(members) => members,
                    Expr::Value(Value::Map(members)) => {
                        members.into_iter().map(|(k, v)| (k, Expr::Value(v))).collect()
                    }
                    other => panic!("{name} is both {other:?} and a map"),
                };
                members.insert(member.to_owned(), expr(value));
                *entry = Expr::map(members);
            }
        }
        return;
    }
    match word.split_once(':') {
        None if word == "retain" => resource.removal = Some(RemovalPolicy::Retain),
        None if word == "destroy" => resource.removal = Some(RemovalPolicy::Destroy),
        None if word == "adopt" => resource.adopt = true,
        Some(("was", old)) => resource.renamed_from.push(fqn(old)),
        Some(("after", other)) => {
            resource.depends_on.insert(fqn(other));
        }
        Some(("parent", other)) => resource.parent = Some(fqn(other)),
        Some(("region", code)) => resource.region = Some(code.to_owned()),
        _ => panic!("{word} says nothing"),
    }
}

fn expr(text: &str) -> Expr {
    if text.contains('$') {
        let parts: Vec<Expr> = text.split('+').map(part).collect();
        return if parts.len() == 1 {
            parts.into_iter().next().expect("one")
        } else {
            Expr::Concat(parts)
        };
    }
    part(text)
}

fn part(text: &str) -> Expr {
    if let Some(attr) = text.strip_prefix('$') {
        let (of, path) = attr.split_once('.').expect("an attribute has a dot");
        return Expr::Attr { fqn: fqn(of), path: path.split('.').map(str::to_owned).collect() };
    }
    Expr::Value(match text {
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match (text.strip_prefix('!'), text.parse::<i64>()) {
            (Some(secret), _) => Value::Secret(Secret::new(Value::str(secret), &hasher())),
            (None, Ok(number)) => Value::int(number),
            (None, Err(_)) => Value::str(text),
        },
    })
}
