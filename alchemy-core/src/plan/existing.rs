//! Pass: a resource with a whole record: keep, update, make again, or hand over to the replace pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::attributes;
use super::decision::{Decision, Object};
use super::diff::{self, Have, Want};
use super::ownership::{self, Standing, standing};
use super::settle::{Settler, Wanted};
use crate::{
    Action, Diagnostic, Expr, Fqn, NameUse, Observed, Ownership, PropChange, Record, Status, Value,
};

/// Why the tags of a renamed object are written again.
const FORMER_NAME: &str = "its tags have its former name";

/// Key of an observed configuration that lists props which the provider cannot read.
const UNREAD: &str = "$unread";

/// What differs between the wanted props and the object.
#[derive(Debug, Default)]
pub(super) struct Differences {
    /// Props that the service has to hear of.
    pub(super) service: Vec<PropChange>,
    /// Props that steer only us.
    pub(super) local: Vec<PropChange>,
}

impl<'a> Settler<'_, 'a> {
    /// Decides a resource whose object is known to have been whole.
    pub(super) fn with_record(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        record: &'a Arc<Record>,
    ) -> Decision<'a> {
        let resource = self.declared.resources[index];
        let descriptor = self.declared.descriptors[index];
        let explicit = self.explicit_name(index, wanted);
        let mut decision = self.keep(index, record);
        // Without a look at its tags only a rename tells that they are not right any more.
        let mut wrong_tags = (descriptor.taggable && decision.renames()).then_some(FORMER_NAME);
        let mut config = None;
        match self.seen(record) {
            Some(Observed::Absent) => {
                return self.vanished(index, wanted, record, explicit.as_deref());
            }
            Some(Observed::Unreadable { message }) => {
                let name = record.name.as_deref();
                self.diagnostics
                    .push(ownership::unreadable(resource, descriptor, name, false, message));
            }
            Some(Observed::Present { ownership, config: seen, attrs }) => {
                decision.seen = Some(attrs);
                config = Some(seen);
                if *ownership != Ownership::ByParent {
                    wrong_tags = self.wrong_tags(index, record, ownership, decision.adopt);
                }
            }
            None => {}
        }
        let mut differences = self.differences(index, wanted, Some(record), config);
        differences.service.extend(self.name_change(index, record, explicit.as_deref()));
        let moved = self.moved(index, record);
        if let Some(reason) = replacement_reason(&differences, moved) {
            return self.replace(
                index,
                wanted,
                record,
                explicit.as_deref(),
                (reason, differences.service),
            );
        }
        if let Some(parent) = self.taken_along(index) {
            let reason = format!("goes with `{parent}`, which is replaced under the same name");
            let mut decision = self.replace(
                index,
                wanted,
                record,
                explicit.as_deref(),
                (reason, differences.service),
            );
            decision.superseded.iter_mut().for_each(|old| old.first = true);
            return decision;
        }
        let drifted = config.is_some() && self.drifted(index, record, config);
        let behind = self.behind(index, wanted, record);
        self.choose(&mut decision, &mut differences, (drifted, wrong_tags, behind));
        if decision.action.is_some() {
            decision.props = self.full_props(index, wanted, &decision.object);
        }
        decision
    }

    /// Why the tags of a recorded object must be written again, if they must; a diagnostic if it may not be touched.
    fn wrong_tags(
        &mut self,
        index: usize,
        record: &Record,
        ownership: &Ownership,
        adopt: bool,
    ) -> Option<&'static str> {
        let resource = self.declared.resources[index];
        let descriptor = self.declared.descriptors[index];
        let name = record.name.as_deref();
        match standing(self.input, ownership) {
            Standing::Foreign(owner) => {
                let found = ownership::taken_away(self.input, resource, descriptor, name, owner);
                self.diagnostics.push(found);
                None
            }
            Standing::ThisStage(owner) => {
                (owner.id != resource.fqn.as_str()).then_some(FORMER_NAME)
            }
            Standing::Untagged if adopt || self.claims_untagged(index, record) => {
                Some("its tags are gone")
            }
            Standing::Untagged => {
                self.diagnostics.push(ownership::tags_gone(resource, descriptor, name));
                None
            }
            Standing::ByParent => None,
        }
    }

    /// Whether what was seen under a record's name or key is the record's object even without tags.
    pub(super) fn claims_untagged(&self, index: usize, record: &Record) -> bool {
        let nothing = BTreeMap::new();
        let attrs = match self.seen(record) {
            Some(Observed::Present { attrs, .. }) => attrs,
            _ => &nothing,
        };
        let descriptor = self.declared.descriptors[index];
        self.input.snapshot.claims_untagged(record, descriptor, attrs)
    }

    fn choose(
        &self,
        decision: &mut Decision<'a>,
        differences: &mut Differences,
        (drifted, wrong_tags, behind): (bool, Option<&'static str>, Option<&'static str>),
    ) {
        let Some(record) = decision.current else { return };
        let service = !differences.service.is_empty();
        let elsewhere = self.changed_elsewhere(decision, differences);
        let update = if let Some(output) = &elsewhere {
            Some(output.as_str())
        } else if service && drifted {
            Some("was changed outside of alchemy")
        } else if service {
            Some("its props differ")
        } else if record.status == Status::Updating {
            Some("finishes an interrupted update")
        } else if wrong_tags.is_some() {
            wrong_tags
        } else if self.input.force {
            Some("forced")
        } else {
            None
        };
        let record_only = [
            (!differences.local.is_empty(), "a setting of alchemy's own changes"),
            (decision.removal != record.removal, "its removal policy changes"),
            (!same_deps(record, &decision.deps), "what it depends on changes"),
            (
                recorded_parent(record, &decision.resource.fqn) != decision.resource.parent,
                "it is shown elsewhere",
            ),
        ];
        let record_only = record_only.into_iter().find_map(|(holds, why)| holds.then_some(why));
        let stale = || {
            let mut changed = attributes::changed(decision.descriptor, record, decision.seen?);
            changed.next().is_some().then_some("its attributes have changed")
        };
        let record_only = record_only.or(behind).or_else(stale);
        let (action, reason) = match (update, record_only) {
            (Some(why), _) => (Some(Action::Update), why),
            (None, Some(why)) => (Some(Action::Record), why),
            (None, None) => (None, "no changes"),
        };
        decision.action = action;
        reason.clone_into(&mut decision.reason);
        decision.changes = std::mem::take(&mut differences.service);
        decision.changes.append(&mut differences.local);
    }

    /// Which output of another stage, if one, made a difference by becoming another.
    fn changed_elsewhere(
        &self,
        decision: &Decision<'a>,
        differences: &Differences,
    ) -> Option<String> {
        let props = differences.service.iter().map(|change| diff::top(&change.path));
        let props: BTreeSet<&str> = props.collect();
        let resource = decision.resource;
        let whose = (&resource.fqn, resource.parent.as_ref());
        let recorded = &self.input.snapshot.references;
        let used = self.input.references;
        let output = used.changed_under(recorded, whose, &props).filter(|_| !props.is_empty())?;
        Some(format!("{output} has changed"))
    }

    /// Compares every prop but the name: with what was observed, else with the record.
    pub(super) fn differences(
        &self,
        index: usize,
        wanted: &Wanted<'a>,
        record: Option<&'a Arc<Record>>,
        config: Option<&'a BTreeMap<String, Value>>,
    ) -> Differences {
        let descriptor = self.declared.descriptors[index];
        let name_prop =
            if let NameUse::Named { prop, .. } = &descriptor.name { Some(*prop) } else { None };
        let mut found = Differences::default();
        for prop in descriptor.props.iter().filter(|prop| Some(prop.name) != name_prop) {
            let recorded = record.and_then(|record| record.props.get(prop.name));
            let current = match config {
                Some(config) if !prop.local && !is_unread(config, prop.name) => {
                    config.get(prop.name)
                }
                _ if record.is_none() && prop.local => continue,
                _ => recorded,
            };
            let current = current.filter(|value| !value.is_null()).unwrap_or(&prop.default);
            let want = Want::of(prop, wanted.get(prop.name));
            let out = if prop.local { &mut found.local } else { &mut found.service };
            diff::compare(prop, want, Have { current, recorded }, self.input.hasher, out);
        }
        found
    }

    /// Whether the object differs from its record.
    fn drifted(
        &self,
        index: usize,
        record: &Record,
        config: Option<&BTreeMap<String, Value>>,
    ) -> bool {
        let Some(config) = config else { return false };
        let descriptor = self.declared.descriptors[index];
        let name_prop =
            if let NameUse::Named { prop, .. } = &descriptor.name { Some(*prop) } else { None };
        let mut props = descriptor.props.iter().filter(|p| !p.local && Some(p.name) != name_prop);
        props.any(|prop| {
            let recorded = record.props.get(prop.name).unwrap_or(&prop.default);
            let current = config.get(prop.name).unwrap_or(&prop.default);
            let mut out = Vec::new();
            if !is_unread(config, prop.name) {
                let have = Have { current, recorded: None };
                diff::compare(prop, Want::Known(recorded), have, self.input.hasher, &mut out);
            }
            !out.is_empty()
        })
    }

    /// Why the record is to be written anew although the object is as wanted, if it is: an update was made whose result
    /// state has lost, somebody made the same change by hand, or redacted values are known by another key's digests.
    fn behind(&self, index: usize, wanted: &Wanted<'a>, record: &Record) -> Option<&'static str> {
        let descriptor = self.declared.descriptors[index];
        let name_prop =
            if let NameUse::Named { prop, .. } = &descriptor.name { Some(*prop) } else { None };
        let mut why = None;
        for prop in descriptor.props.iter().filter(|p| !p.local && Some(p.name) != name_prop) {
            let recorded = record.props.get(prop.name).unwrap_or(&prop.default);
            let Want::Known(value) = Want::of(prop, wanted.get(prop.name)) else { continue };
            let have = Have { current: recorded, recorded: Some(recorded) };
            let mut found = Vec::new();
            diff::compare(prop, Want::Known(value), have, self.input.hasher, &mut found);
            if !found.is_empty() {
                return Some("the object is as wanted, its record is not");
            }
            let own = self.input.hasher.without_former();
            if value.has_secret() {
                diff::compare(prop, Want::Known(value), have, &own, &mut found);
            }
            if !found.is_empty() {
                why = Some("its redacted values are kept under another key");
            }
        }
        why
    }

    fn name_change(
        &self,
        index: usize,
        record: &Record,
        explicit: Option<&str>,
    ) -> Option<PropChange> {
        let NameUse::Named { prop, .. } = &self.declared.descriptors[index].name else {
            return None;
        };
        let (new, old) = (explicit?, record.name.as_deref()?);
        (new != old).then(|| PropChange {
            path: (*prop).to_owned(),
            old: Expr::Value(Value::str(old)),
            new: Expr::Value(Value::str(new)),
            forces_replacement: true,
        })
    }

    /// Says where a resource moves, if it is wanted in another place than its object lives in.
    pub(super) fn moved(&self, index: usize, record: &Record) -> Option<String> {
        let wanted = super::declared::target_of(self.declared.resources[index], self.input.target);
        let global = self.declared.descriptors[index].global;
        if wanted.account != record.target.account {
            return Some(format!(
                "moves from account {} to {}",
                record.target.account, wanted.account
            ));
        }
        (!global && wanted.region != record.target.region)
            .then(|| format!("moves from {} to {}", record.target.region, wanted.region))
    }

    /// The resource whose replacement under the same name takes this one, which exists only as a part of it, along.
    fn taken_along(&self, index: usize) -> Option<&'a Fqn> {
        let (resource, descriptor) =
            (self.declared.resources[index], self.declared.descriptors[index]);
        if descriptor.taggable {
            return None;
        }
        let key: &[&str] = if let NameUse::Natural { key } = &descriptor.name { key } else { &[] };
        let holding =
            descriptor.props.iter().filter(|p| p.forces_replacement || key.contains(&p.name));
        let mut parent = None;
        for expr in holding.filter_map(|prop| resource.props.get(prop.name)) {
            expr.each_attr(&mut |fqn, _| {
                let decision = self.declared.index(fqn).and_then(|i| self.decisions[i].as_ref());
                if decision.is_some_and(|d| d.superseded.iter().any(|old| old.first)) {
                    parent = Some(fqn);
                }
            });
        }
        parent
    }

    /// Decides a resource whose object is gone from the cloud.
    fn vanished(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        record: &'a Arc<Record>,
        explicit: Option<&str>,
    ) -> Decision<'a> {
        let natural = record.name.is_none();
        let same_name = explicit.is_some() && explicit == record.name.as_deref();
        if natural || same_name {
            // The same name (or key) again: nothing of the old object is left that the record could be confused with.
            let mut decision = self.blank(index, Object::of(record));
            decision.current = Some(record);
            decision.action = Some(Action::Create);
            "gone from the cloud".clone_into(&mut decision.reason);
            decision.props = self.full_props(index, wanted, &decision.object);
            return decision;
        }
        let object = self.fresh(index, wanted, explicit);
        let mut decision =
            self.create(index, wanted, object, explicit.is_some(), "gone from the cloud");
        decision.superseded.push(super::decision::Superseded {
            record,
            reason: "gone from the cloud".to_owned(),
            first: false,
        });
        decision
    }

    /// An account that differs from the record's although the stage's pin does not: refused.
    pub(super) fn refuse_other_account(&mut self, index: usize, record: &Record) {
        let resource = self.declared.resources[index];
        if record.target.account != self.input.target.account {
            self.diagnostics.push(
                Diagnostic::error(
                    "other-account",
                    format!("`{}` lives in account {}", resource.fqn, record.target.account),
                )
                .detail(format!("This run reaches account {}.", self.input.target.account))
                .help("use a profile of that account")
                .resource(&resource.fqn)
                .at(resource.span.as_ref(), "declared here"),
            );
        }
    }
}

/// Whether the provider says that it cannot read a prop.
fn is_unread(config: &BTreeMap<String, Value>, prop: &str) -> bool {
    let listed = config.get(UNREAD).and_then(Value::as_list);
    listed.is_some_and(|list| list.iter().any(|name| name.as_str() == Some(prop)))
}

fn same_deps(record: &Record, deps: &[crate::Uid]) -> bool {
    record.deps == deps || {
        let mut recorded = record.deps.clone();
        recorded.sort_unstable();
        recorded == deps
    }
}

/// The parent that a record will have once it has moved to `fqn`.
fn recorded_parent(record: &Record, fqn: &Fqn) -> Option<Fqn> {
    record.parent_at(fqn)
}

/// Why another object is needed, if one is.
fn replacement_reason(differences: &Differences, moved: Option<String>) -> Option<String> {
    moved.or_else(|| {
        let forcing = differences.service.iter().find(|change| change.forces_replacement)?;
        Some(format!("`{}` cannot be changed in place", forcing.path))
    })
}
