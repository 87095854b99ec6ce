//! Applying a plan: lock, compare, plan again if state has changed, apply, report.

use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{ClosureEvaluator, Diagnostic, Outcome, Pin, PlanMode, SecretHasher, Snapshot};
use alchemy_engine::{
    ApplyError, ApplyReport, ApplyRequest, ArtifactStore, CancelToken, Engine, EventSink,
};
use alchemy_state::{Loaded, LockRequest, Sealer, StageKey, StageLock, StateStore, sealing};

use super::declared::Declared;
use super::planning::{Attempt, Planned, Planning};
use super::saved_plan::SavedPlan;
use super::state_failure::{lock_info, state_failure};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::progress::Progress;
use crate::settings::Surroundings;
use crate::signals::Signals;
use crate::ui::Ui;

/// What applying needs besides the plan.
pub(crate) struct Applying<'a> {
    /// The store.
    pub(crate) store: &'a dyn StateStore,
    /// The stage.
    pub(crate) key: &'a StageKey,
    /// `deploy` or `destroy`.
    pub(crate) operation: &'static str,
    /// How long to wait for the lock.
    pub(crate) wait: Duration,
    /// Whether `--yes` was given.
    pub(crate) yes: bool,
    /// The plan file that is applied: another plan may not take its place.
    pub(crate) saved: Option<&'a SavedPlan>,
    /// Makes the changes.
    pub(crate) engine: &'a Engine,
    /// The program's closures.
    pub(crate) closures: Arc<dyn ClosureEvaluator>,
    /// Function code.
    pub(crate) artifacts: Arc<dyn ArtifactStore>,
    /// Digests secrets.
    pub(crate) hasher: &'a SecretHasher,
    /// Seals them in state; none: digests only.
    pub(crate) sealer: Option<&'a Sealer>,
    /// The program, whose references must be as they were read.
    pub(crate) declared: Option<&'a Declared>,
    /// Where we run.
    pub(crate) around: &'a Surroundings,
    /// Prints.
    pub(crate) ui: &'a Ui,
}

/// How it went.
pub(crate) struct Applied {
    /// State before.
    pub(crate) before: Snapshot,
    /// The engine's report.
    pub(crate) report: ApplyReport,
}

