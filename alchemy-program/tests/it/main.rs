//! Evaluation, from program text to graph or diagnostics.

mod features;
mod kit;
mod programs;
mod refusals;
