//! Plans: which steps bring a stage to its graph. A plan leaves no choice to execution.

mod adoption;
mod attributes;
mod basis;
mod check;
mod decision;
mod declared;
mod diff;
mod doubles;
mod dump;
mod existing;
mod naming;
mod needs;
mod orphans;
mod outputs;
mod ownership;
mod pin;
mod planner;
mod records;
mod recovery;
mod renames;
mod replace;
mod settle;
mod steps;

pub use basis::{Basis, Moved, Seen};
pub use check::check_plan;
pub use pin::check_pin;
pub use planner::plan;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::{
    Catalog, ClosureEvaluator, Diagnostic, Expr, Found, Fqn, Generation, Graph, Location, Lookup,
    Observations, OutputRef, Realm, Record, Reference, ReferencesUsed, RemovalPolicy, ResourceType,
    SecretHasher, Snapshot, Target, Uid,
};

/// What to plan for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanMode {
    /// Bring the stage to the graph.
    Deploy,
    /// Remove everything that is not retained; `graph` is not looked at.
    Destroy,
}

/// What a plan asks to have looked up in the cloud ([`Plan::needs`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Nothing: nobody will look.
    Nothing,
    /// Names about to be used, and what would be lost otherwise.
    Names,
    /// Every record besides: a refresh.
    Everything,
}

/// Everything a plan depends on. Same input, same plan.
#[derive(Clone, Copy)]
pub struct PlanInput<'a> {
    /// What to plan for.
    pub mode: PlanMode,
    /// The expanded graph; none to destroy.
    pub graph: Option<&'a Graph>,
    /// What state knows, open intents folded in as statuses.
    pub snapshot: &'a Snapshot,
    /// What was seen in the cloud so far.
    pub observations: &'a Observations,
    /// Own objects that list calls showed and state does not know (first deploy without state).
    pub found: &'a [Found],
    /// What the graph uses of other stages; nothing for a destroy.
    pub references: &'a ReferencesUsed,
    /// Resource types.
    pub catalog: &'a Catalog,
    /// The store's identity.
    pub realm: &'a Realm,
    /// Account and region of this run.
    pub target: &'a Target,
    /// Whether requests go to an endpoint of the user's own.
    pub custom_endpoint: bool,
    /// The program's closures.
    pub closures: &'a dyn ClosureEvaluator,
    /// Digests secrets.
    pub hasher: &'a SecretHasher,
    /// What it may ask to be looked up.
    pub looks: Looks,
    /// Take over existing untagged objects (`--adopt`).
    pub adopt: bool,
    /// Reconcile even what does not differ (`--force`).
    pub force: bool,
}

/// Number of a step in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Makes a new object.
    Create,
    /// Changes an object in place.
    Update,
    /// Makes the next generation of an object; a `Delete` (or `Retain`) step of the old one belongs to it.
    Replace,
    /// Deletes an object.
    Delete,
    /// Takes an object out of the stage and leaves it in the cloud.
    Retain,
    /// Takes an existing object over and brings it to the props.
    Adopt,
    /// Moves a record to another FQN; no provider call. Renames reach the journal before any intent of the same plan:
    /// a new object may take the FQN that a rename frees.
    Rename,
    /// Changes only the record (removal policy, local props, edges); no provider call.
    Record,
    /// Drops a record whose object is gone, or has become another's; no provider call.
    Forget,
}

/// One changed prop.
#[derive(Clone, Debug, PartialEq)]
pub struct PropChange {
    /// Dotted path of the prop.
    pub path: String,
    /// Recorded or observed value; `Null` if it was not set.
    pub old: Expr,
    /// Wanted value, as far as known; `Null` if it goes back to not set.
    pub new: Expr,
    /// Whether this change needs another object.
    pub forces_replacement: bool,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its number; steps of a plan are numbered 0, 1, ….
    pub id: StepId,
    /// What it does.
    pub action: Action,
    /// The resource.
    pub fqn: Fqn,
    /// Its type.
    pub ty: ResourceType,
    /// The record it makes or changes.
    pub uid: Uid,
    /// Its generation.
    pub generation: Generation,
    /// Physical name, for types that have one.
    pub name: Option<String>,
    /// Where.
    pub target: Target,
    /// Normalised props to bring the object to (create, update, replace, adopt); as far as known.
    pub props: BTreeMap<String, Expr>,
    /// The record before this step (update, delete, retain, rename, record); for `Replace`, the old generation's.
    pub prior: Option<Arc<Record>>,
    /// What changes, for people.
    pub changes: Vec<PropChange>,
    /// Why, in one sentence.
    pub reason: String,
    /// Steps that must have succeeded before.
    pub after: Vec<StepId>,
    /// Records it will depend on (deleted after it).
    pub deps: Vec<Uid>,
    /// Removal policy to record.
    pub removal: RemovalPolicy,
    /// The resource under which it is shown.
    pub parent: Option<Fqn>,
    /// Where the program declared it.
    pub location: Option<Location>,
    /// Whether an existing object without tags under its name may be taken over.
    pub adopt: bool,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Plan {
    /// What to do.
    pub steps: Vec<Step>,
    /// Resources that stay as they are, with the reason.
    pub untouched: Vec<(Fqn, String)>,
    /// Look-ups that would make this plan surer; when not empty, observe them and plan again.
    pub needs: Vec<Lookup>,
    /// What it found wrong; with an error in it the plan may not be applied.
    pub diagnostics: Vec<Diagnostic>,
    /// The program's outputs, as far as known.
    pub outputs: Option<Expr>,
    /// Outputs of other stages to record with a complete deploy; none for a destroy.
    pub references: Option<Vec<Reference>>,
    /// Those among them that have changed since they were recorded.
    pub changed_references: Vec<OutputRef>,
}

/// A plan that the independent checker has passed; the only kind that may be applied.
#[derive(Clone, Debug)]
pub struct CheckedPlan(Plan);

impl CheckedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

impl Action {
    /// The word for it in output and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Retain => "retain",
            Self::Adopt => "adopt",
            Self::Rename => "rename",
            Self::Record => "record",
            Self::Forget => "forget",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Debug for PlanInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanInput")
            .field("mode", &self.mode)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
