//! The lists of checks: `quick` before a commit, `test` for the tests alone, `ci` for everything.

use std::collections::BTreeSet;

use crate::process::{self, Result, cargo, run};
use crate::{editors, setup, sim, tidy};

/// Format, tidy, clippy and tests of the crates whose files differ from the last commit of the main branch; of the
/// end-to-end suite only the modules that changed, as the whole takes many minutes.
pub(crate) fn quick() -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::run()?;
    clippy()?;
    let files = changed_files()?;
    let changed = changed_crates(&files);
    if changed.is_empty() {
        process::say("no crate changed\n");
        return Ok(());
    }
    setup::run()?;
    if nextest() {
        // The whole workspace is built, so that its features, and with them its dependencies, stay the same.
        return tests(&["--workspace", "-E", &filter(&changed, &files)]);
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

/// Files that differ from the main branch, or on it from its last commit.
fn changed_files() -> Result<Vec<String>> {
    let branch =
        process::output(&mut process::command("git", &["rev-parse", "--abbrev-ref", "HEAD"]))?;
    let base = if branch.trim() == "main" { "HEAD" } else { "main" };
    let changed = process::output(&mut process::command("git", &["diff", "--name-only", base]))?;
    let new = process::output(&mut process::command(
        "git",
        &["ls-files", "--others", "--exclude-standard"],
    ))?;
    Ok(changed.lines().chain(new.lines()).map(str::to_owned).collect())
}

/// Names of the packages that these files are in.
fn changed_crates(files: &[String]) -> BTreeSet<String> {
    let folders = files.iter().filter_map(|file| file.split_once('/')).map(|(folder, _)| folder);
    let package = |folder: &str| match folder {
        "tests" => Some("alchemy-tests".to_owned()),
        _ if folder.starts_with("alchemy-") || folder == "xtask" => Some(folder.to_owned()),
        _ => None,
    };
    folders.filter_map(package).collect()
}

/// Tests of these packages, less the end-to-end modules that did not change.
fn filter(changed: &BTreeSet<String>, files: &[String]) -> String {
    let packages: Vec<String> = changed.iter().map(|name| format!("package({name})")).collect();
    let module = |file: &String| {
        let name = file.strip_prefix("tests/e2e/")?.strip_suffix(".rs")?;
        Some(format!("test(/^{}::/)", name.split('/').next()?))
    };
    let ends: BTreeSet<String> = files.iter().filter_map(module).collect();
    let mut parts = vec![format!("(({}) - binary(e2e))", packages.join(" + "))];
    parts.extend(ends.into_iter().map(|end| format!("(binary(e2e) & {end})")));
    parts.join(" + ")
}

#[cfg(test)]
mod tests {
    use super::{changed_crates, filter};

    #[test]
    fn quick_tests_what_changed() {
        let files = [
            "alchemy-core/src/lib.rs",
            "tests/e2e/crash.rs",
            "tests/e2e/remote_state/suite.rs",
            "README.md",
        ];
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        assert_eq!(
            filter(&changed_crates(&files), &files),
            "((package(alchemy-core) + package(alchemy-tests)) - binary(e2e)) \
             + (binary(e2e) & test(/^crash::/)) + (binary(e2e) & test(/^remote_state::/))"
        );
    }
}
