//! Tests of the stores through their public surface.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where it stands; functions that tests share are tests, too"
)]

mod again;
mod concurrent;
mod conformance;
mod crash;
mod damage;
mod damage_remote;
mod disk;
mod golden;
mod memory;
mod migrate;
mod past;
mod remote;
mod sealing;
mod secret;
mod url;
