//! How things are at one moment, for answering requests: nothing in it changes any more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_core::{Diagnostic, Stage};
use alchemy_program::Bytes;
use tower_lsp::lsp_types::{Range, Url};

use crate::Project;
use crate::documents::{Document, Documents};
use crate::evaluated::{Evaluated, Place};
use crate::position::Lines;
use crate::state_view::StateView;

/// A session at one moment.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// Open documents.
    pub(crate) documents: Documents,
    /// Programs, by file.
    pub(crate) programs: BTreeMap<PathBuf, Arc<ProgramView>>,
    /// The program that each open document belongs to.
    pub(crate) homes: BTreeMap<Url, PathBuf>,
}

/// A program at one moment.
#[derive(Clone, Debug)]
pub(crate) struct ProgramView {
    /// Its surroundings.
    pub(crate) project: Project,
    /// The current stage.
    pub(crate) stage: Stage,
    /// Where that comes from, in words.
    pub(crate) stage_source: String,
    /// Stages that the settings name.
    pub(crate) settings: Vec<Stage>,
    /// The newest evaluation.
    pub(crate) latest: Option<Arc<Evaluated>>,
    /// The newest one in which the program could be evaluated.
    pub(crate) good: Option<Arc<Evaluated>>,
    /// Its store.
    pub(crate) state: Arc<StateView>,
    /// What stands in the way of evaluating it at all.
    pub(crate) problem: Option<Diagnostic>,
}

impl ProgramView {
    /// Where one of the program's files is, as spans name it.
    fn path(&self, file: &str) -> PathBuf {
        self.project.root.join(file)
    }

    /// How spans name a file: from the root, both without links.
    pub(crate) fn file(&self, path: &Path) -> String {
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let (path, root) = (real(path), real(&self.project.root));
        let inside = path.strip_prefix(root).unwrap_or(&path);
        inside.to_string_lossy().replace('\\', "/")
    }
}

/// A document with the program it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The document.
    pub(crate) document: Arc<Document>,
    /// The program.
    pub(crate) program: Arc<ProgramView>,
    /// How spans name the document's file.
    pub(crate) file: String,
}

impl View {
    /// An open document and its program.
    pub(crate) fn seen(&self, uri: &Url) -> Option<Seen> {
        let document = Arc::clone(self.documents.open.get(uri)?);
        let program = Arc::clone(self.programs.get(self.homes.get(uri)?)?);
        let file = program.file(document.path.as_ref()?);
        Some(Seen { document, program, file })
    }

    /// Whether a place in a file, as spans name it, can be shown there: the evaluation has its text, or it is open.
    pub(crate) fn shows(&self, program: &ProgramView, evaluated: &Evaluated, file: &str) -> bool {
        evaluated.sources.contains_key(file)
            || self.documents.of_file(&program.path(file)).is_some()
    }

    /// The range of a stretch of a file that an evaluation saw: where it is now, if the file is open.
    pub(crate) fn range(
        &self,
        program: &ProgramView,
        evaluated: &Evaluated,
        file: &str,
        bytes: Bytes,
    ) -> Option<(Url, Range)> {
        let path = program.path(file);
        if let Some(document) = self.documents.of_file(&path) {
            let moved = match evaluated.revisions.get(&document.uri) {
                Some(revision) => document.moved_bytes(*revision, bytes)?,
                None => bytes,
            };
            return Some((document.uri.clone(), document.lines.range(moved)));
        }
        let text = Arc::clone(evaluated.sources.get(file)?);
        let range = Lines::new(text, self.documents.encoding).range(bytes);
        Some((Url::from_file_path(path).ok()?, range))
    }
}

impl Seen {
    /// The evaluation that is shown: the newest in which the program could be evaluated.
    pub(crate) fn shown(&self) -> Option<&Arc<Evaluated>> {
        self.program.good.as_ref().or(self.program.latest.as_ref())
    }

    /// Where a stretch that `evaluated` saw in this document is now.
    pub(crate) fn now(&self, evaluated: &Evaluated, bytes: Bytes) -> Option<Bytes> {
        match evaluated.revisions.get(&self.document.uri) {
            Some(revision) => self.document.moved_bytes(*revision, bytes),
            None => Some(bytes),
        }
    }

    /// Places in this document where resources are declared, with what they are now.
    pub(crate) fn places(&self, evaluated: &Evaluated) -> Vec<Place> {
        let here = evaluated.places().into_iter().filter(|place| place.file == self.file);
        let moved = here.filter_map(|place| {
            let call = self.now(evaluated, place.call)?;
            let id = self.now(evaluated, place.id)?;
            Some(Place { call, id, ..place })
        });
        moved.collect()
    }

    /// The place around byte `at`, innermost.
    pub(crate) fn place_at(&self, evaluated: &Evaluated, at: u32) -> Option<Place> {
        let around = |place: &Place| place.call.0 <= at && at <= place.call.1;
        let places = self.places(evaluated).into_iter().filter(around);
        places.min_by_key(|place| place.call.1 - place.call.0)
    }
}
