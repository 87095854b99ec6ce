//! The clients of the language server: the VS Code extension's own tests, and real editors that drive the real binary.

use std::fs;
use std::path::Path;

use crate::process::{self, Result};
use crate::setup::{self, Tools};

/// `cargo xtask editors`: builds the binary and runs them; `filter` as pytest takes it.
pub(crate) fn run(filter: &[String]) -> Result<()> {
    let tools = setup::run()?;
    process::run(&mut process::cargo(&["build", "--workspace", "--bins", "--quiet"]))?;
    if filter.is_empty() {
        extension()?;
    }
    clients(&tools, filter)
}

/// The VS Code extension: types, unit tests, bundle, package.
pub(crate) fn extension() -> Result<()> {
    let folder = process::root().join("editors/vscode");
    packages(&folder)?;
    process::run(process::command("npm", &["test", "--silent"]).current_dir(&folder))
}

/// `npm ci`, unless what is installed came from the same lock file.
pub(crate) fn packages(folder: &Path) -> Result<()> {
    let wanted = fs::read_to_string(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    let quiet = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    process::run(process::command("npm", &quiet).current_dir(folder))?;
    Ok(fs::write(stamp, wanted)?)
}

/// pytest-lsp and Neovim. The runner's closing lines say what ran and why something did not.
fn clients(tools: &Tools, filter: &[String]) -> Result<()> {
    let binary = process::target_folder()?.join("debug/alchemy");
    let mut pytest =
        process::command(tools.lsp.join("bin/python"), &["-m", "pytest", "-q", "-rs", "tests/lsp"]);
    process::run(
        pytest.args(filter).env("ALCHEMY_BINARY", binary).env("PYTHONDONTWRITEBYTECODE", "1"),
    )
}

/// What the editor feels, with an optimised binary.
pub(crate) fn bench(tools: &Tools, binary: &Path) -> Result<()> {
    let mut python = process::command(tools.lsp.join("bin/python"), &["tests/lsp/bench.py"]);
    process::say(&process::output(python.env("ALCHEMY_BINARY", binary))?);
    Ok(())
}
