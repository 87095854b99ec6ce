//! An editor in the test's own process: speaks the protocol over two pipes.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_lsp::Host;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

/// An editor with its server.
pub(crate) struct Editor {
    input: DuplexStream,
    output: DuplexStream,
    server: tokio::task::JoinHandle<bool>,
    last: i64,
    /// Notifications that came meanwhile.
    pub(crate) told: VecDeque<Value>,
    /// Requests of the server's that came meanwhile, by method; answered at once.
    pub(crate) asked: Vec<String>,
}

impl Editor {
    /// A server, initialised.
    pub(crate) async fn start(host: Arc<dyn Host>, options: Value) -> Self {
        Self::with(host, options, json!({})).await
    }

    /// A server that knows what this editor can do.
    pub(crate) async fn with(host: Arc<dyn Host>, options: Value, capabilities: Value) -> Self {
        let (input, from_editor) = duplex(1 << 20);
        let (to_editor, output) = duplex(1 << 20);
        let server = tokio::spawn(alchemy_lsp::serve(from_editor, to_editor, host));
        let (told, asked) = (VecDeque::new(), Vec::new());
        let mut editor = Self { input, output, server, last: 0, told, asked };
        let params = json!({ "capabilities": capabilities, "initializationOptions": options });
        editor.request("initialize", params).await;
        editor.notify("initialized", json!({})).await;
        editor
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        self.input.write_all(framed.as_bytes()).await.expect("the server listens");
    }

    async fn receive(&mut self) -> Value {
        let mut header = Vec::new();
        while !header.ends_with(b"\r\n\r\n") {
            header.push(self.output.read_u8().await.expect("the server talks"));
        }
        let header = String::from_utf8(header).expect("a header is text");
        let length = header.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.expect("a length").parse().expect("a number");
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).await.expect("the server talks");
        serde_json::from_slice(&body).expect("a message is JSON")
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params })).await;
    }

    /// Takes one message; gives it back if it is an answer.
    async fn step(&mut self) -> Option<Value> {
        let message = self.receive().await;
        match (message.get("method"), message.get("id")) {
            (Some(method), Some(id)) => {
                self.asked.push(method.as_str().expect("text").to_owned());
                let answer = json!({ "jsonrpc": "2.0", "id": id, "result": null });
                self.send(&answer).await;
                None
            }
            (Some(_), None) => {
                self.told.push_back(message);
                None
            }
            _ => Some(message),
        }
    }

    /// Asks; gives the whole answer.
    pub(crate) async fn answer(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.send(&message).await;
        loop {
            if let Some(answer) = self.step().await
                && answer["id"] == id
            {
                return answer;
            }
        }
    }

    /// Asks; gives the result.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    pub(crate) async fn open(&mut self, path: &Path, text: &str) {
        self.open_at(&uri(path), text).await;
    }

    /// Opens a document whose address the editor writes in its own way.
    pub(crate) async fn open_at(&mut self, address: &str, text: &str) {
        let document =
            json!({ "uri": address, "languageId": "typescript", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document })).await;
    }

    /// Replaces a document's text as a whole.
    pub(crate) async fn write(&mut self, path: &Path, version: i32, text: &str) {
        self.write_at(&uri(path), version, text).await;
    }

    /// The same, of a document at an address.
    pub(crate) async fn write_at(&mut self, address: &str, version: i32, text: &str) {
        let document = json!({ "uri": address, "version": version });
        let changes = json!([{ "text": text }]);
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params).await;
    }

    /// Waits until the document's newest text was evaluated; says whether it could be.
    pub(crate) async fn evaluated(&mut self, path: &Path) -> bool {
        let params = json!({ "uri": uri(path), "version": 0 });
        self.request("alchemy/evaluated", params).await["ok"] == true
    }

    /// The hints of a document: line, column, label.
    pub(crate) async fn hints(&mut self, path: &Path) -> Vec<(u64, u64, String)> {
        let all = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99999, "character": 0 } });
        let params = json!({ "textDocument": { "uri": uri(path) }, "range": all });
        let hints = self.request("textDocument/inlayHint", params).await;
        let hints = hints.as_array().cloned().unwrap_or_default();
        let read = hints.iter().map(|hint| {
            let parts = hint["label"].as_array().expect("parts");
            let label = parts.iter().filter_map(|part| part["value"].as_str()).collect();
            let at = &hint["position"];
            let number = |name: &str| at[name].as_u64().expect("a number");
            (number("line"), number("character"), label)
        });
        read.collect()
    }

    /// A request about the place of `needle`, `offset` characters after its beginning, in an ASCII text.
    pub(crate) async fn at(
        &mut self,
        method: &str,
        path: &Path,
        text: &str,
        needle: &str,
        offset: usize,
    ) -> Value {
        let params = json!({ "textDocument": { "uri": uri(path) }, "position": place(text, needle, offset) });
        self.request(method, params).await
    }

    /// The diagnostics that were published last for a document.
    pub(crate) async fn diagnostics(&mut self, path: &Path) -> Vec<Value> {
        self.diagnostics_at(&uri(path)).await
    }

    /// The same, of a document at an address.
    pub(crate) async fn diagnostics_at(&mut self, address: &str) -> Vec<Value> {
        self.request("alchemy/evaluated", json!({ "uri": address, "version": 0 })).await;
        // What is published for an evaluation goes out after the answer to who waited for it: ask once more.
        self.request("alchemy/document", json!({ "uri": address })).await;
        let mine = self.told.iter().rev().find(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == address
        });
        mine.and_then(|it| it["params"]["diagnostics"].as_array().cloned()).unwrap_or_default()
    }

    /// Ends the server as an editor does.
    pub(crate) async fn stop(mut self) {
        self.request("shutdown", Value::Null).await;
        self.notify("exit", Value::Null).await;
        drop(self.input);
        assert!(self.server.await.expect("the server ends well"), "it was told to shut down");
    }
}

pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The position of a text's part, in an ASCII text.
pub(crate) fn place(text: &str, needle: &str, offset: usize) -> Value {
    let at = text.find(needle).expect("it is in the text") + offset;
    let line = text[..at].matches('\n').count();
    let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    json!({ "line": line, "character": column })
}

/// The folder of the packages that programs import.
pub(crate) fn node_modules() -> PathBuf {
    std::env::var_os("ALCHEMY_TEST_NODE_MODULES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/node/node_modules"),
        PathBuf::from,
    )
}
