//! Own objects that no declared resource takes over: former generations, what the program no longer has, everything
//! if there is no program.

use std::collections::BTreeSet;

use super::{Draft, Fate, Members, Recovered, Stray};
use crate::{
    Descriptor, Fqn, Generation, Identity, NameUse, Observed, PlanInput, Record, RemovalPolicy,
    Resource, Status, Value,
};

/// Adds what is there of `strays`, newest generation first.
pub(super) fn settle<'a>(
    input: &PlanInput<'_>,
    strays: &'a [Stray],
    at: &str,
    drafts: &mut Vec<Draft<'a>>,
) {
    let mut ordered: Vec<&Stray> = strays.iter().collect();
    ordered.sort_by_key(|stray| std::cmp::Reverse(stray.found.owner.generation));
    for stray in ordered {
        let Some(descriptor) = input.catalog.get(&stray.found.ty) else { continue };
        let Observed::Present { config, attrs, .. } = &stray.observed else { continue };
        let Some(record) = record(input, stray, (descriptor, config, attrs), at) else { continue };
        let newer = drafts.iter().any(|Draft { object, .. }| {
            object.fate == Fate::Live
                && (&object.record.fqn, &object.record.ty) == (&record.fqn, &record.ty)
        });
        let (fate, removal) = fate(input, &record, descriptor, newer);
        let record = Record { removal, ..record };
        let object = Recovered { record, fate, differs: Vec::new() };
        drafts.push(Draft { object, mentions: Some(config), undeclared: true });
    }
}

/// Nothing that holds data is recorded as something to be deleted: whether it was to be kept died with the state.
fn fate(
    input: &PlanInput<'_>,
    record: &Record,
    descriptor: &Descriptor,
    newer: bool,
) -> (Fate, RemovalPolicy) {
    let declared = declared(input, record);
    let policy = declared.map(|resource| resource.removal.unwrap_or(descriptor.removal));
    let keep = descriptor.holds_data || policy == Some(RemovalPolicy::Retain);
    let removal = if keep { RemovalPolicy::Retain } else { RemovalPolicy::Destroy };
    let fate = match (input.graph.is_some(), newer) {
        (true, _) if keep => Fate::Kept,
        (_, true) => Fate::Replaced,
        (_, false) => Fate::Live,
    };
    (fate, removal)
}

/// The declared resource that the object once was of.
fn declared<'a>(input: &PlanInput<'a>, record: &Record) -> Option<&'a Resource> {
    let mut all = input.graph?.resources.values().filter(|resource| resource.ty == record.ty);
    all.find(|r| r.fqn == record.fqn || r.renamed_from.contains(&record.fqn))
}

fn record(
    input: &PlanInput<'_>,
    stray: &Stray,
    (descriptor, config, attrs): (&Descriptor, &Members, &Members),
    at: &str,
) -> Option<Record> {
    let fqn = Fqn::parse(&stray.found.owner.id).ok()?;
    let generation = Generation(stray.found.owner.generation);
    let identity = Identity {
        realm: input.realm.clone(),
        stack: input.snapshot.stack.clone(),
        stage: input.snapshot.stage.clone(),
        fqn: fqn.clone(),
        ty: stray.found.ty.clone(),
        generation,
    };
    let named = matches!(descriptor.name, NameUse::Named { .. });
    Some(Record {
        uid: identity.uid(),
        fqn,
        ty: stray.found.ty.clone(),
        generation,
        status: Status::Ready,
        name: named.then(|| stray.found.name.clone()),
        target: stray.target.clone(),
        props: props(descriptor, config, named.then_some(stray.found.name.as_str())),
        attrs: attrs.clone(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: at.to_owned(),
        updated_at: at.to_owned(),
        replaced: false,
    })
}

/// What deleting needs: name, key, and what another object would be needed for. Other settings stay unrecorded: the
/// cloud shows secrets in clear, and only a program says which of them are secrets.
fn props(descriptor: &Descriptor, config: &Members, name: Option<&str>) -> Members {
    let key: BTreeSet<&str> = match &descriptor.name {
        NameUse::Natural { key } => key.iter().copied().collect(),
        NameUse::Named { .. } => BTreeSet::new(),
    };
    let needed = |prop: &str| {
        let known = descriptor.prop(prop);
        let safe = known.is_some_and(|prop| prop.forces_replacement && !prop.sensitive);
        safe || key.contains(prop)
    };
    let mut props: Members = config
        .iter()
        .filter(|(prop, value)| needed(prop) && !value.is_null())
        .map(|(prop, value)| (prop.clone(), value.clone()))
        .collect();
    if let (NameUse::Named { prop, .. }, Some(name)) = (&descriptor.name, name) {
        props.insert((*prop).to_owned(), Value::str(name));
    }
    props
}
