//! `alchemy completions`: a script for a shell, on standard output.

use clap::CommandFactory as _;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::ui::Ui;

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs, ui: &Ui) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "alchemy", &mut script);
    ui.raw_data(&script);
    Exit::Done
}
