//! Everything that can happen to a session. One queue, one loop: what comes first is done first.

use std::path::PathBuf;

use alchemy_core::{Diagnostic, Stage};
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::lsp_types::{InitializeParams, TextDocumentContentChangeEvent, Url};

use crate::program::Shown;
use crate::state_view::StateView;
use crate::view::View;
use crate::worker::Told;

/// An event.
#[derive(Debug)]
pub(crate) enum Event {
    /// The editor said who it is.
    Initialize(Box<InitializeParams>),
    /// It is ready for requests of ours.
    Initialized,
    /// A document was opened.
    Opened {
        /// Which.
        uri: Url,
        /// Number of its text.
        version: i32,
        /// Its text.
        text: String,
    },
    /// A document was changed.
    Changed {
        /// Which.
        uri: Url,
        /// Number of its text.
        version: i32,
        /// How.
        changes: Vec<TextDocumentContentChangeEvent>,
    },
    /// A document was closed.
    Closed(Url),
    /// The settings were changed, to what the editor says.
    Settings(Value),
    /// Files were changed.
    Watched(Vec<PathBuf>),
    /// A program's worker has something to tell.
    Told(PathBuf, Told),
    /// A program's store was opened, or why not; the number says for which opening.
    StoreOpened(PathBuf, u64, Result<Shown, Diagnostic>),
    /// A program's store was read; the number says for which reading.
    StateRead(PathBuf, u64, StateView),
    /// A program's store takes its time: it is evaluated without.
    Impatient(PathBuf),
    /// Somebody wants to know how things are, after all that came before.
    Look(oneshot::Sender<View>),
    /// The same, once the programs that a document belongs to have been evaluated as they are now.
    Fresh(Url, oneshot::Sender<View>),
    /// The current stage is to be this one.
    SetStage(Stage, oneshot::Sender<()>),
    /// It is time to look whether state has changed.
    Poll,
    /// The editor is gone.
    Exit,
}
