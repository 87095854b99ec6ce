//! Recovery: the records that a stage's lost state must have held, from what the cloud shows and what the program
//! wants. Pure: the engine looks, this decides.
//!
//! A declared resource whose object was found gets a record as the deploy that made it wrote it: the plan that would
//! take the object over knows name, generation, edges, parent and completed props; where the object differs from
//! them, what was seen is recorded, so that the next plan shows the difference. What nothing declares ([`Stray`]) is
//! recorded from what was seen alone, and nothing that holds data is recorded as something to be deleted.

mod edges;
mod part;
mod strays;

use std::collections::BTreeMap;

use crate::{
    Action, Change, Descriptor, Diagnostic, Expr, Found, Fqn, Generation, Identity, Observed, Plan,
    PlanInput, Record, Reference, ResourceType, Secret, Severity, Snapshot, Status, Step, Target,
    Uid, Value,
};

pub use part::{part_record, wants_part};

/// Findings about one object: it is left out, all others are recovered.
const OF_ONE_OBJECT: [&str; 4] = ["not-ours", "name-owned", "name-unreadable", "other-realm"];

/// An own object that the plan does not take over, and what a look-up saw of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stray {
    /// What its list call showed.
    pub found: Found,
    /// Where.
    pub target: Target,
    /// What a look-up saw.
    pub observed: Observed,
}

/// What becomes of a recovered object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A live record.
    Live,
    /// A former generation that waits to be deleted.
    Replaced,
    /// Listed as kept in the cloud: never deleted, taken up again by a program that declares it.
    Kept,
}

/// One recovered object.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// Its record.
    pub record: Record,
    /// What becomes of it.
    pub fate: Fate,
    /// Props in which it differs from the program.
    pub differs: Vec<String>,
}

/// What was found, and how state becomes it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Recovery {
    /// In order of FQN and generation.
    pub objects: Vec<Recovered>,
    /// Declared resources without an object.
    pub missing: Vec<(Fqn, ResourceType)>,
    /// Objects that are left out, and other warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What turns `base` into the recovered state.
    pub changes: Vec<Change>,
}

/// Who recovers, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// User and host.
    pub by: String,
    /// RFC 3339.
    pub at: String,
}

/// The records of what was found. `plan` is the plan of `input` that needs nothing more; `base` what state holds now.
///
/// Refuses a program that cannot be planned at all.
pub fn recover(
    input: &PlanInput<'_>,
    plan: Plan,
    strays: &[Stray],
    (base, stamp): (&Snapshot, &Stamp),
) -> Result<Recovery, Vec<Diagnostic>> {
    let of_one = |found: &Diagnostic| OF_ONE_OBJECT.contains(&found.code);
    if plan.diagnostics.iter().any(|found| found.is_error() && !of_one(found)) {
        return Err(plan.diagnostics);
    }
    let mut recovery = Recovery {
        diagnostics: plan.diagnostics.into_iter().filter_map(softened).collect(),
        ..Recovery::default()
    };
    let mut drafts = Vec::new();
    for step in &plan.steps {
        match (step.action, seen_of(input, step)) {
            (Action::Adopt, Some(Observed::Present { config, attrs, .. })) => {
                drafts.extend(declared(input, step, (config, attrs), &stamp.at));
            }
            (Action::Create | Action::Adopt, _) => {
                recovery.missing.push((step.fqn.clone(), step.ty.clone()));
            }
            _ => {}
        }
    }
    strays::settle(input, strays, &stamp.at, &mut drafts);
    edges::complete(&mut drafts);
    recovery.objects = drafts.into_iter().map(|draft| draft.object).collect();
    recovery.objects.sort_by(|a, b| key(&a.record).cmp(&key(&b.record)));
    recovery.changes = changes(input, base, &recovery, (plan.outputs, plan.references), stamp);
    Ok(recovery)
}

/// What a look-up saw of the object that a step takes over. Under a name given by hand it was asked for as the next
/// generation, and its tags said which one it is.
fn seen_of<'a>(input: &PlanInput<'a>, step: &Step) -> Option<&'a Observed> {
    let identity = Identity {
        realm: input.realm.clone(),
        stack: input.snapshot.stack.clone(),
        stage: input.snapshot.stage.clone(),
        fqn: step.fqn.clone(),
        ty: step.ty.clone(),
        generation: input.snapshot.next_generation(&step.fqn, &step.ty),
    };
    let own = input.observations.get(&step.uid);
    own.or_else(|| input.observations.get(&identity.uid()))
}

