//! The `alchemy` command: arguments, settings, commands, rendering. The only crate that prints, prompts, reads the
//! environment, looks at the clock and starts a runtime. Logic that another program could use lives in the crates below.

mod args;
mod clock;
mod commands;
mod crash;
mod exit;
mod failure;
mod logging;
mod progress;
mod runtime;
mod settings;
mod signals;
mod ui;
mod wire;

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::ErrorKind;

pub use exit::Exit;
pub use settings::Surroundings;
pub use ui::Streams;

/// Runs one command line, program name included, and gives how it ended.
///
/// Prints to `streams` only, and reads the environment from `around` only, but for the cloud SDK, which reads its own
/// variables. A bug (panic) is reported as such, with [`Exit::Internal`].
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    around: &Surroundings,
    streams: Streams,
) -> Exit {
    let cli = match args::Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return not_a_command(&error, around, &streams),
    };
    let ui = ui::Ui::new(streams, &cli.output, around);
    crash::caught(&ui, || {
        logging::start(around);
        match commands::run(cli.command, around, &ui) {
            Ok(exit) => exit,
            Err(failure) => {
                ui.failure(&failure);
                failure.exit
            }
        }
    })
}

/// Help, version, or a refusal of the command line.
fn not_a_command(error: &clap::Error, around: &Surroundings, streams: &Streams) -> Exit {
    let shown = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let terminal = if shown { around.stdout_terminal } else { around.stderr_terminal };
    let styled = error.render();
    let colours = terminal && around.variable("NO_COLOR").is_none();
    let text = if colours { styled.ansi().to_string() } else { styled.to_string() };
    streams.print(&text, !shown);
    if shown { Exit::Done } else { Exit::Usage }
}
