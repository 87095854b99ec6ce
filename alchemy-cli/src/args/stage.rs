//! `alchemy stage`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::shared::duration;
use super::{ProfileArgs, ProgramArgs, StageArgs, StoreArgs};

/// `alchemy stage …`
#[derive(Debug, Subcommand)]
pub(crate) enum StageCommand {
    /// List the stages of a store, destroyed ones included
    #[command(visible_alias = "list")]
    Ls(StageLsArgs),
    /// Show where a stage is deployed, what it holds and who is working on it
    Show(StageShowArgs),
    /// Change the account and region that a stage without objects elsewhere is bound to
    ///
    /// The first deploy of a stage binds it to the account and region it reaches; later commands refuse any other.
    /// This binds it to those that the profile reaches now. It changes no cloud object.
    Rebind(StageRebindArgs),
    /// Break the lock of a run that ended without giving it back
    ///
    /// Says whose lock it is and whether that run can still be going on, then asks. A run that died on this machine, or
    /// whose lock nobody renews, loses it to the next run by itself.
    Unlock(StageUnlockArgs),
}

/// `alchemy stage ls`
#[derive(Debug, Args)]
pub(crate) struct StageLsArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
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
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `alchemy stage rebind`
#[derive(Debug, Args)]
pub(crate) struct StageRebindArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Bind without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Wait this long for another run on the stage to end
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration)]
    pub(crate) lock_timeout: Duration,
}

/// `alchemy stage unlock`
#[derive(Debug, Args)]
pub(crate) struct StageUnlockArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Break it without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
}
