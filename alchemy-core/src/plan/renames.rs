//! Pass: which record a resource takes over from a former name (`renamedFrom`).
//!
//! A resource without a record of its own takes the record of its first former name that has one. A resource whose
//! record is taken away may take over in its turn, so that `A → B → C` moves in one deploy. What the catalog expanded
//! from a resource (`Api/Role`) moves with it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::declared::Declared;
use super::records::RecordIndex;
use crate::{Diagnostic, Fqn, Record, ResourceType, Status};

/// Who takes which records over.
#[derive(Debug, Default)]
pub(super) struct Renames<'a> {
    /// Former names of each resource, nearest first.
    formers: Vec<Vec<Fqn>>,
    /// Former name taken over, by number of the resource.
    claims: BTreeMap<usize, Fqn>,
    /// Of the resources that had a name, the one that is first by FQN.
    heirs: BTreeMap<(&'a ResourceType, Fqn), usize>,
    /// Number of the resource that takes a name's records over.
    claimed: BTreeMap<(Fqn, &'a ResourceType), usize>,
}

impl<'a> Renames<'a> {
    /// The records of a resource after all renames, oldest first.
    pub(super) fn current(
        &self,
        declared: &Declared<'a>,
        records: &RecordIndex<'a>,
        index: usize,
    ) -> Vec<&'a Arc<Record>> {
        let resource = declared.resources[index];
        match self.claims.get(&index) {
            Some(former) => records.current(former, &resource.ty),
            None if self.loses_own(resource.fqn.clone(), &resource.ty) => Vec::new(),
            None => records.current(&resource.fqn, &resource.ty),
        }
    }
    /// Former names of a resource, nearest first.
    pub(super) fn formers(&self, index: usize) -> &[Fqn] {
        &self.formers[index]
    }
    /// Its own FQN, then the former names whose lost or kept objects nobody else has a better claim to.
    pub(super) fn heritage<'r>(
        &'r self,
        declared: &'r Declared<'a>,
        index: usize,
    ) -> impl Iterator<Item = &'r Fqn> + use<'r, 'a> {
        let resource = declared.resources[index];
        let free = move |former: &&Fqn| {
            let other = declared
                .index(former)
                .is_some_and(|other| declared.resources[other].ty == resource.ty);
            !other && self.heirs.get(&(&resource.ty, (*former).clone())) == Some(&index)
        };
        std::iter::once(&resource.fqn).chain(self.formers[index].iter().filter(free))
    }
    fn loses_own(&self, fqn: Fqn, ty: &'a ResourceType) -> bool {
        !self.claimed.is_empty() && self.claimed.contains_key(&(fqn, ty))
    }
}

/// Finds all renames. Two resources that want one record, and two that swap names, are refused.
pub(super) fn find<'a>(
    declared: &Declared<'a>,
    records: &RecordIndex<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Renames<'a> {
    let mut renames = Renames { formers: formers(declared), ..Renames::default() };
    if renames.formers.iter().all(Vec::is_empty) {
        return renames;
    }
    renames.heirs = heirs(declared, &renames.formers);
    refuse_rings(declared, &renames.formers, diagnostics);
    let without_own = |&index: &usize| {
        let resource = declared.resources[index];
        records.current(&resource.fqn, &resource.ty).is_empty()
    };
    let mut waiting: VecDeque<usize> = (0..declared.resources.len()).filter(without_own).collect();
    while let Some(index) = waiting.pop_front() {
        let ty = &declared.resources[index].ty;
        let Some(former) = renames.formers[index].iter().find(|former| whole(records, former, ty))
        else {
            continue;
        };
        let former = former.clone();
        match renames.claimed.insert((former.clone(), ty), index) {
            Some(other) if other != index => {
                renames.claimed.insert((former.clone(), ty), other);
                diagnostics.push(two_claims(declared, &former, other, index));
            }
            _ => {
                renames.claims.insert(index, former.clone());
                waiting.extend(
                    declared.index(&former).filter(|&loser| declared.resources[loser].ty == *ty),
                );
            }
        }
    }
    renames
}

