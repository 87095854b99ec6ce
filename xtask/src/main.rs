//! Automation: `cargo xtask COMMAND`. Depends on none of our crates.

mod bench;
mod checks;
mod coverage;
mod demo;
mod editor_shots;
mod editors;
mod emulator;
mod process;
mod scene;
mod setup;
mod sim;
mod tidy;

use std::process::ExitCode;

use process::Failure;

const HELP: &str = "\
cargo xtask COMMAND

  demo      deploy the example to three stages of an emulated AWS, destroy one, show that only its objects went
  test      every test, the end-to-end suite against the emulators included [FILTER…]
  quick     format, tidy, clippy and tests of the crates that changed
  ci        what CI runs: format, tidy, clippy, every test, documentation
  bench     the figures of the speed budgets, each beside its budget
  editors   the VS Code extension's tests, and real editors against the real language server [PYTEST ARGUMENT…]
  editor-shots  the pictures in README and docs, from a real VS Code and a real Neovim (needs Debian's chromium)
  coverage  line coverage of the pure crates (needs Debian's llvm-22)
  sim       random histories of deploys with faults, judged by laws [--seeds 0..100000] [--minutes N] [--mutations]
  setup     only install what tests and demo need, inside the clone
  tidy      only the checks of structure: arrows between crates, sizes, headers
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let result = match arguments.first().map(String::as_str) {
        Some("demo") => demo::run(),
        Some("test") => checks::test(rest),
        Some("quick") => checks::quick(),
        Some("ci") => checks::ci(),
        Some("bench") => bench::run(),
        Some("editors") => editors::run(rest),
        Some("editor-shots") => editor_shots::run(),
        Some("coverage") => coverage::run(),
        Some("sim") => sim::run(rest),
        Some("setup") => setup::run().map(drop),
        Some("tidy") => tidy::run(),
        Some("help" | "--help" | "-h") => {
            process::say(HELP);
            Ok(())
        }
        other => {
            process::say(HELP);
            Err(Failure::new(
                other.map_or("no command given".to_owned(), |name| format!("no command `{name}`")),
            ))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            process::say(&format!("xtask: {failure}\n"));
            ExitCode::FAILURE
        }
    }
}
