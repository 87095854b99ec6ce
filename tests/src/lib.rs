//! The test kit: a simulated cloud that is stricter than the real one, faults, and worlds to run deploys in; emulators,
//! a refusing proxy and the real binary for end-to-end tests. Never a normal dependency of a shipped crate.
#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "a test kit fails loudly")]
#![expect(clippy::new_ret_no_self, reason = "rules are made to be boxed")]

pub mod e2e;
pub mod gcs;
pub mod idle_clock;
pub mod program;
pub mod protocol_model;
pub mod random;
pub mod sim;
pub mod sim_cloud;
pub mod world;
