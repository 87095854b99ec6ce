//! Planning: observe what the plan asks for, plan again, until it asks for nothing more.

use alchemy_core::{
    Basis, Catalog, CheckedPlan, ClosureEvaluator, Diagnostic, Found, Graph, Looks, Observations,
    Plan, PlanInput, PlanMode, Realm, ReferencesUsed, SecretHasher, Snapshot, Target, check_pin,
    check_plan, plan,
};
use alchemy_engine::{Engine, EventSink};
use alchemy_state::{Loaded, StageKey, StateStore};

use crate::exit::Exit;
use crate::failure::{Failure, Sources};

/// Most rounds of observing. Two are usual (records, then names about to be made); more means that plan and
/// observation do not agree, which would never end.
const ROUNDS: usize = 8;

/// Everything a plan depends on but the stage's state.
pub(crate) struct Planning<'a> {
    /// What for.
    pub(crate) mode: PlanMode,
    /// The expanded graph; none to destroy.
    pub(crate) graph: Option<&'a Graph>,
    /// What the graph uses of other stages.
    pub(crate) references: &'a ReferencesUsed,
    /// Resource types.
    pub(crate) catalog: &'a Catalog,
    /// The store's identity.
    pub(crate) realm: &'a Realm,
    /// Account and region.
    pub(crate) target: &'a Target,
    /// Whether requests go to an endpoint of the user's own.
    pub(crate) custom_endpoint: bool,
    /// The program's closures.
    pub(crate) closures: &'a dyn ClosureEvaluator,
    /// Digests secrets.
    pub(crate) hasher: &'a SecretHasher,
    /// `--no-refresh` was not given.
    pub(crate) refresh: bool,
    /// `--adopt`
    pub(crate) adopt: bool,
    /// `--force`
    pub(crate) force: bool,
    /// `--new-realm`
    pub(crate) new_realm: bool,
    /// Sums what the plan is made from, for a plan file.
    pub(crate) basis: Option<&'a SecretHasher>,
    /// Texts that diagnostics point into.
    pub(crate) sources: &'a Sources,
    /// Observes.
    pub(crate) engine: &'a Engine,
    /// Shows the observing.
    pub(crate) sink: &'a dyn EventSink,
}

/// A plan and the state it was made from.
pub(crate) struct Planned {
    /// The plan, which the checker has passed.
    pub(crate) plan: CheckedPlan,
    /// State it was made from.
    pub(crate) snapshot: Snapshot,
    /// Its revision.
    pub(crate) revision: String,
    /// Whether the run before this one ended without saving.
    pub(crate) interrupted: bool,
    /// What it was made from, if that was to be summed.
    pub(crate) basis: Option<Basis>,
}

/// What came of planning without the lock.
pub(crate) enum Attempt {
    /// A plan.
    Planned(Planned),
    /// It was refused, but another run has changed the stage meanwhile: what was seen of the cloud may be that run's
    /// half-made objects. Holds the state that was planned from.
    Outrun(Box<Snapshot>),
}

impl Attempt {
    /// The revision of the plan, if there is one.
    pub(crate) fn revision(&self) -> Option<&String> {
        match self {
            Self::Planned(planned) => Some(&planned.revision),
            Self::Outrun(_) => None,
        }
    }
    /// Whether applying it may change anything.
    pub(crate) fn may_change(&self) -> bool {
        match self {
            Self::Planned(planned) => !planned.plan.plan().steps.is_empty(),
            Self::Outrun(_) => true,
        }
    }
    /// State that was planned from.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        match self {
            Self::Planned(planned) => &planned.snapshot,
            Self::Outrun(snapshot) => snapshot,
        }
    }
}

