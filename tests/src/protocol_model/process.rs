//! One process: where it is in the protocol and what it knows.

use super::log::Log;
use super::scenario::{Goal, Scenario};
use super::store::{Change, Id, Lock, Nonce, State};
use super::world::Request;

/// Where a process is. The names are the protocol's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(super) enum Phase {
    /// It has not begun.
    #[default]
    Idle,
    /// Step 2: somebody else holds the lock.
    Wait,
    /// Step 1: the swap of the lock is under way.
    Acquire,
    /// Step 4: a seal is under way.
    Seal,
    /// Step 5: the old snapshot goes to history before the swap to its own epoch.
    HealHistory,
    /// Step 5: the swap to its own epoch is under way.
    Heal,
    /// It holds the stage and decides what to do.
    Plan,
    /// Step 4: the intent is under way.
    Intent,
    /// A call to the cloud is under way.
    Call,
    /// Step 4: the result is under way.
    Result,
    /// Step 6: the old snapshot goes to history.
    History,
    /// Step 6: the swap of the snapshot is under way.
    Swap,
    /// Step 6: the lock is being freed.
    Free,
    /// It came to its end.
    Done,
    /// It found its deadline passed or itself fenced, and stopped.
    Stopped,
    /// It died.
    Crashed,
}

/// What a process has heard of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(super) enum Reply {
    #[default]
    None,
    Accepted,
    Refused,
}

/// A call to the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Call {
    pub(super) process: u8,
    pub(super) deletes: bool,
    pub(super) generation: u8,
}

impl Call {
    pub(super) fn order(self) -> (u8, bool, u8) {
        (self.process, self.deletes, self.generation)
    }
}

/// How a process's call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(super) enum CallState {
    #[default]
    None,
    InFlight,
    Landed,
    Failed,
}

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct Process {
    /// 1, 2, …: no two processes ever have the same.
    pub(super) number: u8,
    /// Processes that may still follow it in its slot.
    pub(super) runs: u8,
    pub(super) phase: Phase,
    pub(super) epoch: u8,
    pub(super) took_over: bool,
    /// How many times it has sent the lock: the acquisition is 1.
    pub(super) sent: u8,
    /// Which of these was last acknowledged.
    pub(super) acked: u8,
    /// Up to which of these were sent longer ago than the deadline.
    pub(super) expired: u8,
    pub(super) renewals: u8,
    /// The lock as it last wrote it.
    pub(super) lock: Lock,
    /// Whether a renewal is under way, and what was heard of it.
    pub(super) renewing: bool,
    pub(super) renewed: Reply,
    /// The lock that it waits for, and whether it has waited long enough.
    pub(super) seen: Lock,
    pub(super) waited: bool,
    /// The snapshot that it read or wrote last.
    pub(super) state: State,
    /// Everything folded in that it knows of.
    pub(super) log: Log,
    pub(super) tip: Nonce,
    pub(super) through: Id,
    /// How many bodies it has written.
    pub(super) bodies: u8,
    /// Its intent's entry, if it has one.
    pub(super) intent: u8,
    /// Whether its intent needs a call.
    pub(super) must_call: bool,
    pub(super) call: CallState,
    pub(super) waiting: Option<Change>,
    pub(super) reply: Reply,
}

impl Process {
    pub(super) fn new(slot: usize, run: u8, runs: u8, scenario: &Scenario) -> Self {
        let number = u8::try_from(slot).unwrap_or(0) * 2 + run + 1;
        let phase = if runs == 0 { Phase::Done } else { Phase::Idle };
        let renewals = scenario.clients.get(slot).map_or(0, |client| client.renewals);
        Self { number, runs: runs.saturating_sub(1), phase, renewals, ..Self::default() }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }
    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Done | Phase::Stopped | Phase::Crashed)
    }
    pub(super) fn is_finished(&self) -> bool {
        self.phase == Phase::Done && self.runs == 0
    }
    pub(super) fn waits(&self) -> bool {
        self.phase == Phase::Wait
    }
    /// Whether it may believe that it holds the lock.
    pub(super) fn holds(&self) -> bool {
        use Phase as P;
        matches!(
            self.phase,
            P::Seal
                | P::HealHistory
                | P::Heal
                | P::Plan
                | P::Intent
                | P::Call
                | P::Result
                | P::History
                | P::Swap
                | P::Free
        )
    }
    /// Step 3: its last acknowledged renewal was sent less than 20 s ago.
    pub(super) fn in_time(&self) -> bool {
        self.acked > self.expired
    }
    pub(super) fn may_renew(&self) -> bool {
        self.renewals > 0
            && !self.renewing
            && self.holds()
            && self.phase != Phase::Free
            && self.in_time()
    }
    pub(super) fn crash(&mut self) {
        self.ends(Phase::Crashed);
    }
    /// Nothing of what it knew matters any more.
    pub(super) fn ends(&mut self, how: Phase) {
        *self = Self { number: self.number, runs: self.runs, phase: how, ..Self::default() };
    }

    pub(super) fn listens_to(&self, request: &Request) -> bool {
        if self.number != request.process || self.is_over() {
            return false;
        }
        if request.renewal {
            return self.renewing
                && matches!(request.change, Change::Lock { new, .. } if new.sent == self.sent);
        }
        self.waiting == Some(request.change)
    }

    /// A request of its own has landed.
    pub(super) fn hears(&mut self, request: &Request, accepted: bool) {
        if !self.listens_to(request) {
            return;
        }
        let reply = if accepted { Reply::Accepted } else { Reply::Refused };
        if request.renewal {
            if self.renewed == Reply::None {
                self.renewed = reply;
            }
        } else if self.reply == Reply::None {
            self.reply = reply;
        }
    }

    pub(super) fn waits_for(&self, call: Call) -> bool {
        self.number == call.process && self.call == CallState::InFlight
    }
    pub(super) fn call_ended(&mut self, landed: bool) {
        self.call = if landed { CallState::Landed } else { CallState::Failed };
    }

    /// A nonce for a new body.
    pub(super) fn nonce(&mut self) -> Nonce {
        self.bodies += 1;
        Nonce { process: self.number, number: self.bodies }
    }
    pub(super) fn goal(slot: usize, scenario: &Scenario) -> Goal {
        scenario.clients.get(slot).map_or(Goal::Deploy, |client| client.goal)
    }
}
