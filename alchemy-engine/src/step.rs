//! Carries out one step: completes its props, looks the object up, makes sure whose it is, calls the provider, and
//! repeats what is worth repeating.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alchemy_core::{
    Action, Change, ClosureEvaluator, Descriptor, Event, Lookup, Mask, NameUse, Observed,
    Ownership, Plan, Record, SecretHasher, Snapshot, Status, Step, StepId, StepRef, Value,
};
use alchemy_state::LockChecker;
use tokio::sync::{mpsc, oneshot};

use crate::environment::{Stopwatch, sleep};
use crate::limits::WAIT_NOTICE;
use crate::machine::{KnownAttrs, StepFailure, step_ref};
use crate::ownership::{Grounds, is_successor, may_change, may_make};
use crate::resolve::{Resolver, has_closure, with_defaults};
use crate::retry::{Purpose, Retry, sub_seed};
use crate::{
    Applied, ArtifactStore, CancelLevel, CancelToken, DeleteRequest, Engine, EventSink, Provider,
    ProviderError, ReconcileRequest, StepContext,
};

/// What all steps of a run share.
pub(crate) struct Run<'a> {
    /// Takes what a step must have written down before it goes on.
    pub(crate) refine: mpsc::UnboundedSender<Refinement>,
    pub(crate) engine: &'a Engine,
    /// State before this run's intents: whose creates were open already.
    pub(crate) base: &'a Snapshot,
    /// What the run is to do.
    pub(crate) plan: &'a Plan,
    pub(crate) closures: Arc<dyn ClosureEvaluator>,
    pub(crate) artifacts: Arc<dyn ArtifactStore>,
    pub(crate) hasher: SecretHasher,
    pub(crate) sink: Arc<dyn EventSink>,
    pub(crate) cancel: CancelToken,
    pub(crate) lock: LockChecker,
    pub(crate) at: String,
}

/// What a step is about to make, said more exactly than in its intent: its name or natural key has become known.
pub(crate) struct Refinement {
    pub(crate) step: StepId,
    pub(crate) changes: Vec<Change>,
    /// Told when the changes are durable; dropped if they never will be.
    pub(crate) durable: oneshot::Sender<()>,
}

/// One step on its way.
struct Work<'a> {
    run: &'a Run<'a>,
    step: &'a Step,
    descriptor: &'a Descriptor,
    provider: &'a dyn Provider,
    context: StepContext,
    name: Option<String>,
    props: BTreeMap<String, Value>,
    /// Takes the step's redacted values out of what the service says.
    mask: Mask,
    /// Whether a look-up has found nothing under its name: what a later one finds there without tags, this step made.
    found_nothing: AtomicBool,
}

impl<'a> Run<'a> {
    /// Carries `step` out; gives what state has to remember.
    pub(crate) async fn step(
        &'a self,
        step: &'a Step,
        attrs: KnownAttrs,
    ) -> Result<Vec<Change>, StepFailure> {
        match step.action {
            Action::Forget => return Ok(vec![Change::Removed(step.uid.clone())]),
            Action::Retain => return Ok(self.retained(step)),
            Action::Rename => {
                return Ok(vec![Change::Rename { uid: step.uid.clone(), to: step.fqn.clone() }]);
            }
            _ => {}
        }
        let descriptor = self.engine.catalog().get(&step.ty).ok_or_else(|| unknown_type(step))?;
        let props =
            self.props(step, descriptor, attrs).await.map_err(|error| failed(step, &error))?;
        if step.action == Action::Record {
            return Ok(vec![Change::Put(self.record(step, None, props, None))]);
        }
        let provider = self.engine.registry().get(&step.ty).ok_or_else(|| unknown_type(step))?;
        let name = name(step, descriptor, &props);
        if found_again_by_unknown(step, descriptor) {
            self.refine(step, name.clone(), props.clone()).await?;
        }
        let mask = mask(step, &props);
        let work = Work {
            run: self,
            step,
            descriptor,
            provider: provider.as_ref(),
            context: self.context(step, mask.clone()),
            name,
            props,
            mask,
            found_nothing: AtomicBool::new(false),
        };
        let applied = work.attempts().await?;
        Ok(match applied {
            None => vec![Change::Removed(step.uid.clone())],
            Some(applied) => {
                let mut changes =
                    vec![Change::Put(self.record(step, work.name, work.props, Some(applied)))];
                let old = step
                    .prior
                    .as_ref()
                    .filter(|old| step.action == Action::Replace && old.uid != step.uid);
                changes.extend(old.map(|old| Change::Replaced(old.uid.clone())));
                changes
            }
        })
    }

