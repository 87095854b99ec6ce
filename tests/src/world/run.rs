//! One run of deploy or destroy, as the command line makes it: read, plan, check, lock, apply, release.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{
    CheckedPlan, Diagnostic, Found, Graph, Looks, NoClosures, Observations, OtherStages, Plan,
    PlanInput, PlanMode, Record, Referenced, ReferencesUsed, Snapshot, check_plan, plan,
    resolve_references,
};
use alchemy_engine::{
    ApplyError, ApplyReport, ApplyRequest, ArtifactStore, CancelToken, Engine, EventSink, Leftover,
};
use alchemy_state::{
    Fault as StoreFault, Loaded, LockInfo, LockRequest, StageKey, StageLock as _, StateError,
    StateStore,
};

use super::Protection;
use super::World;
use super::losing_lock::LosingLock;
use super::weak_lock::WeakLock;
use crate::program::Program;

/// Most rounds of "plan, look up what is missing".
const ROUNDS: usize = 6;

/// How a run is made.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Read the records' objects before planning.
    pub refresh: bool,
    /// Take over untagged objects.
    pub adopt: bool,
    /// Reconcile even what does not differ.
    pub force: bool,
    /// Steps at once.
    pub parallelism: usize,
    /// Cancels the run.
    pub cancel: CancelToken,
    /// What goes wrong at which write of the run's process to the store.
    pub store_fault: Option<(u64, StoreFault)>,
    /// What goes wrong when the run's process swaps the snapshot of a remote store.
    pub commit_fault: Option<StoreFault>,
    /// Whether to plan again when state has changed before the lock was had.
    pub plan_again: bool,
    /// The lock is lost as soon as the cloud has had so many changing calls.
    pub lock_lost_after: Option<u64>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            refresh: true,
            adopt: false,
            force: false,
            parallelism: 8,
            cancel: CancelToken::new(),
            store_fault: None,
            commit_fault: None,
            plan_again: true,
            lock_lost_after: None,
        }
    }
}

/// How a run ended.
pub enum RunEnd {
    /// It went to its end.
    Applied {
        /// What was planned.
        plan: Plan,
        /// What came of it.
        report: Box<ApplyReport>,
        /// What destroy found still there.
        left: Vec<Leftover>,
    },
    /// It was refused before any change.
    Refused(Vec<Diagnostic>),
    /// State or lock stood in the way.
    Stopped(String),
    /// The process died.
    Crashed,
}

impl fmt::Debug for RunEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied { plan, report, left } => {
                let outcome = &report.outcome;
                for step in &plan.steps {
                    let after: Vec<u32> = step.after.iter().map(|id| id.0).collect();
                    let (name, generation) =
                        (step.name.as_deref().unwrap_or_default(), step.generation);
                    writeln!(
                        f,
                        "{} {} {} {generation} {name} after {after:?}: {}",
                        step.id.0, step.action, step.fqn, step.reason
                    )?;
                }
                for (step, message) in &outcome.failed {
                    writeln!(f, "failed {} {}: {message}", step.action, step.fqn)?;
                }
                for step in &outcome.skipped {
                    writeln!(f, "skipped {} {}", step.action, step.fqn)?;
                }
                let (cancelled, lost) = (outcome.cancelled, outcome.lock_lost);
                write!(
                    f,
                    "cancelled {cancelled}, lock lost {lost}, committed {}, left {left:?}",
                    report.committed
                )
            }
            Self::Refused(_) => write!(f, "refused: {:#?}", self.refusals()),
            Self::Stopped(why) => write!(f, "stopped: {why}"),
            Self::Crashed => f.write_str("crashed"),
        }
    }
}

