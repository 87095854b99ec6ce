//! Pass: which look-ups would make the plan surer.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Looks, Lookup, PlanInput, Record, RemovalPolicy, Status};

/// Look-ups of names about to be used, then (when refreshing) of every record not seen yet. What must be kept and may have
/// been made is looked up in any case: else nobody would know of it what its create would have told.
pub(super) fn collect(input: &PlanInput<'_>, makes: Vec<Lookup>) -> Vec<Lookup> {
    if input.looks == Looks::Nothing {
        return Vec::new();
    }
    let asked: BTreeSet<_> = makes.iter().map(|lookup| lookup.uid.clone()).collect();
    let mut records: Vec<&Record> = input
        .snapshot
        .records
        .values()
        .map(Arc::as_ref)
        .filter(|record| {
            (input.looks == Looks::Everything || may_have_to_be_kept(record))
                && !input.observations.contains_key(&record.uid)
                && !asked.contains(&record.uid)
        })
        .collect();
    records.sort_by(|a, b| super::orphans::order_key(a).cmp(&super::orphans::order_key(b)));
    let mut needs = makes;
    needs.extend(records.into_iter().map(lookup));
    needs
}

fn may_have_to_be_kept(record: &Record) -> bool {
    record.status == Status::Creating && record.removal == RemovalPolicy::Retain
}

fn lookup(record: &Record) -> Lookup {
    Lookup {
        uid: record.uid.clone(),
        fqn: record.fqn.clone(),
        ty: record.ty.clone(),
        generation: record.generation,
        target: record.target.clone(),
        name: record.name.clone(),
        props: record.props.clone(),
        attrs: record.attrs.clone(),
    }
}
