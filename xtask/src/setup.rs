//! Installs what tests and demo need, inside the clone: emulators and editor clients (Python), `effect` and `tsc` (npm), Neovim.

mod neovim;

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{self, Failure, Result};

/// Where things were installed.
pub(crate) struct Tools {
    /// The Python environment with emulators and client.
    pub(crate) venv: PathBuf,
    /// The folder that holds `node_modules`.
    pub(crate) node: PathBuf,
    /// The Python environment with the editor clients.
    pub(crate) lsp: PathBuf,
}

impl Tools {
    /// A program of the Python environment.
    pub(crate) fn python(&self, program: &str) -> PathBuf {
        self.venv.join("bin").join(program)
    }
}

/// Installs what is missing or out of date. Quick when there is nothing to do.
pub(crate) fn run() -> Result<Tools> {
    let tools = process::root().join(".tools");
    let (venv, node, lsp) = (tools.join("venv"), tools.join("node"), tools.join("lsp"));
    fs::create_dir_all(&tools)?;
    python(&venv, "tests/requirements.txt")?;
    python(&lsp, "tests/lsp/requirements.txt")?;
    neovim::install(&tools.join("nvim"))?;
    install(&node, &["tests/node/package.json", "tests/node/package-lock.json"], |node| {
        fs::create_dir_all(node)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(process::root().join("tests/node").join(file), node.join(file))?;
        }
        process::run(
            process::command("npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"])
                .current_dir(node),
        )
    })?;
    Ok(Tools { venv, node, lsp })
}

/// A Python environment with what a file lists.
fn python(folder: &Path, list: &str) -> Result<()> {
    install(folder, &[list], |folder| {
        let _ = fs::remove_dir_all(folder);
        process::run(process::command("python3", &["-m", "venv"]).arg(folder))?;
        let quiet = ["install", "--quiet", "--disable-pip-version-check", "-r", list];
        process::run(&mut process::command(folder.join("bin/pip"), &quiet))
    })
}

/// Runs `make` unless `folder` carries a stamp with the contents of the files it was made from.
fn install(folder: &Path, from: &[&str], make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut wanted = String::new();
    for file in from {
        let path = process::root().join(file);
        let text = fs::read_to_string(&path)
            .map_err(|e| Failure::new(format!("cannot read {file}: {e}")))?;
        wanted.push_str(&text);
    }
    let stamp = folder.join("installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    make(folder)?;
    fs::write(stamp, wanted)?;
    Ok(())
}
