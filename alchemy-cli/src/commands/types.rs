//! `alchemy types`: declarations of the `alchemy` modules for editors and `tsc`.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use alchemy_core::Diagnostic;

use super::init::{TSCONFIG_TEXT, cannot_write};
use crate::args::TypesArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Project, Surroundings};
use crate::ui::Ui;

/// Writes `.alchemy/types` beside the program, and a `tsconfig.json` that uses it if there is none.
pub(crate) fn run(args: &TypesArgs, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    let project = Project::without_program(around, args.program.program.as_deref());
    write_types(&project.folder)?;
    let tsconfig = project.folder.join("tsconfig.json");
    ui.say_human(&format!("wrote {}", around.shown(&project.alchemy_folder().join("types"))));
    if create(&tsconfig, TSCONFIG_TEXT).map_err(|error| cannot_write(&tsconfig, &error))? {
        ui.say_human(&format!("wrote {}", around.shown(&tsconfig)));
    }
    Ok(Exit::Done)
}

/// Writes the declarations beside a program. They belong to alchemy: what was there is replaced.
pub(super) fn write_types(folder: &Path) -> Result<(), Diagnostic> {
    for (path, text) in alchemy_program::declarations(&alchemy_providers::catalog()) {
        let file = folder.join(path);
        let parent = file.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| cannot_write(parent, &error))?;
        fs::write(&file, text).map_err(|error| cannot_write(&file, &error))?;
    }
    Ok(())
}

/// Writes a file that is not there; whether it was written.
pub(super) fn create(file: &Path, text: &str) -> std::io::Result<bool> {
    match fs::OpenOptions::new().write(true).create_new(true).open(file) {
        Ok(mut open) => open.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
