//! Applies a checked plan: the driver of [`ApplyMachine`]. No lock or no check, no call.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{
    Change, CheckedPlan, ClosureEvaluator, Event, NameUse, Outcome, Pin, PlanMode, SecretHasher,
    Snapshot, StepId, Value,
};
use alchemy_state::{StageLock, StateError};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

use crate::machine::{ApplyMachine, Command, Input, KnownAttrs, MachineSettings, StepFailure};
use crate::resolve::Resolver;
use crate::step::{Refinement, Run};
use crate::{ArtifactStore, CancelLevel, CancelToken, Engine, EventSink};

/// What is to be applied, and with what.
pub struct ApplyRequest {
    /// The plan.
    pub plan: CheckedPlan,
    /// What it was planned for.
    pub mode: PlanMode,
    /// The [`alchemy_state::Loaded::revision`] it was planned from: another one under the lock is refused.
    pub revision: String,
    /// The program's closures.
    pub closures: Arc<dyn ClosureEvaluator>,
    /// Function code.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Digests secrets that come about while applying.
    pub hasher: SecretHasher,
    /// Takes the events.
    pub sink: Arc<dyn EventSink>,
    /// Ends the run early.
    pub cancel: CancelToken,
    /// Account and region to pin a stage to that has no pin.
    pub pin: Option<Pin>,
    /// Who deploys: user and host.
    pub by: String,
    /// Now, RFC 3339.
    pub at: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplyReport {
    /// Steps done, failed and skipped.
    pub outcome: Outcome,
    /// The stage's state now: as committed, or, if the run was stopped at once or lost its lock, as far as known.
    pub snapshot: Snapshot,
    /// Whether `snapshot` was committed. If not, the journal holds what the next run needs.
    pub committed: bool,
    /// Why the program's outputs could not be completed, if they could not.
    pub outputs_error: Option<String>,
}

/// Why a run could not go on. Everything already in flight was awaited; the journal holds every intent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// State is not what the plan was made from. Nothing was changed.
    #[error("the stage was changed by somebody else since the plan was made")]
    Stale,
    /// State cannot be read. Nothing was changed.
    #[error("cannot read the stage's state")]
    Load {
        /// The cause.
        source: StateError,
    },
    /// State cannot be written any more: no further step was started.
    #[error("cannot record what was done; nothing more was started")]
    Journal {
        /// The cause, with the file.
        source: StateError,
        /// What had been done until then. Empty if nothing was changed.
        outcome: Outcome,
    },
    /// Everything is recorded in the journal, but the snapshot could not be written.
    #[error(
        "cannot save the stage's state; its journal has everything, and the next run goes on from there"
    )]
    Commit {
        /// The cause, with the file.
        source: StateError,
        /// What was done.
        outcome: Outcome,
    },
}

impl std::fmt::Debug for ApplyRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApplyRequest")
            .field("mode", &self.mode)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Applies `request.plan` under `lock`. A failed step fails its dependents only; see [`ApplyReport::outcome`].
    pub async fn apply(
        &self,
        lock: &dyn StageLock,
        request: ApplyRequest,
    ) -> Result<ApplyReport, ApplyError> {
        let loaded = lock.load().await.map_err(|source| ApplyError::Load { source })?;
        if loaded.revision != request.revision {
            return Err(ApplyError::Stale);
        }
        // Nothing to wait for where whoever planned has done so.
        tokio::select! {
            biased;
            _ = request.cancel.above(CancelLevel::None) => {}
            _ = self.outwait_former_calls(&loaded, request.sink.as_ref()) => {}
        }
        let base = loaded.snapshot;
        let (refine, refining) = mpsc::unbounded_channel();
        let run = Run {
            refine,
            engine: self,
            base: &base,
            plan: request.plan.plan(),
            closures: request.closures,
            artifacts: request.artifacts,
            hasher: request.hasher,
            sink: Arc::clone(&request.sink),
            cancel: request.cancel,
            lock: lock.checker(),
            at: request.at.clone(),
        };
        let settings = self.machine_settings(request.mode, request.pin, request.by, request.at);
        let machine = ApplyMachine::new(request.plan.plan(), &base, settings);
        let mut driver = Driver {
            run: &run,
            plan: &request.plan,
            lock,
            machine,
            refining,
            waiting: BTreeMap::new(),
            appending: None,
            steps: FuturesUnordered::new(),
            completing: None,
            append_error: None,
            outputs_error: None,
        };
        let commit = driver.drive().await;
        driver.end(commit).await
    }

    fn machine_settings(
        &self,
        mode: PlanMode,
        pin: Option<Pin>,
        by: String,
        at: String,
    ) -> MachineSettings {
        let natural = self.catalog().iter().filter(|d| matches!(d.name, NameUse::Natural { .. }));
        MachineSettings {
            mode,
            parallelism: self.parallelism(),
            per_service: self.service_limits().clone(),
            natural: natural.map(|descriptor| descriptor.ty.clone()).collect(),
            pin,
            by,
            at,
        }
    }
}

