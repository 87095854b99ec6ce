//! The write protocol over objects in memory, with clients on machines of their own, faults, and time that jumps.

mod conformance;
mod takeover;
