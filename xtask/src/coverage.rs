//! Line coverage of the pure crates, with the tools of LLVM 22: those of Debian's `llvm-22`, or `$LLVM_TOOLS/llvm-profdata` and
//! `$LLVM_TOOLS/llvm-cov`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{self, Failure, Result};

/// Crates whose logic can be covered without a cloud.
const PURE: &[&str] = &["alchemy-core", "alchemy-state"];

/// Runs their tests instrumented and prints the table.
pub(crate) fn run() -> Result<()> {
    let folder = process::root().join("target/coverage");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut arguments = vec!["test", "--no-fail-fast"];
    arguments.extend(PURE.iter().flat_map(|name| ["-p", *name]));
    process::run(
        process::cargo(&arguments)
            .env("CARGO_TARGET_DIR", folder.join("build"))
            .env("RUSTFLAGS", "-C instrument-coverage")
            .env("LLVM_PROFILE_FILE", folder.join("%p-%m.profraw")),
    )?;
    report(&folder)
}

fn report(folder: &Path) -> Result<()> {
    let tools = std::env::var_os("LLVM_TOOLS").map(PathBuf::from);
    let tool = |name: &str| tools.as_ref().map_or(format!("{name}-22").into(), |it| it.join(name));
    let data = folder.join("all.profdata");
    let raw = files(folder, |path| path.extension().is_some_and(|end| end == "profraw"))?;
    process::output(
        process::command(tool("llvm-profdata"), &["merge", "-sparse", "-o"]).arg(&data).args(&raw),
    )
    .map_err(|failure| {
        Failure::new(format!("{failure}\ninstall Debian's llvm-22 for the coverage tools, or name a folder that has them by $LLVM_TOOLS"))
    })?;
    let binaries = files(&folder.join("build/debug/deps"), |path| {
        path.extension().is_none() && path.is_file()
    })?;
    let mut command = process::command(
        tool("llvm-cov"),
        &["report", "--ignore-filename-regex=(registry|rustc|tests)/"],
    );
    command.arg(format!("--instr-profile={}", data.display()));
    for binary in binaries {
        command.arg("--object").arg(binary);
    }
    process::run(&mut command)
}

fn files(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if wanted(&path) {
            found.push(path);
        }
    }
    Ok(found)
}
