//! Pass: a resource without a record. Its object may exist all the same: kept on purpose, lost from state, made by
//! hand. What a look-up of its name shows decides.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::decision::{Decision, Object};
use super::declared::target_of;
use super::diff::Want;
use super::ownership::{self, Standing, standing};
use super::records::key_text;
use super::settle::{Settler, Wanted};
use crate::{
    Action, Found, Generation, Identity, KnownObjects, Looks, Lookup, NameUse, Observed, Owner,
    PlanInput, Record, Uid, Value,
};

/// Own objects by type and resource that neither records nor retained objects know, oldest generation first.
pub(super) fn found_by_resource<'a>(
    input: &PlanInput<'a>,
) -> BTreeMap<(&'a str, &'a str), Vec<&'a Found>> {
    let mut index: BTreeMap<(&str, &str), Vec<&Found>> = BTreeMap::new();
    for found in unrecorded(input) {
        if ownership::is_this_stage(input, &found.owner) {
            index.entry((found.ty.as_str(), found.owner.id.as_str())).or_default().push(found);
        }
    }
    for list in index.values_mut() {
        list.sort_by_key(|found| found.owner.generation);
    }
    index
}

/// Objects that list calls showed and state does not know.
pub(super) fn unrecorded<'a>(input: &PlanInput<'a>) -> impl Iterator<Item = &'a Found> + use<'a> {
    let records = input.snapshot.records.values().chain(input.snapshot.retained.values());
    let needed = records.map(Arc::as_ref).filter(|_| !input.found.is_empty());
    let known = KnownObjects::of(input.catalog, input.realm, needed);
    input.found.iter().filter(move |found| !known.has(found))
}

/// What stands under a name that is about to be used.
pub(super) enum Met<'a> {
    /// Nothing, or nothing that has been looked for yet.
    Free,
    /// An object of ours without a record, of this generation, under the FQN it was made under.
    Ours(&'a Owner, &'a Observed),
    /// An object that may be taken over.
    TakeOver(&'a Observed),
    /// Something that forbids it; a diagnostic says so.
    Refused,
}

