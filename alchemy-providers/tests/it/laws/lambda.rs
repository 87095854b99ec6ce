//! Functions, their URLs, permissions and mappings.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use alchemy_core::{Record, Value};
use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::bench::{Bench, Object};
use super::iam::{role, trust};
use super::{keep_the_laws, props, with};

/// Adds a function's code to the bench; gives its sum.
fn code(bench: &mut Bench, answer: &str) -> Value {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("index.mjs", SimpleFileOptions::default()).expect("a zip");
    write!(zip, "export default async () => {answer:?};").expect("a zip");
    let bytes = zip.finish().expect("a zip").into_inner();
    let sum = BASE64.encode(&Sha256::digest(&bytes));
    bench.zips.0.insert(sum.clone(), bytes.into());
    Value::from(sum)
}

/// A function with its role, for what hangs on a function.
struct Parent {
    objects: Vec<(Object, Record)>,
    name: String,
    props: BTreeMap<String, Value>,
}

impl Parent {
    async fn make(bench: &mut Bench, id: &str) -> Self {
        let role_id = format!("{id}_role");
        let role = role(bench, &role_id);
        let role_props = props(&[
            ("roleName", Value::from(bench.name(&role_id))),
            ("assumeRolePolicyDocument", trust("lambda.amazonaws.com")),
        ]);
        let made = bench.reconcile(&role, &role_props, None).await.expect("a role");
        let record = bench.record(&role, &role_props, &made.attrs);
        let function =
            Object { ty: "AWS.Lambda.Function", name: Some(bench.name(id)), listed: true };
        let props = props(&[
            ("functionName", Value::from(bench.name(id))),
            ("main", code(bench, "one")),
            ("handler", Value::from("default")),
            ("role", made.attrs["roleArn"].clone()),
        ]);
        Self { objects: vec![(role, record)], name: function.name.unwrap_or_default(), props }
    }

    async fn with_function(mut self, bench: &Bench) -> Self {
        let function =
            Object { ty: "AWS.Lambda.Function", name: Some(self.name.clone()), listed: true };
        let made = bench.reconcile(&function, &self.props, None).await.expect("a function");
        let record = bench.record(&function, &self.props, &made.attrs);
        self.objects.push((function, record));
        self
    }

    async fn delete(self, bench: &Bench) {
        for (object, record) in self.objects.iter().rev() {
            bench.delete(object, record).await.expect("a parent goes");
        }
    }
}

async fn functions(mut bench: Bench) {
    let parent = Parent::make(&mut bench, "function").await;
    let function =
        Object { ty: "AWS.Lambda.Function", name: Some(parent.name.clone()), listed: true };
    let rich = with(
        &parent.props,
        &[
            ("handler", Value::from("other")),
            ("memory", Value::from(256)),
            ("timeout", Value::from(15)),
            ("description", Value::from("for people")),
            ("env", Value::map([("STAGE", Value::from("dev")), ("LIMIT", Value::from("3"))])),
            ("ephemeralStorage", Value::from(1024)),
            ("tracing", Value::from("Active")),
            ("tags", Value::map([("team", Value::from("a"))])),
            ("reservedConcurrentExecutions", Value::from(5)),
        ],
    );
    let other = with(
        &rich,
        &[
            ("main", code(&mut bench, "two")),
            ("env", Value::map([("STAGE", Value::from("prod"))])),
            ("runtime", Value::from("nodejs20.x")),
            ("reservedConcurrentExecutions", Value::from(7)),
            ("tags", Value::map([("team", Value::from("b"))])),
        ],
    );
    keep_the_laws(&bench, &function, &[parent.props.clone(), rich, other]).await;
    parent.delete(&bench).await;
}
laws!(functions);

async fn function_urls(mut bench: Bench) {
    let parent = Parent::make(&mut bench, "url").await.with_function(&bench).await;
    let url = Object { ty: "AWS.Lambda.FunctionUrl", name: None, listed: false };
    let first = props(&[
        ("functionName", Value::from(parent.name.as_str())),
        ("authType", Value::from("NONE")),
    ]);
    let cors = Value::map([
        ("allowOrigins", Value::List(vec![Value::from("https://example.com")])),
        ("allowMethods", Value::List(vec![Value::from("GET")])),
        ("maxAge", Value::from(60)),
    ]);
    let rich = with(
        &first,
        &[
            ("authType", Value::from("AWS_IAM")),
            ("invokeMode", Value::from("RESPONSE_STREAM")),
            ("cors", cors),
        ],
    );
    keep_the_laws(&bench, &url, &[first, rich]).await;
    parent.delete(&bench).await;
}
laws!(function_urls);

async fn permissions(mut bench: Bench) {
    let parent = Parent::make(&mut bench, "allowed").await.with_function(&bench).await;
    let permission =
        Object { ty: "AWS.Lambda.Permission", name: Some(bench.name("invoke")), listed: false };
    let first = props(&[
        ("statementId", Value::from(bench.name("invoke"))),
        ("functionName", Value::from(parent.name.as_str())),
        ("action", Value::from("lambda:InvokeFunction")),
        ("principal", Value::from("s3.amazonaws.com")),
    ]);
    let narrow = with(
        &first,
        &[
            ("sourceArn", Value::from("arn:aws:s3:::some-bucket")),
            ("sourceAccount", Value::from(bench.target.account.as_str())),
        ],
    );
    let public = with(
        &first,
        &[
            ("action", Value::from("lambda:InvokeFunctionUrl")),
            ("principal", Value::from("*")),
            ("functionUrlAuthType", Value::from("NONE")),
        ],
    );
    keep_the_laws(&bench, &permission, &[first, narrow, public]).await;
    parent.delete(&bench).await;
}
laws!(permissions);

/// A queue for the mapping to read from.
async fn queue(bench: &Bench) -> (Object, Record) {
    let queue = Object { ty: "AWS.SQS.Queue", name: Some(bench.name("source")), listed: true };
    let given = props(&[("queueName", Value::from(bench.name("source")))]);
    let made = bench.reconcile(&queue, &given, None).await.expect("a queue");
    let record = bench.record(&queue, &given, &made.attrs);
    (queue, record)
}

async fn mappings(mut bench: Bench) {
    let parent = Parent::make(&mut bench, "mapped").await.with_function(&bench).await;
    let (queue, source) = queue(&bench).await;
    let mapping = Object { ty: "AWS.Lambda.EventSourceMapping", name: None, listed: true };
    let first = props(&[
        ("functionName", Value::from(parent.name.as_str())),
        ("eventSourceArn", source.attrs["queueArn"].clone()),
    ]);
    let pattern =
        Value::map([("body", Value::map([("kind", Value::List(vec![Value::from("photo")]))]))]);
    let filters = Value::List(vec![Value::map([("pattern", pattern)])]);
    let rich = with(
        &first,
        &[
            ("batchSize", Value::from(5)),
            ("maximumBatchingWindow", Value::from(20)),
            ("enabled", Value::from(false)),
            ("functionResponseTypes", Value::List(vec![Value::from("ReportBatchItemFailures")])),
            ("filterCriteria", Value::map([("filters", filters)])),
            ("scalingConfig", Value::map([("maximumConcurrency", Value::from(7))])),
            ("tags", Value::map([("team", Value::from("a"))])),
        ],
    );
    keep_the_laws(&bench, &mapping, &[first, rich]).await;
    bench.delete(&queue, &source).await.expect("the queue goes");
    parent.delete(&bench).await;
}
laws!(mappings);
