//! It announces itself, and goes when it is told to.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

async fn send(editor: &mut DuplexStream, message: Value) {
    let text = message.to_string();
    editor
        .write_all(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes())
        .await
        .expect("the server talks");
}

async fn receive(editor: &mut DuplexStream) -> Value {
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        header.push(editor.read_u8().await.expect("the server talks"));
    }
    let header = String::from_utf8(header).expect("the server talks");
    let length = header
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .expect("the server talks");
    let mut body = vec![0; length.parse().expect("the server talks")];
    editor.read_exact(&mut body).await.expect("the server talks");
    serde_json::from_slice(&body).expect("the server talks")
}

#[tokio::test]
async fn initialize_shutdown_exit() {
    let (mut to_server, input) = duplex(4096);
    let (output, mut from_server) = duplex(4096);
    let server = tokio::spawn(alchemy_lsp::serve(input, output));
    send(&mut to_server, json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } })).await;
    let answer = receive(&mut from_server).await;
    assert_eq!(answer["result"]["serverInfo"]["name"], "alchemy");
    send(&mut to_server, json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} })).await;
    send(&mut to_server, json!({ "jsonrpc": "2.0", "id": 2, "method": "shutdown" })).await;
    assert_eq!(receive(&mut from_server).await["id"], 2);
    send(&mut to_server, json!({ "jsonrpc": "2.0", "method": "exit" })).await;
    drop(to_server);
    server.await.expect("the server talks");
}

#[tokio::test]
async fn an_editor_that_hangs_up_ends_it() {
    let (to_server, input) = duplex(4096);
    let (output, _from_server) = duplex(4096);
    drop(to_server);
    alchemy_lsp::serve(input, output).await;
}
