//! Objects without tags: found again on their parent, by the names that their generations have.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Fqn, Generation, Identity, Lookup, NameUse, PlanInput, Record, RemovalPolicy, Resource, Status,
    Value, physical_name,
};

/// Generations that are tried. A part takes the next one at every replacement and at every new life of its stage.
const GENERATIONS: u32 = 1000;

/// Whether a look-up is for an object whose generation only its name tells: without tags, under a generated name.
pub fn wants_part(input: &PlanInput<'_>, lookup: &Lookup) -> bool {
    let Some(descriptor) = input.catalog.get(&lookup.ty) else { return false };
    let NameUse::Named { prop, .. } = &descriptor.name else { return false };
    let by_hand = resource(input, lookup).is_none_or(|r| r.props.contains_key(*prop));
    !descriptor.taggable && !by_hand && lookup.name.is_some()
}

/// The record of the part that `lookup` is for, if one of `names`, which stand on its parent, is the name that one of
/// its generations has, the newest counting. Of a resource that was renamed also its former names are tried.
pub fn part_record(
    input: &PlanInput<'_>,
    lookup: &Lookup,
    names: &BTreeSet<String>,
) -> Option<Record> {
    let resource = resource(input, lookup)?;
    let descriptor = input.catalog.get(&lookup.ty)?;
    let rule = descriptor.name_rule(&resource.props)?;
    let identity = |fqn: &Fqn, generation: u32| Identity {
        realm: input.realm.clone(),
        stack: input.snapshot.stack.clone(),
        stage: input.snapshot.stage.clone(),
        fqn: fqn.clone(),
        ty: lookup.ty.clone(),
        generation: Generation(generation),
    };
    let fqns = std::iter::once(&resource.fqn).chain(&resource.renamed_from);
    let mut tried = fqns.flat_map(|fqn| (0..GENERATIONS).rev().map(move |g| identity(fqn, g)));
    let found = tried.find(|identity| names.contains(&physical_name(identity, rule)))?;
    let name = physical_name(&found, rule);
    let mut props = lookup.props.clone();
    if let NameUse::Named { prop, .. } = &descriptor.name {
        props.insert((*prop).to_owned(), Value::str(name.as_str()));
    }
    Some(Record {
        uid: found.uid(),
        fqn: resource.fqn.clone(),
        ty: lookup.ty.clone(),
        generation: found.generation,
        status: Status::Ready,
        name: Some(name),
        target: lookup.target.clone(),
        props,
        attrs: BTreeMap::new(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: resource.parent.clone(),
        location: None,
        created_at: String::new(),
        updated_at: String::new(),
        replaced: false,
    })
}

fn resource<'a>(input: &PlanInput<'a>, lookup: &Lookup) -> Option<&'a Resource> {
    input.graph?.resources.get(&lookup.fqn)
}
