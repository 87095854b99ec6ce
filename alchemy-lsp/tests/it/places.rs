//! Places in files, whichever way leads to them, and findings about files that no text is known of.

use serde_json::json;

use crate::editor::{Editor, place, uri};
use crate::given::{Given, body};

const ONE: &str = "  yield* AWS.SQS.Queue(\"Jobs\");";

#[tokio::test]
async fn a_project_behind_a_link_shows_its_names() {
    let given = Given::new(&body(ONE)).await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let link = elsewhere.path().join("linked");
    std::os::unix::fs::symlink(given.path(""), &link).expect("linked");
    let mut editor = Editor::start(given.host_at(link.clone()), json!({})).await;
    let program = link.join("alchemy.run.ts");
    editor.open(&program, &body(ONE)).await;
    let hints = editor.hints(&program).await;
    assert_eq!(hints.len(), 1, "{hints:?}");
    editor.stop().await;
}

#[tokio::test]
async fn a_file_has_the_address_that_the_editor_writes() {
    let text = body("  yield* AWS.SQS.Queue(\"Jobs\", { visibilityTimeot: \"30 seconds\" });");
    let given = Given::new(&text).await;
    let address = uri(&given.file("@team/alchemy.run.ts", &text)).replace('@', "%40");
    let mut editor = Editor::start(given.host(), json!({})).await;
    editor.open_at(&address, &text).await;
    let found = editor.diagnostics_at(&address).await;
    assert!(!found.is_empty(), "it is told of under that address");
    let at = place(&text, "visibilityTimeot", 1);
    let params = json!({
        "textDocument": { "uri": address },
        "range": { "start": at, "end": at },
        "context": { "diagnostics": [] },
    });
    let actions = editor.request("textDocument/codeAction", params).await;
    let edit = &actions[0]["edit"]["changes"][&address][0];
    assert_eq!(edit["newText"], "visibilityTimeout", "{actions}");
    editor.stop().await;
}

#[tokio::test]
async fn places_move_whichever_way_the_address_is_written() {
    let given = Given::new(&body(ONE)).await;
    let address = uri(&given.file("@team/alchemy.run.ts", &body(ONE))).replace('@', "%40");
    let mut editor = Editor::start(given.host(), json!({})).await;
    editor.open_at(&address, &body(ONE)).await;
    assert!(editor.diagnostics_at(&address).await.is_empty());
    let broken = format!("// a line more\n{}", body(ONE).replace("\"Jobs\")", "\"Jobs\"))"));
    editor.write_at(&address, 2, &broken).await;
    let found = editor.diagnostics_at(&address).await;
    let stale = found.iter().find(|it| it["code"] == "stale-names").expect("it is said");
    assert_eq!(stale["range"]["start"], place(&broken, "\"Jobs\"", 0));
    editor.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_file_that_cannot_be_shown_stands_at_the_top() {
    for (import, file, code) in [
        ("./latin.ts", "app/latin.ts", "unreadable-file"),
        ("broken", "app/node_modules/broken/index.js", "syntax-error"),
    ] {
        let import = format!("import data from \"{import}\";\nimport * as Effect");
        let text = body(&format!("{ONE}\n  return {{ data }};"));
        let text = text.replacen("import * as Effect", &import, 1);
        let given = Given::new(&body(ONE)).await;
        let program = given.file("app/alchemy.run.ts", &text);
        std::fs::write(given.path("app/latin.ts"), b"export default \"\xe9\";\n").expect("written");
        let package = r#"{"name":"broken","type":"module","exports":"./index.js"}"#;
        given.file("app/node_modules/broken/package.json", package);
        given.file("app/node_modules/broken/index.js", "export default {;\n");
        let mut editor = Editor::start(given.host(), json!({})).await;
        editor.open(&program, &text).await;
        let found = editor.diagnostics(&program).await;
        let shown = found.iter().find(|it| it["code"] == code);
        let shown = shown.unwrap_or_else(|| unreachable!("{file} is not told of: {found:?}"));
        let message = shown["message"].as_str().expect("a text");
        assert!(message.contains(&format!("\nin {file}:1:")), "{message}");
        assert_eq!(shown["range"]["start"], json!({ "line": 0, "character": 0 }));
        editor.stop().await;
    }
}
