//! What a process does next: the eight steps of the protocol, each with the rules that can be taken out of it.

use super::laws::{Violation, check_call};
use super::log::{Entry, Kind, Status};
use super::process::{Call, CallState, Phase, Process, Reply};
use super::removal::Removal as R;
use super::scenario::{Goal, Scenario};
use super::store::{Change, Id, Lock, Segment, State};
use super::world::{Request, World};

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    /// The body at its key is its own.
    Ours,
    /// Somebody else's body is there.
    Theirs,
    /// Neither: it is sent again, byte for byte.
    Again,
}

/// One process about to move.
struct Turn<'a> {
    world: &'a mut World,
    slot: usize,
    scenario: &'a Scenario,
    removal: Option<R>,
}

type Moved = Result<(), Violation>;

impl World {
    pub(super) fn may_step(&self, slot: usize, scenario: &Scenario, removal: Option<R>) -> bool {
        let process = &self.slots[slot];
        match process.phase {
            Phase::Idle => true,
            Phase::Done | Phase::Stopped | Phase::Crashed => process.runs > 0,
            Phase::Wait => {
                let lock = self.store.lock;
                lock.holder == 0
                    || lock.tag() != process.seen.tag()
                    || self.may_take_over(slot, scenario, removal)
            }
            Phase::Plan => removal == Some(R::NoWaitForCalls) || !self.call_may_land(process),
            Phase::Call => matches!(process.call, CallState::Landed | CallState::Failed),
            _ => process.reply != Reply::None,
        }
    }

    /// Step 2, but for the lock being the same as seen.
    fn may_take_over(&self, slot: usize, scenario: &Scenario, removal: Option<R>) -> bool {
        let process = &self.slots[slot];
        if process.waited || removal == Some(R::NoWaiting) {
            return true;
        }
        let holder = usize::from(process.seen.holder.saturating_sub(1)) / 2;
        if !scenario.same_machine || holder == slot {
            return false;
        }
        let there = &self.slots[holder];
        let gone = there.number != process.seen.holder || there.is_over();
        gone || removal == Some(R::ShortcutByPidOnly)
    }

    /// Step 8: whether a call of somebody else may still make something that an open intent speaks of.
    fn call_may_land(&self, process: &Process) -> bool {
        let open = matches!(process.log.status(), Status::Creating(_) | Status::Deleting(_));
        let mut calls = self.calls.iter().flatten();
        open && calls.any(|call| !call.deletes && call.process != process.number)
    }

    pub(super) fn step(&mut self, slot: usize, scenario: &Scenario, removal: Option<R>) -> Moved {
        Turn { world: self, slot, scenario, removal }.step()
    }

    pub(super) fn timed_out(
        &mut self,
        slot: usize,
        scenario: &Scenario,
        removal: Option<R>,
    ) -> Moved {
        let mut turn = Turn { world: self, slot, scenario, removal };
        let settled = turn.settle(true);
        turn.settled(settled)
    }

    /// Step 1: a renewal writes a new nonce over the lock as it was last written.
    pub(super) fn renew(&mut self, slot: usize, removal: Option<R>) {
        let process = &mut self.slots[slot];
        process.sent += 1;
        process.renewals -= 1;
        process.renewing = true;
        process.renewed = Reply::None;
        let sent = process.sent;
        let new = Lock { nonce: nonce(sent, removal), sent, ..process.lock };
        let change = Change::Lock { expect: Some(process.lock.tag()), new };
        let request = Request { process: process.number, renewal: true, change };
        self.send(request);
    }

    /// The reply to a renewal is there.
    pub(super) fn renewed(&mut self, slot: usize, removal: Option<R>) -> Moved {
        let now = self.store.lock;
        let process = &mut self.slots[slot];
        process.renewing = false;
        let sent = process.sent;
        let new = Lock { nonce: nonce(sent, removal), sent, ..process.lock };
        // Step 7: a refusal is read back.
        if process.renewed == Reply::Accepted || now.tag() == new.tag() {
            process.acked = sent;
            process.lock = new;
            if removal == Some(R::DeadlineFromReply) {
                process.expired = process.expired.min(sent - 1);
            }
            return Ok(());
        }
        super::laws::check_fenced(self, slot)?;
        self.slots[slot].ends(Phase::Stopped);
        Ok(())
    }
}

