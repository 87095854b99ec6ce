//! What the server has to be told by the program it is part of: where a program lies, what it is evaluated with, which
//! store keeps its state. The command line answers with its own settings, so that both always agree.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_core::{Catalog, Diagnostic, Realm, SecretHasher, Stage};
use alchemy_state::StateStore;

use crate::Settings;

/// A program's surroundings.
#[derive(Clone, Debug)]
pub struct Project {
    /// The program file, absolute.
    pub program: PathBuf,
    /// The project's root, absolute.
    pub root: PathBuf,
    /// The stage that a command without `--stage` is about.
    pub stage: Stage,
    /// Where that stage comes from, in words: `$STAGE`, `the user's name`.
    pub stage_source: String,
    /// The declared environment.
    pub environment: BTreeMap<String, String>,
    /// Resource types.
    pub catalog: Catalog,
    /// Digests redacted values.
    pub hasher: SecretHasher,
    /// Folder of the evaluation's cache.
    pub cache: Option<PathBuf>,
    /// Key that authenticates its entries.
    pub cache_key: [u8; 32],
}

/// Answers for one editor's server.
pub trait Host: Debug + Send + Sync {
    /// What `program`, an absolute path, is evaluated with. Refuses settings that cannot be read.
    fn project(&self, program: &Path, settings: &Settings) -> Result<Project, Diagnostic>;
    /// The store of its state; `named` is what the program says. Touches nothing until it is used. Called on a thread
    /// that may wait: a profile's keys may come from far. Of a folder that is not trusted (see [`Settings::trusted`])
    /// only the default folder beside the program is opened, whatever names another.
    fn store(
        &self,
        project: &Project,
        settings: &Settings,
        named: Option<&str>,
    ) -> Result<Arc<dyn StateStore>, Diagnostic>;
    /// A new store's identity, as a deploy would make it; none without randomness.
    fn new_realm(&self) -> Option<Realm>;
    /// Milliseconds since the epoch.
    fn now_ms(&self) -> u64;
}
