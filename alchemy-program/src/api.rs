//! What goes in and what comes out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use alchemy_core::{Catalog, ClosureEvaluator, Diagnostic, Graph, SecretHasher, Stage};

/// Everything an evaluation depends on, files aside.
#[derive(Clone, Debug)]
pub struct EvaluateRequest {
    /// The program file, absolute.
    pub program: PathBuf,
    /// The project root, absolute: the nearest folder upwards with `package.json`, `alchemy.toml` or `.git`, else the
    /// program's own. Files outside it (but for `node_modules`) may not be read.
    pub root: PathBuf,
    /// The stage.
    pub stage: Stage,
    /// The resource types that programs may declare, and their attributes.
    pub catalog: Catalog,
    /// The declared environment: process environment over `.env` (an explicit `--env-file` over both).
    pub environment: BTreeMap<String, String>,
    /// Digests redacted values.
    pub hasher: SecretHasher,
    /// Folder for the module and bytecode cache (`.alchemy/cache`); none: no cache.
    pub cache: Option<PathBuf>,
    /// Key that authenticates cache entries: what does not carry its sum is not used.
    pub cache_key: [u8; 32],
    /// Milliseconds since the epoch that `Date.now` shows for the whole evaluation.
    pub now_ms: u64,
    /// File contents that replace what is on disk (an editor's open documents), by absolute path.
    pub overlay: BTreeMap<PathBuf, String>,
}

/// One function's code, zipped deterministically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// SHA-256 of the zip, base64, as AWS Lambda reports it (`CodeSha256`).
    pub sha256: String,
    /// The zip.
    pub zip: Arc<[u8]>,
}

/// Source texts that diagnostics point into, by the `file` of their spans.
pub type ProgramSources = BTreeMap<String, Arc<str>>;

/// What an evaluation found. One error does not hide the next where it can be helped. Clones have one session.
#[derive(Clone)]
pub struct Evaluation {
    /// The graph as declared (not yet expanded by the catalog); none if evaluation failed. With an error among the
    /// diagnostics it is incomplete: good for showing, never for deploying.
    pub graph: Option<Graph>,
    /// Findings, errors and warnings, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// The program's closures, alive until dropped.
    pub session: Arc<dyn ClosureEvaluator>,
    /// Texts for rendering diagnostics.
    pub sources: ProgramSources,
    /// Store URL the program named (`state: …`), if it did.
    pub state: Option<String>,
}

impl std::fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluation")
            .field("graph", &self.graph)
            .field("diagnostics", &self.diagnostics)
            .finish_non_exhaustive()
    }
}
