//! The language server. It announces itself and goes away again; features come with the editor work.
#![forbid(unsafe_code)]

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{InitializeParams, InitializeResult, ServerCapabilities, ServerInfo};
use tower_lsp::{LanguageServer, LspService, Server};

/// What the editor talks to.
#[derive(Debug)]
struct Session;

#[tower_lsp::async_trait]
impl LanguageServer for Session {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult {
            capabilities: ServerCapabilities::default(),
            server_info: Some(ServerInfo {
                name: "alchemy".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}

/// Serves one editor until it says `exit` or closes `input`.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite) {
    let (service, socket) = LspService::new(|_| Session);
    Server::new(input, output, socket).serve(service).await;
}
