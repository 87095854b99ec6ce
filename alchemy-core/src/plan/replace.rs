//! Pass: another object in place of the recorded one. The new one is made first, unless both have the same name in one
//! place.

use std::sync::Arc;

use super::decision::{Decision, Superseded};
use super::declared::target_of;
use super::ownership::{name_span, noun};
use super::settle::{Settler, Wanted};
use crate::{Action, Diagnostic, PropChange, Record, RemovalPolicy, Status, Value};

impl<'a> Settler<'_, 'a> {
    /// Decides to make the next generation and to take the recorded one away.
    pub(super) fn replace(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        record: &'a Arc<Record>,
        explicit: Option<&str>,
        (reason, changes): (String, Vec<PropChange>),
    ) -> Decision<'a> {
        self.refuse_other_account(index, record);
        let object = self.fresh(index, wanted, explicit);
        let first = self.takes_place(index, wanted, object.name.as_deref(), record);
        let mut decision = if first {
            self.refuse_loss(index, record);
            self.blank(index, object)
        } else {
            self.create(index, wanted, object, explicit.is_some(), "")
        };
        decision.action = Some(Action::Replace);
        decision.prior = Some(record);
        decision.props = self.full_props(index, wanted, &decision.object);
        decision.changes = changes;
        let way = if first {
            "; the old one is deleted first, because the name stays the same"
        } else {
            ""
        };
        decision.reason = format!("{reason}{way}");
        let reason = "replaced by a newer generation".to_owned();
        decision.superseded.push(Superseded { record, reason, first });
        decision
    }

    /// Whether a new object under `name` can be made only where the record's has gone: it has the same name or key, and
    /// that cannot be there twice. Names of most types are a region's own, and the new one may be wanted in another.
    pub(super) fn takes_place(
        &self,
        index: usize,
        wanted: &Wanted<'a>,
        name: Option<&str>,
        record: &Record,
    ) -> bool {
        let descriptor = self.declared.descriptors[index];
        let target = target_of(self.declared.resources[index], self.input.target);
        let same_name = name.is_some() && name == record.name.as_deref();
        descriptor.name_region(&target) == descriptor.name_region(&record.target)
            && (same_name || self.same_key(index, wanted, record))
    }

    /// Deleting before making loses what is in the object: refused unless the record allows it.
    fn refuse_loss(&mut self, index: usize, record: &Record) {
        let (resource, descriptor) =
            (self.declared.resources[index], self.declared.descriptors[index]);
        let name = record.name.as_deref().unwrap_or_else(|| record.fqn.as_str());
        let noun = noun(descriptor);
        if keeps(record) {
            self.diagnostics.push(
                Diagnostic::error("replace-of-retained", format!("{noun} `{name}` must be kept, but its replacement needs the same name"))
                    .detail("The removal policy `retain` holds for replaced objects too.")
                    .help("give the new one another name, or change the removal policy in a deploy of its own first")
                    .resource(&resource.fqn)
                    .at(name_span(resource, descriptor), "this name stays the same"),
            );
        } else if record.status != Status::Creating
            && descriptor.holds_data
            && !loss_allowed(record, descriptor.data_loss_prop)
        {
            let found = Diagnostic::error("replace-loses-data", format!("replacing {noun} `{name}` would lose what is in it"))
                .detail("Its name stays the same, so the old one would have to be deleted before the new one is made.")
                .help("give the new one another name, or leave the name out");
            let found = match descriptor.data_loss_prop {
                Some(prop) => found
                    .help(format!("to lose the data: set `{prop}` to true and deploy that first")),
                None => found,
            };
            self.diagnostics.push(
                found
                    .resource(&resource.fqn)
                    .at(name_span(resource, descriptor), "this name stays the same"),
            );
        }
    }
}

/// An older generation that a replacement left beside the newest one.
pub(super) fn left_behind(record: &Arc<Record>, first: bool) -> Superseded<'_> {
    Superseded { record, reason: "replaced by a newer generation".to_owned(), first }
}

fn keeps(record: &Record) -> bool {
    record.removal == RemovalPolicy::Retain
}

fn loss_allowed(record: &Record, prop: Option<&str>) -> bool {
    prop.and_then(|prop| record.props.get(prop)).and_then(Value::as_bool) == Some(true)
}
