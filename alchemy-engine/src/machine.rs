//! The decision machine of apply: what happens next, as a function of what has happened. No IO, no clock, not async;
//! `apply.rs` carries out its commands.
//!
//! Order: intents durable, then steps as their needs are met, results journalled in batches (one append in flight),
//! then whatever ends the run.

mod intents;
mod journal;
mod known;
mod nodes;
mod references;

use std::collections::BTreeMap;

use alchemy_core::{
    Change, Event, Fqn, Outcome, Pin, Plan, PlanMode, Snapshot, Status, Step, StepId, StepRef,
    Value,
};

use crate::ProviderErrorKind;
use journal::{Journal, Waiter};
use known::Known;
use nodes::{Nodes, State};

pub(crate) use nodes::service;

/// Attributes that a step's props may mention, by resource.
pub(crate) type KnownAttrs = BTreeMap<Fqn, BTreeMap<String, Value>>;

/// What the machine must know besides plan and state.
#[derive(Clone, Debug)]
pub(crate) struct MachineSettings {
    pub(crate) mode: PlanMode,
    /// Most steps at once.
    pub(crate) parallelism: usize,
    /// Most steps at once of a service (`AWS.SQS`), where fewer.
    pub(crate) per_service: BTreeMap<String, usize>,
    /// Types whose ids the service assigns.
    pub(crate) natural: Vec<alchemy_core::ResourceType>,
    pub(crate) pin: Option<Pin>,
    pub(crate) by: String,
    pub(crate) at: String,
}

/// Why a step did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StepFailure {
    /// It failed for good.
    Failed { message: String, kind: Option<ProviderErrorKind> },
    /// It was between two attempts when the run was cancelled.
    Cancelled,
    /// It was about to make a call when the lock turned out to be lost.
    LockLost,
    /// What it was about to make could not be written down.
    Halted,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    /// The run begins.
    Begin,
    /// The append in flight is durable.
    Appended,
    /// The append in flight failed.
    AppendFailed { lock_lost: bool },
    /// A step ended.
    Stepped { step: StepId, result: Result<Vec<Change>, StepFailure> },
    /// A running step says more exactly what it is about to make, and waits until that is durable.
    Refined { step: StepId, changes: Vec<Change> },
    /// The outputs are known, or cannot be.
    Outputs(Option<Value>),
    /// Start nothing new.
    Cancel,
    /// Stop now.
    Abandon,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// Append these to the journal and report back.
    Append(Vec<Change>),
    /// Carry the step out and report back.
    Run { step: StepId, attrs: KnownAttrs },
    /// What the step said is durable: it goes on.
    Proceed(StepId),
    /// Nothing becomes durable any more: steps that wait for that end.
    Halt,
    /// Complete the program's outputs and report back.
    Outputs { attrs: KnownAttrs },
    /// Tell people.
    Emit(Event),
    /// The run is over: drop what is still in flight, commit if asked to.
    Finish { commit: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Intending,
    Running,
    Outputs,
    Closing,
    Finished,
}

/// Why nothing new may start. Later variants win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    No,
    Cancelled,
    LockLost,
    JournalFailed,
}

/// The machine.
#[derive(Debug)]
pub(crate) struct ApplyMachine<'a> {
    plan: &'a Plan,
    settings: MachineSettings,
    known: Known<'a>,
    nodes: Nodes,
    journal: Journal,
    phase: Phase,
    stop: Stop,
    outcome: Outcome,
    commands: Vec<Command>,
}

impl<'a> ApplyMachine<'a> {
    pub(crate) fn new(plan: &'a Plan, base: &'a Snapshot, settings: MachineSettings) -> Self {
        Self {
            plan,
            known: Known::new(plan, base),
            nodes: Nodes::new(plan, &settings),
            settings,
            journal: Journal::default(),
            phase: Phase::Intending,
            stop: Stop::No,
            outcome: Outcome::default(),
            commands: Vec::new(),
        }
    }

