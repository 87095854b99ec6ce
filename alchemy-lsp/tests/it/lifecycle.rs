//! It announces itself, and goes when it is told to.

use serde_json::json;
use tokio::io::duplex;

use crate::editor::Editor;
use crate::given::Given;

#[tokio::test]
async fn initialize_shutdown_exit() {
    let given = Given::without_realm("");
    let editor = Editor::start(given.host(), json!({})).await;
    editor.stop().await;
}

#[tokio::test]
async fn an_editor_that_hangs_up_ends_it() {
    let given = Given::without_realm("");
    let (to_server, input) = duplex(4096);
    let (output, _from_server) = duplex(4096);
    drop(to_server);
    alchemy_lsp::serve(input, output, given.host()).await;
}
