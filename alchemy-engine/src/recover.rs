//! Looks for everything that a stage's lost state knew, and has core make the records of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alchemy_core::{
    Change, ClosureEvaluator, Diagnostic, Found, Fqn, Generation, Graph, KnownObjects, Looks,
    Lookup, NameUse, Observations, Observed, Plan, PlanInput, PlanMode, Recovery, ReferencesUsed,
    SecretHasher, Snapshot, Stamp, Stray, Target, Uid, part_record, plan, recover, wants_part,
};

use crate::observe::Patience;
use crate::retry::sub_seed;
use crate::{Engine, EventSink, ObserveError, ProviderError, ReadFailure};

/// Most rounds of looking. Each finds parts or names that the round before made known; more means that plan and cloud
/// do not agree.
const ROUNDS: usize = 16;

/// What recovery starts from.
#[derive(Clone, Copy)]
pub struct RecoverRequest<'a> {
    /// The expanded graph, if there is a program.
    pub graph: Option<&'a Graph>,
    /// What the graph uses of other stages.
    pub references: &'a ReferencesUsed,
    /// What state holds now: nothing, a tombstone, or what is to be replaced. Its generations and what it lists as kept
    /// stay.
    pub base: &'a Snapshot,
    /// Own objects that the list calls showed, with the place, all of the engine's realm.
    pub found: &'a [(Target, Found)],
    /// Account and region of the stage.
    pub target: &'a Target,
    /// Whether requests go to an endpoint of the user's own.
    pub custom_endpoint: bool,
    /// The program's closures.
    pub closures: &'a dyn ClosureEvaluator,
    /// Digests secrets.
    pub hasher: &'a SecretHasher,
    /// Who recovers, and when.
    pub stamp: &'a Stamp,
}

impl std::fmt::Debug for RecoverRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoverRequest").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Engine {
    /// The records of what is in the cloud, for state that was lost. Changes nothing.
    ///
    /// Refuses, with diagnostics, a program that cannot be planned and a cloud that cannot be read.
    pub async fn recover(
        &self,
        request: RecoverRequest<'_>,
        sink: &dyn EventSink,
    ) -> Result<Recovery, Vec<Diagnostic>> {
        let found: Vec<Found> = request.found.iter().map(|(_, found)| found.clone()).collect();
        let mut look = Look {
            engine: self,
            request,
            sink,
            found,
            snapshot: start(request.base),
            observations: Observations::new(),
            tried: BTreeSet::new(),
        };
        for _ in 0..ROUNDS {
            let plan = plan(&look.input());
            if plan.needs.is_empty() {
                let strays = look.strays(&plan).await.map_err(|error| error.diagnostics())?;
                return recover(&look.input(), plan, &strays, (request.base, request.stamp));
            }
            look.answer(&plan.needs).await.map_err(|error| error.diagnostics())?;
        }
        Err(vec![
            Diagnostic::error(
                "unsteady-plan",
                "the plan asks for ever more of the cloud's objects",
            )
            .help("please report this with the program"),
        ])
    }

    /// Names on the parent that these props name.
    async fn parts(&self, lookup: &Lookup) -> Result<Vec<String>, ProviderError> {
        let Some(provider) = self.registry().get(&lookup.ty) else { return Ok(Vec::new()) };
        let mut patience = Patience::new(sub_seed(self.seed(), lookup.uid.as_str()));
        loop {
            match provider.list_parts(lookup).await {
                Ok(names) => return Ok(names),
                Err(error) => patience.after(error, |_| {}).await?,
            }
        }
    }
}

/// A stage of which only the counters and what was kept on purpose are known.
fn start(base: &Snapshot) -> Snapshot {
    Snapshot {
        generations: base.generations.clone(),
        retained: base.retained.clone(),
        ..Snapshot::new(base.stack.clone(), base.stage.clone())
    }
}

struct Look<'a> {
    engine: &'a Engine,
    request: RecoverRequest<'a>,
    sink: &'a dyn EventSink,
    found: Vec<Found>,
    /// Grows by the parts that are found.
    snapshot: Snapshot,
    observations: Observations,
    /// Parts that were looked for on their parents.
    tried: BTreeSet<Uid>,
}

