//! Pass: records that nothing in the program stands for any more, and what happens to their objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::decision::{Decision, Superseded};
use super::declared::Declared;
use super::ownership::{Standing, is_this_stage, seen_of, standing};
use super::records::{RecordIndex, handle_of};
use crate::index::{Index, KeySet};
use crate::{
    Action, Diagnostic, Found, Fqn, Generation, Identity, Observed, PlanInput, PlanMode, Record,
    RemovalPolicy, Status, Uid, same_object,
};

/// A record that goes.
#[derive(Clone, Debug)]
pub(super) struct Leaving {
    /// The record; one made up for an object that only its tags know.
    pub(super) record: Arc<Record>,
    /// Delete, retain or forget.
    pub(super) action: Action,
    /// Why.
    pub(super) reason: String,
    /// Whether its object must go before the one that takes its place is made.
    pub(super) first: bool,
    /// Number of the resource that takes its place.
    pub(super) successor: Option<usize>,
    /// Number of another resource that takes its name, and so can be made only after it is gone.
    pub(super) taker: Option<usize>,
}

/// Every record that no decision keeps, in order of FQN and generation.
pub(super) fn leaving<'a>(
    input: &PlanInput<'a>,
    declared: &Declared<'a>,
    records: &RecordIndex<'a>,
    decisions: &[Decision<'a>],
) -> Vec<Leaving> {
    let mut superseded: Index<&Uid, (usize, &Superseded<'a>)> = Index::default();
    let mut kept: KeySet<&Uid> = KeySet::default();
    for (index, decision) in decisions.iter().enumerate() {
        superseded.extend(decision.superseded.iter().map(|old| (&old.record.uid, (index, old))));
        kept.extend(decision.current.map(|record| &record.uid));
    }
    let mut all = Vec::new();
    for record in input.snapshot.records.values().filter(|record| !kept.contains(&record.uid)) {
        let action = action_for(input, records, record);
        let (reason, first, successor) = if let Some(&(index, old)) = superseded.get(&record.uid) {
            (old.reason.clone(), old.first, Some(index))
        } else {
            let namesake = declared.index(&record.fqn);
            let same = namesake.filter(|&i| decisions[i].resource.ty == record.ty);
            let reason = reason_for(input, record, namesake.is_some());
            (reason.to_owned(), false, same.filter(|_| record.replaced))
        };
        let reason = if action == Action::Forget {
            format!("{reason}; its object is gone or another's")
        } else {
            reason
        };
        all.push(Leaving {
            record: as_seen(input, records, record, action),
            action,
            reason,
            first,
            successor,
            taker: None,
        });
    }
    if input.mode == PlanMode::Destroy {
        all.extend(lost(input));
    }
    spare_the_retained(input, &mut all);
    mark_names_in_use(records, decisions, &mut all);
    all.sort_by(|a, b| order_key(&a.record).cmp(&order_key(&b.record)));
    all
}

/// The order in which records are shown: FQN, then generation.
pub(super) fn order_key(record: &Record) -> (&Fqn, Generation, &Uid) {
    (&record.fqn, record.generation, &record.uid)
}

fn action_for<'a>(input: &PlanInput<'a>, records: &RecordIndex<'a>, record: &Record) -> Action {
    let keep = record.removal == RemovalPolicy::Retain;
    match seen_of(input, records, record) {
        Some(Observed::Present { ownership, .. })
            if matches!(standing(input, ownership), Standing::Foreign(_)) =>
        {
            Action::Forget
        }
        // A look-up may lag behind; deleting what is not there does no harm, forgetting what is there does.
        Some(Observed::Absent) if keep => Action::Forget,
        _ if keep => Action::Retain,
        _ => Action::Delete,
    }
}

/// What is kept of a record: of an object whose create was interrupted, what a look-up showed of it.
fn as_seen<'a>(
    input: &PlanInput<'a>,
    records: &RecordIndex<'a>,
    record: &'a Arc<Record>,
    action: Action,
) -> Arc<Record> {
    let unfinished = action == Action::Retain && record.status == Status::Creating;
    match seen_of(input, records, record).filter(|_| unfinished) {
        Some(Observed::Present { attrs, .. }) => Arc::new(Record {
            status: Status::Ready,
            attrs: attrs.clone(),
            ..Record::clone(record)
        }),
        _ => Arc::clone(record),
    }
}

