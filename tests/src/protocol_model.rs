//! A model of the write protocol of remote state (DESIGN §8), and an explorer that visits every state it can reach.
//!
//! The model is data ([`World`]) and a transition function ([`World::apply`]): one stage, its objects in a store, one
//! resource in a cloud, two or three processes. Everything that may happen is an event: a process makes its next step, a
//! request in flight lands (late, twice, or never), a reply is lost, a process stalls past its deadline, crashes, waits
//! a lease out. A process's step reads, decides and sends at most one changing request; what it sent lands whenever the
//! explorer likes, also after its sender is gone.
//!
//! Time is not a number. What matters of it is in three events that are sound for the protocol's figures (lease 30 s,
//! deadline 20 s after a renewal was sent, take-over 40 s after the last change was seen, the longest call shorter than
//! the wait after it): [`Event::Stall`] lets a holder's deadline pass at any moment; [`Event::WaitOver`], a waiter has
//! seen the same lock for 40 s, lets the deadline of every renewal pass that was sent before it saw that lock, and of no
//! other; a step that waits for calls of former holders is not enabled while such a call may still land. A delete may
//! land at any time: no wait covers it.
//!
//! [`Removal`] takes one rule of one of the eight steps out. The protocol must hold in every [`Scenario`]; without a
//! rule, some scenario must break one of the laws ([`Violation`]).

mod explore;
mod laws;
mod log;
mod process;
mod removal;
mod scenario;
mod steps;
mod store;
mod tell;
mod world;

pub use explore::{Explored, explore};
pub use laws::Violation;
pub use removal::Removal;
pub use scenario::{Goal, Scenario, large_scenarios, scenarios};
pub use world::{Event, World};
