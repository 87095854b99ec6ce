//! `alchemy state`.

mod change;
mod move_store;
mod recover;
mod rotate;

use clap::{Args, Subcommand};

use super::{ProfileArgs, StageArgs, StoreArgs};

pub(crate) use change::{StateMvArgs, StatePushArgs, StateRestoreArgs, StateRmArgs};
pub(crate) use move_store::{StateInitArgs, StateMigrateArgs};
pub(crate) use recover::StateRecoverArgs;
pub(crate) use rotate::StateRotateArgs;

/// `alchemy state …`
#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// List a stage's cloud objects: resource, type, physical name
    #[command(visible_alias = "list")]
    Ls(StateLsArgs),
    /// Print a stage's state, or one resource of it, as JSON
    Show(StateShowArgs),
    /// List the serials of a stage that can still be had, newest first
    History(StateHistoryArgs),
    /// Show what differs between two serials of a stage
    Diff(StateDiffArgs),
    /// Make an earlier serial's state the stage's state again, under a new serial
    ///
    /// Changes no cloud object: the next plan shows what the cloud has that state does not, and the other way round.
    Restore(StateRestoreArgs),
    /// Move a resource, and everything under it, to another name
    ///
    /// For a resource that has another name in the program now. Changes no cloud object.
    Mv(StateMvArgs),
    /// Forget resources; their cloud objects stay
    Rm(StateRmArgs),
    /// Print a stage's whole state as a document to keep, or to edit and push
    Pull(StatePullArgs),
    /// Make a pulled document the state of its stage, under a new serial
    ///
    /// Refuses a document of another store, and one that is older than the stage's state.
    Push(StatePushArgs),
    /// Copy a whole store to another place: identity, every stage, every serial
    Migrate(StateMigrateArgs),
    /// Make the bucket of a remote store: private, encrypted, versioned
    ///
    /// Old versions of locks and journals expire after a day, those of the rest after 90. May be repeated.
    Init(StateInitArgs),
    /// Rebuild a stage's lost state from the names and tags of its cloud objects
    ///
    /// Reads only: no cloud object is changed. With the program every record comes back as it was; without it
    /// (--without-program) enough to destroy the stage.
    Recover(StateRecoverArgs),
    /// Seal a stage's redacted values under a new key
    ///
    /// $ALCHEMY_PASSPHRASE opens the old key; $ALCHEMY_NEW_PASSPHRASE, if set, wraps the new one instead of it. Earlier
    /// serials in the store's history stay sealed as they were.
    Rotate(StateRotateArgs),
}

/// One stage of a store.
#[derive(Debug, Args)]
pub(crate) struct StoredStageArgs {
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `alchemy state ls`
#[derive(Debug, Args)]
pub(crate) struct StateLsArgs {
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
}

/// `alchemy state show`
#[derive(Debug, Args)]
pub(crate) struct StateShowArgs {
    /// The resource, e.g. `Jobs` or `Site/Bucket` [default: the whole stage]
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: Option<String>,
    /// Show sealed values in plain; needs $ALCHEMY_PASSPHRASE
    #[arg(long)]
    pub(crate) reveal: bool,
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
}

/// `alchemy state history`
#[derive(Debug, Args)]
pub(crate) struct StateHistoryArgs {
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
}

/// `alchemy state diff`
#[derive(Debug, Args)]
pub(crate) struct StateDiffArgs {
    /// The old serial, from `alchemy state history`
    #[arg(value_name = "A")]
    pub(crate) old: u64,
    /// The new serial [default: the state now]
    #[arg(value_name = "B")]
    pub(crate) new: Option<u64>,
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
}

/// `alchemy state pull`
#[derive(Debug, Args)]
pub(crate) struct StatePullArgs {
    #[command(flatten)]
    pub(crate) of: StoredStageArgs,
}