    /// Takes what has happened, gives what is to be done, in order.
    pub(crate) fn on(&mut self, input: Input) -> Vec<Command> {
        match input {
            Input::Begin => self.begin(),
            Input::Appended => self.appended(),
            Input::AppendFailed { lock_lost } => {
                self.journal.failed();
                self.outcome.lock_lost |= lock_lost;
                self.halt(Stop::JournalFailed);
            }
            Input::Stepped { step, result } => self.stepped(step, result),
            Input::Refined { step, changes } if self.stop < Stop::LockLost => {
                self.record(changes, Some(Waiter::Itself(step)));
            }
            Input::Refined { .. } => self.commands.push(Command::Halt),
            Input::Outputs(outputs) => self.close(outputs),
            Input::Cancel => self.cancel(),
            Input::Abandon => {
                self.outcome.cancelled = true;
                self.finish(false);
            }
        }
        self.advance();
        std::mem::take(&mut self.commands)
    }

    /// How the run ended, or stands.
    pub(crate) fn outcome(&self) -> &Outcome {
        &self.outcome
    }
    /// State with everything folded in that was handed to the journal.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        self.known.snapshot()
    }

    fn begin(&mut self) {
        self.commands.push(Command::Emit(Event::RunStarted { steps: self.plan.steps.len() }));
        let mut changes = Vec::new();
        if let Some(pin) = self.settings.pin.as_ref().filter(|_| self.snapshot().pin.is_none()) {
            changes.push(Change::Pin(pin.clone()));
        }
        if self.settings.mode == PlanMode::Deploy {
            changes.push(Change::Deployed {
                by: self.settings.by.clone(),
                at: self.settings.at.clone(),
            });
        }
        changes.extend(references::before(self.plan, self.snapshot()));
        changes.extend(intents::renames(self.plan));
        let intents = intents::of(self.plan, &self.settings.at);
        if !intents.is_empty() {
            changes.push(Change::Intend(intents));
        }
        self.record(changes, None);
    }

    fn appended(&mut self) {
        for waiter in self.journal.durable() {
            match waiter {
                Waiter::Dependents(step) => self.nodes.made_durable(step),
                Waiter::Itself(step) => self.commands.push(Command::Proceed(step)),
            }
        }
        if self.phase == Phase::Closing && self.journal.idle() {
            self.finish(true);
        }
    }

    fn stepped(&mut self, id: StepId, result: Result<Vec<Change>, StepFailure>) {
        let Some(step) = self.nodes.ended(id).then(|| &self.plan.steps[id.0 as usize]) else {
            return;
        };
        match result {
            Ok(changes) => {
                self.outcome.done += 1;
                self.nodes.set(id, State::Done);
                self.record(changes, Some(Waiter::Dependents(id)));
                self.nodes.made(id);
                self.commands.push(Command::Emit(Event::StepFinished(step_ref(step))));
            }
            Err(StepFailure::Failed { message, kind }) => self.failed(step, message, kind),
            Err(StepFailure::Cancelled) => {
                self.nodes.set(id, State::Broken);
                self.outcome.cancelled = true;
                self.stop = self.stop.max(Stop::Cancelled);
            }
            Err(StepFailure::LockLost) => {
                self.nodes.set(id, State::Broken);
                self.outcome.lock_lost = true;
                self.halt(Stop::LockLost);
            }
            Err(StepFailure::Halted) => self.nodes.set(id, State::Broken),
        }
    }

    /// From now on nothing starts and nothing is appended.
    fn halt(&mut self, why: Stop) {
        self.stop = self.stop.max(why);
        self.commands.push(Command::Halt);
    }

    fn failed(&mut self, step: &Step, message: String, kind: Option<ProviderErrorKind>) {
        self.nodes.set(step.id, State::Broken);
        self.record(intents::after_failure(step, kind), None);
        self.outcome.failed.push((step_ref(step), message.clone()));
        self.commands.push(Command::Emit(Event::StepFailed { step: step_ref(step), message }));
        for skipped in self.nodes.skip_dependents(step.id) {
            let skipped = step_ref(&self.plan.steps[skipped.0 as usize]);
            self.outcome.skipped.push(skipped.clone());
            self.commands.push(Command::Emit(Event::StepSkipped {
                step: skipped,
                because: step.fqn.clone(),
            }));
        }
    }

    fn cancel(&mut self) {
        if self.phase == Phase::Finished || self.outcome.cancelled {
            return;
        }
        self.outcome.cancelled = true;
        self.stop = self.stop.max(Stop::Cancelled);
        self.commands.push(Command::Emit(Event::Cancelling { in_flight: self.nodes.running() }));
    }

    /// Folds changes in and hands them to the journal.
    fn record(&mut self, changes: Vec<Change>, waiter: Option<Waiter>) {
        self.known.fold(&changes);
        self.journal.add(changes, waiter);
    }

    fn advance(&mut self) {
        if self.phase == Phase::Finished {
            return;
        }
        let journal_works = self.stop < Stop::LockLost;
        if journal_works && let Some(batch) = self.journal.next_batch() {
            self.commands.push(Command::Append(batch));
        }
        if self.phase == Phase::Intending && self.journal.idle() {
            self.phase = Phase::Running;
        }
        if self.phase == Phase::Running && self.stop == Stop::No {
            while let Some(id) = self.nodes.next_to_start() {
                let step = &self.plan.steps[id.0 as usize];
                self.commands.push(Command::Emit(Event::StepStarted(step_ref(step))));
                self.commands.push(Command::Run {
                    step: id,
                    attrs: self.known.attrs_for(step.props.values()),
                });
            }
        }
        if self.nodes.running() > 0 || self.journal.in_flight() {
            return;
        }
        match (self.phase, self.stop) {
            (Phase::Finished, _) => {}
            (_, Stop::LockLost | Stop::JournalFailed) => self.finish(false),
            (Phase::Running, _) => self.steps_are_over(),
            (Phase::Intending | Phase::Outputs | Phase::Closing, _) => {}
        }
    }

    /// Nothing runs, nothing can start and the journal is idle.
    fn steps_are_over(&mut self) {
        let complete = self.outcome.done == self.plan.steps.len();
        match &self.plan.outputs {
            Some(outputs) if complete && self.settings.mode == PlanMode::Deploy => {
                self.phase = Phase::Outputs;
                self.commands.push(Command::Outputs { attrs: self.known.attrs_for([outputs]) });
            }
            _ => self.close(None),
        }
    }

    fn close(&mut self, outputs: Option<Value>) {
        self.phase = Phase::Closing;
        let mut changes = self.undo_of_unstarted();
        if let Some(outputs) = outputs {
            changes.push(Change::Outputs(outputs));
        }
        let complete = self.outcome.done == self.plan.steps.len();
        changes.extend(references::after(self.plan, self.snapshot()).filter(|_| complete));
        if self.settings.mode == PlanMode::Destroy && complete && self.snapshot().records.is_empty()
        {
            changes.push(Change::Destroyed { at: self.settings.at.clone() });
        }
        self.record(changes, None);
        match self.journal.next_batch() {
            Some(batch) => self.commands.push(Command::Append(batch)),
            None => self.finish(true),
        }
    }

    /// Takes back the intents of updates and deletes that never began, so that state does not doubt objects that
    /// nobody touched. Intended creates stay: their generations are in use, and the next plan looks their names up.
    fn undo_of_unstarted(&self) -> Vec<Change> {
        let unstarted = self.plan.steps.iter().filter(|step| self.nodes.never_started(step.id));
        unstarted.flat_map(|step| self.known.before_intent(step)).collect()
    }

    fn finish(&mut self, commit: bool) {
        self.phase = Phase::Finished;
        self.commands.push(Command::Finish { commit });
    }
}

/// The step, for events.
pub(crate) fn step_ref(step: &Step) -> StepRef {
    StepRef {
        id: step.id,
        fqn: step.fqn.clone(),
        ty: step.ty.clone(),
        action: step.action,
        generation: step.generation,
        name: step.name.clone(),
        parent: step.parent.clone(),
    }
}

/// Whether an object in this status is known to be whole or gone but for an intent.
fn doubtful(status: Status) -> bool {
    matches!(status, Status::Updating | Status::Deleting)
}

#[cfg(test)]
mod tests;
