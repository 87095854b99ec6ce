//! `alchemy state rotate`.

use clap::Args;

use super::StoredStageArgs;
use super::change::WritingArgs;

/// `alchemy state rotate`
#[derive(Debug, Args)]
pub(crate) struct StateRotateArgs {
    /// Give up everything sealed because its passphrase is lost; the next deploy writes the program's values anew
    #[arg(long)]
    pub(crate) lost_key: bool,
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
    #[command(flatten)]
    pub(crate) writing: WritingArgs,
}
