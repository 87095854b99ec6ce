//! The planner and its checker: examples by pass, properties of random histories.

mod deploy;
mod program;
mod random;
mod types;
mod world;
