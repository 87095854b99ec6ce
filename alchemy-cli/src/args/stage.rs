//! `alchemy stage`.

use clap::{Args, Subcommand};

use super::{ProgramArgs, StageArgs, StoreArgs};

/// `alchemy stage …`
#[derive(Debug, Subcommand)]
pub(crate) enum StageCommand {
    /// List the stages of a store, destroyed ones included
    #[command(visible_alias = "list")]
    Ls(StageLsArgs),
    /// Show where a stage is deployed, what it holds and who is working on it
    Show(StageShowArgs),
}

/// `alchemy stage ls`
#[derive(Debug, Args)]
pub(crate) struct StageLsArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `alchemy stage show`
#[derive(Debug, Args)]
pub(crate) struct StageShowArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
