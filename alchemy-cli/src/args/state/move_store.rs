//! `alchemy state migrate|init`: stores as a whole.

use std::time::Duration;

use clap::Args;

use crate::args::ProfileArgs;
use crate::args::shared::{duration, keep};

/// `alchemy state migrate`
#[derive(Debug, Args)]
pub(crate) struct StateMigrateArgs {
    /// The store as it is: a folder, file:, s3://bucket/prefix or gs://bucket/prefix
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Its new place
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    /// Go on without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Wait this long for a run on each stage to end
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration)]
    pub(crate) lock_timeout: Duration,
    /// How many earlier serials of a stage to keep in the new place
    #[arg(long, value_name = "N", value_parser = keep, default_value = "50")]
    pub(crate) keep: usize,
}

/// `alchemy state init`
#[derive(Debug, Args)]
pub(crate) struct StateInitArgs {
    /// The store, e.g. s3://acme-alchemy-state/photos
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    /// Go on without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
}
