//! Commands: one module each. They get what they need from `settings` and print through `ui`.

mod applying;
mod cloud;
mod completions;
mod declared;
mod deploy;
mod destroy;
mod doctor;
mod init;
mod keyring;
mod lsp;
mod planning;
mod profile;
mod references;
mod report;
mod saved_plan;
mod stage;
mod state;
mod state_failure;
mod store_access;
mod stored;
mod types;

use alchemy_core::Diagnostic;

use crate::args::Command;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Surroundings;
use crate::signals::Signals;
use crate::ui::Ui;

/// Runs a command.
pub(crate) fn run(command: Command, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    match command {
        Command::Deploy(args) => deploy::run(&args, around, ui),
        Command::Plan(args) => deploy::plan(&args, around, ui),
        Command::Destroy(args) => destroy::run(&args, around, ui),
        Command::State(command) => state::run(&command, around, ui),
        Command::Stage(command) => stage::run(&command, around, ui),
        Command::Profile(command) => profile::run(&command, around, ui),
        Command::Doctor(args) => doctor::run(&args, around, ui),
        Command::Init(args) => init::run(&args, around, ui),
        Command::Types(args) => types::run(&args, around, ui),
        Command::Completions(args) => Ok(completions::run(&args, ui)),
        Command::Lsp => lsp::run(around, ui),
    }
}

/// Asks for agreement to what was just shown. Refuses where nobody can be asked.
async fn agreed(ui: &Ui, signals: &mut Signals, question: &str) -> Result<(), Failure> {
    if !ui.interactive {
        let refused = Diagnostic::error(
            "not-agreed",
            "nobody can be asked whether to go on; nothing was changed",
        )
        .help("run it in a terminal, or agree beforehand with --yes");
        return Err(refused.into());
    }
    if signals.unless(ui.asked(question)).await? {
        return Ok(());
    }
    ui.say("nothing was changed");
    Err(Failure::shown(Exit::Refused))
}

/// Seed of the jitter between retries. Not a secret: a system without randomness gets the same one each time.
fn random_seed() -> u64 {
    getrandom::u64().unwrap_or_default()
}