type StepEnd = (StepId, Result<Vec<Change>, StepFailure>);

struct Driver<'a> {
    run: &'a Run<'a>,
    plan: &'a CheckedPlan,
    lock: &'a dyn StageLock,
    machine: ApplyMachine<'a>,
    refining: mpsc::UnboundedReceiver<Refinement>,
    waiting: BTreeMap<StepId, oneshot::Sender<()>>,
    appending: Option<BoxFuture<'a, Result<(), StateError>>>,
    steps: FuturesUnordered<BoxFuture<'a, StepEnd>>,
    completing: Option<BoxFuture<'a, Result<Value, String>>>,
    append_error: Option<StateError>,
    outputs_error: Option<String>,
}

impl Driver<'_> {
    /// Feeds the machine until it ends the run; gives whether to commit.
    async fn drive(&mut self) -> bool {
        let mut level = CancelLevel::None;
        let mut input = Input::Begin;
        loop {
            for command in self.machine.on(input) {
                if let Some(commit) = self.execute(command) {
                    return commit;
                }
            }
            input = tokio::select! {
                biased;
                new = self.run.cancel.above(level) => {
                    level = new;
                    if new == CancelLevel::Now { Input::Abandon } else { Input::Cancel }
                }
                result = pending_or(&mut self.appending) => self.appended(result),
                Some((step, result)) = self.steps.next() => Input::Stepped { step, result },
                Some(refinement) = self.refining.recv() => {
                    self.waiting.insert(refinement.step, refinement.durable);
                    Input::Refined { step: refinement.step, changes: refinement.changes }
                }
                result = pending_or(&mut self.completing) => Input::Outputs(self.completed(result)),
            };
        }
    }

    /// Carries a command out, or begins to; gives whether to commit if it ends the run.
    fn execute(&mut self, command: Command) -> Option<bool> {
        match command {
            Command::Append(changes) => {
                let lock = self.lock;
                self.appending = Some(Box::pin(async move {
                    if changes.is_empty() { Ok(()) } else { lock.append(&changes).await }
                }));
            }
            Command::Run { step, attrs } => {
                let run = self.run;
                let planned = &self.plan.plan().steps[step.0 as usize];
                self.steps.push(Box::pin(async move { (step, run.step(planned, attrs).await) }));
            }
            Command::Proceed(step) => {
                if let Some(waiting) = self.waiting.remove(&step) {
                    // A step that has gone away meanwhile needs no answer.
                    waiting.send(()).ok();
                }
            }
            Command::Halt => self.waiting.clear(),
            Command::Outputs { attrs } => self.complete_outputs(attrs),
            Command::Emit(event) => self.run.sink.emit(event),
            Command::Finish { commit } => return Some(commit),
        }
        None
    }

    fn complete_outputs(&mut self, attrs: KnownAttrs) {
        let Some(outputs) = self.plan.plan().outputs.clone() else { return };
        let (closures, hasher) = (Arc::clone(&self.run.closures), self.run.hasher.clone());
        let completing = tokio::task::spawn_blocking(move || {
            Resolver { attrs: &attrs, closures: closures.as_ref(), hasher: &hasher }.value(&outputs)
        });
        self.completing = Some(Box::pin(async move {
            completing
                .await
                .unwrap_or_else(|_| Err("a function of the program broke down".to_owned()))
        }));
    }

    fn appended(&mut self, result: Result<(), StateError>) -> Input {
        match result {
            Ok(()) => Input::Appended,
            Err(error) => {
                let lock_lost = matches!(error, StateError::LockLost { .. });
                self.append_error = Some(error);
                Input::AppendFailed { lock_lost }
            }
        }
    }

    fn completed(&mut self, result: Result<Value, String>) -> Option<Value> {
        result.map_err(|error| self.outputs_error = Some(error)).ok()
    }

    /// Commits if that may be done, and reports.
    async fn end(mut self, commit: bool) -> Result<ApplyReport, ApplyError> {
        self.steps.clear();
        let outcome = self.machine.outcome().clone();
        if let Some(source) = self.append_error.take()
            && !outcome.lock_lost
        {
            return Err(ApplyError::Journal { source, outcome });
        }
        let snapshot = if commit {
            match self.lock.commit().await {
                Ok(snapshot) => snapshot,
                Err(source) => return Err(ApplyError::Commit { source, outcome }),
            }
        } else {
            self.machine.snapshot().clone()
        };
        self.run.sink.emit(Event::RunFinished(outcome.clone()));
        Ok(ApplyReport { outcome, snapshot, committed: commit, outputs_error: self.outputs_error })
    }
}

/// The future's result, leaving none; without a future, never.
async fn pending_or<T>(slot: &mut Option<BoxFuture<'_, T>>) -> T {
    match slot {
        Some(future) => {
            let result = future.await;
            *slot = None;
            result
        }
        None => futures::future::pending().await,
    }
}
