//! Puts what happens to documents on the queue in the order in which it was sent.
//!
//! Requests run side by side; their handlers may be begun in any order. So the messages that change a document are taken
//! here, while messages still come one by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tower_lsp::jsonrpc::Request;
use tower_lsp::lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    InitializeParams,
};
use tower_service::Service;

use crate::event::Event;

/// A service whose document changes are on the queue before the next message is read.
#[derive(Debug)]
pub(crate) struct Ordered<S> {
    inner: S,
    events: UnboundedSender<Event>,
    shut_down: Arc<AtomicBool>,
}

impl<S> Ordered<S> {
    /// `shut_down` is set once the editor has said `shutdown`.
    pub(crate) fn new(
        inner: S,
        events: UnboundedSender<Event>,
        shut_down: Arc<AtomicBool>,
    ) -> Self {
        Self { inner, events, shut_down }
    }
}

impl<S: Service<Request>> Service<Request> for Ordered<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        if let Some(event) = event(request.method(), request.params()) {
            // The session's loop ends only with the editor.
            let _ = self.events.send(event);
        }
        if request.method() == "shutdown" {
            self.shut_down.store(true, Ordering::Relaxed);
        }
        self.inner.call(without_null(request))
    }
}

/// Some clients send `null` where there are no parameters, which is as good as none.
fn without_null(request: Request) -> Request {
    if request.params() != Some(&Value::Null) {
        return request;
    }
    let (method, id, _) = request.into_parts();
    let plain = Request::build(method);
    match id {
        Some(id) => plain.id(id).finish(),
        None => plain.finish(),
    }
}

fn event(method: &str, params: Option<&Value>) -> Option<Event> {
    Some(match method {
        "initialize" => Event::Initialize(Box::new(read::<InitializeParams>(params)?)),
        "textDocument/didOpen" => {
            let document = read::<DidOpenTextDocumentParams>(params)?.text_document;
            Event::Opened { uri: document.uri, version: document.version, text: document.text }
        }
        "textDocument/didChange" => {
            let DidChangeTextDocumentParams { text_document, content_changes } = read(params)?;
            let (uri, version) = (text_document.uri, text_document.version);
            Event::Changed { uri, version, changes: content_changes }
        }
        "textDocument/didClose" => {
            Event::Closed(read::<DidCloseTextDocumentParams>(params)?.text_document.uri)
        }
        _ => return None,
    })
}

fn read<T: for<'de> Deserialize<'de>>(params: Option<&Value>) -> Option<T> {
    T::deserialize(params?).ok()
}
