//! What changes while a program is open: its text, its state, the settings.

use std::time::Duration;

use alchemy_core::{Change, Secret, SecretHasher, Value};
use alchemy_state::{DataKey, Passphrase};
use serde_json::json;

use crate::given::{Given, body, key, record};

const ONE: &str =
    "  const jobs = yield* AWS.SQS.Queue(\"Jobs\");\n  return { url: jobs.queueUrl };";

#[tokio::test]
async fn hints_follow_the_text() {
    let given = Given::new(&body(ONE)).await;
    let mut editor = given.editor().await;
    assert_eq!(editor.hints(&given.program()).await.len(), 1);
    let text = body(ONE).replace("\"Jobs\"", "\"Tasks\"");
    editor.write(&given.program(), 2, &text).await;
    let hints = editor.hints(&given.program()).await;
    assert!(hints[0].2.starts_with("app-dev_sam-tasks-"), "{hints:?}");
    editor.stop().await;
}

#[tokio::test]
async fn a_broken_program_keeps_the_last_good_hints_where_they_belong() {
    let given = Given::new(&body(ONE)).await;
    let mut editor = given.editor().await;
    let program = given.program();
    let before = editor.hints(&program).await;
    let text = format!("// a line more\n{}", body(ONE).replace("return {", "return {{"));
    editor.write(&program, 2, &text).await;
    assert!(!editor.evaluated(&program).await);
    let after = editor.hints(&program).await;
    assert_eq!(after[0].2, before[0].2);
    assert_eq!(after[0].0, before[0].0 + 1, "it moved with its line");
    let found = editor.diagnostics(&program).await;
    let codes: Vec<_> = found.iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"stale-names") && codes.contains(&"syntax-error"), "{codes:?}");
    editor.write(&program, 3, &body(ONE)).await;
    assert_eq!(editor.hints(&program).await, before);
    assert!(editor.diagnostics(&program).await.is_empty());
    editor.stop().await;
}

#[tokio::test]
async fn an_endless_program_ends_with_a_diagnostic_and_the_server_goes_on() {
    let given = Given::new(&body("  while (stage) {}")).await;
    let mut editor = given.editor().await;
    let found = editor.diagnostics(&given.program()).await;
    assert_eq!(found[0]["code"], "endless", "{found:?}");
    editor.write(&given.program(), 2, &body(ONE)).await;
    assert_eq!(editor.hints(&given.program()).await.len(), 1);
    editor.stop().await;
}

#[tokio::test]
async fn a_deploy_elsewhere_shows_without_a_keystroke() {
    let given = Given::new(&body(ONE)).await;
    let refresh = json!({ "workspace": { "inlayHint": { "refreshSupport": true } } });
    let mut editor = given.editor_with(json!({}), refresh).await;
    assert!(editor.hints(&given.program()).await[0].2.ends_with('+'));
    given.deployed("dev_sam", vec![record("dev_sam", "Jobs", "AWS.SQS.Queue", &[])]).await;
    editor.asked.clear();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    while !editor.asked.iter().any(|method| method == "workspace/inlayHint/refresh") {
        editor.request("alchemy/document", json!({})).await;
        tokio::task::yield_now().await;
    }
    assert!(editor.hints(&given.program()).await[0].2.ends_with('✓'));
    editor.stop().await;
}

#[tokio::test]
async fn what_a_deploy_would_change_is_marked() {
    let text = body("  yield* AWS.SQS.Queue(\"Jobs\", { visibilityTimeout: \"1 minute\" });");
    let given = Given::new(&text).await;
    given.deployed("dev_sam", vec![record("dev_sam", "Jobs", "AWS.SQS.Queue", &[])]).await;
    let mut editor = given.editor().await;
    assert!(editor.hints(&given.program()).await[0].2.ends_with('~'));
    editor.stop().await;
}

#[tokio::test]
async fn a_retained_object_is_marked() {
    let given = Given::new(&body(ONE)).await;
    let kept = record("dev_sam", "Jobs", "AWS.SQS.Queue", &[]);
    let uid = kept.uid.clone();
    given.change("dev_sam", vec![Change::Put(kept), Change::Retained(uid)]).await;
    let mut editor = given.editor().await;
    let hints = editor.hints(&given.program()).await;
    assert!(hints[0].2.ends_with('⚓'), "{hints:?}");
    editor.stop().await;
}

#[tokio::test]
async fn resources_of_helper_files_and_classes_are_shown_there() {
    let program = body("  const job = yield* Job;\n  return { name: job.queueName };")
        .replace("import * as Effect", "import { Job } from \"./src/job.ts\";\nimport * as Effect");
    let given = Given::new(&program).await;
    let text = "import * as AWS from \"alchemy/AWS\";\nexport class Job extends AWS.SQS.Queue<Job>()(\"Job\", {}) {}\n";
    let helper = given.file("src/job.ts", text);
    let mut editor = given.editor().await;
    editor.open(&helper, text).await;
    let hints = editor.hints(&helper).await;
    assert_eq!((hints.len(), hints[0].0), (1, 1), "{hints:?}");
    assert!(hints[0].2.starts_with("app-dev_sam-job-"), "{hints:?}");
    assert!(editor.hints(&given.program()).await.is_empty());
    let target =
        editor.at("textDocument/definition", &given.program(), &program, "job.queueName", 6).await;
    assert_eq!(target["uri"], crate::editor::uri(&helper));
    editor.stop().await;
}

