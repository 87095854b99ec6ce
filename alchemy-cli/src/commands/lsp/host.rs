//! What the editor's server is told: the same settings that a command would have, from the same places.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use alchemy_core::{Diagnostic, Realm};
use alchemy_lsp::{Host, Project as EditorProject, Settings};
use alchemy_state::{StateStore, StateUrl};

use crate::clock;
use crate::commands::store_access::Access;
use crate::commands::stored::secret_hasher;
use crate::failure::Failure;
use crate::settings::{
    Passphrases, Project, Surroundings, choose_store, declared_environment, stage_and_source,
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
        let mut environment =
            declared_environment(&self.around, &project, settings.env_file.as_deref())?;
        // A program does not get to see them, and nothing here opens what is sealed.
        Passphrases::take(&mut environment);
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
        let (around, environment) = (&self.around, &project.environment);
        if !settings.trusted {
            let access = Access { around, environment, profile: None, keep: None };
            return access.open(&own_folder(&own)?).map_err(first);
        }
        let state = settings.state.as_deref();
        let choice = choose_store(around, environment, &own, state, named, None)?;
        let profile = settings.profile.as_deref();
        let access = Access { around, environment, profile, keep: choice.keep };
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

/// The store of a folder that is not trusted: the default one. Refused where links lead out of the project.
fn own_folder(project: &Project) -> Result<StateUrl, Diagnostic> {
    let state = project.alchemy_folder().join("state");
    let there = state.ancestors().find_map(|folder| fs::canonicalize(folder).ok());
    let outside = fs::canonicalize(&project.folder)
        .is_ok_and(|own| there.is_some_and(|there| !there.starts_with(own)));
    if outside {
        let summary = format!("{} leads out of a folder that is not trusted", state.display());
        return Err(Diagnostic::error("not-trusted", summary).help("trust the folder"));
    }
    Ok(StateUrl::File(state))
}

/// The first thing that a failure says.
fn first(failure: Failure) -> Diagnostic {
    let unknown = || Diagnostic::error("internal", "something failed without saying what");
    failure.diagnostics.into_iter().next().unwrap_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const THEIRS: &str = "s3://theirs?endpoint=https://theirs.invalid";

    /// A project with these files, and what an editor's server is told of it.
    struct Given {
        folder: tempfile::TempDir,
        host: EditorHost,
    }

    impl Given {
        fn new(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let home = folder.path().join("home").display().to_string();
            let variables = [("HOME", home), ("ALCHEMY_PASSPHRASE", "open sesame".to_owned())];
            let around = Surroundings {
                variables: variables.map(|(name, value)| (name.to_owned(), value)).into(),
                folder: folder.path().to_path_buf(),
                ..Surroundings::default()
            };
            let given = Self { folder, host: EditorHost::new(around) };
            fs::create_dir_all(given.path("app")).unwrap();
            for (file, text) in files {
                fs::write(given.path(file), text).unwrap();
            }
            given
        }

        fn path(&self, file: &str) -> PathBuf {
            self.folder.path().join(file)
        }

        fn project(&self, settings: &Settings) -> EditorProject {
            self.host.project(&self.path("app/alchemy.run.ts"), settings).unwrap()
        }

        /// The folder of the store that is opened.
        fn store(&self, settings: &Settings) -> Result<Option<PathBuf>, Diagnostic> {
            let named = (!settings.trusted).then_some(THEIRS);
            let store = self.host.store(&self.project(settings), settings, named)?;
            Ok(store.local_root())
        }
    }

    fn untrusted() -> Settings {
        Settings { trusted: false, ..Settings::default() }
    }

    #[test]
    fn a_program_does_not_see_the_passphrase() {
        let given = Given::new(&[("app/.env", "ALCHEMY_NEW_PASSPHRASE=a\nTOKEN=b\n")]);
        let environment = given.project(&Settings::default()).environment;
        assert_eq!(environment.keys().collect::<Vec<_>>(), ["HOME", "TOKEN"]);
    }

    #[test]
    fn a_folder_that_is_not_trusted_chooses_no_store() {
        let file = format!("state = \"{THEIRS}\"\n");
        let environment = ("app/.env", "ALCHEMY_STATE=other\n");
        let given = Given::new(&[("app/alchemy.toml", file.as_str()), environment]);
        let own = given.path("app/.alchemy/state");
        assert_eq!(given.store(&untrusted()).unwrap(), Some(own));
        assert_eq!(given.store(&Settings::default()).unwrap(), Some(given.path("other")));
    }

    #[test]
    fn a_folder_that_is_not_trusted_leads_nowhere_else() {
        let given = Given::new(&[]);
        fs::create_dir_all(given.path("private/state")).unwrap();
        std::os::unix::fs::symlink(given.path("private"), given.path("app/.alchemy")).unwrap();
        assert_eq!(given.store(&untrusted()).unwrap_err().code, "not-trusted");
        assert!(given.store(&Settings::default()).is_ok());
    }
}
