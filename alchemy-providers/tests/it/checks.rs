//! What is refused before anything is deployed, and what people are told.

use std::collections::BTreeMap;

use alchemy_core::{Expr, ResourceType, Secret, SecretHasher, Value};

use crate::programs::{Program, attr, known, photos};

fn function<const N: usize>(more: [(&str, Expr); N]) -> Program {
    Program::new().with("Api", "AWS.Lambda.Function", more)
}

fn env(pairs: &[(&str, &str)]) -> Expr {
    known(Value::map(pairs.iter().map(|(k, v)| (*k, Value::from(*v)))))
}

#[test]
fn a_public_url_is_said_to_be_public() {
    assert_eq!(photos().codes(), ["public-url"]);
    let (_, found) = photos().expand();
    assert!(found[0].summary.contains("PUBLIC") && !found[0].is_error());
}

#[test]
fn environments_that_lambda_refuses_are_refused() {
    let main = || ("main", known("a.ts"));
    let large = "x".repeat(4090);
    assert_eq!(
        function([main(), ("env", env(&[("A1", &large)]))]).codes(),
        ["environment-too-large"]
    );
    assert_eq!(
        function([main(), ("env", env(&[("AWS_REGION", "x")]))]).codes(),
        ["reserved-variable"]
    );
    assert_eq!(
        function([main(), ("env", env(&[("ALCHEMY_STAGE", "x")]))]).codes(),
        ["reserved-variable"]
    );
    assert_eq!(function([main(), ("env", env(&[("1A", "x")]))]).codes(), ["variable-name"]);
    assert_eq!(function([main(), ("env", env(&[("GOOD_1", "x")]))]).codes(), [] as [&str; 0]);
}

#[test]
fn a_redacted_environment_is_refused() {
    let names = Value::map([("TOKEN", Value::from("x"))]);
    let redacted = Value::Secret(Secret::new(names, &SecretHasher::new([7; 32])));
    let program = function([("main", known("a.ts")), ("env", known(redacted))]);
    assert_eq!(program.codes(), ["unknown-structure"]);
}

#[test]
fn a_boundary_must_be_there_before_its_role() {
    let catalog = alchemy_providers::catalog();
    let role = catalog.get(&ResourceType::new("AWS.IAM.Role")).expect("in the catalog");
    for prop in ["managedPolicyArns", "permissionsBoundary"] {
        assert!(role.prop(prop).expect("a prop").names_existing, "{prop}");
    }
}

#[test]
fn what_decides_which_objects_exist_must_be_known() {
    let waiting = |prop: &'static str| {
        Program::new()
            .with("Jobs", "AWS.SQS.Queue", [])
            .with(
                "Api",
                "AWS.Lambda.Function",
                [("main", known("a.ts")), (prop, attr("Jobs", "queueName"))],
            )
            .codes()
    };
    for prop in ["functionUrl", "env", "policyStatements"] {
        assert_eq!(waiting(prop), ["unknown-structure"], "{prop}");
    }
}

fn fed(visibility: &str, timeout: &str) -> Vec<&'static str> {
    Program::new()
        .with("Jobs", "AWS.SQS.Queue", [("visibilityTimeout", known(visibility))])
        .with("Api", "AWS.Lambda.Function", [("main", known("a.ts")), ("timeout", known(timeout))])
        .with(
            "Feed",
            "AWS.Lambda.EventSourceMapping",
            [
                ("functionName", attr("Api", "functionName")),
                ("eventSourceArn", attr("Jobs", "queueArn")),
            ],
        )
        .codes()
}

#[test]
fn messages_must_stay_hidden_while_the_function_works() {
    assert_eq!(fed("29 seconds", "30 seconds"), ["visibility-below-timeout"]);
    assert_eq!(fed("30 seconds", "30 seconds"), [] as [&str; 0]);
}

fn queue<const N: usize>(props: [(&str, Expr); N]) -> Vec<&'static str> {
    Program::new().with("Jobs", "AWS.SQS.Queue", props).codes()
}

