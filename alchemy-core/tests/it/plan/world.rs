//! One stage with its state and an ideal cloud: every step of a plan succeeds at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{
    Action, Catalog, Change, CheckedPlan, Expr, Found, Fqn, Graph, Intent, Looks, Lookup, NameUse,
    NoClosures, Observations, Observed, Owner, Ownership, Plan, PlanInput, PlanMode, Realm, Record,
    ReferencesUsed, ResourceType, SecretHasher, Snapshot, StackName, Stage, Status, Step, Target,
    Uid, Value, check_plan, plan,
};

use super::program::{graph, hasher};
use super::types::catalog;

/// One cloud object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    pub(crate) ownership: Ownership,
    pub(crate) config: BTreeMap<String, Value>,
    pub(crate) attrs: BTreeMap<String, Value>,
    pub(crate) readable: bool,
}

/// Type, region (none for global types) and name or natural key.
pub(crate) type Key = (ResourceType, String, String);

/// Everything there is.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) snapshot: Snapshot,
    pub(crate) cloud: BTreeMap<Key, Object>,
    pub(crate) realm: Realm,
    pub(crate) target: Target,
    pub(crate) found: Vec<Found>,
    pub(crate) references: ReferencesUsed,
    pub(crate) refresh: bool,
    pub(crate) adopt: bool,
    pub(crate) force: bool,
    pub(crate) hasher: SecretHasher,
    made: u32,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            catalog: catalog(),
            snapshot: Snapshot::new(
                StackName::parse("myapp").expect("a legal name"),
                Stage::parse("dev").expect("a legal name"),
            ),
            cloud: BTreeMap::new(),
            realm: Realm::from_bits([1; 16]),
            target: Target {
                provider: "aws".into(),
                account: "111111111111".into(),
                region: "eu-west-1".into(),
            },
            found: Vec::new(),
            references: ReferencesUsed::default(),
            refresh: true,
            adopt: false,
            force: false,
            hasher: hasher(),
            made: 0,
        }
    }

    pub(crate) fn graph(&self, program: &str) -> Graph {
        let mut graph = graph(program, self.snapshot.stage.as_str());
        graph.digest(&self.hasher);
        graph
    }

    /// Runs `look` on the input of a plan.
    pub(crate) fn with_input<T>(
        &self,
        graph: Option<&Graph>,
        observations: &Observations,
        look: impl FnOnce(&PlanInput<'_>) -> T,
    ) -> T {
        look(&PlanInput {
            mode: if graph.is_some() { PlanMode::Deploy } else { PlanMode::Destroy },
            graph,
            snapshot: &self.snapshot,
            observations,
            found: &self.found,
            references: &self.references,
            catalog: &self.catalog,
            realm: &self.realm,
            target: &self.target,
            custom_endpoint: false,
            closures: &NoClosures,
            hasher: &self.hasher,
            looks: if self.refresh { Looks::Everything } else { Looks::Names },
            adopt: self.adopt,
            force: self.force,
        })
    }

    /// Plans, making every look-up that the plan asks for; gives the final plan and what was seen.
    pub(crate) fn plan(&self, graph: Option<&Graph>) -> (Plan, Observations) {
        let mut seen = Observations::new();
        for _ in 0..20 {
            let made = self.with_input(graph, &seen, plan);
            if made.needs.is_empty() {
                return (made, seen);
            }
            for lookup in &made.needs {
                assert!(
                    seen.insert(lookup.uid.clone(), self.look_up(lookup)).is_none(),
                    "asked twice: {lookup:?}"
                );
            }
        }
        panic!("the planner never stops asking");
    }

    /// Plans and checks.
    pub(crate) fn checked(&self, graph: Option<&Graph>) -> Result<CheckedPlan, Plan> {
        let (made, seen) = self.plan(graph);
        let check = self.with_input(graph, &seen, |input| check_plan(input, made.clone()));
        check.map_err(|found| {
            assert!(
                made.diagnostics.iter().any(alchemy_core::Diagnostic::is_error),
                "the checker refuses:\n{}\n{found:#?}",
                made.dump()
            );
            made
        })
    }

    fn look_up(&self, lookup: &Lookup) -> Observed {
        let Some(key) =
            self.key((&lookup.ty, &lookup.target), lookup.name.as_deref(), &lookup.props)
        else {
            return Observed::Absent;
        };
        match self.cloud.get(&key) {
            None => Observed::Absent,
            Some(object) if !object.readable => {
                Observed::Unreadable { message: "403 Forbidden".into() }
            }
            Some(object) => Observed::Present {
                ownership: object.ownership.clone(),
                config: object.config.clone(),
                attrs: object.attrs.clone(),
            },
        }
    }

    pub(crate) fn key(
        &self,
        (ty, target): (&ResourceType, &Target),
        name: Option<&str>,
        props: &BTreeMap<String, Value>,
    ) -> Option<Key> {
        let descriptor = self.catalog.get(ty)?;
        let region = if descriptor.global { String::new() } else { target.region.clone() };
        let text = match (&descriptor.name, name) {
            (NameUse::Named { .. }, Some(name)) => name.to_owned(),
            (NameUse::Named { .. }, None) => return None,
            (NameUse::Natural { key }, _) => {
                let parts: Option<Vec<&str>> =
                    key.iter().map(|k| props.get(*k)?.as_str()).collect();
                parts?.join("|")
            }
        };
        Some((ty.clone(), region, text))
    }

    pub(crate) fn owner(&self, fqn: &Fqn, generation: u32) -> Owner {
        Owner {
            realm: self.realm.to_string(),
            stack: self.snapshot.stack.to_string(),
            stage: self.snapshot.stage.to_string(),
            id: fqn.to_string(),
            generation,
        }
    }

    /// Applies a checked plan: renames, intents, then every step in an order its edges allow.
    pub(crate) fn apply(&mut self, checked: &CheckedPlan) {
        let steps = &checked.plan().steps;
        self.begin(checked);
        let mut done = vec![false; steps.len()];
        while let Some(next) = steps
            .iter()
            .find(|s| !done[s.id.0 as usize] && s.after.iter().all(|a| done[a.0 as usize]))
        {
            self.take(next);
            done[next.id.0 as usize] = true;
        }
        assert!(done.iter().all(|d| *d), "the plan has no order");
        for record in self.snapshot.records.values() {
            assert_eq!(record.status, Status::Ready, "{record:#?}");
        }
    }

    /// Writes the renames and all intents.
    pub(crate) fn begin(&mut self, checked: &CheckedPlan) {
        let steps = &checked.plan().steps;
        let rename = |s: &&Step| s.action == Action::Rename;
        let mut waiting: Vec<&Step> = steps.iter().filter(rename).collect();
        while !waiting.is_empty() {
            let free = |s: &&Step| !waiting.iter().any(|o| s.after.contains(&o.id));
            let next = waiting.iter().copied().find(free).expect("renames have an order");
            self.snapshot.apply(&Change::Rename { uid: next.uid.clone(), to: next.fqn.clone() });
            waiting.retain(|s| s.id != next.id);
        }
        let intents = steps.iter().filter_map(|step| match step.action {
            Action::Create | Action::Replace | Action::Adopt => {
                Some(Intent::Create(Self::record(step, Status::Creating)))
            }
            Action::Update => Some(Intent::Update(step.uid.clone())),
            Action::Delete => Some(Intent::Delete(step.uid.clone())),
            _ => None,
        });
        let intents = intents.collect();
        self.snapshot.apply(&Change::Intend(intents));
    }

    fn record(step: &Step, status: Status) -> Record {
        let known = step.props.iter().filter_map(|(k, e)| Some((k.clone(), e.as_value()?.clone())));
        Record {
            uid: step.uid.clone(),
            fqn: step.fqn.clone(),
            ty: step.ty.clone(),
            generation: step.generation,
            status,
            name: step.name.clone(),
            target: step.target.clone(),
            props: known.collect(),
            attrs: BTreeMap::new(),
            deps: step.deps.clone(),
            removal: step.removal,
            parent: step.parent.clone(),
            location: step.location.clone(),
            created_at: "2026-01-01T00:00:00Z".into(),
            updated_at: "2026-01-01T00:00:00Z".into(),
            replaced: false,
        }
    }

    /// Takes one step, in the cloud and in state.
    pub(crate) fn take(&mut self, step: &Step) {
        match step.action {
            Action::Create | Action::Replace | Action::Adopt | Action::Update => {
                let record = self.reconcile(step);
                self.snapshot.apply(&Change::Put(record));
                if let Some(prior) = step.prior.as_ref().filter(|_| step.action == Action::Replace)
                {
                    self.snapshot.apply(&Change::Replaced(prior.uid.clone()));
                }
            }
            Action::Record => {
                let mut record = Self::record(step, Status::Ready);
                let prior =
                    step.prior.as_ref().expect("a record is written anew from its former self");
                record.attrs.clone_from(&prior.attrs);
                self.snapshot.apply(&Change::Put(record));
            }
            Action::Delete => {
                let record = step.prior.clone().expect("a delete has its record");
                let key =
                    self.key((&record.ty, &record.target), record.name.as_deref(), &record.props);
                if let Some(object) = key.as_ref().and_then(|key| self.cloud.get(key)) {
                    self.assert_ours(&object.ownership, step);
                }
                key.and_then(|key| self.cloud.remove(&key));
                self.snapshot.apply(&Change::Removed(step.uid.clone()));
            }
            Action::Forget => self.snapshot.apply(&Change::Removed(step.uid.clone())),
            Action::Retain => {
                let seen = step.prior.as_deref().filter(|prior| prior.status == Status::Ready);
                if let Some(seen) = seen {
                    self.snapshot.apply(&Change::Put(seen.clone()));
                }
                self.snapshot.apply(&Change::Retained(step.uid.clone()));
            }
            Action::Rename => {}
        }
    }

    fn assert_ours(&self, ownership: &Ownership, step: &Step) {
        if let Ownership::Tagged(owner) = ownership {
            let ours = (&owner.realm, &owner.stack, &owner.stage);
            let want = self.owner(&step.fqn, 0);
            assert_eq!(
                ours,
                (&want.realm, &want.stack, &want.stage),
                "a foreign object is touched by {step:#?}"
            );
        }
    }

    fn reconcile(&mut self, step: &Step) -> Record {
        let lookup = |fqn: &Fqn, path: &[String]| {
            let current =
                || self.snapshot.records.values().filter(|r| r.fqn == *fqn && !r.replaced);
            let needed = current().find(|r| step.deps.contains(&r.uid));
            let record = needed.or_else(|| current().max_by_key(|r| r.generation))?;
            Some(record.attrs.get(&path[0]).cloned().unwrap_or_default())
        };
        let mut record = Self::record(step, Status::Ready);
        for (name, expr) in &step.props {
            let value = expr.resolve(&lookup, &NoClosures, &self.hasher).expect("no closures");
            let value = value
                .as_value()
                .unwrap_or_else(|| panic!("{name} of {} is not known: {expr:?}", step.fqn));
            record.props.insert(name.clone(), value.clone());
        }
        let key = self
            .key((&record.ty, &record.target), record.name.as_deref(), &record.props)
            .expect("a name or key");
        let descriptor = self.catalog.get(&step.ty).expect("a known type").clone();
        if let Some(object) = self.cloud.get(&key) {
            self.assert_ours(&object.ownership, step);
        }
        self.made += 1;
        let old = self.cloud.get(&key).map(|object| object.attrs.clone());
        record.attrs = old.unwrap_or_else(|| self.attrs(&record, &descriptor));
        if let Some(version) = record.attrs.get_mut("version") {
            *version = Value::Str(format!("v{}", self.made));
        }
        let owner = self.owner(&step.fqn, step.generation.0);
        let ownership =
            if descriptor.taggable { Ownership::Tagged(owner) } else { Ownership::ByParent };
        let local = |name: &String| descriptor.prop(name).is_some_and(|p| p.local);
        let config = record
            .props
            .iter()
            .filter(|(k, _)| !local(k))
            .map(|(k, v)| (k.clone(), v.exposed()))
            .collect();
        self.cloud
            .insert(key, Object { ownership, config, attrs: record.attrs.clone(), readable: true });
        record
    }

    fn attrs(
        &self,
        record: &Record,
        descriptor: &alchemy_core::Descriptor,
    ) -> BTreeMap<String, Value> {
        let props = record.props.iter().map(|(k, v)| (k.clone(), Expr::Value(v.clone()))).collect();
        let context = alchemy_core::AttributeContext {
            name: record.name.as_deref(),
            account: &record.target.account,
            region: &record.target.region,
            partition: record.target.partition(),
            dns_suffix: record.target.dns_suffix(),
            custom_endpoint: false,
            props: &props,
        };
        let value = |a: &alchemy_core::Attribute| match a.at_plan {
            Some(compute) => compute(&context).unwrap_or_default(),
            None => Value::Str(format!("{}-{}", a.name, self.made)),
        };
        descriptor.attributes.iter().map(|a| (a.name.to_owned(), value(a))).collect()
    }

    /// Plans, checks and applies a program; gives the plan as text. A refused plan changes nothing.
    pub(crate) fn deploy(&mut self, program: &str) -> String {
        let graph = self.graph(program);
        self.run(Some(&graph))
    }

    /// Destroys the stage.
    pub(crate) fn destroy(&mut self) -> String {
        self.run(None)
    }

    fn run(&mut self, graph: Option<&Graph>) -> String {
        match self.checked(graph) {
            Err(refused) => refused.dump(),
            Ok(checked) => {
                let text = checked.plan().dump();
                self.apply(&checked);
                self.assert_settled(graph, "");
                text
            }
        }
    }

    /// After an ideal apply there is nothing left to do.
    pub(crate) fn assert_settled(&self, graph: Option<&Graph>, story: &str) {
        let quiet = Self { force: false, ..self.clone() };
        let (again, _) = quiet.plan(graph);
        assert!(again.steps.is_empty(), "not settled:\n{}\n{story}", again.dump());
    }

    /// The uid of a resource's newest record.
    pub(crate) fn uid(&self, fqn: &str) -> Uid {
        let found = self.snapshot.records.values().filter(|r| r.fqn.as_str() == fqn);
        found.max_by_key(|r| r.generation).expect("a record").uid.clone()
    }

    /// The record of a uid, to change it.
    pub(crate) fn record_mut(&mut self, uid: &Uid) -> &mut Record {
        Arc::make_mut(self.snapshot.records.get_mut(uid).expect("there"))
    }

    /// A resource's newest record, to change it.
    pub(crate) fn record_of(&mut self, fqn: &str) -> &mut Record {
        self.record_mut(&self.uid(fqn))
    }

    /// The cloud key of a resource's newest record.
    pub(crate) fn key_of(&self, fqn: &str) -> Key {
        let record = &self.snapshot.records[&self.uid(fqn)];
        self.key((&record.ty, &record.target), record.name.as_deref(), &record.props)
            .expect("a name or key")
    }
}
