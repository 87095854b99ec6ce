//! Every feature, once, as an editor gets it.

use alchemy_core::Value;
use serde_json::json;

use crate::editor::{Editor, uri};
use crate::given::{Given, body, record};

const PROGRAM: &str = r#"  const prod = stage === "prod";
  const dead = yield* AWS.SQS.Queue("Dead", { messageRetentionPeriod: "14 days" });
  const jobs = yield* AWS.SQS.Queue("Jobs", {
    visibilityTimeout: prod ? "2 minutes" : "30 seconds",
    redrivePolicy: { deadLetterTargetArn: dead.queueArn, maxReceiveCount: 3 },
  });
  const box = yield* AWS.S3.Bucket("Box", { versioning: "Enabled" });
  const odd = stage === "Prod";
  return { url: jobs.queueUrl, odd };"#;

fn queue(stage: &str, id: &str) -> alchemy_core::Record {
    let day = Value::int(14 * 86_400);
    let props: &[(&str, Value)] =
        if id == "Dead" { &[("messageRetentionPeriod", day)] } else { &[] };
    record(stage, id, "AWS.SQS.Queue", props)
}

async fn deployed() -> (Given, Editor, String) {
    let text = body(PROGRAM);
    let given = Given::new(&text).await;
    given.deployed("dev_sam", vec![queue("dev_sam", "Dead"), queue("dev_sam", "Jobs")]).await;
    given.deployed("prod", vec![queue("prod", "Dead"), queue("prod", "Tasks")]).await;
    let editor = given.editor_with(json!({ "stages": ["pr-7"] }), json!({})).await;
    (given, editor, text)
}

fn markdown(hover: &serde_json::Value) -> &str {
    hover["contents"]["value"].as_str().expect("a hover")
}

#[tokio::test]
async fn hover_on_a_resource() {
    let (given, mut editor, text) = deployed().await;
    let program = given.program();
    let hover = editor.at("textDocument/hover", &program, &text, "\"Jobs\"", 2).await;
    insta::assert_snapshot!("hover_resource", markdown(&hover));
    let on_type = editor.at("textDocument/hover", &program, &text, "S3.Bucket", 5).await;
    insta::assert_snapshot!("hover_type", markdown(&on_type));
    editor.stop().await;
}

#[tokio::test]
async fn hover_on_props_and_stage() {
    let (given, mut editor, text) = deployed().await;
    let program = given.program();
    for (name, needle) in [
        ("hover_prop", "visibilityTimeout"),
        ("hover_member", "maxReceiveCount"),
        ("hover_stage", "stage === \"prod\""),
    ] {
        let hover = editor.at("textDocument/hover", &program, &text, needle, 1).await;
        insta::assert_snapshot!(name, markdown(&hover));
    }
    let nothing = editor.at("textDocument/hover", &program, &text, "return", 1).await;
    assert!(nothing.is_null(), "{nothing}");
    editor.stop().await;
}

#[tokio::test]
async fn stages_are_listed() {
    let (given, mut editor, _) = deployed().await;
    let stages = editor.request("alchemy/stages", json!({ "uri": uri(&given.program()) })).await;
    let shown = serde_json::to_string_pretty(&stages).unwrap();
    insta::assert_snapshot!("stages", shown.replace(&*given.path("").to_string_lossy(), "/"));
    let refused = editor.answer("alchemy/setStage", json!({ "stage": "PR/42" })).await;
    insta::assert_snapshot!("bad_stage", refused["error"]["message"].as_str().unwrap());
    editor.stop().await;
}

#[tokio::test]
async fn diagnostics_say_for_which_stage() {
    let (given, mut editor, _) = deployed().await;
    let found = editor.diagnostics(&given.program()).await;
    let lines = found.iter().map(|it| {
        let line = it["range"]["start"]["line"].as_u64().unwrap() + 1;
        format!(
            "line {line}, {}: {}",
            it["code"].as_str().unwrap(),
            it["message"].as_str().unwrap()
        )
    });
    insta::assert_snapshot!("diagnostics", lines.collect::<Vec<_>>().join("\n\n"));
    editor.stop().await;
}

