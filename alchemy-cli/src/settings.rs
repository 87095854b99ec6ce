//! What a command works with, from flags, variables and files. The only part of alchemy that reads them.

mod aws_config;
mod dotenv;
mod last;
mod passphrase;
mod profile;
mod profiles_file;
mod project;
mod stage;
mod store;
mod surroundings;
mod toml_error;

pub(crate) use dotenv::declared_environment;
pub(crate) use last::Last;
pub(crate) use passphrase::{NEW_PASSPHRASE, PASSPHRASE, Passphrases};
pub(crate) use profile::{
    ProfileOrigin, ResolvedProfile, known_profiles, resolve_profile, resolve_profile_name,
};
pub(crate) use profiles_file::{AwsMethod, AwsProfile, Profile, ProfilesFile};
pub(crate) use project::{PROGRAM, Project};
pub(crate) use stage::{parse_stack, resolve_stage, stage_and_source};
pub(crate) use store::{
    SETTINGS_FILE, StoreChoice, StoreOrigin, choose_store, place as store_place,
    refuse_unnamed_store_in_ci, store_url,
};
pub use surroundings::Surroundings;
