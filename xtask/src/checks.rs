//! The lists of checks: `quick` before a commit, `test` for the tests alone, `ci` for everything.

use std::collections::BTreeSet;

use crate::process::{self, Result, cargo, run};
use crate::{editors, setup, sim, tidy};

/// Format, tidy, clippy and tests of the crates whose files differ from the last commit of the main branch.
pub(crate) fn quick() -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::run()?;
    clippy()?;
    let changed = changed_crates()?;
    if changed.is_empty() {
        process::say("no crate changed\n");
        return Ok(());
    }
    setup::run()?;
    if nextest() {
        // The whole workspace is built, so that its features, and with them its dependencies, stay the same.
        let filter: Vec<String> = changed.iter().map(|name| format!("package({name})")).collect();
        return tests(&["--workspace", "-E", &filter.join(" + ")]);
    }
    let arguments: Vec<&str> = changed.iter().flat_map(|name| ["-p", name.as_str()]).collect();
    tests(&arguments)
}

/// Every test; with a `filter`, as the test runner takes it, only tests written in Rust.
pub(crate) fn test(filter: &[String]) -> Result<()> {
    setup::run()?;
    let mut arguments = vec!["--workspace"];
    arguments.extend(filter.iter().map(String::as_str));
    let tested = tests(&arguments);
    // What fails in one half does not hide what fails in the other.
    let edited = if filter.is_empty() { editors::run(&[]) } else { Ok(()) };
    tested.and(edited)
}

/// What CI runs.
pub(crate) fn ci() -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::run()?;
    clippy()?;
    run(cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    run(&mut cargo(&["test", "--workspace", "--doc", "--quiet"]))?;
    test(&[])?;
    sim::for_ci()
}

fn clippy() -> Result<()> {
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
}

/// Runs the tests with nextest where it is installed, else with cargo.
fn tests(arguments: &[&str]) -> Result<()> {
    // The binary that the suite starts is built along: the command tests of its own crate ask for it.
    let mut command = if nextest() {
        cargo(&["nextest", "run", "--no-fail-fast"])
    } else {
        cargo(&["test", "--no-fail-fast"])
    };
    run(command.args(arguments).env("RUST_BACKTRACE", "0"))
}

fn nextest() -> bool {
    cargo(&["nextest", "--version"]).output().is_ok_and(|output| output.status.success())
}

/// Names of the packages with files that differ from the main branch, or from the last commit on it.
fn changed_crates() -> Result<BTreeSet<String>> {
    let base =
        if process::output(&mut process::command("git", &["rev-parse", "--abbrev-ref", "HEAD"]))?
            .trim()
            == "main"
        {
            "HEAD"
        } else {
            "main"
        };
    let changed = process::output(&mut process::command("git", &["diff", "--name-only", base]))?;
    let new = process::output(&mut process::command(
        "git",
        &["ls-files", "--others", "--exclude-standard"],
    ))?;
    let mut names = BTreeSet::new();
    for file in changed.lines().chain(new.lines()) {
        let Some((folder, _)) = file.split_once('/') else { continue };
        match folder {
            "tests" => names.insert("alchemy-tests".to_owned()),
            _ if folder.starts_with("alchemy-") || folder == "xtask" => {
                names.insert(folder.to_owned())
            }
            _ => false,
        };
    }
    Ok(names)
}
