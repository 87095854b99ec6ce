//! Names, values, graph, descriptors, records, planner, checker, events, diagnostics:
//! data and pure functions. No IO, no clock, no environment, no randomness, nothing async
//! (invariant I1 of `ARCHITECTURE.md`).
#![forbid(unsafe_code)]

mod descriptor;
mod diagnostic;
mod event;
mod expr;
mod graph;
mod index;
mod name;
mod observe;
mod ours;
mod plan;
mod record;
mod recover;
mod reference;
mod source;
mod value;

pub use descriptor::{
    Attribute, AttributeContext, Catalog, Descriptor, Expansion, NameUse, Prop, PropError,
    PropType, Refusal,
};
pub use diagnostic::{Diagnostic, Label, Severity};
pub use event::{Event, Outcome, StepRef};
pub use expr::{ClosureError, ClosureEvaluator, ClosureId, Expr, NoClosures};
pub use graph::{
    DependencyEdges, Graph, RemovalPolicy, Resource, dependency_edges, topological_order,
};
pub use name::{
    CaseRule, Fqn, Generation, Identity, InvalidName, LogicalId, NameRule, Realm, ResourceType,
    StackName, Stage, StageError, StageSource, Uid, check_region, physical_name,
    rules as name_rules,
};
pub use observe::{Found, Lookup, Observations, Observed, Owner, Ownership};
pub use ours::{KnownObjects, is_generated, same_object};
pub use plan::{
    Action, Basis, CheckedPlan, Looks, Moved, Plan, PlanInput, PlanMode, PropChange, Seen, Step,
    StepId, check_pin, check_plan, plan,
};
pub use record::{
    Change, Intent, KeyCost, MoveRefusal, Pin, Record, RecordChange, Snapshot, SnapshotDiff,
    Status, Target, ValueChange, WrappedKey, verify_integrity,
};
pub use recover::{Fate, Recovered, Recovery, Stamp, Stray, part_record, recover, wants_part};
pub use reference::{
    OtherStages, OutputRef, Reference, Referenced, ReferencesUsed, StageRef, resolve_references,
};
pub use source::{Location, Span};
pub use value::{Mask, Secret, SecretHasher, SecretLeaf, Value};
