//! Sample state: every kind of change, every kind of value.

use std::collections::BTreeMap;

use alchemy_core::{
    Change, Fqn, Generation, Intent, KeyCost, Location, OutputRef, Record, Reference,
    RemovalPolicy, ResourceType, Secret, Snapshot, StackName, Stage, StageRef, Status, Target, Uid,
    Value, WrappedKey,
};

use crate::StageKey;

/// The stage `stage` of the stack `stack`.
pub fn key(stack: &str, stage: &str) -> StageKey {
    StageKey {
        stack: StackName::parse(stack).expect("a good stack name"),
        stage: Stage::parse(stage).expect("a good stage name"),
    }
}

/// A whole record of the resource `fqn`, with values of every kind.
pub fn record(fqn: &str, generation: u32) -> Record {
    Record {
        uid: Uid::new(format!("uid-{}-{generation}", fqn.replace('/', "-"))),
        fqn: parse_fqn(fqn),
        ty: ResourceType::new("Test.Thing"),
        generation: Generation(generation),
        status: Status::Ready,
        name: Some(format!("myapp-dev-{}", fqn.to_lowercase().replace('/', "_"))),
        target: target(),
        props: values(),
        attrs: BTreeMap::from([("arn".to_owned(), Value::str("arn:x:y"))]),
        deps: vec![Uid::new("uid-other-0")],
        removal: RemovalPolicy::Retain,
        parent: Some(parse_fqn("Parent")),
        location: Some(Location { file: "alchemy.run.ts".to_owned(), line: 12, column: 3 }),
        created_at: "2026-01-02T03:04:05Z".to_owned(),
        updated_at: "2026-01-02T03:04:06Z".to_owned(),
        replaced: false,
    }
}

/// The change that records `fqn`.
pub fn put(fqn: &str) -> Change {
    Change::Put(record(fqn, 0))
}

/// One value of every kind, and keys that look like our own marks.
pub fn values() -> BTreeMap<String, Value> {
    let nested = Value::map([
        ("$secret", Value::str("not a secret")),
        ("$$", Value::Null),
        ("$number", Value::str("NaN")),
        (
            "",
            Value::List(vec![Value::Bool(true), Value::map::<String>([]), Value::List(Vec::new())]),
        ),
        ("sealed", Value::Secret(Secret::sealed("ab".repeat(32)).with_ciphertext("c2VhbGVk"))),
    ]);
    let number = |n: f64| Value::Num(n);
    let numbers = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        1e300,
        5e-324,
        f64::MAX,
        f64::MIN_POSITIVE,
        9_007_199_254_740_992.0,
    ];
    let infinite = [f64::INFINITY, f64::NEG_INFINITY, 1e16, -1.5e-7, 123_456_789.123_456_79];
    BTreeMap::from([
        ("nested".to_owned(), nested),
        ("$top".to_owned(), Value::Secret(Secret::sealed("cd".repeat(32)))),
        (
            "numbers".to_owned(),
            Value::List(numbers.into_iter().chain(infinite).map(number).collect()),
        ),
        ("text".to_owned(), Value::str("line\nfeed \u{0} \u{1F600} \"quoted\" \\ \u{2028}")),
        ("flag".to_owned(), Value::Bool(false)),
        ("none".to_owned(), Value::Null),
    ])
}

/// An output of another stage that was used.
fn reference(output: &str) -> Reference {
    let of = StageRef {
        stack: StackName::parse("Backend").expect("legal"),
        stage: Stage::parse("prod").expect("legal"),
    };
    let value = Value::map([
        ("of", Value::str(output)),
        ("hidden", Value::Secret(Secret::sealed("ab".repeat(32)))),
    ]);
    Reference { output: OutputRef { of, path: vec![output.to_owned(), "0".to_owned()] }, value }
}

/// Every kind of change, each with an effect.
pub fn every_change() -> Vec<Change> {
    let creating =
        |fqn: &str| Intent::Create(Record { status: Status::Creating, ..record(fqn, 0) });
    let uid = |fqn: &str| record(fqn, 0).uid;
    vec![
        Change::Pin(target()),
        put("Kept"),
        put("Gone"),
        put("Site/Old"),
        put("Moved"),
        put("Changing"),
        put("Going"),
        Change::Intend(vec![
            creating("Begun"),
            Intent::Update(uid("Changing")),
            Intent::Delete(uid("Going")),
        ]),
        Change::Retained(uid("Kept")),
        Change::Removed(uid("Gone")),
        Change::Rename { uid: uid("Moved"), to: parse_fqn("Site/New") },
        Change::Replaced(uid("Site/Old")),
        Change::Put(Record {
            name: None,
            parent: None,
            location: None,
            deps: Vec::new(),
            removal: RemovalPolicy::Destroy,
            ..record("Site/Old", 1)
        }),
        Change::Taken {
            fqn: parse_fqn("Named"),
            ty: ResourceType::new("Test.Thing"),
            generation: Generation(3),
        },
        Change::Key(None),
        Change::Key(Some(WrappedKey {
            cost: KeyCost { memory: 47_104, passes: 1, lanes: 1 },
            salt: "c2FsdA==".to_owned(),
            wrapped: "d3JhcHBlZA==".to_owned(),
        })),
        Change::Destroyed { at: "2026-01-02T03:04:07Z".to_owned() },
        Change::Outputs(Value::Map(values())),
        Change::Deployed { by: "sam@host".to_owned(), at: "2026-01-02T03:04:08Z".to_owned() },
        Change::Destroyed { at: "2026-01-02T03:04:09Z".to_owned() },
        Change::Outputs(Value::Map(values())),
        Change::References(vec![reference("url"), reference("token")]),
    ]
}

/// The state of `key` after [`every_change`], before a commit.
pub fn expected_after_every_change(key: &StageKey) -> Snapshot {
    let mut snapshot = Snapshot::new(key.stack.clone(), key.stage.clone());
    for change in every_change() {
        snapshot.apply(&change);
    }
    snapshot
}

fn parse_fqn(text: &str) -> Fqn {
    Fqn::parse(text).expect("a good FQN")
}

fn target() -> Target {
    Target {
        provider: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
    }
}
