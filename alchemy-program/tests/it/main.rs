//! Evaluation, from program text to graph or diagnostics.

#![expect(clippy::unwrap_used, reason = "the kit's helpers are part of the tests")]

mod bundles;
mod cache;
mod evaluator;
mod features;
mod kit;
mod programs;
mod refusals;
mod shared;
