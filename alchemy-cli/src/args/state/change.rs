//! `alchemy state restore|mv|rm|push`: what changes a stage's state by hand.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::StoredStageArgs;
use crate::args::shared::{duration, keep};
use crate::args::{ProfileArgs, StoreArgs};

/// How a command that writes a stage's state goes about it.
#[derive(Debug, Args)]
pub(crate) struct WritingArgs {
    /// Go on without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Wait this long for another run on the stage to end
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration)]
    pub(crate) lock_timeout: Duration,
    /// How many earlier serials of the stage to keep [default: alchemy.toml, else 50]
    #[arg(long, value_name = "N", value_parser = keep)]
    pub(crate) keep: Option<usize>,
}

/// `alchemy state restore`
#[derive(Debug, Args)]
pub(crate) struct StateRestoreArgs {
    /// The serial, from `alchemy state history`
    #[arg(value_name = "SERIAL")]
    pub(crate) serial: u64,
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
    #[command(flatten)]
    pub(crate) writing: WritingArgs,
}

/// `alchemy state mv`
#[derive(Debug, Args)]
pub(crate) struct StateMvArgs {
    /// The resource, e.g. `Jobs` or `Site/Bucket`
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Its new name
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
    #[command(flatten)]
    pub(crate) writing: WritingArgs,
}

/// `alchemy state rm`
#[derive(Debug, Args)]
pub(crate) struct StateRmArgs {
    /// The resources, e.g. `Jobs` or `Site/Bucket`; what was made for one goes with it
    #[arg(value_name = "RESOURCE", required = true)]
    pub(crate) resources: Vec<String>,
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
    #[command(flatten)]
    pub(crate) writing: WritingArgs,
}

/// `alchemy state push`
#[derive(Debug, Args)]
pub(crate) struct StatePushArgs {
    /// The document, as `alchemy state pull` prints it; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) writing: WritingArgs,
}
