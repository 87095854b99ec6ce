//! The catalog of resource types, usable without any SDK, and (feature `aws`) their AWS providers.
//! Prints nothing, reads no flag.
#![forbid(unsafe_code)]

mod catalog;
mod partition;

pub use catalog::catalog;
pub use partition::Partition;
