//! What the editor's server is told: the same settings that a command would have, from the same places.

use std::path::Path;
use std::sync::Arc;

use alchemy_core::{Diagnostic, Realm};
use alchemy_lsp::{Host, Project as EditorProject, Settings};
use alchemy_state::StateStore;

use crate::clock;
use crate::commands::store_access::Access;
use crate::commands::stored::secret_hasher;
use crate::failure::Failure;
use crate::settings::{
    Project, Surroundings, choose_store, declared_environment, stage_and_source,
};

/// Answers the server from flags' places but flags: variables, files, and the editor's settings instead.
#[derive(Debug)]
pub(super) struct EditorHost {
    around: Surroundings,
}

impl EditorHost {
    pub(super) fn new(around: Surroundings) -> Self {
        Self { around }
    }
}

impl Host for EditorHost {
    fn project(&self, program: &Path, settings: &Settings) -> Result<EditorProject, Diagnostic> {
        // An editor may have a program open that was not saved yet.
        let project = Project::at(program.to_path_buf());
        let environment =
            declared_environment(&self.around, &project, settings.env_file.as_deref())?;
        let (stage, stage_source) = stage_and_source(&environment).map_err(first)?;
        let hasher = secret_hasher(&self.around).map_err(first)?;
        Ok(EditorProject {
            cache: Some(project.alchemy_folder().join("cache")),
            // As a command's: bound to the machine's secret key, and not that key itself.
            cache_key: *hasher.derive("alchemy: entries of the program cache"),
            catalog: alchemy_providers::catalog(),
            program: project.program,
            root: project.root,
            stage,
            stage_source,
            environment,
            hasher,
        })
    }

    fn store(
        &self,
        project: &EditorProject,
        settings: &Settings,
        named: Option<&str>,
    ) -> Result<Arc<dyn StateStore>, Diagnostic> {
        let own = Project::at(project.program.clone());
        let state = settings.state.as_deref();
        let choice = choose_store(&self.around, &project.environment, &own, state, named, None)?;
        let access = Access {
            around: &self.around,
            environment: &project.environment,
            profile: settings.profile.as_deref(),
            keep: choice.keep,
        };
        access.open(&choice.url).map_err(first)
    }

    fn new_realm(&self) -> Option<Realm> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).ok()?;
        Some(Realm::from_bits(bits))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(clock::now().as_millisecond()).unwrap_or_default()
    }
}

/// The first thing that a failure says.
fn first(failure: Failure) -> Diagnostic {
    let unknown = || Diagnostic::error("internal", "something failed without saying what");
    failure.diagnostics.into_iter().next().unwrap_or_else(unknown)
}