impl Look<'_> {
    fn input(&self) -> PlanInput<'_> {
        PlanInput {
            mode: PlanMode::Deploy,
            graph: self.request.graph,
            snapshot: &self.snapshot,
            observations: &self.observations,
            found: &self.found,
            references: self.request.references,
            catalog: self.engine.catalog(),
            realm: &self.engine.owner().realm,
            target: self.request.target,
            custom_endpoint: self.request.custom_endpoint,
            closures: self.request.closures,
            hasher: self.request.hasher,
            looks: Looks::Everything,
            adopt: false,
            force: false,
        }
    }

    /// Makes the look-ups; where a part's generation is not known, its parent is asked first, and the next plan asks
    /// for the right one.
    async fn answer(&mut self, needs: &[Lookup]) -> Result<(), ObserveError> {
        let mut plain = Vec::new();
        for lookup in needs {
            if !wants_part(&self.input(), lookup) || !self.tried.insert(lookup.uid.clone()) {
                plain.push(lookup.clone());
                continue;
            }
            let names = self.engine.parts(lookup).await.map_err(|error| failed(lookup, error))?;
            let names: BTreeSet<String> = names.into_iter().collect();
            let record = part_record(&self.input(), lookup, &names);
            match record.filter(|record| record.uid != lookup.uid) {
                // As a kept object it is taken up again under the name that it has.
                Some(record) => {
                    self.tried.insert(record.uid.clone());
                    let uid = record.uid.clone();
                    self.snapshot.apply(&Change::Put(record));
                    self.snapshot.apply(&Change::Retained(uid));
                }
                None => plain.push(lookup.clone()),
            }
        }
        if !plain.is_empty() {
            self.observations.extend(self.engine.observe(&plain, self.sink).await?);
        }
        Ok(())
    }

    /// What the plan takes no notice of, looked at.
    async fn strays(&self, plan: &Plan) -> Result<Vec<Stray>, ObserveError> {
        let named: BTreeSet<(&str, &str)> =
            plan.steps.iter().filter_map(|s| Some((s.ty.as_str(), s.name.as_deref()?))).collect();
        let made: BTreeSet<&Uid> = plan.steps.iter().map(|step| &step.uid).collect();
        let kept = self.request.base.retained.values().map(Arc::as_ref);
        let realm = &self.engine.owner().realm;
        let kept = KnownObjects::of(self.engine.catalog(), realm, kept);
        let mut strays: BTreeMap<Uid, (Target, Found, Lookup)> = BTreeMap::new();
        for (target, found) in self.request.found {
            let Some(lookup) = self.lookup(target, found) else { continue };
            let known = named.contains(&(found.ty.as_str(), found.name.as_str()))
                || made.contains(&lookup.uid);
            if !known && !kept.has(found) {
                strays.insert(lookup.uid.clone(), (target.clone(), found.clone(), lookup));
            }
        }
        let lookups: Vec<Lookup> = strays.values().map(|(.., lookup)| lookup.clone()).collect();
        if lookups.is_empty() {
            return Ok(Vec::new());
        }
        let mut seen = self.engine.observe(&lookups, self.sink).await?;
        let stray = |(uid, (target, found, _))| Stray {
            target,
            found,
            observed: seen.remove(&uid).unwrap_or(Observed::Absent),
        };
        Ok(strays.into_iter().map(stray).collect())
    }

    /// By name, and by what the list call told of it. None for tags that are not ours after all: an id that is no FQN.
    fn lookup(&self, target: &Target, found: &Found) -> Option<Lookup> {
        let fqn = Fqn::parse(&found.owner.id).ok()?;
        let generation = Generation(found.owner.generation);
        let descriptor = self.engine.catalog().get(&found.ty)?;
        let named = matches!(descriptor.name, NameUse::Named { .. });
        let uid = self.engine.owner().identity(&fqn, &found.ty, generation).uid();
        // What a list call tells under a prop's name is that prop.
        let props = descriptor
            .props
            .iter()
            .filter_map(|prop| Some((prop.name.to_owned(), found.attrs.get(prop.name)?.clone())));
        Some(Lookup {
            uid,
            fqn,
            ty: found.ty.clone(),
            generation,
            target: target.clone(),
            name: named.then(|| found.name.clone()),
            props: props.collect(),
            attrs: found.attrs.clone(),
        })
    }
}

fn failed(lookup: &Lookup, error: ProviderError) -> ObserveError {
    let Lookup { fqn, ty, name, .. } = lookup.clone();
    ObserveError { failures: vec![ReadFailure { fqn: Some(fqn), ty, name, error }] }
}