fn reason_for(input: &PlanInput<'_>, record: &Record, declared: bool) -> &'static str {
    match (input.mode, record.removal, record.status) {
        (_, RemovalPolicy::Retain, _) if record.replaced => {
            "replaced by a newer generation; its removal policy keeps it"
        }
        (_, RemovalPolicy::Retain, _) => "its removal policy keeps it",
        (_, _, Status::Deleting) => "finishes an interrupted delete",
        _ if record.replaced => "replaced by a newer generation",
        (PlanMode::Destroy, ..) => "the stage is destroyed",
        (PlanMode::Deploy, _, Status::Creating) => {
            "its create was interrupted, and the program no longer has it"
        }
        (PlanMode::Deploy, ..) if declared => "its type changed",
        (PlanMode::Deploy, ..) => "no longer in the program",
    }
}

/// Where a record that is kept and one that goes stand for the same name or key (a run ended between the delete of one
/// and the create of the other), whatever is there is kept.
fn spare_the_retained(input: &PlanInput<'_>, all: &mut [Leaving]) {
    let retained = all.iter().filter(|leaving| leaving.action == Action::Retain);
    let handle = |leaving: &Leaving| {
        let handle = handle_of(&leaving.record, input.catalog)?.into_owned();
        Some((leaving.record.ty.clone(), leaving.record.target.clone(), handle))
    };
    let kept: BTreeSet<_> = retained.filter_map(handle).collect();
    if kept.is_empty() {
        return;
    }
    for leaving in all.iter_mut().filter(|leaving| leaving.action == Action::Delete) {
        if handle(leaving).is_some_and(|handle| kept.contains(&handle)) {
            leaving.action = Action::Forget;
            leaving.reason.push_str("; its name is that of an object that is kept");
        }
    }
}

/// An object whose name or key a new one takes must go before that one is made, whoever had it.
fn mark_names_in_use<'a>(
    records: &RecordIndex<'a>,
    decisions: &[Decision<'a>],
    all: &mut [Leaving],
) {
    let mut takers: Index<&Uid, usize> = Index::default();
    for (index, decision) in
        decisions.iter().enumerate().filter(|(_, decision)| decision.makes_object())
    {
        let Some(handle) = decision.handle() else { continue };
        let held = records.in_the_way(decision.descriptor, &decision.target, &handle);
        let others = held.filter(|record| record.uid != decision.object.uid);
        takers.extend(others.map(|record| (&record.uid, index)));
    }
    if takers.is_empty() {
        return;
    }
    for leaving in all {
        match takers.get(&leaving.record.uid) {
            Some(&index) if leaving.successor == Some(index) => leaving.first = true,
            Some(&index) => leaving.taker = Some(index),
            None => {}
        }
    }
}

/// Own objects that only their tags know; a destroy takes them too.
fn lost(input: &PlanInput<'_>) -> impl Iterator<Item = Leaving> {
    let own = super::adoption::unrecorded(input).filter(|found| is_this_stage(input, &found.owner));
    own.filter_map(|found| {
        Some(Leaving {
            record: Arc::new(record_of(input, found)?),
            action: Action::Delete,
            reason: "its tags say that it is this stage's, but state had lost it".to_owned(),
            first: false,
            successor: None,
            taker: None,
        })
    })
}

/// The record that an object found by its tags would have.
pub(super) fn record_of(input: &PlanInput<'_>, found: &Found) -> Option<Record> {
    let fqn = Fqn::parse(&found.owner.id).ok()?;
    let generation = Generation(found.owner.generation);
    let identity = Identity {
        realm: input.realm.clone(),
        stack: input.snapshot.stack.clone(),
        stage: input.snapshot.stage.clone(),
        fqn: fqn.clone(),
        ty: found.ty.clone(),
        generation,
    };
    Some(Record {
        uid: identity.uid(),
        fqn,
        ty: found.ty.clone(),
        generation,
        status: Status::Creating,
        name: Some(found.name.clone()),
        target: input.target.clone(),
        props: BTreeMap::new(),
        attrs: found.attrs.clone(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: String::new(),
        updated_at: String::new(),
        replaced: false,
    })
}

/// Says which own objects nobody knows, and refuses to go on beside a namesake in another realm.
pub(super) fn judge_found(
    input: &PlanInput<'_>,
    decisions: &[Decision<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    if input.found.is_empty() {
        return;
    }
    let adopted: BTreeSet<(&str, &str)> = decisions
        .iter()
        .filter_map(|d| Some((d.resource.ty.as_str(), d.object.name.as_deref()?)))
        .collect();
    let strangers: Vec<&Found> = super::adoption::unrecorded(input)
        .filter(|f| {
            super::ownership::is_namesake(input, &f.owner) && !is_this_stage(input, &f.owner)
        })
        .collect();
    if let Some(first) = strangers.first() {
        let (stack, stage) = (&input.snapshot.stack, &input.snapshot.stage);
        let summary = format!(
            "stage `{stage}` of stack `{stack}` already exists, deployed from another state store"
        );
        diagnostics.push(
            Diagnostic::error("other-realm", summary)
                .detail(format!(
                    "{} of its objects carry realm `{}`, this store's realm is `{}`: {}.",
                    strangers.len(),
                    first.owner.realm,
                    input.realm,
                    names(&strangers)
                ))
                .help("put that store back, or name it with --state")
                .help(format!("if that store is lost: alchemy state recover --stage {stage}"))
                .help("to deploy a second, separate instance from this store: --new-realm"),
        );
    }
    let unwanted: Vec<&Found> = super::adoption::unrecorded(input)
        .filter(|f| is_this_stage(input, &f.owner))
        .filter(|f| !adopted.contains(&(f.ty.as_str(), f.name.as_str())))
        .filter(|f| !takes_nameless(decisions, f))
        .collect();
    if !unwanted.is_empty() && input.mode == PlanMode::Deploy {
        diagnostics.push(
            Diagnostic::warning(
                "unknown-objects",
                format!("{} objects of this stage are not in its state", unwanted.len()),
            )
            .detail(format!(
                "Their tags say that they belong to it, but the program does not want them: {}.",
                names(&unwanted)
            ))
            .help("alchemy destroy deletes them with the stage"),
        );
    }
}

/// Whether a resource whose type has no names takes the object over.
fn takes_nameless(decisions: &[Decision<'_>], found: &Found) -> bool {
    let mut nameless = decisions.iter().filter(|decision| decision.object.name.is_none());
    nameless.any(|decision| {
        let seen = decision.seen.filter(|_| decision.resource.ty == found.ty);
        seen.is_some_and(|attrs| same_object(decision.descriptor, &found.attrs, attrs))
    })
}

/// How many names a message lists before it says how many more there are.
const NAMED: usize = 5;

fn names(found: &[&Found]) -> String {
    let mut text = found
        .iter()
        .take(NAMED)
        .map(|f| format!("{} `{}`", f.ty, f.name))
        .collect::<Vec<_>>()
        .join(", ");
    if found.len() > NAMED {
        let more = format!(" and {} more", found.len() - NAMED);
        text.push_str(&more);
    }
    text
}
