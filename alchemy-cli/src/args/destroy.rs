//! `alchemy destroy`.

use std::time::Duration;

use clap::Args;

use super::shared::{duration, keep, parallelism};
use super::{ProfileArgs, ProgramArgs, StageArgs, StoreArgs};

/// `alchemy destroy`
#[derive(Debug, Args)]
pub(crate) struct DestroyArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Delete without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Succeed if there is no such stage
    #[arg(long)]
    pub(crate) if_exists: bool,
    /// Trust state instead of reading every object from the cloud first
    #[arg(long)]
    pub(crate) no_refresh: bool,
    /// Most cloud calls in flight at once
    #[arg(long, value_name = "N", default_value = "32", value_parser = parallelism)]
    pub(crate) parallelism: usize,
    /// Wait this long for another run on the stage to end
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration)]
    pub(crate) lock_timeout: Duration,
    /// How many earlier serials of the stage to keep [default: alchemy.toml, else 50]
    #[arg(long, value_name = "N", value_parser = keep)]
    pub(crate) keep: Option<usize>,
}
