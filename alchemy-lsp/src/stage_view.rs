//! One stage of a program: every resource with its name and where it stands, as the planner sees it without a look at
//! the cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alchemy_core::{
    Action, Catalog, ClosureEvaluator, Diagnostic, Expr, Fqn, Graph, Identity, Looks, NameUse,
    Observations, Plan, PlanInput, PlanMode, PropChange, PropType, Realm, Record, ReferencesUsed,
    Resource, ResourceType, SecretHasher, Snapshot, Span, Stage, Target, Value, physical_name,
    plan,
};
use indexmap::IndexMap;

use crate::sealed;

/// A stage as the editor shows it.
#[derive(Clone, Debug)]
pub(crate) struct StageView {
    /// The stage.
    pub(crate) stage: Stage,
    /// Resources that the program declares, in order.
    pub(crate) resources: IndexMap<Fqn, ResourceView>,
    /// What evaluating, checking and planning found.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Whether it is known what it has.
    pub(crate) known: bool,
    /// Its state.
    pub(crate) snapshot: Option<Arc<Snapshot>>,
    /// Resources that a deploy would delete, with their types.
    pub(crate) leaving: Vec<(Fqn, ResourceType)>,
    /// Whether the program could be evaluated for it.
    pub(crate) whole: bool,
}

/// A resource in a stage.
#[derive(Clone, Debug)]
pub(crate) struct ResourceView {
    /// Its FQN.
    pub(crate) fqn: Fqn,
    /// Its type.
    pub(crate) ty: ResourceType,
    /// Where it is declared.
    pub(crate) span: Option<Span>,
    /// Its physical name; none for a type without.
    pub(crate) name: Option<String>,
    /// Names of what it joins, if it has no name of its own.
    pub(crate) joins: Vec<String>,
    /// Whether the program gives the name.
    pub(crate) by_hand: bool,
    /// Where it stands.
    pub(crate) mark: Mark,
    /// What a deploy would change, and why it would do something.
    pub(crate) changes: Vec<PropChange>,
    /// See `changes`.
    pub(crate) reason: String,
    /// Props as given, in normal form.
    pub(crate) props: BTreeMap<String, Expr>,
    /// Its record.
    pub(crate) record: Option<Record>,
    /// Former names that the program gives.
    pub(crate) renamed: bool,
}

/// Where a resource stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// As the program says.
    Deployed,
    /// Not there yet.
    NotDeployed,
    /// A deploy would change it.
    Changed,
    /// A deploy would make another object.
    Replaced,
    /// Kept in the cloud from before; a deploy would take it over.
    Retained,
    /// State could not be read, or not yet.
    Unknown,
}

impl Mark {
    /// The sign after a name.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Deployed => "✓",
            Self::NotDeployed => "+",
            Self::Changed => "~",
            Self::Replaced => "±",
            Self::Retained => "⚓",
            Self::Unknown => "?",
        }
    }
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::NotDeployed => "not deployed",
            Self::Changed => "changed since the last deploy",
            Self::Replaced => "to be replaced by the next deploy",
            Self::Retained => "retained; the next deploy takes it over",
            Self::Unknown => "state not read",
        }
    }
}

/// What all stages of a program have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common<'a> {
    /// Resource types.
    pub(crate) catalog: &'a Catalog,
    /// Digests secrets.
    pub(crate) hasher: &'a SecretHasher,
    /// Whether it is known what the stage has.
    pub(crate) known: bool,
    /// The store's identity, if it was read.
    pub(crate) realm: Option<&'a Realm>,
    /// The region of a stage that was never deployed.
    pub(crate) region: &'a str,
}

/// What stands for the realm of a store that was not read. Nothing made of it is shown.
fn no_realm() -> Realm {
    Realm::from_bits([0; 16])
}

impl StageView {
    /// A stage whose program could not be evaluated.
    pub(crate) fn broken(
        stage: Stage,
        diagnostics: Vec<Diagnostic>,
        snapshot: Option<Arc<Snapshot>>,
    ) -> Self {
        let (resources, leaving) = (IndexMap::new(), Vec::new());
        Self { stage, resources, diagnostics, known: true, snapshot, leaving, whole: false }
    }