fn heirs<'a>(
    declared: &Declared<'a>,
    formers: &[Vec<Fqn>],
) -> BTreeMap<(&'a ResourceType, Fqn), usize> {
    let mut heirs: BTreeMap<(&ResourceType, Fqn), usize> = BTreeMap::new();
    for (index, names) in formers.iter().enumerate() {
        let resource = declared.resources[index];
        for former in names {
            let heir = heirs.entry((&resource.ty, former.clone())).or_insert(index);
            if declared.resources[*heir].fqn > resource.fqn {
                *heir = index;
            }
        }
    }
    heirs
}

/// Whether a name has a record that can be taken over (one whose deletion has begun cannot).
fn whole(records: &RecordIndex<'_>, fqn: &Fqn, ty: &ResourceType) -> bool {
    records.current(fqn, ty).last().is_some_and(|record| record.status != Status::Deleting)
}

/// Former names as declared, and those that follow from the parent's.
fn formers(declared: &Declared<'_>) -> Vec<Vec<Fqn>> {
    let mut all: Vec<Vec<Fqn>> = vec![Vec::new(); declared.resources.len()];
    // A parent's FQN begins its children's, so it is shorter and comes first.
    let mut parents_first: Vec<usize> = (0..declared.resources.len()).collect();
    parents_first.sort_by_key(|&index| declared.resources[index].fqn.as_str().len());
    for index in parents_first {
        let resource = declared.resources[index];
        let mut own: Vec<Fqn> = resource.renamed_from.clone();
        if let Some(fqn) = &resource.parent
            && let Some(parent) = declared.index(fqn)
            && let Some(rest) = resource.fqn.as_str().strip_prefix(fqn.as_str())
        {
            let moved = all[parent].iter().map(|former| Fqn::parse(&format!("{former}{rest}")));
            own.extend(moved.filter_map(Result::ok));
        }
        own.retain(|former| former != &resource.fqn);
        all[index] = own;
    }
    all
}

/// Refuses resources that have each other's former names in a ring: nothing tells a swap from a swap already done.
fn refuse_rings(declared: &Declared<'_>, formers: &[Vec<Fqn>], diagnostics: &mut Vec<Diagnostic>) {
    let next = |index: usize| {
        let same_type = |&to: &usize| declared.resources[to].ty == declared.resources[index].ty;
        formers[index].iter().filter_map(|fqn| declared.index(fqn)).find(same_type)
    };
    let mut seen = vec![usize::MAX; formers.len()];
    for start in 0..formers.len() {
        let mut at = Some(start);
        while let Some(index) = at.filter(|&index| seen[index] == usize::MAX) {
            seen[index] = start;
            at = next(index);
        }
        if let Some(ring) = at.filter(|&index| seen[index] == start)
            && declared.resources[ring].parent.is_none()
        {
            let (one, other) = (ring, next(ring).unwrap_or(ring));
            let names = (&declared.resources[one].fqn, &declared.resources[other].fqn);
            diagnostics.push(
                Diagnostic::error("rename-ring", format!("`{}` and `{}` swap names", names.0, names.1))
                    .detail("After such a deploy the program would still say the same, and nothing could tell that the swap was done.")
                    .help("rename one of them to a third name, deploy, then take the second step")
                    .resource(names.0)
                    .at(declared.resources[one].span.as_ref(), "")
                    .at(declared.resources[other].span.as_ref(), "its former name leads back to this one"),
            );
        }
    }
}

fn two_claims(declared: &Declared<'_>, former: &Fqn, first: usize, second: usize) -> Diagnostic {
    let (first, second) = (declared.resources[first], declared.resources[second]);
    Diagnostic::error(
        "rename-conflict",
        format!("`{}` and `{}` both were `{former}`", first.fqn, second.fqn),
    )
    .detail("One cloud object cannot become two resources.")
    .help("take `renamedFrom` away from one of them")
    .resource(&second.fqn)
    .at(second.span.as_ref(), "")
    .at(first.span.as_ref(), "the other one")
}