#[test]
fn settings_of_fifo_queues_need_one() {
    assert_eq!(queue([("contentBasedDeduplication", known(true))]), ["fifo-only"]);
    assert_eq!(
        queue([("contentBasedDeduplication", known(true)), ("fifo", known(true))]),
        [] as [&str; 0]
    );
    let per_group = ("fifoThroughputLimit", known("perMessageGroupId"));
    assert_eq!(queue([("fifo", known(true)), per_group]), ["throughput-needs-scope"]);
    assert_eq!(queue([("fifo", known(true)), ("queueName", known("jobs"))]), ["bad-name"]);
    assert_eq!(queue([("queueName", known("jobs.fifo"))]), ["bad-name"]);
    let both = [("sqsManagedSseEnabled", known(true)), ("kmsMasterKeyId", known("alias/k"))];
    assert_eq!(queue(both), ["two-encryptions"]);
}

#[test]
fn batches_keep_to_the_rules_of_their_queue() {
    let fed = |fifo: bool, batch: i64, window: &str| {
        Program::new()
            .with("Jobs", "AWS.SQS.Queue", [("fifo", known(fifo))])
            .with("Api", "AWS.Lambda.Function", [("main", known("a.ts"))])
            .with(
                "Feed",
                "AWS.Lambda.EventSourceMapping",
                [
                    ("functionName", attr("Api", "functionName")),
                    ("eventSourceArn", attr("Jobs", "queueArn")),
                    ("batchSize", known(batch)),
                    ("maximumBatchingWindow", known(window)),
                ],
            )
            .codes()
    };
    assert_eq!(fed(false, 10, "0 seconds"), [] as [&str; 0]);
    assert_eq!(fed(false, 11, "0 seconds"), ["batch-needs-window"]);
    assert_eq!(fed(false, 11, "1 second"), [] as [&str; 0]);
    assert_eq!(fed(true, 11, "0 seconds"), ["batch-of-fifo"]);
    assert_eq!(fed(true, 10, "1 second"), ["window-of-fifo"]);
}

#[test]
fn tags_may_not_pose_as_ours() {
    for (ty, more) in [
        ("AWS.S3.Bucket", None),
        ("AWS.Logs.LogGroup", None),
        ("AWS.Lambda.Function", Some("a.ts")),
    ] {
        let tags = known(Value::map([("alchemy::stage", Value::from("prod"))]));
        let program = match more {
            Some(main) => Program::new().with("A", ty, [("tags", tags), ("main", known(main))]),
            None => Program::new().with("A", ty, [("tags", tags)]),
        };
        assert!(program.codes().contains(&"reserved-tag"), "{ty}");
    }
    let many = Value::map((0..46).map(|i| (format!("k{i}"), Value::from("v"))));
    assert_eq!(
        Program::new().with("A", "AWS.S3.Bucket", [("tags", known(many))]).codes(),
        ["too-many-tags"]
    );
}

#[test]
fn texts_are_counted_in_characters_and_prefixes_of_keys_in_bytes() {
    let described = |description: String| {
        function([("main", known("a.ts")), ("description", known(description))]).codes()
    };
    assert_eq!(described("ö".repeat(256)), [] as [&str; 0]);
    assert_eq!(described("ö".repeat(257)), ["out-of-range"]);
    let kept = |prefix: String| {
        let rule = Value::map([
            ("id", "old".into()),
            ("prefix", prefix.into()),
            ("expiration", "1 day".into()),
        ]);
        let rules = known(Value::List(vec![rule]));
        Program::new().with("A", "AWS.S3.Bucket", [("lifecycleRules", rules)]).codes()
    };
    assert_eq!(kept("ö".repeat(512)), [] as [&str; 0]);
    assert_eq!(kept("ö".repeat(513)), ["prefix-too-long"]);
    assert_eq!(kept("ö".repeat(1025)), ["out-of-range", "prefix-too-long"]);
}

#[test]
fn object_lock_needs_versioning() {
    let bucket = |versioning: &str| {
        let props = [("objectLockEnabled", known(true)), ("versioning", known(versioning))];
        Program::new().with("A", "AWS.S3.Bucket", props).codes()
    };
    assert_eq!(bucket("Suspended"), ["object-lock-needs-versioning"]);
    assert_eq!(bucket("Enabled"), [] as [&str; 0]);
}

#[test]
fn a_brought_role_takes_no_statements() {
    let statement = BTreeMap::from([
        ("Effect".to_owned(), known("Allow")),
        ("Action".to_owned(), known("s3:GetObject")),
        ("Resource".to_owned(), known("*")),
    ]);
    let statements = Expr::list(vec![Expr::map(statement)]);
    let props =
        [("main", known("a.ts")), ("role", known("arn:x")), ("policyStatements", statements)];
    assert_eq!(function(props).codes(), ["statements-of-foreign-role"]);
}