    /// The stage that a graph, as declared, makes; with what it uses of other stages.
    pub(crate) fn new(
        common: Common<'_>,
        (mut graph, references): (Graph, &ReferencesUsed),
        closures: &dyn ClosureEvaluator,
        snapshot: Option<Arc<Snapshot>>,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        let whole = !diagnostics.iter().any(Diagnostic::is_error);
        common.fill_code(&mut graph, snapshot.as_deref());
        let never = Snapshot::new(graph.stack.clone(), graph.stage.clone());
        let (expanded, findings) = common.catalog.expand(graph, common.hasher);
        let mut diagnostics = diagnostics;
        let known = snapshot.as_deref().unwrap_or(&never);
        let wanted = sealed::as_recorded(&expanded, known);
        let plan = common.plan((&*wanted, references), known, closures);
        // As a command does: what follows from an error is no finding of its own.
        if whole {
            diagnostics.extend(findings);
            diagnostics.extend(plan.diagnostics.iter().cloned());
        }
        let steps = Steps::of(&plan);
        let live = known.live_records();
        let naming =
            Naming { common, steps: &steps, snapshot: known, live: &live, graph: &expanded };
        let declared = expanded.resources.values().filter(|resource| resource.parent.is_none());
        let mut resources: IndexMap<_, _> =
            declared.map(|resource| (resource.fqn.clone(), naming.view(resource))).collect();
        let leaving = plan.steps.iter().filter(|step| {
            matches!(step.action, Action::Delete | Action::Retain)
                && step.parent.is_none()
                && !expanded.resources.contains_key(&step.fqn)
        });
        let leaving = leaving.map(|step| (step.fqn.clone(), step.ty.clone())).collect();
        let known = common.known;
        for (fqn, resource) in expanded.resources {
            if let Some(view) = resources.get_mut(&fqn) {
                (view.props, view.span) = (resource.props, resource.span);
            }
        }
        let stage = expanded.stage;
        Self { stage, resources, diagnostics, known, snapshot, leaving, whole }
    }
}

impl Common<'_> {
    /// Code counts as unchanged: to bundle it takes longer than the time between two keys.
    fn fill_code(&self, graph: &mut Graph, snapshot: Option<&Snapshot>) {
        let live = snapshot.map(Snapshot::live_records).unwrap_or_default();
        for resource in graph.resources.values_mut() {
            let Some(descriptor) = self.catalog.get(&resource.ty) else { continue };
            let Some(prop) = descriptor.props.iter().find(|p| p.ty == PropType::Code) else {
                continue;
            };
            let given = resource.props.get(prop.name).and_then(Expr::as_value);
            if given.and_then(Value::as_str).is_none() {
                continue;
            }
            let mut names = std::iter::once(&resource.fqn).chain(&resource.renamed_from);
            let record = names.find_map(|fqn| live.get(fqn));
            let digest = record.and_then(|record| record.props.get(prop.name)?.as_str());
            if let Some(digest) = digest.map(Value::str) {
                resource.props.insert(prop.name.to_owned(), Expr::Value(digest));
            }
        }
    }

    fn plan(
        &self,
        (graph, references): (&Graph, &ReferencesUsed),
        snapshot: &Snapshot,
        closures: &dyn ClosureEvaluator,
    ) -> Plan {
        let somewhere = Target {
            provider: "aws".to_owned(),
            account: "000000000000".to_owned(),
            region: self.region.to_owned(),
        };
        plan(&PlanInput {
            mode: PlanMode::Deploy,
            graph: Some(graph),
            snapshot,
            observations: &Observations::new(),
            found: &[],
            references,
            catalog: self.catalog,
            realm: self.realm.unwrap_or(&no_realm()),
            target: snapshot.pin.as_ref().unwrap_or(&somewhere),
            custom_endpoint: false,
            closures,
            hasher: self.hasher,
            looks: Looks::Nothing,
            adopt: false,
            force: false,
        })
    }
}

/// What a plan does, by resource.
struct Steps<'p> {
    by_fqn: BTreeMap<&'p Fqn, Vec<&'p alchemy_core::Step>>,
    changed_parts: BTreeSet<&'p Fqn>,
}

impl<'p> Steps<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut by_fqn: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut changed_parts = BTreeSet::new();
        for step in &plan.steps {
            by_fqn.entry(&step.fqn).or_default().push(step);
            if !matches!(step.action, Action::Record | Action::Rename) {
                changed_parts.extend(step.parent.as_ref());
            }
        }
        Self { by_fqn, changed_parts }
    }

    fn get(&self, fqn: &Fqn) -> Option<&'p alchemy_core::Step> {
        let steps = self.by_fqn.get(fqn)?;
        let makes = |step: &&&alchemy_core::Step| {
            !matches!(step.action, Action::Delete | Action::Retain | Action::Forget)
        };
        // An update that goes with a rename says more than the rename.
        let all = steps.iter().filter(makes);
        all.max_by_key(|step| !matches!(step.action, Action::Rename | Action::Record)).copied()
    }
}

struct Naming<'a> {
    common: Common<'a>,
    steps: &'a Steps<'a>,
    snapshot: &'a Snapshot,
    /// The snapshot's live records.
    live: &'a BTreeMap<&'a Fqn, &'a Record>,
    graph: &'a Graph,
}

