//! Integration tests of `alchemy-core`: what its public surface promises.

mod names;
mod order;
mod sample;
mod stage;
