//! The `alchemy` binary.

use std::process::ExitCode;

use alchemy_cli::{Streams, Surroundings};

fn main() -> ExitCode {
    alchemy_cli::run(std::env::args_os(), &Surroundings::of_process(), Streams::of_process()).into()
}