#[tokio::test]
async fn an_unread_realm_shows_the_readable_part() {
    let given = Given::without_realm(&body(ONE));
    let mut editor = given.editor().await;
    let hints = editor.hints(&given.program()).await;
    assert_eq!(hints[0].2, "app-dev_sam-jobs-… +");
    editor.stop().await;
}

#[tokio::test]
async fn a_store_is_opened_where_one_may_wait() {
    let given = Given::new(&body(ONE)).await;
    let mut editor = given.editor_with(json!({ "state": "from far" }), json!({})).await;
    let hints = editor.hints(&given.program()).await;
    assert!(hints[0].2.starts_with("app-dev_sam-jobs-") && !hints[0].2.contains('…'), "{hints:?}");
    editor.stop().await;
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_leaves_what_is_known() {
    let given = Given::new(&body(ONE)).await;
    let mut editor = given.editor_with(json!({ "state": "broken" }), json!({})).await;
    let hints = editor.hints(&given.program()).await;
    assert_eq!(hints[0].2, "app-dev_sam-jobs-… ?");
    let settings = json!({ "settings": { "alchemy": { "state": null } } });
    editor.notify("workspace/didChangeConfiguration", settings).await;
    let hints = editor.hints(&given.program()).await;
    assert!(hints[0].2.ends_with(" +") && !hints[0].2.contains('…'), "{hints:?}");
    editor.stop().await;
}

#[tokio::test]
async fn settings_change_what_is_shown() {
    let given = Given::new(&body(ONE)).await;
    let mut editor = given.editor().await;
    assert!(editor.hints(&given.program()).await[0].2.starts_with("app-dev_sam-"));
    let settings = json!({ "settings": { "alchemy": { "stages": ["pr-7"], "stage": "pr-7" } } });
    editor.notify("workspace/didChangeConfiguration", settings).await;
    let hints = editor.hints(&given.program()).await;
    assert!(hints[0].2.starts_with("app-pr_7-"), "{hints:?}");
    editor.stop().await;
}

#[tokio::test]
async fn one_call_that_makes_many_shows_some() {
    let text = body("  for (let n = 0; n < 5; n++) yield* AWS.SQS.Queue(`Queue${n}`);");
    let given = Given::new(&text).await;
    let mut editor = given.editor().await;
    let hints = editor.hints(&given.program()).await;
    assert_eq!(hints.len(), 1);
    assert!(hints[0].2.ends_with("… 5 in all"), "{hints:?}");
    editor.stop().await;
}

#[tokio::test]
async fn what_joins_two_shows_their_names() {
    let text = body(
        "  const jobs = yield* AWS.SQS.Queue(\"Jobs\", { visibilityTimeout: \"30 seconds\" });\n  const api = yield* AWS.Lambda.Function(\"Api\", { main: \"./api.ts\" });\n  yield* AWS.Lambda.EventSourceMapping(\"Feed\", { functionName: api.functionName, eventSourceArn: jobs.queueArn });",
    );
    let given = Given::new(&text).await;
    given.file("api.ts", "export default async () => 1;\n");
    let mut editor = given.editor().await;
    let hints = editor.hints(&given.program()).await;
    let (queue, function) = (hints[0].2.trim_end_matches(" +"), hints[1].2.trim_end_matches(" +"));
    assert_eq!(hints[2].2, format!("{queue} → {function} +"));
    editor.stop().await;
}

#[tokio::test]
async fn a_sealed_value_does_not_count_as_changed() {
    let import = "import * as Redacted from \"effect/Redacted\";\nimport * as Effect";
    let tags = "  yield* AWS.SQS.Queue(\"Jobs\", { tags: { key: Redacted.make(\"hunter2\") } });";
    let text = body(tags).replacen("import * as Effect", import, 1);
    // Its digest is under a key that the editor does not have.
    let secret = Secret::new(Value::str("hunter2"), &SecretHasher::new([4; 32]));
    let tags = Value::map([("key", Value::Secret(secret))]);
    let deployed = record("dev_sam", "Jobs", "AWS.SQS.Queue", &[("tags", tags)]);
    let passphrase = Passphrase::new("open sesame").expect("a passphrase");
    let sealed = DataKey::make(&key("dev_sam")).and_then(|it| it.wrap(&passphrase));
    let sealed = Change::Key(Some(sealed.expect("random numbers")));
    for (changes, mark) in
        [(vec![Change::Put(deployed.clone())], '~'), (vec![sealed, Change::Put(deployed)], '✓')]
    {
        let given = Given::new(&text).await;
        given.change("dev_sam", changes).await;
        let mut editor = given.editor().await;
        let hints = editor.hints(&given.program()).await;
        assert!(hints[0].2.ends_with(mark), "{hints:?}");
        editor.stop().await;
    }
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let mut deployed = record("dev_sam", "Jobs", "AWS.SQS.Queue", &[]);
    let secret = Secret::new(Value::str("hunter2"), &SecretHasher::new([3; 32]));
    deployed.attrs.insert("token".to_owned(), Value::Secret(secret));
    let text = body(ONE);
    let given = Given::new(&text).await;
    given.deployed("dev_sam", vec![deployed]).await;
    let mut editor = given.editor().await;
    let hover = editor.at("textDocument/hover", &given.program(), &text, "\"Jobs\"", 2).await;
    let hover = hover.to_string();
    assert!(hover.contains("(secret)") && !hover.contains("hunter2"), "{hover}");
    editor.stop().await;
}
