//! Group commit: changes wait here while an append is in flight, then go together.

use alchemy_core::{Change, StepId};

#[derive(Debug, Default)]
pub(super) struct Journal {
    in_flight: Option<Vec<StepId>>,
    waiting: Vec<Change>,
    waiting_steps: Vec<StepId>,
}

impl Journal {
    pub(super) fn add(&mut self, changes: Vec<Change>, step: Option<StepId>) {
        self.waiting.extend(changes);
        self.waiting_steps.extend(step);
    }
    /// What to append now, if nothing is in flight and something waits.
    pub(super) fn next_batch(&mut self) -> Option<Vec<Change>> {
        if self.in_flight.is_some() || (self.waiting.is_empty() && self.waiting_steps.is_empty()) {
            return None;
        }
        self.in_flight = Some(std::mem::take(&mut self.waiting_steps));
        Some(std::mem::take(&mut self.waiting))
    }
    /// The append in flight is durable; gives the steps whose results were in it.
    pub(super) fn durable(&mut self) -> Vec<StepId> {
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
        self.in_flight.is_none() && self.waiting.is_empty() && self.waiting_steps.is_empty()
    }
}