impl Naming<'_> {
    /// All of it but the props and the place, which need no copy once the graph is done with.
    fn view(&self, resource: &Resource) -> ResourceView {
        let step = self.steps.get(&resource.fqn);
        let record = self.record(resource);
        let (name, by_hand) = self.name(resource, record);
        ResourceView {
            fqn: resource.fqn.clone(),
            ty: resource.ty.clone(),
            span: None,
            joins: if name.is_none() { self.joins(resource) } else { Vec::new() },
            name,
            by_hand,
            mark: self.mark(resource, record),
            changes: step.map(|step| step.changes.clone()).unwrap_or_default(),
            reason: step.map(|step| step.reason.clone()).unwrap_or_default(),
            props: BTreeMap::new(),
            record: record.cloned(),
            renamed: !resource.renamed_from.is_empty(),
        }
    }

    /// The record that is the resource's, under its own name or a former one.
    fn record(&self, resource: &Resource) -> Option<&Record> {
        let step = self.steps.get(&resource.fqn);
        let of_type =
            |fqn: &Fqn| self.live.get(fqn).copied().filter(|record| record.ty == resource.ty);
        of_type(&resource.fqn).or_else(|| {
            let prior = step?.prior.as_ref()?;
            self.snapshot.records.get(&prior.uid).map(|it| &**it)
        })
    }

    /// Its name, and whether the program gave it: the recorded one where there is a record, else the one that a deploy
    /// would give.
    fn name(&self, resource: &Resource, record: Option<&Record>) -> (Option<String>, bool) {
        let descriptor = self.common.catalog.get(&resource.ty);
        let Some((prop, rule)) = descriptor.and_then(|it| match &it.name {
            NameUse::Named { prop, .. } => Some((*prop, it.name_rule(&resource.props)?)),
            NameUse::Natural { .. } => None,
        }) else {
            return (None, false);
        };
        let given = resource.props.get(prop).filter(|given| !is_null(given));
        if let Some(recorded) = record.and_then(|record| record.name.clone()) {
            return (Some(recorded), given.is_some());
        }
        if let Some(text) = given.and_then(Expr::as_value).and_then(Value::as_str) {
            return (Some(text.to_owned()), true);
        }
        let planned = self.steps.get(&resource.fqn).and_then(|step| step.name.clone());
        if given.is_none() && self.common.realm.is_some() && planned.is_some() {
            return (planned, false);
        }
        let fresh = no_realm();
        let identity = Identity {
            realm: self.common.realm.unwrap_or(&fresh).clone(),
            stack: self.graph.stack.clone(),
            stage: self.graph.stage.clone(),
            fqn: resource.fqn.clone(),
            ty: resource.ty.clone(),
            generation: self.snapshot.next_generation(&resource.fqn, &resource.ty),
        };
        let own = physical_name(&identity, rule);
        let known = self.common.realm.is_some();
        match planned {
            _ if given.is_none() && known => (Some(own), false),
            _ if given.is_none() => (Some(own.replacen(&identity.suffix(), "…", 1)), false),
            // The planner knows what the program makes of names that are known; else it says its own.
            Some(made) if known && made != own => (Some(made), true),
            _ => (Some("…".to_owned()), false),
        }
    }

    /// What a resource without a name of its own connects: its key's other ends, the source first.
    fn joins(&self, resource: &Resource) -> Vec<String> {
        let Some(NameUse::Natural { key }) =
            self.common.catalog.get(&resource.ty).map(|it| it.name.clone())
        else {
            return Vec::new();
        };
        let mut ends = Vec::new();
        for expr in key.iter().rev().filter_map(|prop| resource.props.get(*prop)) {
            if let Some(text) = expr.as_value().and_then(Value::as_str) {
                ends.push(text.rsplit([':', '/']).next().unwrap_or(text).to_owned());
            }
            expr.each_attr(&mut |fqn, _| {
                let other = self.graph.resources.get(fqn);
                let other = other.and_then(|other| self.name(other, self.record(other)).0);
                ends.push(other.unwrap_or_else(|| fqn.to_string()));
            });
        }
        ends
    }

    fn mark(&self, resource: &Resource, record: Option<&Record>) -> Mark {
        let step = self.steps.get(&resource.fqn);
        let part_changes = self.steps.changed_parts.contains(&resource.fqn);
        if !self.common.known {
            return Mark::Unknown;
        }
        match (step.map(|step| step.action), record) {
            (Some(Action::Replace), _) => Mark::Replaced,
            (Some(Action::Adopt), None) => Mark::Retained,
            (_, None) | (Some(Action::Create), Some(_)) => Mark::NotDeployed,
            (None | Some(Action::Record), Some(_)) if !part_changes => Mark::Deployed,
            _ => Mark::Changed,
        }
    }
}

fn is_null(expr: &Expr) -> bool {
    expr.as_value().is_some_and(Value::is_null)
}
