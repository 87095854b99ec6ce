//! Commands: one module each. They get what they need from `settings` and print through `ui`.

mod completions;
mod init;
mod profile;
mod stage;
mod state;
mod state_failure;
mod stored;

use crate::args::Command;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Surroundings;
use crate::ui::Ui;

/// Runs a command.
pub(crate) fn run(command: Command, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    match command {
        Command::State(command) => state::run(&command, around, ui),
        Command::Stage(command) => stage::run(&command, around, ui),
        Command::Profile(command) => profile::run(&command, around, ui),
        Command::Init(args) => init::run(&args, around, ui),
        Command::Completions(args) => Ok(completions::run(&args, ui)),
        Command::Deploy(_)
        | Command::Plan(_)
        | Command::Destroy(_)
        | Command::Types(_)
        | Command::Lsp => Ok(Exit::Usage),
    }
}
