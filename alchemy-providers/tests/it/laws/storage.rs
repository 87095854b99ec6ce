//! Buckets, queues, log groups.

use alchemy_core::{Observed, Value};
use alchemy_engine::ProviderErrorKind;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::primitives::ByteStream;

use super::bench::{Bench, Object};
use super::{keep_the_laws, props, with};

fn texts<const N: usize>(texts: [&str; N]) -> Value {
    Value::List(texts.map(Value::from).into())
}

fn tags(value: &str) -> (&'static str, Value) {
    ("tags", Value::map([("team", Value::from(value))]))
}

async fn queues(bench: Bench) {
    let dead = Object { ty: "AWS.SQS.Queue", name: Some(bench.name("dead")), listed: true };
    let dead_props = props(&[("queueName", Value::from(bench.name("dead")))]);
    let target = bench.reconcile(&dead, &dead_props, None).await.expect("a dead-letter queue");

    let queue = Object { ty: "AWS.SQS.Queue", name: Some(bench.name("jobs")), listed: true };
    let first = props(&[("queueName", Value::from(bench.name("jobs")))]);
    let redrive = |count: i64| {
        let arn = target.attrs["queueArn"].clone();
        (
            "redrivePolicy",
            Value::map([("deadLetterTargetArn", arn), ("maxReceiveCount", Value::int(count))]),
        )
    };
    let rich = with(
        &first,
        &[
            ("visibilityTimeout", Value::int(120)),
            ("messageRetentionPeriod", Value::int(86_400)),
            ("delay", Value::int(5)),
            ("receiveMessageWaitTime", Value::int(20)),
            ("maximumMessageSize", Value::int(2048)),
            redrive(3),
            tags("a"),
        ],
    );
    let other = with(&rich, &[("visibilityTimeout", Value::int(60)), redrive(4), tags("b")]);
    keep_the_laws(&bench, &queue, &[first, rich, other]).await;
    let record = bench.record(&dead, &dead_props, &target.attrs);
    bench.delete(&dead, &record).await.expect("the dead-letter queue goes");
}
laws!(queues);

async fn fifo_queues(bench: Bench) {
    let name = format!("{}.fifo", bench.name("ordered"));
    let queue = Object { ty: "AWS.SQS.Queue", name: Some(name.clone()), listed: true };
    let first = props(&[("queueName", Value::from(name)), ("fifo", Value::Bool(true))]);
    let other = with(&first, &[("contentBasedDeduplication", Value::Bool(true))]);
    keep_the_laws(&bench, &queue, &[first, other]).await;
}
laws!(fifo_queues);

async fn log_groups(bench: Bench) {
    let name = format!("/aws/lambda/{}", bench.name("group"));
    let group = Object { ty: "AWS.Logs.LogGroup", name: Some(name.clone()), listed: true };
    let first = props(&[("logGroupName", Value::from(name))]);
    let month = with(&first, &[("retention", Value::int(30)), tags("a")]);
    let week = with(&first, &[("retention", Value::int(7)), tags("b")]);
    keep_the_laws(&bench, &group, &[first, month, week]).await;
}
laws!(log_groups);

async fn buckets(bench: Bench) {
    let bucket = Object { ty: "AWS.S3.Bucket", name: Some(bench.name("uploads")), listed: true };
    let first = props(&[("bucketName", Value::from(bench.name("uploads")))]);
    let cors = |age: i64| {
        let rule = Value::map([
            ("allowedMethods", texts(["GET", "PUT"])),
            ("allowedOrigins", texts(["https://example.com"])),
            ("allowedHeaders", Value::List(Vec::new())),
            ("exposeHeaders", texts(["ETag"])),
            ("maxAge", Value::int(age)),
        ]);
        ("cors", Value::List(vec![rule]))
    };
    let rich = with(
        &first,
        &[
            ("versioning", Value::from("Enabled")),
            cors(60),
            ownership(),
            block(),
            encryption(),
            lifecycle(30),
            tags("a"),
        ],
    );
    let other = with(
        &rich,
        &[("versioning", Value::from("Suspended")), cors(600), lifecycle(60), tags("b")],
    );
    keep_the_laws(&bench, &bucket, &[first, rich, other]).await;
}
laws!(buckets);

/// S3 at the endpoint, without any provider in between.
fn s3(bench: &Bench) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(bench.target.region.clone()))
        .endpoint_url(&bench.endpoint)
        .credentials_provider(Credentials::new("111111111111", "test", None, None, "test"))
        .force_path_style(true);
    aws_sdk_s3::Client::from_conf(config.build())
}

async fn objects_are_deleted_with_their_bucket_only_if_that_is_allowed(bench: Bench) {
    let name = bench.name("filled");
    let bucket = Object { ty: "AWS.S3.Bucket", name: Some(name.clone()), listed: true };
    let given = props(&[
        ("bucketName", Value::from(name.as_str())),
        ("versioning", Value::from("Enabled")),
    ]);
    let made = bench.reconcile(&bucket, &given, None).await.expect("a bucket");
    let s3 = s3(&bench);
    for (key, text) in [("a", "1"), ("a", "2"), ("b/c", "1")] {
        let put =
            s3.put_object().bucket(&name).key(key).body(ByteStream::from_static(text.as_bytes()));
        put.send().await.expect("an object");
    }
    s3.delete_object().bucket(&name).key("a").send().await.expect("a delete marker");

    let record = bench.record(&bucket, &given, &made.attrs);
    let refused = bench.delete(&bucket, &record).await.expect_err("it holds objects");
    assert_eq!(refused.kind, ProviderErrorKind::Invalid);
    assert!(refused.advice.is_some_and(|advice| advice.contains("forceDestroy")));
    s3.get_object().bucket(&name).key("b/c").send().await.expect("nothing was deleted");

    bench.delete_and(&bucket, &record, true).await.expect("all of it goes");
    assert_eq!(bench.read(&bucket, &given).await, Observed::Absent);
}
laws!(objects_are_deleted_with_their_bucket_only_if_that_is_allowed);

fn ownership() -> (&'static str, Value) {
    ("objectOwnership", Value::from("BucketOwnerPreferred"))
}

fn block() -> (&'static str, Value) {
    let names =
        ["blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"];
    (
        "publicAccessBlock",
        Value::map(names.map(|name| (name, Value::Bool(name.starts_with("block"))))),
    )
}

fn encryption() -> (&'static str, Value) {
    let members =
        [("sseAlgorithm", Value::from("aws:kms")), ("bucketKeyEnabled", Value::Bool(true))];
    ("encryption", Value::map(members))
}

fn lifecycle(days: i64) -> (&'static str, Value) {
    let rule = Value::map([
        ("id", Value::from("old")),
        ("enabled", Value::Bool(true)),
        ("prefix", Value::from("logs/")),
        ("expiration", Value::int(days)),
        ("transitions", Value::List(Vec::new())),
    ]);
    ("lifecycleRules", Value::List(vec![rule]))
}
