//! Props: what their types take, the normal form they get, and the exact words for what is refused.

use std::collections::BTreeMap;

use alchemy_core::{Descriptor, Diagnostic, Expr, Prop, PropType, Secret, SecretHasher, Value};

use crate::sample::{attr, resource, span, thing};

fn hasher() -> SecretHasher {
    SecretHasher::new([1; 32])
}

fn seconds(min: i64, max: i64) -> PropType {
    PropType::Duration { min, max, unit_seconds: 1 }
}

fn descriptor() -> Descriptor {
    thing(vec![
        Prop::new("thingName", "", PropType::Str { min: 1, max: 8 }),
        Prop::new("memory", "", PropType::Int { min: 128, max: 10_240 }).alias("memorySize"),
        Prop::new("timeout", "", seconds(1, 900)),
        Prop::new("keep", "", PropType::Duration { min: 0, max: 864_000, unit_seconds: 86_400 }),
        Prop::new("retention", "", PropType::DaysOf(&[1, 7, 30])),
        Prop::new("size", "", PropType::IntOf(&[1, 2, 4])),
        Prop::new("versioning", "", PropType::Enum(&["Enabled", "Suspended"])),
        Prop::new("on", "", PropType::Bool),
        Prop::new("arns", "", PropType::List(Box::new(PropType::Str { min: 1, max: 20 }))),
        Prop::new("env", "", PropType::Map(Box::new(PropType::Text))),
        Prop::new("policy", "", PropType::Document),
        Prop::new("main", "", PropType::Code),
        Prop::new("password", "", PropType::Text).sensitive(),
        Prop::new(
            "redrive",
            "",
            PropType::Object(vec![
                Prop::new("target", "", PropType::Text).required(),
                Prop::new("count", "", PropType::Int { min: 1, max: 1000 }).default(10),
                Prop::new("wait", "", seconds(0, 60)).alias("delay"),
            ]),
        ),
        Prop::new(
            "url",
            "",
            PropType::OneOf(vec![
                PropType::Literal(Value::Bool(false)),
                PropType::Object(vec![
                    Prop::new("auth", "", PropType::Enum(&["NONE", "AWS_IAM"])).required(),
                ]),
            ]),
        ),
        Prop::new(
            "action",
            "",
            PropType::OneOf(vec![
                PropType::Str { min: 1, max: 20 },
                PropType::List(Box::new(PropType::Str { min: 1, max: 20 })),
            ]),
        ),
    ])
}

fn normalise(prop: &str, expr: Expr) -> (BTreeMap<String, Expr>, Vec<Diagnostic>) {
    descriptor().normalise(&resource("Jobs", 7, &[(prop, expr)]), &hasher())
}

/// The normal form as `name=value`, or the findings with their advice.
fn outcome(prop: &str, expr: Expr) -> String {
    let (props, found) = normalise(prop, expr);
    if found.is_empty() {
        let shown = props
            .iter()
            .map(|(name, expr)| format!("{name}={expr:?}").replace("Value(", "").replace(')', ""));
        return shown.collect::<Vec<_>>().join(" ");
    }
    let shown = found.iter().map(|d| format!("{}: {} | {}", d.code, d.summary, d.help.join(" | ")));
    shown.collect::<Vec<_>>().join("\n")
}

fn text(text: &str) -> Expr {
    Expr::Value(Value::str(text))
}

fn number(number: f64) -> Expr {
    Expr::Value(Value::Num(number))
}

#[test]
fn scalars_get_their_normal_form() {
    let table = [
        ("thingName", text("jobs"), "thingName=\"jobs\""),
        // Characters count, not bytes.
        ("thingName", text("öööööööö"), "thingName=\"öööööööö\""),
        ("memory", number(512.0), "memory=512"),
        ("memorySize", number(512.0), "memory=512"),
        ("timeout", text("15 seconds"), "timeout=15"),
        ("timeout", text("2 minutes"), "timeout=120"),
        ("timeout", text("15000 millis"), "timeout=15"),
        ("keep", text("1 week"), "keep=7"),
        ("keep", text("48 hours"), "keep=2"),
        ("retention", text("30 days"), "retention=30"),
        ("retention", text("1 week"), "retention=7"),
        ("size", number(4.0), "size=4"),
        ("versioning", text("Enabled"), "versioning=\"Enabled\""),
        ("on", Expr::Value(Value::Bool(true)), "on=true"),
        ("main", text("./src/job.ts"), "main=\"./src/job.ts\""),
        ("thingName", Expr::Value(Value::Null), ""),
        ("unknown", Expr::Value(Value::Null), ""),
    ];
    for (prop, given, expected) in table {
        assert_eq!(outcome(prop, given), expected, "{prop}");
    }
}

