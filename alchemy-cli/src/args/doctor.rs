//! `alchemy doctor`.

use clap::Args;

use crate::args::{ProfileArgs, ProgramArgs, StageArgs, StoreArgs};

/// `alchemy doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}
