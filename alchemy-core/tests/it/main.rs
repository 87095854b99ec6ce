//! Integration tests of `alchemy-core`: what its public surface promises.

mod expand;
mod names;
mod order;
mod props;
mod sample;
mod stage;
