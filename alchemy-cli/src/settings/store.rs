//! Which state store: flag, `$ALCHEMY_STATE`, `alchemy.toml` or the program, what was remembered, the default.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use alchemy_core::Diagnostic;
use alchemy_state::StateUrl;
use serde::Deserialize;

use super::project::upwards;
use super::surroundings::normal;
use super::toml_error::place as place_in;
use super::{Last, Project, Surroundings};
use crate::ui::{excerpt, printable};

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
    /// Where it is.
    pub(crate) url: StateUrl,
    /// Who named it.
    pub(crate) origin: StoreOrigin,
    /// How many earlier serials of a stage `alchemy.toml` says to keep.
    pub(crate) keep: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    state: Option<String>,
    keep: Option<usize>,
}

/// What `alchemy.toml` says.
#[derive(Default)]
struct FromFile {
    url: Option<(StateUrl, StoreOrigin)>,
    keep: Option<usize>,
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
    let file = from_file(project)?;
    let keep = file.keep;
    let chosen = if let Some(text) = flag {
        named(text, &around.folder, StoreOrigin::Flag)?
    } else if let Some(text) = environment.get("ALCHEMY_STATE").filter(|text| !text.is_empty()) {
        named(text, &around.folder, StoreOrigin::Variable)?
    } else {
        let program = program.map(|text| of_program(text, project)).transpose()?;
        match (file.url, program) {
            (Some(file), Some(program)) if file.0 != program.0 => {
                return Err(disagree(&file, &program));
            }
            (Some(chosen), _) | (None, Some(chosen)) => chosen,
            (None, None) => match last.and_then(|last| last.store.as_deref()) {
                Some(text) => named(text, &project.folder, StoreOrigin::Remembered)?,
                None => (default_url(project), StoreOrigin::Default),
            },
        }
    };
    let (url, origin) = chosen;
    Ok(StoreChoice { url, origin, keep })
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
            place(around, &choice.url)
        ))
        .help("name a store that outlives the run: --state, $ALCHEMY_STATE, or `state = \"…\"` in alchemy.toml")
        .help("to use this folder all the same, name it: --state .alchemy/state"))
}

impl StoreChoice {
    /// How `.alchemy/last.json` remembers it: not at all if it is the default one.
    pub(crate) fn remembered(&self, project: &Project) -> Option<String> {
        (self.url != default_url(project)).then(|| match &self.url {
            StateUrl::File(folder) => folder.display().to_string(),
            url => url.to_string(),
        })
    }
}

/// A store that a command line names, from the working folder.
pub(crate) fn store_url(
    around: &Surroundings,
    text: &str,
    argument: &str,
) -> Result<StateUrl, Diagnostic> {
    parse(text, &around.folder, argument)
}

/// A store as people know it here.
pub(crate) fn place(around: &Surroundings, url: &StateUrl) -> String {
    match url {
        StateUrl::File(folder) => around.shown(folder),
        url => url.to_string(),
    }
}

/// The program's `state:`: `local` (`Alchemy.localState()`), a URL, or a folder relative to the program.
fn of_program(text: &str, project: &Project) -> Result<(StateUrl, StoreOrigin), Diagnostic> {
    if text == "local" {
        return Ok((default_url(project), StoreOrigin::Program));
    }
    named(text, &project.folder, StoreOrigin::Program)
}

fn default_url(project: &Project) -> StateUrl {
    StateUrl::File(project.alchemy_folder().join("state"))
}

fn from_file(project: &Project) -> Result<FromFile, Diagnostic> {
    let Some(folder) = upwards(&project.folder).find(|folder| folder.join(SETTINGS_FILE).is_file())
    else {
        return Ok(FromFile::default());
    };
    let path = folder.join(SETTINGS_FILE);
    let refuse = |why: String| {
        Diagnostic::error("settings-file", format!("cannot read {}: {why}", path.display())).help(
            "it may hold `state = \"folder or URL\"` and `keep = 50` (earlier serials to keep)",
        )
    };
    let text = fs::read_to_string(&path).map_err(|error| refuse(error.to_string()))?;
    let file: SettingsFile =
        toml::from_str(&text).map_err(|error| refuse(place_in(&text, &error)))?;
    if file.keep == Some(0) {
        return Err(refuse("keep = 0: the last serial is always kept".to_owned()));
    }
    let named = |text: String| named(&text, folder, StoreOrigin::File(path.clone()));
    Ok(FromFile { url: file.state.map(named).transpose()?, keep: file.keep })
}

fn named(
    text: &str,
    base: &Path,
    origin: StoreOrigin,
) -> Result<(StateUrl, StoreOrigin), Diagnostic> {
    Ok((parse(text, base, &origin.name())?, origin))
}

fn parse(text: &str, base: &Path, source: &str) -> Result<StateUrl, Diagnostic> {
    match StateUrl::parse(text, base) {
        Ok(StateUrl::File(folder)) => Ok(StateUrl::File(normal(&folder))),
        Ok(url) => Ok(url),
        Err(error) => {
            let text =
                if text.is_empty() { String::new() } else { format!(" `{}`", excerpt(text)) };
            let summary =
                format!("{source}{text} names no state store: {}", printable(&error.reason));
            Err(Diagnostic::error("bad-store", summary)
                .help("name a folder, for example .alchemy/state, or s3://bucket/prefix, or gs://bucket/prefix"))
        }
    }
}

fn disagree(file: &(StateUrl, StoreOrigin), program: &(StateUrl, StoreOrigin)) -> Diagnostic {
    Diagnostic::error("store-conflict", "alchemy.toml and the program name different state stores")
        .detail(format!(
            "{} says {}; the program says {}. Deploying into the wrong one would make every object a second time.",
            file.1.name(),
            shown(&file.0),
            shown(&program.0)
        ))
        .help("make them agree, remove one of the two, or say which for this run with --state")
}

fn shown(url: &StateUrl) -> String {
    match url {
        StateUrl::File(folder) => folder.display().to_string(),
        url => url.to_string(),
    }
}

impl StoreOrigin {
    /// In words.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Flag => "--state".to_owned(),
            Self::Variable => "$ALCHEMY_STATE".to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Program => "the program".to_owned(),
            Self::Remembered => ".alchemy/last.json".to_owned(),
            Self::Default => "the default".to_owned(),
        }
    }
}
