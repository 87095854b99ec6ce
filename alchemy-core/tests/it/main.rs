//! Integration tests of `alchemy-core`: what its public surface promises.

mod order;
mod sample;