#[test]
fn durations_without_a_unit_or_out_of_range_are_refused_with_advice() {
    let table = [
        (
            "timeout",
            number(30.0),
            "wrong-type: `timeout` of `Jobs` must be a duration from 1 second to 15 minutes, not the number 30 | write the \
             unit too, as in `\"30 seconds\"`",
        ),
        (
            "timeout",
            number(30_000.0),
            "wrong-type: `timeout` of `Jobs` must be a duration from 1 second to 15 minutes, not the number 30000 | write \
             the unit too, as in `\"30 seconds\"`",
        ),
        (
            "keep",
            number(1.0),
            "wrong-type: `keep` of `Jobs` must be a duration from 0 seconds to 10 days, not the number 1 | write the unit \
             too, as in `\"1 day\"`",
        ),
        (
            "retention",
            number(30.0),
            "wrong-type: `retention` of `Jobs` must be a duration of 1, 7 or 30 days, not the number 30 | write the unit \
             too, as in `\"30 days\"`",
        ),
        (
            "timeout",
            text("15 sec"),
            "wrong-type: `timeout` of `Jobs` must be a duration from 1 second to 15 minutes, not the text `15 sec` | write \
             a number and a unit: seconds, minutes, hours, days or weeks, as in `\"30 seconds\"`",
        ),
        (
            "timeout",
            text("16 minutes"),
            "out-of-range: `timeout` of `Jobs` must be a duration from 1 second to 15 minutes, not the text `16 minutes` | ",
        ),
        (
            "timeout",
            text("0.5 seconds"),
            "out-of-range: `timeout` of `Jobs` must be a whole number of seconds, not the text `0.5 seconds` | ",
        ),
        (
            "retention",
            text("8 days"),
            "out-of-range: `retention` of `Jobs` must be a duration of 1, 7 or 30 days, not the text `8 days` | ",
        ),
    ];
    for (prop, given, expected) in table {
        assert_eq!(outcome(prop, given), expected, "{prop}");
    }
}

#[test]
fn other_scalars_of_another_type_or_out_of_range_are_refused() {
    let table = [
        (
            "memory",
            number(64.0),
            "out-of-range: `memory` of `Jobs` must be a whole number from 128 to 10240, not the number 64 | ",
        ),
        (
            "memory",
            number(128.5),
            "out-of-range: `memory` of `Jobs` must be a whole number from 128 to 10240, not the number 128.5 | ",
        ),
        (
            "memorySize",
            text("512"),
            "wrong-type: `memorySize` of `Jobs` must be a whole number from 128 to 10240, not the text `512` | ",
        ),
        (
            "size",
            number(3.0),
            "out-of-range: `size` of `Jobs` must be 1, 2 or 4, not the number 3 | ",
        ),
        (
            "on",
            text("true"),
            "wrong-type: `on` of `Jobs` must be true or false, not the text `true` | ",
        ),
        (
            "versioning",
            text("enabled"),
            "not-a-choice: `versioning` of `Jobs` must be `Enabled` or `Suspended`, not the text `enabled` | did you mean \
             `Enabled`?",
        ),
        (
            "thingName",
            text("123456789"),
            "out-of-range: `thingName` of `Jobs` must be a text of 1 to 8 characters, not of 9 | ",
        ),
        (
            "thingName",
            text("ööööööööö"),
            "out-of-range: `thingName` of `Jobs` must be a text of 1 to 8 characters, not of 9 | ",
        ),
        (
            "main",
            text(""),
            "wrong-type: `main` of `Jobs` must be the path of a source file, not the text `` | ",
        ),
    ];
    for (prop, given, expected) in table {
        assert_eq!(outcome(prop, given), expected, "{prop}");
    }
}

#[test]
fn an_unknown_prop_gets_the_nearest_name() {
    let table = [
        ("memmory", "did you mean `memory`?"),
        ("MemorySize", "did you mean `memorySize`?"),
        ("timeOut", "did you mean `timeout`?"),
        (
            "xyzzy",
            "it takes `thingName`, `memory`, `timeout`, `keep`, `retention`, `size`, `versioning`, `on`, `arns`, `env`, \
             `policy`, `main` or 4 more",
        ),
    ];
    for (prop, help) in table {
        assert_eq!(
            outcome(prop, number(1.0)),
            format!("unknown-prop: `{prop}` of `Jobs` is not a prop of Test.Thing | {help}")
        );
    }
    let huge = outcome(&"x".repeat(100_000), number(1.0));
    assert!(huge.len() < 400, "{} bytes", huge.len());
}

