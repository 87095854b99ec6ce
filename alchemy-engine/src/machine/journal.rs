//! Group commit: changes wait here while an append is in flight, then go together.

use alchemy_core::{Change, StepId};

/// Who waits for changes to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiter {
    /// Dependents of a step whose result is among them.
    Dependents(StepId),
    /// A step that has said more exactly what it is about to make.
    Itself(StepId),
}

#[derive(Debug, Default)]
pub(super) struct Journal {
    in_flight: Option<Vec<Waiter>>,
    waiting: Vec<Change>,
    waiters: Vec<Waiter>,
}

impl Journal {
    pub(super) fn add(&mut self, changes: Vec<Change>, waiter: Option<Waiter>) {
        self.waiting.extend(changes);
        self.waiters.extend(waiter);
    }
    /// What to append now, if nothing is in flight and something waits.
    pub(super) fn next_batch(&mut self) -> Option<Vec<Change>> {
        if self.in_flight.is_some() || (self.waiting.is_empty() && self.waiters.is_empty()) {
            return None;
        }
        self.in_flight = Some(std::mem::take(&mut self.waiters));
        Some(std::mem::take(&mut self.waiting))
    }
    /// The append in flight is durable; gives who waited for it.
    pub(super) fn durable(&mut self) -> Vec<Waiter> {
        self.in_flight.take().unwrap_or_default()
    }
    /// The append in flight failed. What it held is lost to the journal; the durable intents cover it.
    pub(super) fn failed(&mut self) {
        self.in_flight = None;
    }
    pub(super) fn in_flight(&self) -> bool {
        self.in_flight.is_some()
    }
    pub(super) fn idle(&self) -> bool {
        self.in_flight.is_none() && self.waiting.is_empty() && self.waiters.is_empty()
    }
}
