//! The simulation: builds the test kit's `sim` and hands the options on.

use crate::process::{self, Result, cargo};

/// Crates that a history spends its time in, built with optimisation for it.
const HOT: [&str; 4] = ["alchemy-core", "alchemy-engine", "alchemy-state", "alchemy-tests"];

/// What CI plays: as many as there is time for, from the first on, so that every machine plays the same ones for as long as
/// it can.
const CI_SEEDS: &str = "0..100000";

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
    run(&["--seeds", CI_SEEDS, "--minutes", CI_MINUTES].map(str::to_owned))
}