impl<'a> Settler<'_, 'a> {
    /// Decides a resource that has no record.
    pub(super) fn without_record(&mut self, index: usize, wanted: &Wanted<'a>) -> Decision<'a> {
        let explicit = self.explicit_name(index, wanted);
        if let Some(record) = self.retained_match(index, wanted, explicit.as_deref()) {
            return self.adopt_retained(index, wanted, record);
        }
        let mut object = self.fresh(index, wanted, explicit.as_deref());
        let mut reason = "not there yet";
        if let Some(found) = self.found_match(index, &object, explicit.is_some()) {
            let uid = self.uid_of(&found.owner, index);
            if !matches!(self.observed(&uid), Some(Observed::Absent)) {
                object = Object {
                    uid,
                    generation: Generation(found.owner.generation),
                    name: object.name.is_some().then(|| found.name.clone()),
                };
                reason = "its tags say that it is this resource's, but state had lost it";
                let mut decision = self.create(index, wanted, object, explicit.is_some(), reason);
                if decision.action == Some(Action::Create) {
                    decision.action = Some(Action::Adopt);
                    decision.seen = Some(&found.attrs);
                }
                return decision;
            }
        }
        self.create(index, wanted, object, explicit.is_some(), reason)
    }

    /// Decides to make `object`, unless what stands under its name says otherwise.
    pub(super) fn create(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        object: Object,
        explicit: bool,
        reason: &str,
    ) -> Decision<'a> {
        let mut decision = self.blank(index, object);
        decision.action = Some(Action::Create);
        reason.clone_into(&mut decision.reason);
        match self.meet(index, wanted, &decision.object, explicit, decision.adopt) {
            Met::Free | Met::Refused => {}
            Met::Ours(owner, seen) => {
                decision.action = Some(Action::Adopt);
                "its tags say that it is this resource's, but state had lost it"
                    .clone_into(&mut decision.reason);
                let uid = self.uid_of(owner, index);
                let snapshot = self.input.snapshot;
                if !snapshot.records.contains_key(&uid) && !snapshot.retained.contains_key(&uid) {
                    decision.object.uid = uid;
                    decision.object.generation = Generation(owner.generation);
                }
                self.compare_seen(index, wanted, &mut decision, seen);
            }
            Met::TakeOver(seen) => {
                decision.action = Some(Action::Adopt);
                "it exists already and is taken over".clone_into(&mut decision.reason);
                self.compare_seen(index, wanted, &mut decision, seen);
            }
        }
        decision.props = self.full_props(index, wanted, &decision.object);
        decision
    }

    fn compare_seen(
        &self,
        index: usize,
        wanted: &Wanted<'a>,
        decision: &mut Decision<'a>,
        seen: &'a Observed,
    ) {
        if let Observed::Present { config, attrs, .. } = seen {
            decision.seen = Some(attrs);
            decision.changes = self.differences(index, wanted, None, Some(config)).service;
        }
    }

    /// Looks at what stands under the name (or key) of an object about to be made; asks for a look-up if none was made.
    pub(super) fn meet(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        object: &Object,
        explicit: bool,
        adopt: bool,
    ) -> Met<'a> {
        let resource = self.declared.resources[index];
        let descriptor = self.declared.descriptors[index];
        let name = object.name.as_deref();
        let Some(observed) = self.observed(&object.uid) else {
            self.need(index, wanted, object);
            return Met::Free;
        };
        let ownership = match observed {
            Observed::Absent => return Met::Free,
            Observed::Unreadable { message } => {
                self.diagnostics
                    .push(ownership::unreadable(resource, descriptor, name, explicit, message));
                return Met::Free;
            }
            Observed::Present { ownership, .. } => ownership,
        };
        match standing(self.input, ownership) {
            Standing::Foreign(owner) => {
                self.diagnostics.push(ownership::owned_elsewhere(
                    self.input, resource, descriptor, name, owner,
                ));
                Met::Refused
            }
            // An object of ours that this plan takes away first, or one that two resources want: the pass over names
            // tells them apart.
            _ if self.has_record(index, wanted, object) => Met::Free,
            Standing::ByParent => Met::TakeOver(observed),
            Standing::Untagged if adopt => Met::TakeOver(observed),
            Standing::Untagged => {
                self.diagnostics.push(ownership::untagged(resource, descriptor, name));
                Met::Refused
            }
            Standing::ThisStage(owner) if self.is_or_was(index, &owner.id) => {
                Met::Ours(owner, observed)
            }
            Standing::ThisStage(owner) => {
                self.diagnostics
                    .push(ownership::owned_by_sibling(resource, descriptor, name, owner));
                Met::Refused
            }
        }
    }

    fn need(&mut self, index: usize, wanted: &Wanted<'a>, object: &Object) {
        if self.input.looks == Looks::Nothing {
            return;
        }
        let resource = self.declared.resources[index];
        let descriptor = self.declared.descriptors[index];
        let known = |name: &str| {
            let prop = descriptor.prop(name)?;
            match Want::of(prop, wanted.get(prop.name)) {
                Want::Known(value) if !value.is_null() => {
                    Some((prop.name.to_owned(), value.clone()))
                }
                _ => None,
            }
        };
        if let NameUse::Natural { key } = &descriptor.name
            && key.iter().any(|name| known(name).is_none())
        {
            return; // What it belongs to is not there yet, so neither is it.
        }
        let mut props: BTreeMap<String, Value> =
            descriptor.props.iter().filter_map(|p| known(p.name)).collect();
        if let (NameUse::Named { prop, .. }, Some(name)) = (&descriptor.name, &object.name) {
            props.insert((*prop).to_owned(), Value::str(name.as_str()));
        }
        let lookup = Lookup {
            uid: object.uid.clone(),
            fqn: resource.fqn.clone(),
            ty: resource.ty.clone(),
            generation: object.generation,
            target: target_of(resource, self.input.target).into_owned(),
            name: object.name.clone(),
            props,
            attrs: BTreeMap::new(),
        };
        self.needs.push((index, lookup));
    }

    /// Whether a record other than `object`'s own stands for what has its name or key.
    fn has_record(&self, index: usize, wanted: &Wanted<'a>, object: &Object) -> bool {
        let handle = object.name.clone().or_else(|| self.wanted_key(index, wanted));
        let descriptor = self.declared.descriptors[index];
        let target = target_of(self.declared.resources[index], self.input.target);
        handle.is_some_and(|handle| {
            let mut records = self.records.in_the_way(descriptor, &target, &handle);
            records.any(|record| record.uid != object.uid)
        })
    }

    /// The natural key that is wanted, as text.
    fn wanted_key(&self, index: usize, wanted: &Wanted<'a>) -> Option<String> {
        let descriptor = self.declared.descriptors[index];
        key_text(descriptor, |name| match Want::of(descriptor.prop(name)?, wanted.get(name)) {
            Want::Known(value) => Some(value),
            Want::Open(_) => None,
        })
    }

    fn is_or_was(&self, index: usize, id: &str) -> bool {
        let formers = self.renames.formers(index);
        self.declared.resources[index].fqn.as_str() == id
            || formers.iter().any(|fqn| fqn.as_str() == id)
    }

    /// The uid under which the object was made.
    fn uid_of(&self, owner: &Owner, index: usize) -> Uid {
        let resource = self.declared.resources[index];
        let formers = self.renames.formers(index);
        let fqn = formers.iter().find(|fqn| fqn.as_str() == owner.id).unwrap_or(&resource.fqn);
        Identity {
            realm: self.input.realm.clone(),
            stack: self.input.snapshot.stack.clone(),
            stage: self.input.snapshot.stage.clone(),
            fqn: fqn.clone(),
            ty: resource.ty.clone(),
            generation: Generation(owner.generation),
        }
        .uid()
    }

    fn found_match(&self, index: usize, object: &Object, explicit: bool) -> Option<&'a Found> {
        if self.found.is_empty() {
            return None;
        }
        let resource = self.declared.resources[index];
        let names = self.renames.heritage(self.declared, index);
        let all = names.filter_map(|fqn| self.found.get(&(resource.ty.as_str(), fqn.as_str())));
        let fits =
            |found: &&&Found| !explicit || object.name.as_deref() == Some(found.name.as_str());
        all.flat_map(|list| list.iter().rev()).find(fits).copied()
    }

    /// The retained object that the resource is to take back, if it can become what is wanted.
    fn retained_match(
        &self,
        index: usize,
        wanted: &Wanted<'a>,
        explicit: Option<&str>,
    ) -> Option<&'a Arc<Record>> {
        let resource = self.declared.resources[index];
        let mut names = self.renames.heritage(self.declared, index);
        let record = names.find_map(|fqn| self.records.retained(fqn, &resource.ty))?;
        let same_name = explicit.is_none_or(|name| record.name.as_deref() == Some(name));
        let gone = matches!(self.observed(&record.uid), Some(Observed::Absent));
        let differences = self.differences(index, wanted, Some(record), None);
        let same_place = self.moved(index, record).is_none();
        let fits = same_name
            && same_place
            && !gone
            && !differences.service.iter().any(|c| c.forces_replacement);
        fits.then_some(record)
    }

    fn adopt_retained(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        record: &'a Arc<Record>,
    ) -> Decision<'a> {
        let explicit = matches!(&self.declared.descriptors[index].name, NameUse::Named { prop, .. } if wanted.get(prop).is_some());
        let mut decision = self.blank(index, Object::of(record));
        decision.target = Cow::Borrowed(&record.target);
        decision.action = Some(Action::Adopt);
        "was kept when it was removed, and is wanted again".clone_into(&mut decision.reason);
        decision.prior = Some(record);
        // State lists it as ours: under a generated name missing tags are no reason to refuse it.
        decision.adopt |= self.claims_untagged(index, record);
        let config = match self.observed(&record.uid) {
            Some(Observed::Present { ownership, config, attrs }) => {
                decision.seen = Some(attrs);
                if let Standing::Foreign(_) | Standing::Untagged = standing(self.input, ownership) {
                    self.meet(index, wanted, &decision.object, explicit, decision.adopt);
                }
                Some(config)
            }
            Some(_) => None,
            None => {
                self.need(index, wanted, &decision.object);
                None
            }
        };
        decision.changes = self.differences(index, wanted, Some(record), config).service;
        decision.props = self.full_props(index, wanted, &decision.object);
        decision
    }

    /// Whether the natural key is known and as recorded.
    pub(super) fn same_key(&self, index: usize, wanted: &Wanted<'a>, record: &Record) -> bool {
        let recorded = key_text(self.declared.descriptors[index], |prop| record.props.get(prop));
        recorded.is_some() && recorded == self.wanted_key(index, wanted)
    }
}
