//! The whole world of the model, and what may happen in it.

use super::laws::{Violation, check};
use super::log::Log;
use super::process::{Call, Process, Reply};
use super::removal::Removal;
use super::scenario::Scenario;
use super::store::{Change, Store};

/// Most processes at once.
pub(super) const SLOTS: usize = 3;
/// Most requests in flight at once.
pub(super) const REQUESTS: usize = 8;
/// Generations of the resource.
pub(super) const GENERATIONS: usize = 4;
/// Most calls to the cloud in flight at once.
pub(super) const CALLS: usize = 4;

/// A request on its way to the store; its sender may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) process: u8,
    pub(super) renewal: bool,
    pub(super) change: Change,
}

/// How often each misfortune may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Budget {
    pub(super) crashes: u8,
    pub(super) stalls: u8,
    pub(super) timeouts: u8,
    pub(super) duplicates: u8,
    pub(super) failures: u8,
}

/// Everything there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub(super) store: Store,
    /// How many objects there are of each generation.
    pub(super) cloud: [u8; GENERATIONS],
    pub(super) calls: [Option<Call>; CALLS],
    pub(super) requests: [Option<Request>; REQUESTS],
    pub(super) slots: [Process; SLOTS],
    pub(super) budget: Budget,
    /// The longest log that somebody was told is durable.
    pub(super) promised: Log,
}

/// What may happen next. The number is a slot's, a request's or a call's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A process takes its next step.
    Step(usize),
    /// A process waits no longer for a reply, lost or late.
    TimeOut(usize),
    /// A process ends.
    Crash(usize),
    /// A process's deadline passes.
    Stall(usize),
    /// A waiter has seen the same lock for a lease and 10 s.
    WaitOver(usize),
    /// A holder sends a renewal.
    Renew(usize),
    /// A holder hears of its renewal.
    Renewed(usize),
    /// A request reaches the store.
    Land(usize),
    /// A request reaches the store, and its double will, too.
    LandTwice(usize),
    /// A call has its effect in the cloud.
    CallLands(usize),
    /// A call never has an effect; its caller is told so, if it still listens.
    CallFails(usize),
}

impl World {
    /// The world in which a scenario begins.
    pub fn new(scenario: &Scenario) -> Self {
        let mut slots = [Process::default(); SLOTS];
        for (slot, process) in slots.iter_mut().enumerate() {
            let runs = scenario.clients.get(slot).map_or(0, |client| client.runs);
            *process = Process::new(slot, 0, runs, scenario);
        }
        Self {
            store: Store::default(),
            cloud: [0; GENERATIONS],
            calls: [None; CALLS],
            requests: [None; REQUESTS],
            slots,
            budget: scenario.budget,
            promised: Log::default(),
        }
    }

    /// Whether every process is done and none is to come.
    pub(super) fn is_finished(&self) -> bool {
        self.slots.iter().all(Process::is_finished)
    }

    /// Everything that may happen now.
    pub(super) fn events(&self, scenario: &Scenario, removal: Option<Removal>) -> Vec<Event> {
        let mut events = Vec::with_capacity(16);
        for slot in 0..SLOTS {
            self.events_of(slot, scenario, removal, &mut events);
        }
        for (number, request) in self.requests.iter().enumerate() {
            if request.is_some() {
                events.push(Event::Land(number));
                let once = !matches!(request, Some(Request { change: Change::Remove { .. }, .. }));
                if once && self.budget.duplicates > 0 {
                    events.push(Event::LandTwice(number));
                }
            }
        }
        for (number, call) in self.calls.iter().enumerate() {
            let Some(call) = *call else { continue };
            events.push(Event::CallLands(number));
            if self.waits_for_call(call) {
                if self.budget.failures > 0 {
                    events.push(Event::CallFails(number));
                }
            } else {
                events.push(Event::CallFails(number));
            }
        }
        events
    }

    fn events_of(
        &self,
        slot: usize,
        scenario: &Scenario,
        removal: Option<Removal>,
        events: &mut Vec<Event>,
    ) {
        let process = &self.slots[slot];
        if self.may_step(slot, scenario, removal) {
            events.push(Event::Step(slot));
        }
        if process.is_over() || process.is_idle() {
            return;
        }
        if self.budget.timeouts > 0 && process.waiting.is_some() {
            events.push(Event::TimeOut(slot));
        }
        if self.budget.crashes > 0 {
            events.push(Event::Crash(slot));
        }
        if self.budget.stalls > 0 && process.expired < process.sent {
            events.push(Event::Stall(slot));
        }
        if process.waits() && !process.waited && process.seen.tag() == self.store.lock.tag() {
            events.push(Event::WaitOver(slot));
        }
        if process.may_renew() {
            events.push(Event::Renew(slot));
        }
        if process.renewing && process.renewed != Reply::None {
            events.push(Event::Renewed(slot));
        }
    }

