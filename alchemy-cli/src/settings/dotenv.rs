//! The environment a program may read: the process environment over `.env`, an explicit file over both.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use alchemy_core::Diagnostic;

use super::{Project, Surroundings};

/// The declared environment. `.env` is looked for beside the program, then at the project's root; it may be missing.
/// `explicit` (`--env-file`) may not.
pub(crate) fn declared_environment(
    around: &Surroundings,
    project: &Project,
    explicit: Option<&Path>,
) -> Result<BTreeMap<String, String>, Diagnostic> {
    let mut environment = BTreeMap::new();
    for folder in [&project.root, &project.folder] {
        let file = folder.join(".env");
        if let Some(found) = read(&file, around)? {
            environment = found;
        }
    }
    environment.extend(around.variables.clone());
    if let Some(file) = explicit {
        let file = around.absolute(file);
        let found = read(&file, around)?.ok_or_else(|| {
            Diagnostic::error(
                "env-file",
                format!("cannot read {}: there is no such file", around.shown(&file)),
            )
            .help("name an existing file with --env-file, or leave the flag out")
        })?;
        environment.extend(found);
    }
    Ok(environment)
}

fn read(
    file: &Path,
    around: &Surroundings,
) -> Result<Option<BTreeMap<String, String>>, Diagnostic> {
    let refuse = |why: String| {
        Diagnostic::error("env-file", format!("cannot read {}: {why}", around.shown(file)))
            .help("write one NAME=value a line; quote values that hold spaces")
    };
    let text = match fs::read(file) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8".to_owned()))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse(error.to_string())),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    dotenvy::from_read_iter(text.as_bytes())
        .collect::<Result<BTreeMap<_, _>, _>>()
        .map(Some)
        .map_err(|error| refuse(broken_line(text, &error)))
}

/// Which line, without its text: it may hold a secret.
fn broken_line(text: &str, error: &dotenvy::Error) -> String {
    let dotenvy::Error::LineParse(line, _) = error else { return "it is malformed".to_owned() };
    match text.lines().position(|candidate| candidate.trim() == line.trim()) {
        Some(index) => format!("line {} is malformed", index + 1),
        None => "a line is malformed".to_owned(),
    }
}
