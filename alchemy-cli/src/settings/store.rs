//! Which state store: flag, `$ALCHEMY_STATE`, `alchemy.toml` or the program, what was remembered, the default.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use alchemy_core::Diagnostic;
use serde::Deserialize;

use super::project::upwards;
use super::surroundings::normal;
use super::toml_error::place;
use super::{Last, Project, Surroundings};

/// The project's settings file, found upwards from the program.
pub(crate) const SETTINGS_FILE: &str = "alchemy.toml";

/// Who named the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreOrigin {
    /// `--state`
    Flag,
    /// `$ALCHEMY_STATE`
    Variable,
    /// `alchemy.toml`, at this path.
    File(PathBuf),
    /// The program's `state:`.
    Program,
    /// `.alchemy/last.json`
    Remembered,
    /// Nobody: `.alchemy/state` beside the program.
    Default,
}

/// A store and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoreChoice {
    /// Its folder, absolute.
    pub(crate) folder: PathBuf,
    /// Who named it.
    pub(crate) origin: StoreOrigin,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    state: Option<String>,
}

/// Chooses the store. `program` is the program's `state:`, if one was evaluated; `last` what was remembered, for
/// commands that evaluate none.
pub(crate) fn choose_store(
    around: &Surroundings,
    environment: &BTreeMap<String, String>,
    project: &Project,
    flag: Option<&str>,
    program: Option<&str>,
    last: Option<&Last>,
) -> Result<StoreChoice, Diagnostic> {
    if let Some(text) = flag {
        return choice(text, &around.folder, StoreOrigin::Flag);
    }
    if let Some(text) = environment.get("ALCHEMY_STATE").filter(|text| !text.is_empty()) {
        return choice(text, &around.folder, StoreOrigin::Variable);
    }
    let file = from_file(project)?;
    let program = program.map(|text| of_program(text, project)).transpose()?;
    match (file, program) {
        (Some(file), Some(program)) if file.folder != program.folder => {
            Err(disagree(&file, &program))
        }
        (Some(choice), _) | (None, Some(choice)) => Ok(choice),
        (None, None) => match last.and_then(|last| last.store.as_deref()) {
            Some(text) => choice(text, &project.folder, StoreOrigin::Remembered),
            None => {
                Ok(StoreChoice { folder: default_folder(project), origin: StoreOrigin::Default })
            }
        },
    }
}

/// With `$CI` set, a deploy into an empty folder that nobody named would be lost with the machine: refused.
pub(crate) fn refuse_unnamed_store_in_ci(
    around: &Surroundings,
    choice: &StoreChoice,
) -> Result<(), Diagnostic> {
    if !around.ci() || choice.origin != StoreOrigin::Default {
        return Ok(());
    }
    let summary = "this is a CI run, and the state store is an empty folder that nobody named";
    Err(Diagnostic::error("ci-store", summary)
        .detail(format!(
            "State in {} would be lost with this machine, and the next run would not know what this one made.",
            around.shown(&choice.folder)
        ))
        .help("name a store that outlives the run: --state, $ALCHEMY_STATE, or `state = \"…\"` in alchemy.toml")
        .help("to use this folder all the same, name it: --state .alchemy/state"))
}

impl StoreChoice {
    /// How `.alchemy/last.json` remembers it: not at all if it is the default one.
    pub(crate) fn remembered(&self, project: &Project) -> Option<String> {
        (self.folder != default_folder(project)).then(|| self.folder.display().to_string())
    }
}

/// The program's `state:`: `local` (`Alchemy.localState()`), or a folder relative to the program.
fn of_program(text: &str, project: &Project) -> Result<StoreChoice, Diagnostic> {
    if text == "local" {
        return Ok(StoreChoice { folder: default_folder(project), origin: StoreOrigin::Program });
    }
    choice(text, &project.folder, StoreOrigin::Program)
}

fn default_folder(project: &Project) -> PathBuf {
    project.alchemy_folder().join("state")
}

fn from_file(project: &Project) -> Result<Option<StoreChoice>, Diagnostic> {
    let Some(folder) = upwards(&project.folder).find(|folder| folder.join(SETTINGS_FILE).is_file())
    else {
        return Ok(None);
    };
    let path = folder.join(SETTINGS_FILE);
    let refuse = |why: String| {
        Diagnostic::error("settings-file", format!("cannot read {}: {why}", path.display()))
            .help("it may hold `state = \"folder\"`, and nothing else yet")
    };
    let text = fs::read_to_string(&path).map_err(|error| refuse(error.to_string()))?;
    let file: SettingsFile = toml::from_str(&text).map_err(|error| refuse(place(&text, &error)))?;
    file.state.map(|text| choice(&text, folder, StoreOrigin::File(path.clone()))).transpose()
}

fn choice(text: &str, base: &Path, origin: StoreOrigin) -> Result<StoreChoice, Diagnostic> {
    let source = source_name(&origin);
    if text.is_empty() {
        return Err(Diagnostic::error(
            "bad-store",
            format!("{source} names no store: it is empty"),
        )
        .help("name a folder, for example .alchemy/state"));
    }
    let path = match text.split_once("://") {
        None => text,
        Some(("file", path)) if path.starts_with('/') => path,
        Some((scheme @ ("s3" | "gs"), _)) => return Err(not_available(&source, text, scheme)),
        Some((scheme, _)) => {
            return Err(Diagnostic::error(
                "bad-store",
                format!("{source} names a store of an unknown kind: {scheme}://"),
            )
            .help("name a folder, for example .alchemy/state, or file:///absolute/folder"));
        }
    };
    Ok(StoreChoice { folder: normal(&base.join(path)), origin })
}

fn not_available(source: &str, text: &str, scheme: &str) -> Diagnostic {
    Diagnostic::error(
        "store-kind",
        format!("{source} names {text}, but {scheme}:// stores are not available yet"),
    )
    .detail("This version keeps state in local folders only.")
    .help("name a folder: --state .alchemy/state, or a folder that your CI keeps between runs")
}

fn disagree(file: &StoreChoice, program: &StoreChoice) -> Diagnostic {
    Diagnostic::error("store-conflict", "alchemy.toml and the program name different state stores")
        .detail(format!(
            "{} says {}; the program says {}. Deploying into the wrong one would make every object a second time.",
            source_name(&file.origin),
            file.folder.display(),
            program.folder.display()
        ))
        .help("make them agree, remove one of the two, or say which for this run with --state")
}

fn source_name(origin: &StoreOrigin) -> String {
    match origin {
        StoreOrigin::Flag => "--state".to_owned(),
        StoreOrigin::Variable => "$ALCHEMY_STATE".to_owned(),
        StoreOrigin::File(path) => path.display().to_string(),
        StoreOrigin::Program => "the program".to_owned(),
        StoreOrigin::Remembered => ".alchemy/last.json".to_owned(),
        StoreOrigin::Default => "the default".to_owned(),
    }
}