#[tokio::test]
async fn lenses_symbols_and_definition() {
    let (given, mut editor, text) = deployed().await;
    let program = given.program();
    let document = json!({ "textDocument": { "uri": uri(&program) } });
    let lenses = editor.request("textDocument/codeLens", document.clone()).await;
    let titles: Vec<_> = lenses
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["command"]["title"].as_str().unwrap())
        .collect();
    insta::assert_debug_snapshot!("lenses", titles);
    let argument = &lenses[1]["command"]["arguments"][0];
    assert_eq!(argument["stage"], "dev_sam");
    assert_eq!(argument["stack"], "app");
    assert_eq!(argument["program"], program.to_string_lossy().as_ref());
    let symbols = editor.request("textDocument/documentSymbol", document).await;
    let names: Vec<_> = symbols
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{}: {}", it["name"].as_str().unwrap(), it["detail"].as_str().unwrap()))
        .collect();
    insta::assert_debug_snapshot!("symbols", names);
    let target = editor.at("textDocument/definition", &program, &text, "jobs.queueUrl", 7).await;
    assert_eq!(target["range"]["start"], crate::editor::place(&text, "\"Jobs\"", 0));
    let target = editor.at("textDocument/definition", &program, &text, "dead.queueArn", 1).await;
    assert_eq!(target["range"]["start"], crate::editor::place(&text, "\"Dead\"", 0));
    editor.stop().await;
}

#[tokio::test]
async fn completion_knows_stages_and_values() {
    let (given, mut editor, text) = deployed().await;
    let program = given.program();
    let labels = |answer: &serde_json::Value| -> Vec<String> {
        let items = answer.as_array().expect("items");
        items.iter().map(|it| it["label"].as_str().unwrap().to_owned()).collect()
    };
    editor.evaluated(&program).await;
    let stages = editor.at("textDocument/completion", &program, &text, "\"prod\"", 1).await;
    assert_eq!(labels(&stages), ["dev_sam", "prod", "pr-7"]);
    let values = editor.at("textDocument/completion", &program, &text, "\"Enabled\"", 3).await;
    assert_eq!(labels(&values), ["Enabled", "Suspended"]);
    let nothing = editor.at("textDocument/completion", &program, &text, "\"14 days\"", 3).await;
    assert!(nothing.as_array().is_none_or(Vec::is_empty), "{nothing}");
    editor.stop().await;
}

/// The code actions at a place: title, new texts.
async fn actions(editor: &mut Editor, given: &Given, text: &str, needle: &str) -> Vec<String> {
    let at = crate::editor::place(text, needle, 1);
    let params = json!({
        "textDocument": { "uri": uri(&given.program()) },
        "range": { "start": at, "end": at },
        "context": { "diagnostics": [] },
    });
    let actions = editor.request("textDocument/codeAction", params).await;
    let shown = actions.as_array().expect("it is there").iter().map(|action| {
        let edits = action["edit"]["changes"].as_object().into_iter().flat_map(|it| it.values());
        let edits = edits.flat_map(|edits| edits.as_array().expect("it is there").clone());
        let new: Vec<_> =
            edits.map(|edit| edit["newText"].as_str().expect("it is there").to_owned()).collect();
        format!("{} {new:?}", action["title"].as_str().expect("it is there"))
    });
    shown.collect()
}

#[tokio::test]
async fn a_stage_that_cannot_be_is_put_right() {
    let (given, mut editor, text) = deployed().await;
    let found = actions(&mut editor, &given, &text, "\"Prod\"").await;
    assert_eq!(found, ["Change to `prod` [\"\\\"prod\\\"\"]"]);
    let stages = actions(&mut editor, &given, &text, "stage === \"prod\"").await;
    assert_eq!(stages, ["Show names of stage pr-7 []", "Show names of stage prod []"]);
    editor.stop().await;
}

#[tokio::test]
async fn an_unknown_prop_is_put_right() {
    let text = body("  yield* AWS.SQS.Queue(\"Jobs\", { visibilityTimeot: \"30 seconds\" });");
    let given = Given::new(&text).await;
    let mut editor = given.editor().await;
    let found = actions(&mut editor, &given, &text, "visibilityTimeot").await;
    assert_eq!(found, ["Change to `visibilityTimeout` [\"visibilityTimeout\"]"]);
    editor.stop().await;
}

#[tokio::test]
async fn a_changed_id_keeps_its_object() {
    let (given, mut editor, text) = deployed().await;
    // Stage `prod` has a queue `Tasks` that the program calls `Jobs`.
    let found = actions(&mut editor, &given, &text, "\"Jobs\"").await;
    let fix = "Keep the object of `Tasks`: add `renamedFrom` [\".pipe(Alchemy.renamedFrom(\\\"Tasks\\\"))\"]";
    assert_eq!(found[0], fix);
    editor.stop().await;
}

#[tokio::test]
async fn names_by_hand_must_vary() {
    let text = body(
        "  yield* AWS.S3.Bucket(\"Box\", { bucketName: \"photos\" });\n  yield* AWS.S3.Bucket(\"Own\", { bucketName: `photos-${stage.replace(\"_\", \"-\")}` });",
    );
    let given = Given::new(&text).await;
    let mut editor = given.editor_with(json!({ "stages": ["prod"] }), json!({})).await;
    let found = editor.diagnostics(&given.program()).await;
    let codes: Vec<_> = found.iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["fixed-name"], "{found:?}");
    editor.stop().await;
}