impl Applying<'_> {
    /// Applies what was planned under the stage's lock. If state has changed since, plans again: then `show` prints the
    /// new plan, and without `--yes` it is asked for again.
    pub(crate) async fn apply(
        &self,
        planned: Attempt,
        planning: &Planning<'_>,
        signals: &mut Signals,
        show: &(dyn Fn(&Planned) + Sync),
    ) -> Result<Applied, Failure> {
        let request = LockRequest { info: lock_info(self.around, self.operation), wait: self.wait };
        let lock = signals.unless(async {
            self.store.lock(self.key, request).await.map_err(|error| state_failure(&error))
        });
        let lock = of_same_key(lock.await?, planned.snapshot()).await?;
        let lock = sealing(lock, self.sealer.cloned());
        let applied = self.locked(&*lock, planned, planning, signals, show).await;
        let released = lock.release().await;
        let applied = applied?;
        released.map_err(|error| state_failure(&error))?;
        Ok(applied)
    }

    async fn locked(
        &self,
        lock: &dyn StageLock,
        planned: Attempt,
        planning: &Planning<'_>,
        signals: &mut Signals,
        show: &(dyn Fn(&Planned) + Sync),
    ) -> Result<Applied, Failure> {
        if let Some(declared) = self.declared {
            declared.refuse_changed_others(self.store).await?;
        }
        let loaded = lock.load().await.map_err(|error| state_failure(&error))?;
        let progress: Arc<dyn EventSink> = Arc::new(Progress::new(self.ui));
        let outwaited = async { Ok(self.engine.outwait_former_calls(&loaded, &*progress).await) };
        let outwaited = signals.unless(outwaited).await?;
        let planned = match planned {
            Attempt::Planned(planned) if planned.revision == loaded.revision && !outwaited => {
                planned
            }
            old => {
                let changed = old.revision() != Some(&loaded.revision);
                let planned = self.again(changed, loaded, planning, signals).await?;
                show(&planned);
                if !self.yes && !planned.plan.plan().steps.is_empty() {
                    self.agreed(signals).await?;
                }
                planned
            }
        };
        let before = planned.snapshot.clone();
        let cancel = CancelToken::new();
        let request = self.request(planned, planning, progress, cancel.clone());
        let report = signals.cancelling(&cancel, self.engine.apply(lock, request)).await;
        let report = report.map_err(|error| apply_failure(&error))?;
        Ok(Applied { before, report })
    }

    /// Plans under the lock. A plan from a file is not put in another's place, but it stands if all that it read does.
    async fn again(
        &self,
        changed: bool,
        loaded: Loaded,
        planning: &Planning<'_>,
        signals: &mut Signals,
    ) -> Result<Planned, Failure> {
        if let Some(saved) = self.saved.filter(|_| changed) {
            return Err(saved.stale("the stage's state has been written"));
        }
        let why = if changed { "the stage has changed meanwhile; " } else { "" };
        self.ui.say_human(&format!("{why}planning again"));
        let planned = signals.unless(Box::pin(planning.plan(loaded))).await?;
        if let (Some(saved), Some(basis)) = (self.saved, &planned.basis) {
            saved.refuse_changes(basis)?;
        }
        Ok(planned)
    }

    async fn agreed(&self, signals: &mut Signals) -> Result<(), Failure> {
        if self.ui.interactive && signals.unless(self.ui.asked("Apply this plan instead?")).await? {
            return Ok(());
        }
        self.ui.say("nothing was changed");
        Err(Failure::shown(Exit::Locked))
    }

    fn request(
        &self,
        planned: Planned,
        planning: &Planning<'_>,
        sink: Arc<dyn EventSink>,
        cancel: CancelToken,
    ) -> ApplyRequest {
        let pin: Option<Pin> = (planning.mode == PlanMode::Deploy).then(|| planning.target.clone());
        ApplyRequest {
            plan: planned.plan,
            mode: planning.mode,
            revision: planned.revision,
            closures: Arc::clone(&self.closures),
            artifacts: Arc::clone(&self.artifacts),
            hasher: self.hasher.clone(),
            sink,
            cancel,
            pin,
            by: format!("{}@{}", self.around.user(), self.around.host),
            at: clock::now_text(),
        }
    }
}

/// The lock, if the stage still has the key it was planned with; else that is refused, since what was digested for the
/// plan would mean nothing, and the lock is given back: the next run need not wait for it to lapse.
async fn of_same_key(
    lock: Box<dyn StageLock>,
    planned: &Snapshot,
) -> Result<Box<dyn StageLock>, Failure> {
    let loaded = lock.load().await;
    let refused = match loaded {
        Ok(loaded) if loaded.snapshot.key == planned.key => return Ok(lock),
        Ok(_) => key_changed(),
        Err(error) => state_failure(&error),
    };
    // Of two failures the first one says more.
    lock.release().await.ok();
    Err(refused)
}

fn key_changed() -> Failure {
    let summary = "the key of the stage's sealed values has changed since the plan was made";
    let error = Diagnostic::error("key-changed", summary).help("run the same command again");
    Failure::new(Exit::Locked, error)
}

