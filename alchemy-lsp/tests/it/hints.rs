//! Inlay hints.

use serde_json::json;

use crate::given::{Given, body, record};

const TWO: &str = "  const dead = yield* AWS.SQS.Queue(\"Dead\");\n  const jobs = yield* AWS.SQS.Queue(\"Jobs\", { visibilityTimeout: stage === \"prod\" ? \"2 minutes\" : \"30 seconds\" });\n  return { url: jobs.queueUrl };";

#[tokio::test]
async fn each_resource_shows_its_name() {
    let given = Given::new(&body(TWO)).await;
    let mut editor = given.editor().await;
    let hints = editor.hints(&given.program()).await;
    insta::assert_debug_snapshot!(hints);
    editor.request("alchemy/setStage", json!({ "stage": "prod" })).await;
    let prod = editor.hints(&given.program()).await;
    assert!(prod[0].2.starts_with("app-prod-dead-"), "{prod:?}");
    editor.stop().await;
}

#[tokio::test]
async fn a_mark_says_where_it_stands() {
    let given = Given::new(&body(TWO)).await;
    given.deployed("dev_sam", vec![record("dev_sam", "Jobs", "AWS.SQS.Queue", &[])]).await;
    let mut editor = given.editor().await;
    let hints = editor.hints(&given.program()).await;
    let ends: Vec<_> = hints.iter().map(|hint| hint.2.rsplit(' ').next().unwrap()).collect();
    assert_eq!(ends, ["+", "✓"]);
    editor.stop().await;
}
