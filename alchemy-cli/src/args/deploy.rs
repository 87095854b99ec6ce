//! `alchemy deploy` and `alchemy plan`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::shared::{duration, keep, parallelism};
use super::{ProfileArgs, ProgramArgs, StageArgs, StoreArgs};

/// Flags that decide what a plan holds.
#[derive(Debug, Args)]
pub(crate) struct PlanningArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Trust state instead of reading every object from the cloud first
    #[arg(long)]
    pub(crate) no_refresh: bool,
    /// Bring every object to its props again, even where nothing differs
    #[arg(long)]
    pub(crate) force: bool,
    /// Take over existing objects that carry nobody's tags
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Go on although the stage has objects in the cloud under the identity of another state store
    #[arg(long)]
    pub(crate) new_realm: bool,
    /// Most cloud calls in flight at once
    #[arg(long, value_name = "N", default_value = "32", value_parser = parallelism)]
    pub(crate) parallelism: usize,
}

/// `alchemy deploy`
#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
    /// Apply without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Apply the plan that `alchemy plan --out FILE` wrote, or refuse if anything it read has changed; asks nothing
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["dry_run", "no_refresh", "force", "adopt", "new_realm"]
    )]
    pub(crate) plan: Option<PathBuf>,
    /// Show the plan and stop (the same as `alchemy plan`)
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Wait this long for another run on the stage to end
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration)]
    pub(crate) lock_timeout: Duration,
    /// How many earlier serials of the stage to keep [default: alchemy.toml, else 50]
    #[arg(long, value_name = "N", value_parser = keep)]
    pub(crate) keep: Option<usize>,
}

/// `alchemy plan`
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
    /// Write the plan to a file for `alchemy deploy --plan FILE`; it holds no secret
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 6 instead of 0 when there is something to change
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}