fn key(record: &Record) -> (&Fqn, &ResourceType, Generation, &Uid) {
    (&record.fqn, &record.ty, record.generation, &record.uid)
}

/// A finding about one object is no reason not to recover the others; strays are listed, not warned of.
fn softened(found: Diagnostic) -> Option<Diagnostic> {
    if found.code == "unknown-objects" {
        return None;
    }
    let code = if found.is_error() { "not-recovered" } else { found.code };
    Some(Diagnostic { code, severity: Severity::Warning, ..found })
}

type Members = BTreeMap<String, Value>;

/// An object in the making.
struct Draft<'a> {
    object: Recovered,
    /// The settings that show what it depends on, where the program does not say it or says something else.
    mentions: Option<&'a Members>,
    /// Whether nothing in the program stands for it.
    undeclared: bool,
}

/// The record of a declared resource's object.
fn declared<'a>(
    input: &PlanInput<'_>,
    step: &Step,
    (config, attrs): (&'a Members, &Members),
    at: &str,
) -> Option<Draft<'a>> {
    let descriptor = input.catalog.get(&step.ty)?;
    let mut differs: Vec<String> = step.changes.iter().map(|c| top(&c.path).to_owned()).collect();
    differs.sort_unstable();
    differs.dedup();
    let mut props = BTreeMap::new();
    for prop in &descriptor.props {
        let wanted = step.props.get(prop.name).and_then(Expr::as_value);
        let shown = differs.iter().any(|name| name == prop.name);
        let value = if shown {
            observed(input, descriptor, prop.name, config, wanted)
        } else {
            wanted.cloned()
        };
        props.extend(value.filter(|v| !v.is_null()).map(|value| (prop.name.to_owned(), value)));
    }
    let record = Record {
        uid: step.uid.clone(),
        fqn: step.fqn.clone(),
        ty: step.ty.clone(),
        generation: step.generation,
        status: Status::Ready,
        name: step.name.clone(),
        target: step.target.clone(),
        props,
        attrs: attrs.clone(),
        deps: step.deps.clone(),
        removal: step.removal,
        parent: step.parent.clone(),
        location: step.location.clone(),
        created_at: at.to_owned(),
        updated_at: at.to_owned(),
        replaced: false,
    };
    let mentions = (!differs.is_empty()).then_some(config);
    let object = Recovered { record, fate: Fate::Live, differs };
    Some(Draft { object, mentions, undeclared: false })
}

fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// A prop as it was seen. Redacted unless the program says, and says without a secret, what it is to be: a cloud shows
/// secrets in clear.
fn observed(
    input: &PlanInput<'_>,
    descriptor: &Descriptor,
    name: &str,
    config: &Members,
    wanted: Option<&Value>,
) -> Option<Value> {
    let value = config.get(name).filter(|value| !value.is_null())?.clone();
    let value = descriptor.normalise_value(name, value.clone(), input.hasher).unwrap_or(value);
    let open = wanted.is_some_and(|wanted| !wanted.has_secret());
    Some(if open || value.has_secret() {
        value
    } else {
        Value::Secret(Secret::new(value, input.hasher))
    })
}

/// From `base` to the recovered state, through the same changes as every run writes.
fn changes(
    input: &PlanInput<'_>,
    base: &Snapshot,
    recovery: &Recovery,
    (outputs, references): (Option<Expr>, Option<Vec<Reference>>),
    stamp: &Stamp,
) -> Vec<Change> {
    let mut changes = vec![Change::Pin(input.target.clone())];
    changes.extend(base.records.keys().cloned().map(Change::Removed));
    for Recovered { record, fate, .. } in &recovery.objects {
        changes.push(Change::Put(record.clone()));
        match fate {
            Fate::Live => {}
            Fate::Replaced => changes.push(Change::Replaced(record.uid.clone())),
            Fate::Kept => changes.push(Change::Retained(record.uid.clone())),
        }
    }
    changes.extend(outputs.and_then(Expr::into_value).map(Change::Outputs));
    changes.extend(references.map(Change::References));
    changes.push(Change::Deployed { by: stamp.by.clone(), at: stamp.at.clone() });
    changes
}
