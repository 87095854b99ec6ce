//! Tests of the catalog through its public face and, against an endpoint, of the providers' laws.

mod checks;
#[cfg(feature = "aws")]
mod endpoints;
mod expansion;
#[cfg(feature = "aws")]
mod laws;
mod programs;
