//! `alchemy init`, `alchemy types`, `alchemy completions`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::ProgramArgs;

/// `alchemy init`
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder [default: this one]
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// The stack's name [default: made from the folder's name]
    #[arg(long, value_name = "STACK")]
    pub(crate) stack: Option<String>,
}

/// `alchemy types`
#[derive(Debug, Args)]
pub(crate) struct TypesArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
}

/// `alchemy completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
