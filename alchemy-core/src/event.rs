//! What a run tells the world while it goes on: plain data, rendered elsewhere.

use crate::{Action, Fqn, Generation, ResourceType, StepId};

/// Which step an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRef {
    /// The step.
    pub id: StepId,
    /// Its resource.
    pub fqn: Fqn,
    /// Its type.
    pub ty: ResourceType,
    /// What it does.
    pub action: Action,
    /// On which of the resource's objects.
    pub generation: Generation,
    /// The object's physical name, if it has one.
    pub name: Option<String>,
    /// The resource under which it is shown.
    pub parent: Option<Fqn>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Steps that succeeded.
    pub done: usize,
    /// Steps that failed, with what the provider said.
    pub failed: Vec<(StepRef, String)>,
    /// Steps not tried because one they need failed.
    pub skipped: Vec<StepRef>,
    /// Whether the user cancelled it.
    pub cancelled: bool,
    /// Whether the lock was lost on the way.
    pub lock_lost: bool,
}

/// One event. State changes are never dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Objects are about to be looked up in the cloud (refresh, names about to be created).
    ReadStarted {
        /// How many.
        objects: usize,
    },
    /// A look-up waits, and for what.
    ReadWaiting {
        /// The resource.
        fqn: Fqn,
        /// Why, in a few words, with call and request id where there is one.
        reason: String,
    },
    /// The look-ups are over.
    ReadFinished,
    /// The stage's lock was taken over, and the run waits before it looks at the cloud.
    TakeOverWaiting {
        /// How long, in seconds.
        seconds: u64,
        /// Why, in a few words.
        reason: String,
    },
    /// The run begins with this many steps.
    RunStarted {
        /// Steps to take.
        steps: usize,
    },
    /// A provider call for this step begins.
    StepStarted(StepRef),
    /// It waits, and for what (`role not assumable yet: retrying`).
    StepWaiting {
        /// The step.
        step: StepRef,
        /// Why, in a few words, with call and request id where there is one.
        reason: String,
    },
    /// It succeeded and the result is in the journal's hands.
    StepFinished(StepRef),
    /// It failed for good.
    StepFailed {
        /// The step.
        step: StepRef,
        /// What happened and what to do.
        message: String,
    },
    /// It was not tried.
    StepSkipped {
        /// The step.
        step: StepRef,
        /// The resource whose failure it needs undone.
        because: Fqn,
    },
    /// No new step starts; this many are still in flight.
    Cancelling {
        /// Steps in flight.
        in_flight: usize,
    },
    /// The run is over and state is saved.
    RunFinished(Outcome),
}
