//! `alchemy state`.

mod recover;

use clap::{Args, Subcommand};

use super::{StageArgs, StoreArgs};

pub(crate) use recover::StateRecoverArgs;

/// `alchemy state …`
#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// List a stage's cloud objects: resource, type, physical name
    #[command(visible_alias = "list")]
    Ls(StateLsArgs),
    /// Print a stage's state, or one resource of it, as JSON
    Show(StateShowArgs),
    /// Rebuild a stage's lost state from the names and tags of its cloud objects
    ///
    /// Reads only: no cloud object is changed. With the program every record comes back as it was; without it
    /// (--without-program) enough to destroy the stage.
    Recover(StateRecoverArgs),
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
