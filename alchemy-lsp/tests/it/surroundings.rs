//! What a program's surroundings are: which store is opened, and when they are looked at again.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::editor::{Editor, uri};
use crate::given::{Given, TestHost, body};

const ONE: &str = "  yield* AWS.SQS.Queue(\"Jobs\");";

async fn editor(host: &Arc<TestHost>, options: Value) -> Editor {
    let shared = Arc::clone(host);
    Editor::start(shared, options).await
}

/// The stores that were opened: what the settings name, what the program does.
fn opened(host: &TestHost) -> Vec<[Option<String>; 2]> {
    host.opened.lock().expect("nobody panicked").clone()
}

#[tokio::test]
async fn a_folder_that_is_not_trusted_names_no_store() {
    let stored = "providers: AWS.providers(), state: AWS.S3.state(\"s3://theirs\")";
    let text = body(ONE).replace("providers: AWS.providers()", stored);
    let given = Given::new(&text).await;
    let host = given.host();
    let settings =
        |trusted: bool| json!({ "state": "s3://mine", "profile": "work", "trusted": trusted });
    let mut editor = editor(&host, settings(false)).await;
    editor.open(&given.program(), &text).await;
    assert_eq!(editor.hints(&given.program()).await.len(), 1, "names are shown all the same");
    assert_eq!(opened(&host), [[None, None]]);
    let silent = json!({ "settings": { "alchemy": { "state": "s3://mine", "stages": ["pr-7"] } } });
    editor.notify("workspace/didChangeConfiguration", silent).await;
    editor.hints(&given.program()).await;
    assert_eq!(opened(&host), [[None, None], [None, None]], "silence is no trust");
    let granted = json!({ "settings": { "alchemy": settings(true) } });
    editor.notify("workspace/didChangeConfiguration", granted).await;
    editor.hints(&given.program()).await;
    let (mine, theirs) = (Some("s3://mine".to_owned()), Some("s3://theirs".to_owned()));
    assert_eq!(opened(&host)[2..], [[mine.clone(), None], [mine, theirs]]);
    let asked = host.asked.lock().expect("nobody panicked").clone();
    let profiles: Vec<_> = asked.iter().map(|it| it.profile.as_deref()).collect();
    assert_eq!(profiles, [None, None, Some("work")]);
    editor.stop().await;
}

/// How often the server asks for the surroundings once it is told that a file has changed.
async fn asks(editor: &mut Editor, host: &TestHost, program: &Path, changed: &Path) -> usize {
    let count = || host.asked.lock().expect("nobody panicked").len();
    let before = count();
    let change = json!({ "changes": [{ "uri": uri(changed), "type": 2 }] });
    editor.notify("workspace/didChangeWatchedFiles", change).await;
    editor.evaluated(program).await;
    count() - before
}

#[tokio::test]
async fn only_files_that_count_have_surroundings_looked_at_again() {
    let given = Given::new(&body(ONE)).await;
    let host = given.host();
    let program = given.file("app/alchemy.run.ts", &body(ONE));
    let mut editor = editor(&host, json!({ "envFile": "config/prod.vars" })).await;
    editor.open(&program, &body(ONE)).await;
    editor.evaluated(&program).await;
    for (file, times) in [
        ("package.json", 1),
        ("app/.env", 1),
        ("config/prod.vars", 1),
        ("node_modules/effect/package.json", 0),
        ("other/package.json", 0),
        ("other/alchemy.toml", 0),
        ("app/deep/.env", 0),
    ] {
        let found = asks(&mut editor, &host, &program, &given.path(file)).await;
        assert_eq!(found, times, "{file}");
    }
    editor.stop().await;
}

#[tokio::test]
async fn the_environment_file_of_the_settings_is_watched() {
    let given = Given::new(&body(ONE)).await;
    let watch =
        json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let mut editor = given.editor_with(json!({ "envFile": "one.vars" }), watch).await;
    let settings = json!({ "settings": { "alchemy": { "envFile": "two.vars" } } });
    editor.notify("workspace/didChangeConfiguration", settings).await;
    let unwatched =
        |editor: &Editor| editor.asked.iter().any(|method| method == "client/unregisterCapability");
    for _ in 0..1000 {
        if unwatched(&editor) {
            break;
        }
        editor.request("alchemy/document", json!({})).await;
        tokio::task::yield_now().await;
    }
    assert!(unwatched(&editor), "{:?}", editor.asked);
    editor.stop().await;
}