impl RunEnd {
    /// Whether everything planned was done and nothing is left over.
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Applied { report, left, .. } => {
                let outcome = &report.outcome;
                let whole = outcome.failed.is_empty() && outcome.skipped.is_empty();
                whole
                    && !outcome.cancelled
                    && !outcome.lock_lost
                    && left.is_empty()
                    && report.committed
            }
            _ => false,
        }
    }
    /// Words and resources of the planned steps, in order.
    pub fn steps(&self) -> Vec<String> {
        match self {
            Self::Applied { plan, .. } => {
                plan.steps.iter().map(|s| format!("{} {}", s.action, s.fqn)).collect()
            }
            _ => Vec::new(),
        }
    }
    /// Codes and texts of what refused it.
    pub fn refusals(&self) -> Vec<String> {
        match self {
            Self::Refused(found) => {
                found.iter().map(|d| format!("{}: {} {}", d.code, d.summary, d.detail)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Every code artefact exists.
#[derive(Debug)]
struct AnyCode;

impl ArtifactStore for AnyCode {
    fn get(&self, _: &str) -> Option<Arc<[u8]>> {
        Some(Arc::from([].as_slice()))
    }
}

impl World {
    /// Deploys a program.
    pub async fn deploy(&self, program: &Program) -> RunEnd {
        self.deploy_with(program, RunOptions::default()).await
    }
    /// Deploys a program in another way than the usual.
    pub async fn deploy_with(&self, program: &Program, options: RunOptions) -> RunEnd {
        let graph = program.graph();
        let key = StageKey { stack: graph.stack.clone(), stage: graph.stage.clone() };
        let others = self.others(graph).await;
        let resolved = resolve_references(graph.clone(), &others, &NoClosures, &self.hasher);
        let (graph, references) = match resolved {
            Ok(resolved) => resolved,
            Err(found) => return RunEnd::Refused(found),
        };
        let (expanded, found) = self.catalog.expand(graph, &self.hasher);
        if found.iter().any(Diagnostic::is_error) {
            return RunEnd::Refused(found);
        }
        self.process(&key, Some((&expanded, &references)), &options).await
    }
    /// Destroys a stage.
    pub async fn destroy(&self, stage: &str) -> RunEnd {
        self.destroy_with(stage, RunOptions::default()).await
    }
    /// Destroys a stage in another way than the usual.
    pub async fn destroy_with(&self, stage: &str, options: RunOptions) -> RunEnd {
        self.process(&Self::key(stage), None, &options).await
    }

    /// What the store says of the stages that a graph refers to.
    async fn others(&self, graph: &Graph) -> OtherStages {
        let mut others = OtherStages::default();
        for of in graph.references.keys() {
            let snapshot = self.snapshot(of.stage.as_str()).await;
            others.read.extend(snapshot.map(|known| (of.clone(), Referenced::of(&known))));
        }
        others
    }

    /// A process of its own, which may die.
    async fn process(
        &self,
        key: &StageKey,
        program: Option<(&Graph, &ReferencesUsed)>,
        options: &RunOptions,
    ) -> RunEnd {
        let store = self.store.client();
        let none = ReferencesUsed::default();
        let (graph, references) =
            program.map_or((None, &none), |(graph, references)| (Some(graph), references));
        if let Some((write, fault)) = options.store_fault {
            store.fault_at(write, fault);
        }
        if let Some(fault) = options.commit_fault {
            store.fault_at_commit(fault);
        }
        let cloud = self.cloud.process(store.renewed());
        let engine = self.engine_in(&cloud, key, options.parallelism);
        let run = Run { world: self, engine, key, graph, references, options };
        tokio::select! {
            end = run.whole(&*store) => end,
            () = cloud.crashed() => {
                store.crash();
                RunEnd::Crashed
            }
            () = store.crashed() => RunEnd::Crashed,
        }
    }
}

struct Run<'a> {
    world: &'a World,
    engine: Engine,
    key: &'a StageKey,
    graph: Option<&'a Graph>,
    references: &'a ReferencesUsed,
    options: &'a RunOptions,
}

/// A plan and the state it was made from.
struct Planned {
    plan: CheckedPlan,
    snapshot: Snapshot,
    revision: String,
}

impl Run<'_> {
    fn mode(&self) -> PlanMode {
        if self.graph.is_some() { PlanMode::Deploy } else { PlanMode::Destroy }
    }

    async fn whole(&self, store: &dyn StateStore) -> RunEnd {
        let loaded = match store.load(self.key).await {
            Ok(loaded) => loaded,
            Err(error) => return RunEnd::Stopped(error.to_string()),
        };
        let planned = match self.planned(loaded).await {
            Ok(planned) => planned,
            Err(found) => return RunEnd::Refused(found),
        };
        self.apply(store, planned).await.unwrap_or_else(|end| end)
    }

    /// A plan from what was read, with the state that it was made from.
    async fn planned(&self, loaded: Option<Loaded>) -> Result<Planned, Vec<Diagnostic>> {
        let revision = loaded.as_ref().map(|loaded| loaded.revision.clone()).unwrap_or_default();
        let snapshot = loaded.map(|loaded| loaded.snapshot);
        let mut snapshot = snapshot
            .unwrap_or_else(|| Snapshot::new(self.key.stack.clone(), self.key.stage.clone()));
        if self.world.lacks(Protection::Generations) {
            snapshot.generations.clear();
        }
        let plan = self.plan(&snapshot, !revision.is_empty()).await?;
        Ok(Planned { plan, snapshot, revision })
    }

    async fn plan(&self, snapshot: &Snapshot, known: bool) -> Result<CheckedPlan, Vec<Diagnostic>> {
        let sink: &dyn EventSink = self.world.told.as_ref();
        let found = if known { Vec::new() } else { self.scan().await? };
        let mut observations = Observations::new();
        for _ in 0..ROUNDS {
            let input = self.input(snapshot, &observations, &found);
            let planned = plan(&input);
            if planned.needs.is_empty() {
                return check_plan(&input, planned);
            }
            let seen = self
                .engine
                .observe(&planned.needs, sink)
                .await
                .map_err(|error| error.diagnostics())?;
            observations.extend(seen);
        }
        Err(vec![Diagnostic::error("no-fixpoint", "the planner asks for ever")])
    }

    async fn scan(&self) -> Result<Vec<Found>, Vec<Diagnostic>> {
        self.engine.scan(&self.world.target).await.map_err(|error| error.diagnostics())
    }

    fn input<'i>(
        &'i self,
        snapshot: &'i Snapshot,
        observations: &'i Observations,
        found: &'i [Found],
    ) -> PlanInput<'i> {
        PlanInput {
            mode: self.mode(),
            graph: self.graph,
            snapshot,
            observations,
            found,
            references: self.references,
            catalog: &self.world.catalog,
            realm: &self.world.realm,
            target: &self.world.target,
            custom_endpoint: false,
            closures: &NoClosures,
            hasher: &self.world.hasher,
            looks: if self.options.refresh { Looks::Everything } else { Looks::Names },
            adopt: self.options.adopt,
            force: self.options.force,
        }
    }

    /// Locks, plans again if state has changed since it was read, and applies.
    async fn apply(&self, store: &dyn StateStore, planned: Planned) -> Result<RunEnd, RunEnd> {
        let stopped = |error: StateError| RunEnd::Stopped(error.to_string());
        let info = LockInfo { operation: "test".to_owned(), ..LockInfo::default() };
        let request = LockRequest { info, wait: Duration::from_mins(10) };
        let lock = store.lock(self.key, request).await.map_err(stopped)?;
        let lock = LosingLock::over(lock, self.world, self.key, self.options.lock_lost_after);
        let lock = WeakLock::over(lock, self.world.without, planned.revision.clone());
        let end = self.locked(&lock, planned).await;
        // After a crash of the store there is nothing to release.
        lock.give_back().await.ok();
        let (Planned { plan, snapshot, .. }, report) = end?;
        let left = self.left(&snapshot, &report).await;
        Ok(RunEnd::Applied { plan: plan.plan().clone(), report: Box::new(report), left })
    }

    async fn locked(
        &self,
        lock: &WeakLock,
        mut planned: Planned,
    ) -> Result<(Planned, ApplyReport), RunEnd> {
        let stopped = |error: String| RunEnd::Stopped(error);
        let loaded = lock.load().await.map_err(|error| stopped(error.to_string()))?;
        let outwaited = self.engine.outwait_former_calls(&loaded, self.world.told.as_ref()).await;
        let changed = loaded.revision != planned.revision && self.options.plan_again;
        if changed || outwaited {
            planned = self.planned(Some(loaded)).await.map_err(RunEnd::Refused)?;
        }
        let request = self.request(planned.plan.clone(), planned.revision.clone());
        let result = self.engine.apply(lock, request).await;
        let report = result.map_err(|error: ApplyError| stopped(error.to_string()))?;
        Ok((planned, report))
    }

    fn request(&self, plan: CheckedPlan, revision: String) -> ApplyRequest {
        ApplyRequest {
            plan,
            mode: self.mode(),
            revision,
            closures: Arc::new(NoClosures),
            artifacts: Arc::new(AnyCode),
            hasher: self.world.hasher.clone(),
            sink: Arc::clone(&self.world.told) as Arc<dyn EventSink>,
            cancel: self.options.cancel.clone(),
            pin: Some(self.world.target.clone()),
            by: "me@here".to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
        }
    }

    /// After a complete destroy: what is still there.
    async fn left(&self, before: &Snapshot, report: &ApplyReport) -> Vec<Leftover> {
        if self.mode() == PlanMode::Deploy || !report.snapshot.records.is_empty() {
            return Vec::new();
        }
        let gone = before
            .records
            .values()
            .filter(|record| !report.snapshot.retained.contains_key(&record.uid));
        let gone: Vec<Arc<Record>> = gone.cloned().collect();
        let kept: Vec<Arc<Record>> = report.snapshot.retained.values().cloned().collect();
        let sink: &dyn EventSink = self.world.told.as_ref();
        self.engine
            .verify_destroyed(&self.world.target, &gone, &kept, sink)
            .await
            .unwrap_or_default()
    }
}