/// The exit code of a run.
pub(crate) fn exit_of(outcome: &Outcome) -> Exit {
    if outcome.lock_lost {
        Exit::Locked
    } else if outcome.cancelled {
        Exit::Cancelled
    } else if !outcome.failed.is_empty() || !outcome.skipped.is_empty() {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}

fn apply_failure(error: &ApplyError) -> Failure {
    let exit = match error {
        ApplyError::Stale => Exit::Locked,
        ApplyError::Journal { outcome, .. } | ApplyError::Commit { outcome, .. }
            if *outcome != Outcome::default() =>
        {
            Exit::Incomplete
        }
        _ => Exit::Refused,
    };
    let found = Diagnostic::error("state", chain(error));
    let found = match error {
        ApplyError::Stale => found.help("run the same command again"),
        ApplyError::Load { .. } => found.help("check that the state's folder is readable; nothing was changed"),
        _ => found.help("make room, or make the state's folder writable, then run the same command again: it goes on where this run stopped"),
    };
    Failure::new(exit, found)
}

#[cfg(test)]
mod tests {
    use alchemy_core::{
        Action, Change, Fqn, Generation, ResourceType, StackName, Stage, StepId, StepRef,
    };
    use alchemy_state::{DataKey, LockInfo, MemoryStore, Passphrase};

    use super::*;

    fn step() -> StepRef {
        StepRef {
            id: StepId(0),
            fqn: Fqn::parse("Jobs").unwrap(),
            ty: ResourceType::new("AWS.SQS.Queue"),
            action: Action::Create,
            generation: Generation(0),
            name: None,
            parent: None,
        }
    }

    /// A stage that got its key after it was planned, and what was planned.
    async fn rekeyed(store: &MemoryStore) -> (StageKey, Snapshot) {
        let key = StageKey {
            stack: StackName::parse("photos").unwrap(),
            stage: Stage::parse("prod").unwrap(),
        };
        let wrapped = DataKey::make(&key).unwrap().wrap(&Passphrase::new("a").unwrap()).unwrap();
        let lock = store.client().lock(&key, at_once()).await.unwrap();
        let planned = lock.load().await.unwrap().snapshot;
        lock.append(&[Change::Key(Some(wrapped))]).await.unwrap();
        lock.commit().await.unwrap();
        lock.release().await.unwrap();
        (key, planned)
    }

    fn at_once() -> LockRequest {
        LockRequest { info: LockInfo::default(), wait: Duration::ZERO }
    }

    #[tokio::test]
    async fn a_stage_with_another_key_is_refused_and_its_lock_given_back() {
        let store = MemoryStore::new();
        let (key, planned) = rekeyed(&store).await;
        let lock = store.client().lock(&key, at_once()).await.unwrap();
        let refused = of_same_key(lock, &planned).await.err().unwrap();
        assert_eq!(refused.exit, Exit::Locked);
        let lock = store.client().lock(&key, at_once()).await;
        let lock = lock.expect("the same command may run again at once");
        let now = lock.load().await.unwrap().snapshot;
        of_same_key(lock, &now).await.expect("it is as planned").release().await.unwrap();
    }

    #[test]
    fn how_a_run_ends_decides_the_exit_code() {
        let whole = Outcome { done: 3, ..Outcome::default() };
        let failed = Outcome { failed: vec![(step(), "denied".to_owned())], ..whole.clone() };
        let skipped = Outcome { skipped: vec![step()], ..whole.clone() };
        let cancelled = Outcome { cancelled: true, ..failed.clone() };
        let fenced = Outcome { lock_lost: true, ..cancelled.clone() };
        let rows = [(whole, 0), (failed, 3), (skipped, 3), (cancelled, 5), (fenced, 4)];
        for (outcome, code) in rows {
            assert_eq!(exit_of(&outcome).code(), code, "{outcome:?}");
        }
    }

    #[test]
    fn state_that_cannot_be_written_is_a_refusal_until_something_was_done() {
        let full = || alchemy_state::StateError::Io {
            action: "write",
            file: "journal/x".to_owned(),
            source: std::io::Error::other("no space left on device"),
        };
        let nothing = ApplyError::Journal { source: full(), outcome: Outcome::default() };
        assert_eq!(apply_failure(&nothing).exit.code(), 1);
        let something = ApplyError::Journal {
            source: full(),
            outcome: Outcome { done: 1, ..Outcome::default() },
        };
        let failure = apply_failure(&something);
        assert_eq!(failure.exit.code(), 3);
        assert!(failure.diagnostics[0].summary.contains("journal/x: no space left"), "{failure:?}");
        assert_eq!(apply_failure(&ApplyError::Stale).exit.code(), 4);
    }
}