impl Planning<'_> {
    /// Plans from `loaded`; a refusal counts only if the stage is still what it was. A run says what it is about to make
    /// before it makes anything, so nothing of it can be seen in the cloud under the former revision.
    pub(crate) async fn attempt(
        &self,
        loaded: Loaded,
        store: &dyn StateStore,
        key: &StageKey,
    ) -> Result<Attempt, Failure> {
        let (snapshot, revision) = (loaded.snapshot.clone(), loaded.revision.clone());
        let refused = match Box::pin(self.plan(loaded)).await {
            Ok(planned) => return Ok(Attempt::Planned(planned)),
            Err(refused) => refused,
        };
        match store.load(key).await {
            Ok(now) => {
                let now = now.map(|now| now.revision).unwrap_or_default();
                if now == revision { Err(refused) } else { Ok(Attempt::Outrun(Box::new(snapshot))) }
            }
            // A state that cannot be read proves nothing.
            Err(_) => Err(refused),
        }
    }

    /// Plans from `loaded`. Warnings are in the plan; errors are the failure.
    pub(crate) async fn plan(&self, loaded: Loaded) -> Result<Planned, Failure> {
        let Loaded { snapshot, revision, interrupted, .. } = loaded;
        check_pin(&snapshot, self.target)
            .map_err(|error| Failure::refused(vec![*error], self.sources))?;
        let found = self.found(&snapshot).await?;
        let mut observations = Observations::new();
        for _ in 0..ROUNDS {
            let input = self.input(&snapshot, &observations, &found);
            let plan = plan(&input);
            if plan.needs.is_empty() || plan.diagnostics.iter().any(Diagnostic::is_error) {
                let basis = self.basis.map(|key| Basis::of(&input, &plan, key));
                let plan = self.checked(&input, plan)?;
                return Ok(Planned { plan, snapshot, revision, interrupted, basis });
            }
            let seen = self.engine.observe(&plan.needs, self.sink).await;
            observations
                .extend(seen.map_err(|error| Failure::refused(error.diagnostics(), self.sources))?);
        }
        let error = Diagnostic::error(
            "unsteady-plan",
            "the plan asks for ever more of the cloud's objects",
        )
        .help("please report this with the program");
        Err(Failure::new(Exit::Internal, error))
    }

    /// Own objects that a stage without state has in the cloud; for a destroy also those that state has lost.
    async fn found(&self, snapshot: &Snapshot) -> Result<Vec<Found>, Failure> {
        let destroy = self.mode == PlanMode::Destroy;
        if (destroy && !self.refresh) || (!destroy && is_known(snapshot)) {
            return Ok(Vec::new());
        }
        let found = self.engine.scan(self.target).await;
        let mut found =
            found.map_err(|error| Failure::refused(error.diagnostics(), self.sources))?;
        if self.new_realm || destroy {
            found.retain(|found| found.owner.realm == self.realm.as_str());
        }
        Ok(found)
    }

    fn input<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        observations: &'a Observations,
        found: &'a [Found],
    ) -> PlanInput<'a> {
        PlanInput {
            mode: self.mode,
            graph: self.graph,
            snapshot,
            observations,
            found,
            references: self.references,
            catalog: self.catalog,
            realm: self.realm,
            target: self.target,
            custom_endpoint: self.custom_endpoint,
            closures: self.closures,
            hasher: self.hasher,
            looks: if self.refresh { Looks::Everything } else { Looks::Names },
            adopt: self.adopt,
            force: self.force,
        }
    }

    fn checked(&self, input: &PlanInput<'_>, plan: Plan) -> Result<CheckedPlan, Failure> {
        let findings = plan.diagnostics.clone();
        check_plan(input, plan).map_err(|errors| {
            if findings.iter().any(Diagnostic::is_error) {
                return Failure::refused(findings, self.sources);
            }
            Failure { exit: Exit::Internal, diagnostics: errors, sources: self.sources.clone() }
        })
    }
}

/// Whether the stage has ever been deployed, as far as state knows.
fn is_known(snapshot: &Snapshot) -> bool {
    snapshot.serial > 0 || !snapshot.records.is_empty() || snapshot.pin.is_some()
}

/// A plan was refused that may be fine once the run is over that changes the stage.
pub(crate) fn outrun() -> Failure {
    let summary = "another run has changed the stage while it was looked at";
    let error = Diagnostic::error("changed", summary).help("run the same command again");
    Failure::new(Exit::Locked, error)
}
