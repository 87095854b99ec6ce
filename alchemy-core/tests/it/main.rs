//! Integration tests of `alchemy-core`: what its public surface promises.

mod by_hand;
mod expand;
mod golden;
mod history;
mod names;
mod order;
mod plan;
mod props;
mod sample;
mod secrets;
mod service_limits;
mod stage;
mod unique;
mod values;