    /// What the world is after `event`; or the law that was broken by it.
    pub(super) fn apply(
        &self,
        event: Event,
        scenario: &Scenario,
        removal: Option<Removal>,
    ) -> Result<Self, Violation> {
        let mut next = *self;
        match event {
            Event::Step(slot) => next.step(slot, scenario, removal)?,
            Event::TimeOut(slot) => {
                next.budget.timeouts -= 1;
                next.timed_out(slot, scenario, removal)?;
            }
            Event::Crash(slot) => {
                next.budget.crashes -= 1;
                next.slots[slot].crash();
            }
            Event::Stall(slot) => {
                next.budget.stalls -= 1;
                next.slots[slot].expired = next.slots[slot].sent;
            }
            Event::WaitOver(slot) => next.wait_over(slot),
            Event::Renew(slot) => next.renew(slot, removal),
            Event::Renewed(slot) => next.renewed(slot, removal)?,
            Event::Land(number) => next.land(number, false)?,
            Event::LandTwice(number) => {
                next.budget.duplicates -= 1;
                next.land(number, true)?;
            }
            Event::CallLands(number) => next.call_ends(number, true),
            Event::CallFails(number) => {
                if next.calls[number].is_some_and(|call| next.waits_for_call(call)) {
                    next.budget.failures -= 1;
                }
                next.call_ends(number, false);
            }
        }
        next.tidy();
        check(&next, removal)?;
        Ok(next)
    }

    /// The waiter's rule: every renewal that was sent before it saw this lock is older than its holder's deadline.
    fn wait_over(&mut self, slot: usize) {
        let seen = self.slots[slot].seen;
        self.slots[slot].waited = true;
        for process in &mut self.slots {
            if process.number == seen.holder {
                process.expired = process.expired.max(seen.sent);
            }
        }
    }

    fn land(&mut self, number: usize, again: bool) -> Result<(), Violation> {
        let Some(request) = self.requests[number] else { return Ok(()) };
        let before = self.store;
        let accepted = self.store.land(request.change);
        if let (true, Change::State { new, .. }) = (accepted, request.change) {
            super::laws::check_swap(&before, &new)?;
        }
        self.requests[number] = match request.change {
            Change::Remove { segments } if segments & (segments - 1) != 0 => {
                let change = Change::Remove { segments: segments & (segments - 1) };
                Some(Request { change, ..request })
            }
            _ if again => Some(request),
            _ => None,
        };
        for process in &mut self.slots {
            if process.number == request.process {
                process.hears(&request, accepted);
            }
        }
        Ok(())
    }

    pub(super) fn send(&mut self, request: Request) {
        let free = self.requests.iter_mut().find(|place| place.is_none());
        *free.expect("more requests in flight than the model has room for") = Some(request);
    }

    pub(super) fn call(&mut self, call: Call) {
        let free = self.calls.iter_mut().find(|place| place.is_none());
        *free.expect("more calls in flight than the model has room for") = Some(call);
    }

    fn waits_for_call(&self, call: Call) -> bool {
        self.slots.iter().any(|process| process.waits_for(call))
    }

    fn call_ends(&mut self, number: usize, lands: bool) {
        let Some(call) = self.calls[number].take() else { return };
        if lands {
            let count = &mut self.cloud[usize::from(call.generation)];
            *count = if call.deletes { 0 } else { *count + 1 };
        }
        for process in &mut self.slots {
            if process.waits_for(call) {
                process.call_ended(lands);
            }
        }
    }

    /// Order in which nothing depends on history: equal worlds are equal bytes.
    fn tidy(&mut self) {
        let lock = self.store.lock;
        // What can never be accepted is the same as what never lands, once nobody listens.
        for place in &mut self.requests {
            let Some(request) = place else { continue };
            let heard = self.slots.iter().any(|process| process.listens_to(request));
            let dead = match request.change {
                Change::Lock { expect: Some((epoch, ..)), .. } => epoch < lock.epoch,
                Change::State { expect: Some(_), new } => new.serial <= self.store.state.serial,
                Change::History { serial, .. } => {
                    self.store.history[usize::from(serial)].process != 0
                }
                _ => false,
            };
            if dead && !heard {
                *place = None;
            }
        }
        self.requests.sort_unstable_by_key(|request| request.map(|r| r.order()));
        self.calls.sort_unstable_by_key(|call| call.map(Call::order));
    }
}

impl Request {
    fn order(&self) -> (u8, u8, u64) {
        let (kind, rank) = match self.change {
            Change::Lock { new, .. } => {
                (0, u64::from(new.epoch) << 16 | u64::from(new.holder) << 8 | u64::from(new.sent))
            }
            Change::Segment { id, body, .. } => (
                1,
                u64::from(id.epoch) << 16 | u64::from(id.n) << 8 | u64::from(body.nonce().number),
            ),
            Change::State { new, .. } => {
                (2, u64::from(new.serial) << 8 | u64::from(new.nonce.number))
            }
            Change::History { serial, .. } => (3, u64::from(serial)),
            Change::Remove { segments } => (4, u64::from(segments)),
        };
        (self.process, kind, rank)
    }
}
