//! What the editor may ask, and who answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use alchemy_core::{Stage, StageSource};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::lsp_types::{
    CodeActionParams, CodeActionProviderCapability, CodeActionResponse, CodeLens, CodeLensOptions,
    CodeLensParams, CompletionOptions, CompletionParams, CompletionResponse,
    DidChangeConfigurationParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentSymbolParams,
    DocumentSymbolResponse, ExecuteCommandOptions, ExecuteCommandParams, GotoDefinitionParams,
    GotoDefinitionResponse, Hover, HoverParams, HoverProviderCapability, InitializeParams,
    InitializeResult, InitializedParams, InlayHint, InlayHintParams, OneOf, ServerCapabilities,
    ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind, Url,
};

use crate::event::Event;
use crate::position::Encoding;
use crate::requests::{self, SET_STAGE};
use crate::view::View;

/// How long a request waits for an evaluation before it is answered from the one before.
const WAIT: Duration = Duration::from_secs(5);

/// Takes requests.
#[derive(Debug)]
pub(crate) struct Backend {
    events: UnboundedSender<Event>,
}

/// Of `alchemy/setStage`.
#[derive(Debug, Deserialize)]
pub(crate) struct SetStage {
    stage: String,
}

/// Of `alchemy/stages` and `alchemy/document`.
#[derive(Debug, Deserialize)]
pub(crate) struct About {
    #[serde(default)]
    uri: Option<Url>,
}

/// Of `alchemy/evaluated`.
#[derive(Debug, Deserialize)]
pub(crate) struct AwaitVersion {
    uri: Url,
    #[serde(default)]
    version: Option<i32>,
}

impl Backend {
    pub(crate) fn new(events: UnboundedSender<Event>) -> Self {
        Self { events }
    }

    /// `alchemy/setStage`
    pub(crate) async fn set_stage(&self, params: SetStage) -> Result<Value> {
        let (stage, _) =
            Stage::from_source(&params.stage, StageSource::Stored).map_err(|error| {
                let message = error.to_string().replacen(&format!(" from {}", error.source), "", 1);
                Error::invalid_params(message)
            })?;
        let name = stage.to_string();
        self.ask(|reply| Event::SetStage(stage, reply)).await?;
        Ok(json!({ "stage": name }))
    }

    /// `alchemy/stages`
    pub(crate) async fn stages(&self, params: About) -> Result<Value> {
        let view = match &params.uri {
            Some(uri) => self.fresh(uri).await?,
            None => self.look().await?,
        };
        guarded(|| requests::stages::of(&view, params.uri.as_ref()))
    }

    /// `alchemy/evaluated`: answers once the hints of the document's newest text are there.
    pub(crate) async fn evaluated(&self, params: AwaitVersion) -> Result<Value> {
        let view = self.ask(|reply| Event::Fresh(params.uri.clone(), reply)).await?;
        let version = view.documents.open.get(&params.uri).map(|document| document.version);
        let latest = view.seen(&params.uri).and_then(|seen| seen.program.latest.clone());
        let ok = latest.is_some_and(|latest| latest.is_whole());
        Ok(json!({ "version": version.or(params.version), "ok": ok }))
    }

    /// `alchemy/document`: the text as the server has it.
    pub(crate) async fn document(&self, params: About) -> Result<Value> {
        let view = self.look().await?;
        let document = params.uri.as_ref().and_then(|uri| view.documents.open.get(uri));
        let text = document.map(|it| json!({ "version": it.version, "text": &*it.lines.text }));
        Ok(text.unwrap_or(Value::Null))
    }

    async fn ask<T>(&self, event: impl FnOnce(oneshot::Sender<T>) -> Event) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let gone = |()| Error {
            code: ErrorCode::ServerError(-32802),
            message: "the program is no longer open".into(),
            data: None,
        };
        self.events.send(event(reply)).map_err(|_| gone(()))?;
        answer.await.map_err(|_| gone(()))
    }

    async fn look(&self) -> Result<View> {
        self.ask(Event::Look).await
    }

    /// How things are once what was typed has been evaluated; or as they are, if that takes too long.
    async fn fresh(&self, uri: &Url) -> Result<View> {
        let fresh = self.ask(|reply| Event::Fresh(uri.clone(), reply));
        match tokio::time::timeout(WAIT, fresh).await {
            Ok(view) => view,
            Err(_) => self.look().await,
        }
    }
}

/// Answers; a panic becomes an error that says what to send us.
fn guarded<T>(answer: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(answer)).map_err(|_| {
        let message = "alchemy made a mistake in answering this; please report it with the program";
        Error { code: ErrorCode::InternalError, message: message.into(), data: None }
    })
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Kind(
            TextDocumentSyncKind::INCREMENTAL,
        )),
        inlay_hint_provider: Some(OneOf::Left(true)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        code_action_provider: Some(CodeActionProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec!["\"".to_owned(), "'".to_owned()]),
            ..CompletionOptions::default()
        }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![SET_STAGE.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult {
            capabilities: capabilities(Encoding::agreed(&params)),
            server_info: Some(ServerInfo {
                name: "alchemy".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        // The session's loop ends only with the editor.
        let _ = self.events.send(Event::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    // These were put on the queue when they came (see `ordered`).
    async fn did_open(&self, _: DidOpenTextDocumentParams) {}
    async fn did_change(&self, _: DidChangeTextDocumentParams) {}
    async fn did_close(&self, _: DidCloseTextDocumentParams) {}

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let _ = self.events.send(Event::Settings(params.settings));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let paths = params.changes.iter().filter_map(|change| change.uri.to_file_path().ok());
        let _ = self.events.send(Event::Watched(paths.collect()));
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let uri = params.text_document.uri;
        let view = self.fresh(&uri).await?;
        guarded(|| requests::hints::of(&view, &uri, params.range))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let at = params.text_document_position_params;
        let view = self.fresh(&at.text_document.uri).await?;
        guarded(|| requests::hover::of(&view, &at.text_document.uri, at.position))
    }

    async fn goto_definition(
        &self,
        params: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        let view = self.fresh(&at.text_document.uri).await?;
        guarded(|| requests::definition::of(&view, &at.text_document.uri, at.position))
    }

    async fn document_symbol(
        &self,
        params: DocumentSymbolParams,
    ) -> Result<Option<DocumentSymbolResponse>> {
        let view = self.fresh(&params.text_document.uri).await?;
        guarded(|| requests::symbols::of(&view, &params.text_document.uri))
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let view = self.fresh(&params.text_document.uri).await?;
        guarded(|| requests::lenses::of(&view, &params.text_document.uri))
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let view = self.fresh(&params.text_document.uri).await?;
        guarded(|| requests::actions::of(&view, &params.text_document.uri, params.range))
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let at = params.text_document_position;
        // The text is half typed: what it is completed with is known without evaluating it.
        let view = self.look().await?;
        guarded(|| requests::completion::of(&view, &at.text_document.uri, at.position))
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let stage = params.arguments.first().and_then(|argument| {
            argument.as_str().or_else(|| argument.get("stage")?.as_str()).map(str::to_owned)
        });
        match (params.command.as_str(), stage) {
            (SET_STAGE, Some(stage)) => self.set_stage(SetStage { stage }).await.map(Some),
            _ => Err(Error::invalid_params(format!("unknown command {}", params.command))),
        }
    }
}