#[test]
fn lists_maps_and_objects_are_walked_with_their_paths() {
    let list = Expr::Value(Value::List(vec![Value::str("a"), Value::Num(2.0)]));
    assert_eq!(
        outcome("arns", list),
        "wrong-type: `arns.1` of `Jobs` must be a text of 1 to 20 characters, not the number 2 | "
    );
    assert_eq!(
        outcome("arns", text("a")),
        "wrong-type: `arns` of `Jobs` must be a list, not the text `a` | "
    );
    let env = Value::map([
        ("N", Value::Num(1.5)),
        ("B", Value::Bool(true)),
        ("T", Value::str("x")),
        ("U", Value::Null),
    ]);
    assert_eq!(outcome("env", Expr::Value(env)), "env={\"B\":\"true\",\"N\":\"1.5\",\"T\":\"x\"}");
    let env = Value::map([("L", Value::List(vec![]))]);
    assert_eq!(
        outcome("env", Expr::Value(env)),
        "wrong-type: `env.L` of `Jobs` must be a text, not a list | write it as text with `JSON.stringify`"
    );
    let redrive = Value::map([("target", Value::str("x")), ("delay", Value::str("1 minute"))]);
    assert_eq!(
        outcome("redrive", Expr::Value(redrive)),
        "redrive={\"count\":10,\"target\":\"x\",\"wait\":60}",
        "members get their defaults"
    );
    let redrive = Value::map([("targt", Value::str("x")), ("count", Value::Num(0.0))]);
    assert_eq!(
        outcome("redrive", Expr::Value(redrive)),
        "out-of-range: `redrive.count` of `Jobs` must be a whole number from 1 to 1000, not the number 0 | \n\
         unknown-prop: `redrive.targt` of `Jobs` is not a prop of `redrive` | did you mean `target`?\n\
         missing-prop: `redrive.target` of `Jobs` must be given | add `target: …`: a text"
    );
    let both = [
        ("wait", Value::str("1 minute")),
        ("delay", Value::str("30 seconds")),
        ("target", Value::str("x")),
    ];
    assert_eq!(
        outcome("redrive", Expr::Value(Value::map(both))),
        "given-twice: `redrive.wait` of `Jobs` is given twice, as `wait` and as `delay` | keep only `wait`"
    );
}

#[test]
fn one_of_takes_the_first_that_fits_and_reports_the_one_of_the_same_shape() {
    assert_eq!(outcome("url", Expr::Value(Value::Bool(false))), "url=false");
    let url = |auth: &str| Expr::Value(Value::map([("auth", Value::str(auth))]));
    assert_eq!(outcome("url", url("NONE")), "url={\"auth\":\"NONE\"}");
    assert_eq!(
        outcome("url", url("none")),
        "not-a-choice: `url.auth` of `Jobs` must be `NONE` or `AWS_IAM`, not the text `none` | did you mean `NONE`?"
    );
    assert_eq!(
        outcome("url", Expr::Value(Value::Bool(true))),
        "wrong-type: `url` of `Jobs` must be false or an object, not true | "
    );
    assert_eq!(outcome("action", text("s3:GetObject")), "action=\"s3:GetObject\"");
    let list = Expr::List(vec![attr("A", "arn")]);
    assert_eq!(
        normalise("action", list.clone()),
        (BTreeMap::from([("action".to_owned(), list)]), vec![])
    );
}

#[test]
fn documents_are_objects_not_text() {
    let document = Value::map([("Version", Value::str("2012-10-17"))]);
    assert_eq!(outcome("policy", Expr::Value(document)), "policy={\"Version\":\"2012-10-17\"}");
    assert_eq!(
        outcome("policy", text("{}")),
        "wrong-type: `policy` of `Jobs` must be a JSON document, not the text `{}` | give the object itself, without \
         `JSON.stringify`"
    );
}

#[test]
fn what_is_not_known_yet_passes_and_what_is_around_it_is_checked() {
    for prop in ["thingName", "memory", "timeout", "on", "arns", "env", "policy", "redrive", "url"]
    {
        let (props, found) = normalise(prop, attr("Other", "id"));
        assert_eq!((props.get(prop), found), (Some(&attr("Other", "id")), vec![]), "{prop}");
    }
    let redrive = Expr::map(BTreeMap::from([
        ("target".to_owned(), attr("Dead", "arn")),
        ("delay".to_owned(), text("5 minutes")),
    ]));
    assert_eq!(
        outcome("redrive", redrive),
        "out-of-range: `redrive.delay` of `Jobs` must be a duration from 0 seconds to 1 minute, not the text `5 minutes` | "
    );
    let (props, found) = normalise(
        "redrive",
        Expr::map(BTreeMap::from([("target".to_owned(), attr("Dead", "arn"))])),
    );
    assert!(found.is_empty());
    let expected = BTreeMap::from([
        ("count".to_owned(), Expr::Value(Value::int(10))),
        ("target".to_owned(), attr("Dead", "arn")),
    ]);
    assert_eq!(props["redrive"], Expr::Map(expected));
    let joined = Expr::Concat(vec![text("x-"), attr("Dead", "arn")]);
    assert_eq!(
        outcome("memory", joined),
        "wrong-type: `memory` of `Jobs` must be a whole number from 128 to 10240, not a text | "
    );
}

