//! The command line: what is given, checked for form only. What it means is decided in `settings`.

mod deploy;
mod destroy;
mod doctor;
mod init;
mod profile;
mod shared;
mod stage;
mod state;

use clap::{Parser, Subcommand};

pub(crate) use deploy::{DeployArgs, PlanArgs, PlanningArgs};
pub(crate) use destroy::DestroyArgs;
pub(crate) use doctor::DoctorArgs;
pub(crate) use init::{CompletionsArgs, InitArgs, TypesArgs};
pub(crate) use profile::{Method, ProfileCommand, ProfileCreateArgs};
pub(crate) use shared::{ColorChoice, OutputArgs, ProfileArgs, ProgramArgs, StageArgs, StoreArgs};
pub(crate) use stage::{
    StageCommand, StageLsArgs, StageRebindArgs, StageShowArgs, StageUnlockArgs,
};
pub(crate) use state::{
    StateCommand, StateDiffArgs, StateHistoryArgs, StateInitArgs, StateMigrateArgs, StateMvArgs,
    StatePullArgs, StatePushArgs, StateRecoverArgs, StateRestoreArgs, StateRmArgs, StateRotateArgs,
    StoredStageArgs,
};

/// Infrastructure as code with isolated stages.
///
/// A program (alchemy.run.ts) declares a stack; every deploy brings exactly one stage of it up to date. Stages never
/// share a cloud object.
#[derive(Debug, Parser)]
#[command(name = "alchemy", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring a stage to what the program says
    Deploy(DeployArgs),
    /// Show what deploy would do, and change nothing
    Plan(PlanArgs),
    /// Delete everything of a stage that is not retained; needs no program
    Destroy(DestroyArgs),
    /// Look at what state knows of a stage's cloud objects; change it, keep it, move it
    #[command(subcommand)]
    State(StateCommand),
    /// Look at the stages of a store; bind one to another account, break its lock
    #[command(subcommand)]
    Stage(StageCommand),
    /// Manage profiles: how alchemy authenticates
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Look whether a deploy from here would work: program, packages, profile, store and its guarantees
    ///
    /// Tries the store out: writes objects below its probe/ and removes them again. Exit code 1 if something is bad.
    Doctor(DoctorArgs),
    /// Write a first program and its settings; never overwrites a file
    Init(InitArgs),
    /// Write the type declarations of the `alchemy` modules beside the program
    Types(TypesArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Serve an editor over standard input and output
    Lsp,
}
