//! `alchemy state`.

use clap::{Args, Subcommand};

use super::{StageArgs, StoreArgs};

/// `alchemy state …`
#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// List a stage's cloud objects: resource, type, physical name
    #[command(visible_alias = "list")]
    Ls(StateLsArgs),
    /// Print a stage's state, or one resource of it, as JSON
    Show(StateShowArgs),
}

/// `alchemy state ls`
#[derive(Debug, Args)]
pub(crate) struct StateLsArgs {
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `alchemy state show`
#[derive(Debug, Args)]
pub(crate) struct StateShowArgs {
    /// The resource, e.g. `Jobs` or `Site/Bucket` [default: the whole stage]
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: Option<String>,
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
