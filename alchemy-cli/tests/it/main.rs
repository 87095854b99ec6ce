//! Hermetic tests of the `alchemy` command: nothing here reaches a cloud or the network.

mod doctor;
mod env;
mod given;
mod help;
mod history;
mod init;
mod plan_file;
mod profiles;
mod rebind;
mod recover;
mod refusals;
mod sealed;
mod settings;
mod stages;
mod stored;
