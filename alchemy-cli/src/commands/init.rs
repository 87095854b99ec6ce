//! `alchemy init`: a first program and its settings. Never overwrites.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use alchemy_core::{Diagnostic, StackName};

use super::types::{create, write_types};
use crate::args::InitArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{PROGRAM, SETTINGS_FILE, Surroundings, parse_stack};
use crate::ui::{Ui, excerpt};

const PROGRAM_TEXT: &str = include_str!("init/alchemy.run.ts.template");
const SETTINGS_TEXT: &str = include_str!("init/alchemy.toml.template");
/// Uses the declarations in `.alchemy/types`.
pub(super) const TSCONFIG_TEXT: &str = include_str!("init/tsconfig.json.template");

/// What must not be committed: state and cache of one machine, and secrets.
const IGNORED: [&str; 2] = [".alchemy/", ".env"];

/// Writes what is missing.
pub(crate) fn run(args: &InitArgs, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    let folder = args
        .folder
        .as_deref()
        .map_or_else(|| around.folder.clone(), |folder| around.absolute(folder));
    let stack = match &args.stack {
        Some(text) => parse_stack(text)?,
        None => stack_of_folder(&folder)?,
    };
    fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, &error))?;
    let program = PROGRAM_TEXT.replace("__STACK__", stack.as_str());
    for (name, text) in [
        (PROGRAM, program.as_str()),
        (SETTINGS_FILE, SETTINGS_TEXT),
        ("tsconfig.json", TSCONFIG_TEXT),
    ] {
        let file = folder.join(name);
        let written = create(&file, text).map_err(|error| cannot_write(&file, &error))?;
        ui.say_human(&format!(
            "{} {}",
            if written { "wrote" } else { "kept " },
            around.shown(&file)
        ));
    }
    write_types(&folder)?;
    ui.say_human(&format!("wrote {}", around.shown(&folder.join(".alchemy/types"))));
    ignore(&folder, around, ui)?;
    next_steps(&folder, around, ui);
    Ok(Exit::Done)
}

fn stack_of_folder(folder: &Path) -> Result<StackName, Diagnostic> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let made = StackName::parse(name)
        .or_else(|error| StackName::parse(&error.suggestion.unwrap_or_default()));
    made.map_err(|_| {
        Diagnostic::error(
            "bad-stack",
            format!("the folder's name `{}` makes no stack name", excerpt(name)),
        )
        .help("name the stack with --stack")
    })
}

/// Adds the entries that `.gitignore` lacks.
fn ignore(folder: &Path, around: &Surroundings, ui: &Ui) -> Result<(), Diagnostic> {
    let file = folder.join(".gitignore");
    let old = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(cannot_write(&file, &error)),
    };
    let bare = |line: &str| line.trim().trim_matches('/').to_owned();
    let has = |entry: &str| old.lines().any(|line| bare(line) == bare(entry));
    let missing: Vec<_> = IGNORED.into_iter().filter(|entry| !has(entry)).collect();
    if missing.is_empty() {
        ui.say_human(&format!("kept  {}", around.shown(&file)));
        return Ok(());
    }
    let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    let added = format!("{gap}{}\n", missing.join("\n"));
    let open = fs::OpenOptions::new().append(true).create(true).open(&file);
    open.and_then(|mut open| open.write_all(added.as_bytes()))
        .map_err(|error| cannot_write(&file, &error))?;
    ui.say_human(&format!(
        "{} {}",
        if old.is_empty() { "wrote" } else { "added to" },
        around.shown(&file)
    ));
    Ok(())
}

fn next_steps(folder: &Path, around: &Surroundings, ui: &Ui) {
    let mut steps = Vec::new();
    if folder != around.folder {
        steps.push(format!("cd {}", around.shown(folder)));
    }
    if !folder.ancestors().any(|above| above.join("node_modules/effect").exists()) {
        steps.push("npm install effect@4".to_owned());
    }
    steps.push("alchemy deploy".to_owned());
    ui.say_human(&format!("\nnext:\n  {}", steps.join("\n  ")));
}

/// The refusal of a file that cannot be written.
pub(super) fn cannot_write(file: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("cannot-write", format!("cannot write {}: {error}", file.display()))
        .help("check that the folder is writable")
}
