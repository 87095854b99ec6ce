//! Tests of the catalog through its public face and, against an endpoint, of the providers' laws.

mod checks;
mod expansion;
mod programs;
