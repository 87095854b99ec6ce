//! The simulation: builds the test kit's `sim` and hands the options on.

use crate::process::{self, Result, cargo};

/// Crates that a history spends its time in, built with optimisation for it.
const HOT: [&str; 4] = ["alchemy-core", "alchemy-engine", "alchemy-state", "alchemy-tests"];

/// What CI plays: the same histories on every machine, as far as the time goes. All of them have been played; a wider
/// range finds more, and is for whoever looks for faults.
const CI_SEEDS: &str = "0..5000";

/// Histories of [`CI_SEEDS`] that break a law: open defects, told in `docs/simulation.md`. The list may only get shorter.
const KNOWN_BROKEN: &str = "2038,4778";

/// How long CI plays.
const CI_MINUTES: &str = "3";

/// Plays histories; see the help of `sim` for the options.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let mut command = cargo(&["run", "--quiet", "--package", "alchemy-tests", "--bin", "sim"]);
    for name in HOT {
        command.args(["--config", &format!("profile.dev.package.{name}.opt-level=2")]);
    }
    process::run(command.arg("--").args(options))
}

/// CI's share of it.
pub(crate) fn for_ci() -> Result<()> {
    let options = ["--seeds", CI_SEEDS, "--except", KNOWN_BROKEN, "--minutes", CI_MINUTES];
    run(&options.map(str::to_owned))
}
