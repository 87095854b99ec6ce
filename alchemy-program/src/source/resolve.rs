//! What an import means: a module of ours, one of Node's, an inert package, or a file.

use std::path::{Path, PathBuf};

use oxc_resolver::{ResolveError, ResolveOptions, Resolver};

use super::builtin;
use super::files::Files;
use crate::embedded::Embedded;

/// Where an import leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A module inside the binary, by its name.
    Embedded(String),
    /// One of Node's modules, without `node:`.
    Node(String),
    /// A package that is not loaded; by what the program called it.
    Inert(String),
    /// A file, without links.
    File(PathBuf),
}

/// Why an import leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// No file there; perhaps this one was meant (as the program would write it).
    NoFile(Option<String>),
    /// No such package is installed.
    NoPackage(String),
    /// No such module of ours; perhaps this one was meant.
    NoEmbedded(Option<String>),
    /// The package does not offer it.
    NotOffered(String),
    /// It lies outside the project.
    Outside(PathBuf),
    /// `effect` is not as it must be.
    Effect(EffectProblem),
}

/// What is wrong with the `effect` package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EffectProblem {
    /// Not installed where the program can find it.
    Missing,
    /// Installed in a version we cannot run.
    WrongMajor(String),
    /// Another package brings its own copy.
    Doubled {
        /// The program's.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
}

/// Resolves imports for one program.
pub(crate) struct Imports<'e> {
    resolver: Resolver,
    for_require: Resolver,
    embedded: &'e Embedded,
    home: PathBuf,
    effect: Option<PathBuf>,
}

impl std::fmt::Debug for Imports<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Imports").field("home", &self.home).finish_non_exhaustive()
    }
}

/// The major version of `effect` that the library is written for.
pub(crate) const EFFECT_MAJOR: u64 = 4;

/// The `effect` package that files of a folder see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectPackage {
    /// Where it is, links resolved.
    pub folder: PathBuf,
    /// Its version, as its `package.json` says.
    pub version: String,
    /// Whether programs run with it: its major version is the one that the library is written for.
    pub fits: bool,
}

impl EffectPackage {
    /// Looks in `folder` and above; none if it is not installed there.
    pub fn of(folder: &Path) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Package {
            #[serde(default)]
            version: String,
        }
        let folder = folder.ancestors().map(|folder| folder.join("node_modules").join("effect"));
        let folder = folder
            .map(|folder| super::files::real(&folder))
            .find(|folder| folder.join("package.json").is_file())?;
        let text = super::files::package_json(&folder).ok()?;
        let Package { version } = serde_json::from_str(&text).ok()?;
        let fits =
            !semver::Version::parse(&version).is_ok_and(|version| version.major != EFFECT_MAJOR);
        Some(Self { folder, version, fits })
    }
}

