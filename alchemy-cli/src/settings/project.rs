//! Where the program is, and what lies beside it.

use std::path::{Path, PathBuf};

use alchemy_core::Diagnostic;

use super::Surroundings;

/// The name a program has unless another is given.
pub(crate) const PROGRAM: &str = "alchemy.run.ts";

/// Files and folders whose presence makes a folder a project's root.
const ROOT_MARKS: [&str; 3] = ["package.json", "alchemy.toml", ".git"];

/// A program's surroundings on disk. All paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    /// The program file; may be missing for commands that need none.
    pub(crate) program: PathBuf,
    /// The folder it is in.
    pub(crate) folder: PathBuf,
    /// The project's root: the nearest folder upwards with a [`ROOT_MARKS`] entry, else `folder`.
    pub(crate) root: PathBuf,
}

impl Project {
    /// The project of a command that evaluates a program: `given`, else the nearest `alchemy.run.ts` upwards.
    pub(crate) fn with_program(
        around: &Surroundings,
        given: Option<&Path>,
    ) -> Result<Self, Diagnostic> {
        let Some(given) = given else {
            let found = upwards(&around.folder).find(|folder| folder.join(PROGRAM).is_file());
            let folder = found.ok_or_else(|| no_program(around))?;
            return Ok(Self::at(folder.join(PROGRAM)));
        };
        let program = around.absolute(given);
        if program.is_dir() {
            return Err(is_folder(around, &program));
        }
        if !program.exists() {
            return Err(missing(around, &program));
        }
        Ok(Self::at(program))
    }

    /// The project of a command that needs no program: around `given` (a program or a folder), else around the
    /// nearest folder upwards with a program or remembered state, else the working folder.
    pub(crate) fn without_program(around: &Surroundings, given: Option<&Path>) -> Self {
        if let Some(given) = given {
            let path = around.absolute(given);
            return Self::at(if path.is_dir() { path.join(PROGRAM) } else { path });
        }
        let known = |folder: &&Path| {
            folder.join(PROGRAM).is_file()
                || folder.join(".alchemy/last.json").is_file()
                || folder.join(".alchemy/state").is_dir()
        };
        Self::at(upwards(&around.folder).find(known).unwrap_or(&around.folder).join(PROGRAM))
    }

    /// The project around a program, whether that is there or not.
    pub(crate) fn at(program: PathBuf) -> Self {
        let folder = program.parent().map_or_else(|| PathBuf::from("/"), Path::to_path_buf);
        let marked = |folder: &&Path| ROOT_MARKS.iter().any(|mark| folder.join(mark).exists());
        let root = upwards(&folder).find(marked).unwrap_or(&folder).to_path_buf();
        Self { program, folder, root }
    }

    /// The text of the nearest `file` from the program's folder upwards, where its packages are looked for too.
    pub(crate) fn nearest_text(&self, file: &str) -> Option<String> {
        upwards(&self.folder).find_map(|folder| std::fs::read_to_string(folder.join(file)).ok())
    }

    /// `.alchemy` beside the program: state, cache, types.
    pub(crate) fn alchemy_folder(&self) -> PathBuf {
        self.folder.join(".alchemy")
    }
}

/// `folder` and the folders above it.
pub(super) fn upwards(folder: &Path) -> impl Iterator<Item = &Path> {
    folder.ancestors().filter(|folder| !folder.as_os_str().is_empty())
}

fn no_program(around: &Surroundings) -> Diagnostic {
    Diagnostic::error(
        "no-program",
        format!("there is no {PROGRAM} in {} or above", around.folder.display()),
    )
    .help(
        "run `alchemy init` to write one, or name the program: `alchemy deploy path/to/program.ts`",
    )
}

fn missing(around: &Surroundings, program: &Path) -> Diagnostic {
    let error =
        Diagnostic::error("no-program", format!("there is no program {}", around.shown(program)));
    let name = program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let near = program.parent().and_then(|folder| nearest_file(folder, name));
    match near {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("name an existing program, or run `alchemy init` to write one"),
    }
}

fn nearest_file(folder: &Path, name: &str) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?;
    let names: Vec<_> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    crate::ui::nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

fn is_folder(around: &Surroundings, folder: &Path) -> Diagnostic {
    let error = Diagnostic::error(
        "no-program",
        format!("{} is a folder, not a program", around.shown(folder)),
    );
    let inside = folder.join(PROGRAM);
    if inside.is_file() {
        return error.help(format!("did you mean `{}`?", around.shown(&inside)));
    }
    error.help(format!("name a file; the folder holds no {PROGRAM}"))
}