fn nonce(sent: u8, removal: Option<R>) -> u8 {
    if removal == Some(R::SameNonce) { 0 } else { sent }
}

impl Turn<'_> {
    fn without(&self, removal: R) -> bool {
        self.removal == Some(removal)
    }

    fn me(&mut self) -> &mut Process {
        &mut self.world.slots[self.slot]
    }

    fn step(&mut self) -> Moved {
        let phase = self.me().phase;
        match phase {
            Phase::Idle | Phase::Wait => self.look(),
            Phase::Done | Phase::Stopped | Phase::Crashed => {
                let (slot, runs) = (self.slot, self.me().runs);
                *self.me() = Process::new(slot, 1, runs, self.scenario);
                self.look();
            }
            Phase::Plan if self.goes_on() => self.plan(),
            Phase::Call if self.goes_on() => {
                if self.me().call == CallState::Landed {
                    self.result();
                } else {
                    self.commit();
                }
            }
            Phase::Plan | Phase::Call => {}
            _ => {
                let settled = self.settle(false);
                return self.settled(settled);
            }
        }
        Ok(())
    }

    /// Step 3: past its deadline it starts nothing.
    fn goes_on(&mut self) -> bool {
        let goes_on = self.me().in_time() || self.without(R::NoDeadline);
        if !goes_on {
            self.me().ends(Phase::Stopped);
        }
        goes_on
    }

    /// Steps 1 and 2: look at the lock; take it, or wait.
    fn look(&mut self) {
        let lock = self.world.store.lock;
        let waited = self.me().waits() && self.me().seen.tag() == lock.tag();
        if lock.holder == 0 {
            self.acquire(lock, false);
        } else if waited && self.world.may_take_over(self.slot, self.scenario, self.removal) {
            self.acquire(lock, true);
        } else {
            let me = self.me();
            (me.phase, me.seen, me.waited) = (Phase::Wait, lock, false);
        }
    }

    fn acquire(&mut self, lock: Lock, took_over: bool) {
        let nonce = nonce(1, self.removal);
        let expect = if self.without(R::AcquireByPut) { None } else { Some(lock.tag()) };
        let me = self.me();
        (me.phase, me.epoch, me.took_over) = (Phase::Acquire, lock.epoch + 1, took_over);
        (me.sent, me.acked, me.expired) = (1, 0, 0);
        (me.seen, me.waited) = (Lock::default(), false);
        me.lock = Lock { epoch: lock.epoch + 1, holder: me.number, nonce, sent: 1 };
        let new = me.lock;
        self.send(Change::Lock { expect, new });
    }

    fn send(&mut self, change: Change) {
        let me = self.me();
        (me.waiting, me.reply) = (Some(change), Reply::None);
        let request = Request { process: me.number, renewal: false, change };
        self.world.send(request);
    }

    /// Step 7: what became of the request that it waits for.
    fn settle(&mut self, timed_out: bool) -> Settled {
        let store = self.world.store;
        let me = *self.me();
        let Some(change) = me.waiting else { return Settled::Again };
        if me.reply == Reply::Accepted && !timed_out {
            return Settled::Ours;
        }
        if self.without(R::NoReadBack) {
            return Settled::Theirs;
        }
        if timed_out && self.without(R::TimeoutIsSuccess) {
            return Settled::Ours;
        }
        let settled = |ours: bool, nothing: bool| match (ours, nothing) {
            (true, _) => Settled::Ours,
            (_, true) => Settled::Again,
            _ => Settled::Theirs,
        };
        match change {
            Change::Lock { new, .. } if me.phase == Phase::Free => {
                let mine = store.lock.holder == me.number && store.lock.epoch == me.epoch;
                settled(store.lock.tag() == new.tag() || !mine, mine)
            }
            Change::Lock { expect, new } => {
                settled(store.lock.tag() == new.tag(), expect.is_none_or(|t| t == store.lock.tag()))
            }
            Change::Segment { id, body, .. } => {
                let there = store.segment(id);
                settled(there.nonce() == body.nonce(), there == Segment::None)
            }
            Change::State { expect, new } => {
                let there = store.state.nonce;
                settled(there == new.nonce, expect.is_none_or(|nonce| nonce == there))
            }
            Change::History { serial, of } => {
                let there = store.history[usize::from(serial)];
                settled(there == of, there.process == 0)
            }
            Change::Remove { .. } => Settled::Ours,
        }
    }

    fn settled(&mut self, settled: Settled) -> Moved {
        let phase = self.me().phase;
        let Some(change) = self.me().waiting.take() else { return Ok(()) };
        self.me().reply = Reply::None;
        let appends = matches!(phase, Phase::Intent | Phase::Result);
        let ignored = appends && settled == Settled::Theirs && self.without(R::ForeignBodyIgnored);
        let settled = if ignored { Settled::Ours } else { settled };
        match (phase, settled) {
            (Phase::Acquire, Settled::Ours) => {
                self.me().acked = 1;
                if self.without(R::DeadlineFromReply) {
                    self.me().expired = 0;
                }
            }
            (Phase::Acquire, Settled::Theirs) => {
                self.me().phase = Phase::Idle;
                self.look();
                return Ok(());
            }
            (Phase::Acquire, Settled::Again) => {
                self.send(change);
                return Ok(());
            }
            (Phase::Intent | Phase::Result, Settled::Ours) => self.promise(change)?,
            _ => {}
        }
        if !self.goes_on() {
            return Ok(());
        }
        match settled {
            Settled::Again => self.send_again(change),
            Settled::Ours => self.ours(phase, change)?,
            Settled::Theirs => self.theirs(phase, change)?,
        }
        Ok(())
    }

    fn send_again(&mut self, change: Change) {
        let lock = self.world.store.lock;
        match change {
            // A renewal that it had not heard of was in between.
            Change::Lock { expect: Some(_), new } if self.me().phase == Phase::Free => {
                self.me().lock = lock;
                self.send(Change::Lock { expect: Some(lock.tag()), new });
            }
            change => self.send(change),
        }
    }

    /// Whoever waits for this line is told that it is durable.
    fn promise(&mut self, change: Change) -> Moved {
        let believed = self.me().in_time()
            || self.scenario.trusting
            || self.without(R::LateReplyBelieved)
            || self.without(R::NoDeadline);
        if !believed {
            return Ok(());
        }
        let Change::Segment { body: Segment::Data { entry, .. }, .. } = change else {
            return Ok(());
        };
        let log = self.me().log.with(entry);
        let promised = &mut self.world.promised;
        if promised.is_part_of(log) {
            *promised = log;
        } else if !log.is_part_of(*promised) {
            return Err(Violation::Fork);
        }
        Ok(())
    }

    fn ours(&mut self, phase: Phase, change: Change) -> Moved {
        match (phase, change) {
            (Phase::Acquire, _) => self.read_state(),
            (Phase::Seal, Change::Segment { id, .. }) => self.seal_from(id.epoch + 1),
            (Phase::HealHistory, _) if self.without(R::HistoryAfterSwap) => {
                self.me().phase = Phase::Plan;
                Ok(())
            }
            (Phase::HealHistory, _) => {
                self.swap(Phase::Heal);
                Ok(())
            }
            (Phase::Heal | Phase::Swap, Change::State { new, .. }) => {
                self.swapped(phase, new);
                Ok(())
            }
            (Phase::Intent | Phase::Result, Change::Segment { id, body, .. }) => {
                self.appended(phase, id, body)
            }
            (Phase::History, _) if self.without(R::HistoryAfterSwap) => {
                self.free();
                Ok(())
            }
            (Phase::History, _) => {
                self.swap(Phase::Swap);
                Ok(())
            }
            (Phase::Free, _) => {
                self.me().ends(Phase::Done);
                Ok(())
            }
            (other, change) => panic!("no reply to {change:?} is waited for in {other:?}"),
        }
    }

    fn theirs(&mut self, phase: Phase, change: Change) -> Moved {
        let store = self.world.store;
        match (phase, change) {
            // Step 4: what is there counts; the seal goes after it.
            (Phase::Seal, Change::Segment { id, .. }) => match store.segment(id) {
                Segment::Seal { .. } => self.seal_from(id.epoch + 1),
                _ => self.seal_from(id.epoch),
            },
            // Step 5: the former holder's last swap got in before: begin again from it.
            (Phase::Heal, _) if store.state.epoch < self.me().epoch => self.read_state(),
            (Phase::History | Phase::HealHistory, Change::History { serial, of })
                if store.history[usize::from(serial)] != of =>
            {
                Err(Violation::TwoSnapshots)
            }
            (Phase::Free, _) => {
                self.me().ends(Phase::Done);
                Ok(())
            }
            _ => {
                super::laws::check_fenced(self.world, self.slot)?;
                self.me().ends(Phase::Stopped);
                Ok(())
            }
        }
    }

    /// Under the lock: read the snapshot, then seal what former holders may still be writing.
    fn read_state(&mut self) -> Moved {
        self.me().state = self.world.store.state;
        if self.me().took_over && !self.without(R::NoSeal) {
            let first = self.me().state.epoch.max(1);
            return self.seal_from(first);
        }
        self.fold()
    }

    /// Step 4: a seal after the last segment of each unfinished older epoch.
    fn seal_from(&mut self, first: u8) -> Moved {
        let store = self.world.store;
        let (own, through) = (self.me().epoch, self.me().state.through);
        for epoch in first..own {
            let last = store.present().filter(|(id, _)| id.epoch == epoch).last();
            if matches!(last, Some((_, Segment::Seal { .. }))) {
                continue;
            }
            let covered = if through.epoch == epoch { through.n } else { 0 };
            let n = last.map_or(0, |(id, _)| id.n).max(covered) + 1;
            let nonce = self.me().nonce();
            self.me().phase = Phase::Seal;
            let body = Segment::Seal { nonce };
            self.send(Change::Segment { id: Id { epoch, n }, body, put: false });
            return Ok(());
        }
        self.fold()
    }

    /// Everything that counts is there and final: fold it. Step 5: swap it to the own epoch if there was a former holder.
    fn fold(&mut self) -> Moved {
        let store = self.world.store;
        if store.state.nonce != self.me().state.nonce {
            return self.read_state();
        }
        let folded = store.fold(!self.without(R::NoThrough)).ok_or(Violation::Unreadable)?;
        let heals = self.me().took_over || folded.leftover;
        let me = self.me();
        (me.log, me.tip, me.through) = (folded.log, folded.tip, folded.through);
        me.phase = Phase::Plan;
        if heals && !self.without(R::NoHealing) {
            self.keep_history(Phase::HealHistory, Phase::Heal);
        }
        Ok(())
    }

    /// Step 8: what open intents have made is looked for in the cloud.
    fn plan(&mut self) {
        let goal = Process::goal(self.slot, self.scenario);
        let status = self.me().log.status();
        let cloud = self.world.cloud;
        let there = |generation: u8| cloud[usize::from(generation)] > 0;
        let (kind, generation, must_call) = match (goal, status) {
            (Goal::Deploy, Status::Ready(_)) | (Goal::Destroy, Status::Absent(_)) => {
                return self.free();
            }
            (Goal::Deploy, Status::Absent(generation)) => (Kind::Create, generation, true),
            (Goal::Deploy, Status::Creating(generation)) => {
                let found = there(generation) && !self.without(R::NoLookAtIntents);
                (Kind::Create, generation, !found)
            }
            (Goal::Deploy, Status::Deleting(generation)) if self.without(R::SameGeneration) => {
                (Kind::Create, generation, !there(generation))
            }
            (Goal::Deploy, Status::Deleting(generation)) => (Kind::Create, generation + 1, true),
            (
                Goal::Destroy,
                Status::Creating(generation)
                | Status::Ready(generation)
                | Status::Deleting(generation),
            ) => (Kind::Delete, generation, true),
        };
        let entry = Entry { kind, generation, process: self.me().number }.pack();
        (self.me().intent, self.me().must_call) = (entry, must_call);
        self.append(Phase::Intent, entry);
    }

    /// Step 4: the next segment, created.
    fn append(&mut self, phase: Phase, entry: u8) {
        let put = self.without(R::SegmentByPut);
        let me = self.me();
        me.phase = phase;
        let n = if me.through.epoch == me.epoch { me.through.n } else { 0 } + 1;
        let body = Segment::Data { nonce: me.nonce(), after: me.tip, entry };
        let id = Id { epoch: me.epoch, n };
        self.send(Change::Segment { id, body, put });
    }

    fn appended(&mut self, phase: Phase, id: Id, body: Segment) -> Moved {
        let Segment::Data { nonce, entry, .. } = body else { return Ok(()) };
        let me = self.me();
        (me.through, me.tip, me.log) = (id, nonce, me.log.with(entry));
        if phase == Phase::Result {
            self.commit();
        } else if self.me().must_call {
            self.call()?;
        } else {
            self.result();
        }
        Ok(())
    }

    fn call(&mut self) -> Moved {
        check_call(self.world, self.slot)?;
        let me = self.me();
        let Entry { kind, generation, .. } = Entry::unpack(me.intent);
        (me.phase, me.call) = (Phase::Call, CallState::InFlight);
        let call = Call { process: me.number, deletes: kind == Kind::Delete, generation };
        self.world.call(call);
        Ok(())
    }

    fn result(&mut self) {
        let intent = Entry::unpack(self.me().intent);
        let kind = if intent.kind == Kind::Delete { Kind::Gone } else { Kind::Made };
        self.me().call = CallState::None;
        self.append(Phase::Result, Entry { kind, ..intent }.pack());
    }

    /// Step 6.
    fn commit(&mut self) {
        self.me().call = CallState::None;
        if self.without(R::RemovedBeforeSwap) {
            let through = self.me().through;
            self.remove(through);
        }
        self.keep_history(Phase::History, Phase::Swap);
    }

    /// The old snapshot to history, if there is one, then the swap.
    fn keep_history(&mut self, history: Phase, swap: Phase) {
        let State { serial, nonce, .. } = self.me().state;
        if serial == 0 || self.without(R::HistoryAfterSwap) {
            self.swap(swap);
        } else {
            self.me().phase = history;
            self.send(Change::History { serial, of: nonce });
        }
    }

    fn swap(&mut self, phase: Phase) {
        let by_put = self.without(R::StateByPut);
        let me = self.me();
        me.phase = phase;
        let new = State {
            serial: me.state.serial + 1,
            epoch: me.epoch,
            through: me.through,
            log: me.log,
            nonce: me.nonce(),
        };
        let expect = if by_put { None } else { Some(me.state.nonce) };
        self.send(Change::State { expect, new });
    }

    fn swapped(&mut self, phase: Phase, new: State) {
        let old = self.me().state;
        (self.me().state, self.me().tip) = (new, new.nonce);
        self.remove(new.through);
        let (history, next) = match phase {
            Phase::Heal => (Phase::HealHistory, Phase::Plan),
            _ => (Phase::History, Phase::Free),
        };
        if self.without(R::HistoryAfterSwap) && old.serial > 0 {
            self.me().phase = history;
            self.send(Change::History { serial: old.serial, of: old.nonce });
        } else if next == Phase::Free {
            self.free();
        } else {
            self.me().phase = next;
        }
    }

    /// Segments that the snapshot covers go; nobody waits for that.
    fn remove(&mut self, through: Id) {
        let segments = self.world.store.covered(through, self.scenario.trusting);
        if segments != 0 {
            let process = self.me().number;
            let change = Change::Remove { segments };
            self.world.send(Request { process, renewal: false, change });
        }
    }

    fn free(&mut self) {
        let expect = if self.without(R::FreedByPut) { None } else { Some(self.me().lock.tag()) };
        let me = self.me();
        me.phase = Phase::Free;
        let epoch = if self.removal == Some(R::LockDeleted) { 0 } else { self.me().epoch };
        self.send(Change::Lock { expect, new: Lock { epoch, ..Lock::default() } });
    }
}
