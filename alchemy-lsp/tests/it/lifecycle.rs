//! It announces itself, and goes when it is told to.

use serde_json::json;
use tokio::io::duplex;

use crate::editor::Editor;
use crate::given::{Given, body};

#[tokio::test]
async fn initialize_shutdown_exit() {
    let given = Given::without_realm("");
    let editor = Editor::start(given.host(), json!({})).await;
    editor.stop().await;
}

#[tokio::test]
async fn a_mistake_of_ours_ends_nothing() {
    let given = Given::new(&body("  yield* AWS.SQS.Queue(\"Jobs\");")).await;
    let mut editor = given.editor_with(json!({ "profile": "broken" }), json!({})).await;
    let settings = json!({ "settings": { "alchemy": { "profile": null } } });
    editor.notify("workspace/didChangeConfiguration", settings).await;
    assert_eq!(editor.hints(&given.program()).await.len(), 1);
    let told = editor.told.iter().filter(|it| it["method"] == "window/showMessage");
    assert_eq!(told.count(), 1, "it is owned up to");
    editor.stop().await;
}

#[tokio::test]
async fn an_editor_that_hangs_up_ends_it() {
    let given = Given::without_realm("");
    let (to_server, input) = duplex(4096);
    let (output, _from_server) = duplex(4096);
    drop(to_server);
    assert!(!alchemy_lsp::serve(input, output, given.host()).await, "it did not say shutdown");
}