impl<'e> Imports<'e> {
    /// For a program in folder `home`.
    pub(crate) fn new(home: &Path, embedded: &'e Embedded) -> Self {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let options = ResolveOptions {
            condition_names: texts(&["import", "node", "default"]),
            extensions: texts(&[".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs", ".json"]),
            extension_alias: vec![
                (".js".to_owned(), texts(&[".js", ".ts", ".tsx"])),
                (".mjs".to_owned(), texts(&[".mjs", ".mts"])),
                (".cjs".to_owned(), texts(&[".cjs", ".cts"])),
            ],
            main_fields: texts(&["module", "main"]),
            ..ResolveOptions::default()
        };
        let resolver = Resolver::new(options.clone());
        let for_require = resolver.clone_with_options(ResolveOptions {
            condition_names: texts(&["require", "node", "default"]),
            main_fields: texts(&["main"]),
            ..options
        });
        Self { resolver, for_require, embedded, home: home.to_path_buf(), effect: None }
    }

    /// What `require(specifier)` means in the package file `from`; none if there is nothing, which such files expect.
    pub(crate) fn resolve_require(
        &self,
        files: &mut Files,
        from: &Path,
        specifier: &str,
    ) -> Option<Resolved> {
        if let Some(name) = builtin::node_module(specifier) {
            return Some(Resolved::Node(name.to_owned()));
        }
        let package = package_name(specifier);
        if package.as_deref().is_some_and(builtin::is_inert_package) {
            return Some(Resolved::Inert(specifier.to_owned()));
        }
        Self::file(&self.for_require, files, from.parent()?, specifier, package).ok()
    }

    /// What `specifier` means in the file `from` (in the library itself: none).
    pub(crate) fn resolve(
        &mut self,
        files: &mut Files,
        from: Option<&Path>,
        specifier: &str,
    ) -> Result<Resolved, Unresolved> {
        if specifier.starts_with("alchemy:") && from.is_none() {
            return Ok(Resolved::Embedded(specifier.to_owned()));
        }
        if specifier == "alchemy" || specifier.starts_with("alchemy/") {
            return match self.embedded.source(specifier) {
                Some(_) => Ok(Resolved::Embedded(specifier.to_owned())),
                None => Err(Unresolved::NoEmbedded(self.embedded.nearest(specifier))),
            };
        }
        if let Some(name) = builtin::node_module(specifier) {
            return Ok(Resolved::Node(name.to_owned()));
        }
        let package = package_name(specifier);
        if package.as_deref().is_some_and(builtin::is_inert_package) {
            return Ok(Resolved::Inert(specifier.to_owned()));
        }
        if package.as_deref() == Some("effect") {
            self.check_effect(files, from).map_err(Unresolved::Effect)?;
        }
        let folder = from.and_then(Path::parent).unwrap_or(&self.home).to_path_buf();
        Self::file(&self.resolver, files, &folder, specifier, package)
    }

    fn file(
        resolver: &Resolver,
        files: &mut Files,
        folder: &Path,
        specifier: &str,
        package: Option<String>,
    ) -> Result<Resolved, Unresolved> {
        let specifier = specifier.strip_prefix("file://").unwrap_or(specifier);
        match resolver.resolve(folder, specifier) {
            Ok(found) => {
                if package.is_some()
                    && let Some(json) = found.package_json()
                    && let Some(root) = json.realpath().parent()
                {
                    files.allow_package(root);
                }
                let path = found.into_path_buf();
                if path.extension().is_some_and(|ending| ending == "node") {
                    return Ok(Resolved::Inert(specifier.to_owned()));
                }
                if files.may_read(&path) {
                    Ok(Resolved::File(path))
                } else {
                    Err(Unresolved::Outside(path))
                }
            }
            Err(error) => Err(unresolved(files, folder, specifier, package, &error)),
        }
    }

    /// The `effect` that `from` sees must be the one the program sees, and of our major version.
    fn check_effect(
        &mut self,
        files: &mut Files,
        from: Option<&Path>,
    ) -> Result<(), EffectProblem> {
        if self.effect.is_none() {
            let found = EffectPackage::of(&self.home).ok_or(EffectProblem::Missing)?;
            if !found.fits {
                return Err(EffectProblem::WrongMajor(found.version));
            }
            files.allow_package(&found.folder);
            self.effect = Some(found.folder);
        }
        let first = self.effect.clone().ok_or(EffectProblem::Missing)?;
        let Some(from) = from.and_then(Path::parent) else { return Ok(()) };
        if from.starts_with(&first) {
            return Ok(());
        }
        match EffectPackage::of(from).map(|found| found.folder) {
            Some(second) if second != first => Err(EffectProblem::Doubled { first, second }),
            Some(_) => Ok(()),
            None => Err(EffectProblem::Missing),
        }
    }

    /// The folder of the `effect` that the program sees, once something imported it.
    pub(crate) fn effect(&self) -> Option<&Path> {
        self.effect.as_deref()
    }

    /// A package of the name we keep for ourselves, if one is installed.
    pub(crate) fn shadowed_package(&self) -> Option<PathBuf> {
        let found = self.home.ancestors().map(|folder| folder.join("node_modules").join("alchemy"));
        let mut found = found.filter(|folder| folder.join("package.json").is_file());
        found.next()
    }
}

/// The package that `specifier` names; none for a path.
pub(crate) fn package_name(specifier: &str) -> Option<String> {
    if specifier.starts_with(['.', '/', '#'])
        || specifier.starts_with("file:")
        || specifier.is_empty()
    {
        return None;
    }
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    Some(specifier.split('/').take(parts).collect::<Vec<_>>().join("/"))
}

fn unresolved(
    files: &Files,
    folder: &Path,
    specifier: &str,
    package: Option<String>,
    error: &ResolveError,
) -> Unresolved {
    match (package, error) {
        (
            _,
            ResolveError::PackagePathNotExported { .. } | ResolveError::PackageImportNotDefined(..),
        ) => Unresolved::NotOffered(error.to_string()),
        (Some(package), _) => {
            let installed = folder
                .ancestors()
                .any(|folder| folder.join("node_modules").join(&package).is_dir());
            if installed {
                Unresolved::NotOffered(error.to_string())
            } else {
                Unresolved::NoPackage(package)
            }
        }
        (None, _) => {
            let target = super::files::real(&folder.join(specifier));
            if !specifier.starts_with('#') && !files.may_read(&target) {
                return Unresolved::Outside(target);
            }
            Unresolved::NoFile(nearest_file(files, &target, specifier))
        }
    }
}

/// The file beside `target` whose name is nearest, written as `specifier` is.
fn nearest_file(files: &Files, target: &Path, specifier: &str) -> Option<String> {
    let wanted = target.file_name()?.to_str()?;
    let names = files.list(target.parent()?).ok()?;
    let names = names.iter().filter(|name| !name.ends_with('/'));
    let best = names.map(|name| (strsim::damerau_levenshtein(wanted, name), name)).min()?;
    let start = &specifier[..specifier.rfind('/').map_or(0, |at| at + 1)];
    (best.0 <= 3.max(wanted.len() / 3)).then(|| format!("{start}{}", best.1))
}
