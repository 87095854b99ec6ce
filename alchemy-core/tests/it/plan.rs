//! The planner and its checker: examples by pass, properties of random histories.

#![expect(clippy::panic, reason = "tests fail by panicking, their support included")]

mod basis;
mod checker;
mod deploy;
mod naming;
mod ownership;
mod program;
mod random;
mod state;
mod types;
mod world;