    /// An object whose create was interrupted is kept as the planner has seen it.
    fn retained(&self, step: &Step) -> Vec<Change> {
        let seen = step.prior.as_deref().filter(|prior| {
            self.open_intent(step) && prior.uid == step.uid && prior.status == Status::Ready
        });
        let seen = seen.map(|prior| Change::Put(prior.clone()));
        seen.into_iter().chain([Change::Retained(step.uid.clone())]).collect()
    }

    /// Has the record of the object that is about to be made written down with its name and key.
    async fn refine(
        &self,
        step: &Step,
        name: Option<String>,
        props: BTreeMap<String, Value>,
    ) -> Result<(), StepFailure> {
        let record = Record { status: Status::Creating, ..self.record(step, name, props, None) };
        let (durable, wait) = oneshot::channel();
        let refinement = Refinement { step: step.id, changes: vec![Change::Put(record)], durable };
        self.refine.send(refinement).map_err(|_| StepFailure::Halted)?;
        wait.await.map_err(|_| StepFailure::Halted)
    }

    /// Whether an earlier run may have been interrupted while it made this object.
    fn open_intent(&self, step: &Step) -> bool {
        self.base.records.get(&step.uid).is_some_and(|record| record.status == Status::Creating)
    }

    /// Whether another record or intent of the stage has the object that these tags name.
    fn has_sibling(&self, step: &Step, observed: &Observed) -> bool {
        let Observed::Present { ownership: Ownership::Tagged(seen), .. } = observed else {
            return false;
        };
        if seen.id == step.fqn.as_str() {
            return false;
        }
        let recorded = self.base.records.values().chain(self.base.retained.values());
        let recorded = recorded.map(|other| (&other.uid, &other.fqn, &other.ty, other.generation));
        let intended = self.plan.steps.iter().filter(|other| makes(other.action));
        let intended = intended.map(|other| (&other.uid, &other.fqn, &other.ty, other.generation));
        recorded.chain(intended).any(|(uid, fqn, ty, generation)| {
            let named = (fqn.as_str(), generation.0) == (seen.id.as_str(), seen.generation);
            named && *ty == step.ty && *uid != step.uid
        })
    }

    /// The completed props. Closures run on a thread of their own, so that nothing else waits for them.
    async fn props(
        &self,
        step: &Step,
        descriptor: &Descriptor,
        attrs: KnownAttrs,
    ) -> Result<BTreeMap<String, Value>, String> {
        if !step.props.values().any(has_closure) {
            let resolver =
                Resolver { attrs: &attrs, closures: self.closures.as_ref(), hasher: &self.hasher };
            return resolver.props(step, descriptor);
        }
        let (step, descriptor) = (step.clone(), descriptor.clone());
        let (closures, hasher) = (Arc::clone(&self.closures), self.hasher.clone());
        let resolving = tokio::task::spawn_blocking(move || {
            Resolver { attrs: &attrs, closures: closures.as_ref(), hasher: &hasher }
                .props(&step, &descriptor)
        });
        resolving.await.unwrap_or_else(|_| Err("a function of the program broke down".to_owned()))
    }

    fn context(&self, step: &Step, mask: Mask) -> StepContext {
        let (sink, reference) = (Arc::clone(&self.sink), step_ref(step));
        let (lock, cancel) = (Arc::clone(&self.lock), self.cancel.clone());
        StepContext {
            owner: self.engine.owner().of(&step.fqn, step.generation),
            target: step.target.clone(),
            artifacts: Arc::clone(&self.artifacts),
            note: Arc::new(move |reason| {
                waiting(sink.as_ref(), &reference, mask.applied(&reason));
            }),
            may_continue: Arc::new(move || {
                if cancel.level() == CancelLevel::Now {
                    return Err("the run was stopped".to_owned());
                }
                lock().map_err(|error| error.to_string())
            }),
        }
    }

    /// What the object is from now on. Without `applied` only the record changes.
    fn record(
        &self,
        step: &Step,
        name: Option<String>,
        props: BTreeMap<String, Value>,
        applied: Option<Applied>,
    ) -> Record {
        let prior = step.prior.as_ref().filter(|prior| prior.uid == step.uid);
        Record {
            uid: step.uid.clone(),
            fqn: step.fqn.clone(),
            ty: step.ty.clone(),
            generation: step.generation,
            status: Status::Ready,
            name: name.or_else(|| step.name.clone()),
            target: step.target.clone(),
            props,
            attrs: applied
                .map(|applied| applied.attrs)
                .or_else(|| Some(prior?.attrs.clone()))
                .unwrap_or_default(),
            deps: step.deps.clone(),
            removal: step.removal,
            parent: step.parent.clone(),
            location: step.location.clone(),
            created_at: prior.map_or_else(|| self.at.clone(), |prior| prior.created_at.clone()),
            updated_at: self.at.clone(),
            replaced: false,
        }
    }
}