#[test]
fn secrets_stay_secret_and_are_never_quoted() {
    let (props, found) = normalise("password", text("hunter2"));
    assert!(found.is_empty());
    assert_eq!(
        props["password"],
        Expr::Value(Value::Secret(Secret::new(Value::str("hunter2"), &hasher())))
    );
    let secret = |value| Expr::Value(Value::Secret(Secret::new(value, &hasher())));
    let (props, _) = normalise(
        "env",
        Expr::Map(BTreeMap::from([("PORT".to_owned(), secret(Value::Num(80.0)))])),
    );
    let env = props["env"].as_value().and_then(|env| env.get("PORT")).cloned();
    let Some(Value::Secret(port)) = env else { panic!("{env:?}") };
    assert_eq!(port.expose(), Some(&Value::str("80")));
    for (prop, plain) in [
        ("memory", Value::Num(64_123.0)),
        ("versioning", Value::str("64123")),
        ("timeout", Value::Num(64_123.0)),
        ("timeout", Value::str("64123 weeks")),
        ("on", Value::str("64123")),
        ("arns", Value::List(vec![Value::Num(64_123.0)])),
    ] {
        let said = outcome(prop, secret(plain));
        assert!(said.contains("redacted value") && !said.contains("64123"), "{said}");
    }
    let said = outcome("password", Expr::Value(Value::List(vec![Value::str("64123")])));
    assert!(!said.contains("64123"), "{said}");
}

#[test]
fn findings_point_at_the_nearest_place_that_is_known() {
    let mut jobs = resource("Jobs", 7, &[]);
    let redrive = Value::map([
        ("target", Value::Num(1.0)),
        ("count", Value::List(vec![])),
        ("nope", Value::Num(1.0)),
    ]);
    jobs.props.insert("redrive".to_owned(), Expr::Value(redrive));
    jobs.props.insert("memorySize".to_owned(), text("1"));
    jobs.props.insert("versioning".to_owned(), number(1.0));
    jobs.prop_spans.insert("redrive".to_owned(), span(8));
    jobs.prop_spans.insert("redrive.count".to_owned(), span(9));
    jobs.prop_spans.insert("memorySize".to_owned(), span(10));
    let (_, found) = descriptor().normalise(&jobs, &hasher());
    let places: Vec<_> = found.iter().map(|d| (d.code, d.labels[0].span.location.line)).collect();
    let expected = [("wrong-type", 10), ("wrong-type", 9), ("unknown-prop", 8), ("wrong-type", 7)];
    assert_eq!(places, expected);
}

#[test]
fn at_apply_a_value_may_be_in_normal_form_already() {
    let own = descriptor();
    let show = |prop: &str, value: Value| match own.normalise_value(prop, value, &hasher()) {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string(),
    };
    assert_eq!(show("timeout", Value::Num(15.0)), "15");
    assert_eq!(show("timeout", Value::str("15 seconds")), "15");
    assert_eq!(show("retention", Value::Num(30.0)), "30");
    assert_eq!(show("memorySize", Value::Num(128.0)), "128");
    assert_eq!(show("password", Value::str("x")), "\"<redacted>\"");
    assert_eq!(show("timeout", Value::Null), "null");
    assert_eq!(
        show("redrive", Value::map([("target", Value::str("x"))])),
        "{\"count\":10,\"target\":\"x\"}"
    );
    assert_eq!(
        show("timeout", Value::Num(901.0)),
        "`timeout` must be a duration from 1 second to 15 minutes, not the number 901"
    );
    assert_eq!(
        show("timeot", Value::Num(1.0)),
        "`timeot` is not a prop of Test.Thing; did you mean `timeout`?"
    );
}

#[test]
fn the_normal_form_of_the_normal_form_is_itself() {
    let given = [
        ("timeout", Value::str("2 minutes")),
        ("keep", Value::str("2 days")),
        ("retention", Value::str("1 week")),
        ("env", Value::map([("A", Value::Num(1.0))])),
        ("password", Value::str("x")),
        ("redrive", Value::map([("target", Value::str("x")), ("delay", Value::str("1 minute"))])),
        ("url", Value::map([("auth", Value::str("NONE"))])),
    ];
    for (prop, value) in given {
        let once = descriptor().normalise_value(prop, value, &hasher()).unwrap();
        let twice = descriptor().normalise_value(prop, once.clone(), &hasher()).unwrap();
        assert_eq!(once, twice, "{prop}");
    }
}
