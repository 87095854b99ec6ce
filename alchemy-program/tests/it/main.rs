//! Evaluation, from program text to graph or diagnostics.

mod kit;
mod programs;
