//! The language server: each stage's names, next to the code.
//!
//! It evaluates programs as a deploy would and deploys nothing. All it writes is a local store's missing realm and the
//! cache of evaluation (`.alchemy/cache`), both as a command would; its [`Host`], which tells it the surroundings, may
//! make the machine's key besides.
#![forbid(unsafe_code)]

mod documents;
mod evaluated;
mod event;
mod findings;
mod host;
mod ordered;
mod position;
mod program;
mod references;
mod requests;
mod sealed;
mod server;
mod session;
mod settings;
mod stage_view;
mod state_view;
mod view;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::unbounded_channel;
use tower_lsp::{LspService, Server};

pub use host::{Host, Project};
pub use settings::Settings;

/// Requests that are answered at once. An editor has a handful under way; what waits for an evaluation holds up none
/// of the others.
const REQUESTS: usize = 64;

/// Serves one editor until it says `exit` or closes `input`. Gives whether it said `shutdown` before, as it should: the
/// protocol wants exit status 1 if not.
#[must_use]
pub async fn serve(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite,
    host: Arc<dyn Host>,
) -> bool {
    let (events, queue) = unbounded_channel();
    let told = events.clone();
    let (service, socket) = LspService::build(|client| {
        let session = session::Session::new(client, host, events.clone());
        tokio::spawn(session.run(queue));
        server::Backend::new(events)
    })
    .custom_method("alchemy/setStage", server::Backend::set_stage)
    .custom_method("alchemy/stages", server::Backend::stages)
    .custom_method("alchemy/evaluated", server::Backend::evaluated)
    .custom_method("alchemy/document", server::Backend::document)
    .finish();
    let shut_down = Arc::new(AtomicBool::new(false));
    let service = ordered::Ordered::new(service, told.clone(), Arc::clone(&shut_down));
    Server::new(input, output, socket).concurrency_level(REQUESTS).serve(service).await;
    // Nobody else may be left to end the session's loop.
    let _ = told.send(event::Event::Exit);
    shut_down.load(Ordering::Relaxed)
}
