//! What end-to-end tests stand on: emulated AWS, a proxy that refuses as AWS does, an independent client, projects on
//! disk and the real binary.

mod binary;
mod bucket;
mod client;
mod emulator;
mod object_server;
mod project;
mod proxy;
mod state_server;
mod volume;

pub use binary::{Finished, Run, Running, binary};
pub use bucket::{InFolder, bucket_url, gcs_url, open_bucket, open_bucket_objects};
pub use client::Client;
pub use emulator::{Emulator, Kind};
pub use object_server::{ObjectServer, ObjectServerKind};
pub use project::Project;
pub use proxy::{Answer, Call, Gate, Proxy, Rule, Verdict, rules, table};
pub use state_server::{StateServer, StateServerKind};
pub use volume::Volume;

use std::path::{Path, PathBuf};

/// The repository: where the tests are run, as a binary from a shared target folder may have been built in another clone.
pub fn repository() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR");
    Path::new(&manifest.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()))
        .parent()
        .expect("the tests' folder has a parent")
        .to_owned()
}

/// Where `cargo xtask setup` installs emulators and packages.
///
/// # Panics
/// If it was not run: the suite has no way to skip what it is there to show.
pub fn tools() -> PathBuf {
    let tools = repository().join(".tools");
    assert!(
        tools.join("venv/installed-from").is_file(),
        "run `cargo xtask setup` first: {} is not there",
        tools.display()
    );
    tools
}
