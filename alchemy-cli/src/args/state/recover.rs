//! `alchemy state recover`.

use std::time::Duration;

use clap::Args;

use crate::args::shared::{duration, parallelism};
use crate::args::{ProfileArgs, ProgramArgs, StageArgs, StoreArgs};

/// `alchemy state recover`
#[derive(Debug, Args)]
pub(crate) struct StateRecoverArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Rebuild from the cloud alone; what holds data is recorded as to be kept
    #[arg(long, conflicts_with = "program", requires = "stack")]
    pub(crate) without_program: bool,
    /// The identity of the lost store, when the stage's objects carry several
    #[arg(long, value_name = "REALM")]
    pub(crate) realm: Option<String>,
    /// Show what would be recovered, and write nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Write without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Replace the records of a stage that has state; the old ones stay in history
    #[arg(long)]
    pub(crate) force: bool,
    /// Most cloud calls in flight at once
    #[arg(long, value_name = "N", default_value = "32", value_parser = parallelism)]
    pub(crate) parallelism: usize,
    /// Wait this long for another run on the stage to end
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration)]
    pub(crate) lock_timeout: Duration,
}
