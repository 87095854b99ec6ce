//! The test kit: a simulated cloud that is stricter than the real one, faults, and worlds to run deploys in.
//! Never a normal dependency of a shipped crate.
#![forbid(unsafe_code)]

pub mod random;
pub mod sim_cloud;