impl Work<'_> {
    /// Attempts until one succeeds or fails for good. Gives nothing for a deletion.
    async fn attempts(&self) -> Result<Option<Applied>, StepFailure> {
        let watch = Stopwatch::start();
        let mut retry =
            Retry::new(Purpose::Step, sub_seed(self.run.engine.seed(), self.step.uid.as_str()));
        let mut first = true;
        loop {
            self.may_attempt(first)?;
            first = false;
            let began = watch.elapsed();
            let error = match self.attempt().await {
                Ok(applied) => return Ok(applied),
                Err(error) => self.masked(error),
            };
            // What a provider reports after being told not to go on is the lock's loss, not the step's failure.
            self.may_attempt(true)?;
            match retry.after(error.kind, error.retry_after, (began, watch.elapsed())) {
                Some(pause) => self.pause(pause, &error).await,
                None => return Err(self.give_up(&error)),
            }
        }
    }

    /// Asked before every attempt; a cancelled run still makes the `first` one of a step it has started.
    fn may_attempt(&self, first: bool) -> Result<(), StepFailure> {
        if (self.run.lock)().is_err() {
            return Err(StepFailure::LockLost);
        }
        match self.run.cancel.level() {
            CancelLevel::None => Ok(()),
            CancelLevel::Finish if first => Ok(()),
            CancelLevel::Finish | CancelLevel::Now => Err(StepFailure::Cancelled),
        }
    }

    async fn attempt(&self) -> Result<Option<Applied>, ProviderError> {
        let observed = self.provider.read(&self.lookup()).await?;
        if self.step.action == Action::Delete {
            self.delete(&observed).await?;
            return Ok(None);
        }
        if observed == Observed::Absent {
            // The intent is durable and nothing was there: what another attempt finds without tags, this one made.
            self.found_nothing.store(true, Ordering::Relaxed);
        }
        let untagged =
            self.found_nothing.load(Ordering::Relaxed) || self.claims_untagged(&observed);
        let owner = self.run.engine.owner();
        let resumed = self.run.open_intent(self.step);
        let sibling = self.run.has_sibling(self.step, &observed);
        let grounds = Grounds { untagged, resumed, sibling };
        if self.step.action == Action::Update {
            may_change(owner, self.step, &observed, untagged)?;
        } else {
            may_make(owner, self.step, &observed, grounds)?;
        }
        let request = ReconcileRequest {
            name: self.name.clone(),
            props: with_defaults(&self.props, self.descriptor),
            prior: self.whole_prior(),
            observed: Some(observed),
            may_adopt_untagged: untagged,
            may_carry_former_id: grounds.pass_another_id(self.step),
        };
        self.provider.reconcile(&self.context, &request).await.map(Some)
    }

    async fn delete(&self, observed: &Observed) -> Result<(), ProviderError> {
        let owner = self.run.engine.owner();
        let untagged_is_ours = self.claims_untagged(observed);
        may_change(owner, self.step, observed, untagged_is_ours)?;
        let Some(record) = self.step.prior.as_deref().cloned() else { return Ok(()) };
        if is_successor(owner, &record, observed) {
            return Ok(());
        }
        let allow_data_loss = self.allows_data_loss(&record);
        let request = DeleteRequest { record, allow_data_loss, untagged_is_ours };
        self.provider.delete(&self.context, &request).await
    }

    /// Whether the object is the step's even without tags: asked for, or what a record or an earlier run's intent claims.
    fn claims_untagged(&self, observed: &Observed) -> bool {
        let (base, uid) = (self.run.base, &self.step.uid);
        let nothing = BTreeMap::new();
        let attrs = match observed {
            Observed::Present { attrs, .. } => attrs,
            Observed::Absent | Observed::Unreadable { .. } => &nothing,
        };
        let record = base.records.get(uid).or_else(|| base.retained.get(uid));
        let claims = record.map(|record| base.claims_untagged(record, self.descriptor, attrs));
        self.step.adopt || claims == Some(true)
    }

    /// The object by name or key: recorded attributes and props where the object is known to have been made.
    fn lookup(&self) -> Lookup {
        let prior = self.step.prior.as_ref().filter(|prior| prior.uid == self.step.uid);
        let deletes = self.step.action == Action::Delete;
        let props = prior
            .filter(|_| deletes)
            .map_or_else(|| self.props.clone(), |prior| prior.props.clone());
        Lookup {
            uid: self.step.uid.clone(),
            fqn: self.step.fqn.clone(),
            ty: self.step.ty.clone(),
            generation: self.step.generation,
            target: self.step.target.clone(),
            name: self.name.clone(),
            props,
            attrs: prior.map(|prior| prior.attrs.clone()).unwrap_or_default(),
        }
    }

    /// The record of this very object, if it is known to have been whole.
    fn whole_prior(&self) -> Option<Record> {
        let prior = self.step.prior.as_deref()?;
        (prior.uid == self.step.uid && prior.status != Status::Creating).then(|| prior.clone())
    }

    fn allows_data_loss(&self, record: &Record) -> bool {
        match self.descriptor.data_loss_prop {
            Some(prop) => record.props.get(prop).and_then(Value::as_bool).unwrap_or(false),
            None => true,
        }
    }

    /// Waits, saying why at once and every few seconds; ends early when the run is cancelled.
    async fn pause(&self, pause: Duration, error: &ProviderError) {
        let reference = step_ref(self.step);
        let mut left = pause;
        while !left.is_zero() {
            waiting(self.run.sink.as_ref(), &reference, format!("{error}: trying again"));
            let piece = left.min(WAIT_NOTICE);
            left -= piece;
            tokio::select! {
                () = sleep(piece) => {}
                _ = self.run.cancel.above(CancelLevel::None) => return,
            }
        }
    }

    /// A service quotes what it was sent, redacted values included.
    fn masked(&self, error: ProviderError) -> ProviderError {
        let advice = error.advice.as_deref().map(|advice| self.mask.applied(advice));
        ProviderError { message: self.mask.applied(&error.message), advice, ..error }
    }

    fn give_up(&self, error: &ProviderError) -> StepFailure {
        StepFailure::Failed {
            message: located(self.step, &explained(error)),
            kind: Some(error.kind),
        }
    }
}

