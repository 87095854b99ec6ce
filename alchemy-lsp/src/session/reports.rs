//! What the session tells the editor without being asked: diagnostics, and that something it shows has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use alchemy_core::{Diagnostic, Stage};
use serde_json::json;
use tower_lsp::Client;
use tower_lsp::lsp_types::notification::Notification;
use tower_lsp::lsp_types::request::{CodeLensRefresh, InlayHintRefreshRequest};
use tower_lsp::lsp_types::{InitializeParams, MessageType, Registration, Unregistration};

use super::Session;
use crate::requests::diagnostics;

/// What the editor can do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    hints_refresh: bool,
    lenses_refresh: bool,
    watch: bool,
}

impl Abilities {
    pub(super) fn of(params: &InitializeParams) -> Self {
        let Some(workspace) = &params.capabilities.workspace else { return Self::default() };
        let hints = workspace.inlay_hint.as_ref().and_then(|it| it.refresh_support);
        let lenses = workspace.code_lens.as_ref().and_then(|it| it.refresh_support);
        let watch = workspace.did_change_watched_files.as_ref();
        Self {
            hints_refresh: hints == Some(true),
            lenses_refresh: lenses == Some(true),
            watch: watch.and_then(|it| it.dynamic_registration) == Some(true),
        }
    }
}

/// `alchemy/stagesChanged`: what `alchemy/stages` answers may have changed.
enum StagesChanged {}

impl Notification for StagesChanged {
    type Params = serde_json::Value;
    const METHOD: &'static str = "alchemy/stagesChanged";
}

/// Asks the editor to tell of changed files.
const WATCH: &str = "workspace/didChangeWatchedFiles";

/// Identifies the wish to be told of the settings' environment file.
const ENV_FILE: &str = "alchemy-env-file";

fn watching(id: &str, globs: &[&str]) -> Registration {
    let watchers: Vec<_> = globs.iter().map(|glob| json!({ "globPattern": glob })).collect();
    Registration {
        id: id.to_owned(),
        method: WATCH.to_owned(),
        register_options: Some(json!({ "watchers": watchers })),
    }
}

async fn watch(client: &Client, registrations: Vec<Registration>) {
    if registrations.is_empty() {
        return;
    }
    if let Err(error) = client.register_capability(registrations).await {
        let message = format!("files are not watched: {error}");
        client.log_message(MessageType::WARNING, message).await;
    }
}

impl Session {
    /// Asks to be told of files that matter.
    pub(super) fn register(&self) {
        if !self.can.watch {
            return;
        }
        let files =
            ["**/.alchemy/state/**", "**/*.{ts,tsx,mts,js,mjs,json}", "**/.env", "**/alchemy.toml"];
        let mut registrations = vec![watching("alchemy-files", &files)];
        registrations.extend(self.env_file_watch());
        let client = self.client.clone();
        tokio::spawn(async move { watch(&client, registrations).await });
    }

    /// Asks to be told of the environment file that the settings name now, and no more of the one `before`.
    pub(super) fn watch_env_file(&self, before: Option<&Path>) {
        if !self.can.watch || before == self.settings.env_file.as_deref() {
            return;
        }
        let (client, registration) = (self.client.clone(), self.env_file_watch());
        let (id, method) = (ENV_FILE.to_owned(), WATCH.to_owned());
        let old = before.map(|_| Unregistration { id, method });
        tokio::spawn(async move {
            if let Some(old) = old {
                // An editor that refuses tells of a file that nobody waits for.
                let _ = client.unregister_capability(vec![old]).await;
            }
            watch(&client, registration.into_iter().collect()).await;
        });
    }

    fn env_file_watch(&self) -> Option<Registration> {
        let name = self.settings.env_file.as_ref()?.file_name()?;
        let glob = format!("**/{}", name.to_string_lossy());
        Some(watching(ENV_FILE, &[glob.as_str()]))
    }

    /// Says which of the settings' stages are none.
    pub(super) async fn complain_about_settings(&self) {
        let named = self.settings.stages.iter().chain(&self.settings.stage);
        for text in named {
            if let Err(why) = Stage::parse(text) {
                let message =
                    format!("alchemy: the settings name a stage that is none, `{text}`: {why}");
                self.client.show_message(MessageType::WARNING, message).await;
            }
        }
    }

    pub(super) async fn stages_changed(&self) {
        self.client.send_notification::<StagesChanged>(json!({})).await;
    }

    /// Publishes what is wrong with a program now, and has hints fetched again if they changed by themselves.
    pub(super) async fn publish(&mut self, path: &Path) {
        let view = self.view();
        let Some(program) = self.programs.get_mut(path) else { return };
        let refresh = std::mem::take(&mut program.refresh);
        let found = diagnostics::of(&view, &program.view);
        let before = self.published.remove(path).unwrap_or_default();
        let mut now = BTreeSet::new();
        for (uri, list) in found {
            let version = view.documents.open.get(&uri).map(|document| document.version);
            if !list.is_empty() || before.contains(&uri) {
                self.client.publish_diagnostics(uri.clone(), list.clone(), version).await;
            }
            if !list.is_empty() {
                now.insert(uri);
            }
        }
        for uri in before.difference(&now) {
            self.client.publish_diagnostics(uri.clone(), Vec::new(), None).await;
        }
        self.published.insert(path.to_path_buf(), now);
        if refresh {
            self.refresh();
            self.stages_changed().await;
        }
    }

    fn refresh(&self) {
        let (client, can) = (self.client.clone(), self.can);
        tokio::spawn(async move {
            // An editor that refuses shows what it has until the next key.
            if can.hints_refresh {
                let _ = client.send_request::<InlayHintRefreshRequest>(()).await;
            }
            if can.lenses_refresh {
                let _ = client.send_request::<CodeLensRefresh>(()).await;
            }
        });
    }

    /// Takes back what was said about a program.
    pub(super) async fn retract(&mut self, path: &Path) {
        for uri in self.published.remove(path).unwrap_or_default() {
            self.client.publish_diagnostics(uri, Vec::new(), None).await;
        }
    }

    /// Says why a program is not looked after.
    pub(super) async fn refuse(&mut self, path: &Path, problem: &Diagnostic) {
        let Some(uri) = self.documents.uri(path) else { return };
        let list = vec![diagnostics::at_top(problem)];
        self.client.publish_diagnostics(uri.clone(), list, None).await;
        let published: BTreeMap<_, _> = [(path.to_path_buf(), BTreeSet::from([uri]))].into();
        self.published.extend(published);
    }
}
