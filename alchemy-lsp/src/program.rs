//! A program that the session looks after: its worker, its store, and what is known of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_core::{Diagnostic, Stage};
use alchemy_state::StateStore;

use crate::documents::Documents;
use crate::evaluated::{Evaluated, Job};
use crate::view::ProgramView;
use crate::worker::Worker;
use crate::{Project, Settings};

/// The name a program has unless its text says that it is one.
const PROGRAM: &str = "alchemy.run.ts";

/// A program.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its surroundings.
    pub(crate) project: Project,
    /// Evaluates it.
    pub(crate) worker: Worker,
    /// Its store; none if it cannot be opened.
    pub(crate) store: Option<Arc<dyn StateStoreDebug>>,
    /// What the program itself said about the store when that was opened; nothing while its folder is not trusted.
    pub(crate) named_store: Option<String>,
    /// Number of the newest opening of the store.
    pub(crate) opening: u64,
    /// Number of the newest reading of the store.
    pub(crate) reading: u64,
    /// Whether enough is known of the store to evaluate: it was read, or cannot be, or takes too long.
    pub(crate) ready: bool,
    /// Number of the newest job.
    pub(crate) submitted: u64,
    /// Number of the newest job that is done.
    pub(crate) done: u64,
    /// What is known of it.
    pub(crate) view: ProgramView,
    /// Whether what is shown changes with the next result although no text was changed.
    pub(crate) refresh: bool,
}

/// A store that can be part of something that is shown.
pub(crate) trait StateStoreDebug: std::fmt::Debug + Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn StateStore>;
}

/// See [`StateStoreDebug`].
pub(crate) struct Shown(pub(crate) Arc<dyn StateStore>);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.describe())
    }
}

impl StateStoreDebug for Shown {
    fn store(&self) -> Arc<dyn StateStore> {
        Arc::clone(&self.0)
    }
}

impl Program {
    /// The stages that the settings name and that are stages.
    pub(crate) fn settings_stages(settings: &Settings) -> Vec<Stage> {
        settings.stages.iter().filter_map(|text| Stage::parse(text).ok()).collect()
    }

    /// The current stage and where it comes from: the editor's choice, its settings, the default.
    pub(crate) fn current(
        chosen: Option<&Stage>,
        settings: &Settings,
        project: &Project,
    ) -> (Stage, String) {
        if let Some(stage) = chosen {
            return (stage.clone(), "chosen in the editor".to_owned());
        }
        let set = settings.stage.as_deref().and_then(|text| Stage::parse(text).ok());
        match set {
            Some(stage) => (stage, "the editor's settings".to_owned()),
            None => (project.stage.clone(), project.stage_source.clone()),
        }
    }

    /// Has the program evaluated as the documents are now.
    pub(crate) fn submit(&mut self, documents: &Documents) {
        self.submitted += 1;
        let default = std::iter::once(self.project.stage.clone());
        self.worker.submit(Job {
            number: self.submitted,
            overlay: documents.overlay(),
            revisions: documents.revisions(),
            stage: self.view.stage.clone(),
            more: default.chain(self.view.settings.iter().cloned()).collect(),
            state: Arc::clone(&self.view.state),
        });
    }

    /// Takes a result. Of two for the same program the newer one counts.
    pub(crate) fn take(&mut self, evaluated: Evaluated) {
        if evaluated.number < self.done {
            return;
        }
        self.done = evaluated.number;
        let evaluated = Arc::new(evaluated);
        let mut past = None;
        if evaluated.is_whole() || self.view.good.is_none() && evaluated.stack.is_some() {
            past = self.view.good.replace(Arc::clone(&evaluated));
        }
        self.worker.retire(past.into_iter().chain(self.view.latest.replace(evaluated)));
        self.view.problem = None;
    }

    /// Takes note that evaluating a job failed in a way that is our own mistake.
    pub(crate) fn panicked(&mut self, number: u64, message: &str) {
        self.done = self.done.max(number);
        self.view.problem = Some(
            Diagnostic::error("internal", format!("evaluating the program failed: {message}"))
                .detail("This is a mistake in alchemy. The names shown are the last good ones.")
                .help("please report it with this message and, if you can, the program"),
        );
    }
}

/// The program that a document belongs to: itself, or the nearest `alchemy.run.ts` in its folder and above.
pub(crate) fn home(path: &Path, text: &str) -> Option<PathBuf> {
    const ENDINGS: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];
    let ending = path.extension()?.to_str()?;
    if !ENDINGS.contains(&ending)
        || path.components().any(|part| part.as_os_str() == "node_modules")
    {
        return None;
    }
    let is_program = text.contains("export default")
        && text.contains("Stack(")
        && (text.contains("\"alchemy") || text.contains("'alchemy"));
    if is_program || path.file_name().is_some_and(|name| name == PROGRAM) {
        return Some(path.to_path_buf());
    }
    let folders = path.parent()?.ancestors();
    folders.map(|folder| folder.join(PROGRAM)).find(|program| program.is_file())
}

/// The program of a workspace's folder, if it has one.
pub(crate) fn in_folder(folder: &Path) -> Option<PathBuf> {
    Some(folder.join(PROGRAM)).filter(|program| program.is_file())
}