/// A mask of the redacted values that the step's calls may carry.
fn mask(step: &Step, props: &BTreeMap<String, Value>) -> Mask {
    let prior =
        step.prior.iter().flat_map(|prior| prior.props.values().chain(prior.attrs.values()));
    Mask::of(props.values().chain(prior))
}

/// The object's name: planned, or known only since the step's props are complete.
fn name(step: &Step, descriptor: &Descriptor, props: &BTreeMap<String, Value>) -> Option<String> {
    let NameUse::Named { prop, .. } = &descriptor.name else { return None };
    step.name.clone().or_else(|| Some(props.get(*prop)?.as_str()?.to_owned()))
}

/// Whether the object is new and the intent could not yet say by what it is found again after a crash.
fn found_again_by_unknown(step: &Step, descriptor: &Descriptor) -> bool {
    let unknown = |prop: &str| step.props.get(prop).is_some_and(|expr| expr.as_value().is_none());
    let by_name = match &descriptor.name {
        NameUse::Named { prop, .. } => step.name.is_none() && unknown(prop),
        NameUse::Natural { key } => key.iter().any(|prop| unknown(prop)),
    };
    // An object without tags is found under its parent, which other props name.
    let mut parents = descriptor.props.iter().filter(|prop| prop.forces_replacement);
    let by_parent = !descriptor.taggable && parents.any(|prop| unknown(prop.name));
    makes(step.action) && (by_name || by_parent)
}

fn makes(action: Action) -> bool {
    matches!(action, Action::Create | Action::Replace | Action::Adopt)
}

fn waiting(sink: &dyn EventSink, step: &StepRef, reason: String) {
    sink.emit(Event::StepWaiting { step: step.clone(), reason });
}

fn failed(step: &Step, message: &str) -> StepFailure {
    StepFailure::Failed { message: located(step, message), kind: None }
}

fn unknown_type(step: &Step) -> StepFailure {
    failed(step, &format!("this version of alchemy has no provider of {}", step.ty))
}

/// Call, message, request id, and what to do.
pub(crate) fn explained(error: &ProviderError) -> String {
    match &error.advice {
        Some(advice) => format!("{error}; {advice}"),
        None => error.to_string(),
    }
}

fn located(step: &Step, message: &str) -> String {
    match &step.location {
        Some(location) => format!("{message} (declared at {location})"),
        None => message.to_owned(),
    }
}
