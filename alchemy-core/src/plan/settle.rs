//! Pass: decides every declared resource, each after those it waits for.
//!
//! An attribute of a resource that is not decided yet can only be asked for across a dissolved edge, and then follows
//! from that resource's name alone. The name is assumed; if the decision turns out otherwise, all is decided again
//! with the right one.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::attributes::{self, Place};
use super::decision::{Decision, Object};
use super::declared::{Declared, target_of};
use super::records::RecordIndex;
use super::renames::Renames;
use crate::graph::MAX_NAME_CHAIN;
use crate::{
    Diagnostic, Expr, Found, Fqn, Identity, Lookup, NameUse, Observed, PlanInput, Record, Resource,
    Status, Uid, Value, physical_name,
};

/// Everything that deciding needs, and what it leaves behind.
pub(super) struct Settler<'s, 'a> {
    pub(super) input: &'s PlanInput<'a>,
    pub(super) declared: &'s Declared<'a>,
    pub(super) records: &'s RecordIndex<'a>,
    pub(super) renames: &'s Renames<'a>,
    /// Own objects that list calls showed, by resource, newest generation last.
    pub(super) found: BTreeMap<(&'a str, &'a str), Vec<&'a Found>>,
    pub(super) decisions: Vec<Option<Decision<'a>>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Look-ups of names about to be made, by number of the resource.
    pub(super) needs: Vec<(usize, Lookup)>,
    assumed: BTreeMap<usize, Object>,
    used: RefCell<BTreeMap<usize, Object>>,
}

/// Decisions, in declaration order, with what was found on the way.
#[derive(Debug, Default)]
pub(super) struct Settled<'a> {
    pub(super) decisions: Vec<Decision<'a>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) needs: Vec<Lookup>,
}

/// Wanted props of one resource, completed as far as the plan can.
pub(super) struct Wanted<'a> {
    given: &'a BTreeMap<String, Expr>,
    completed: BTreeMap<&'a str, Expr>,
}

impl Wanted<'_> {
    /// What was given for a prop, if anything.
    pub(super) fn get(&self, name: &str) -> Option<&Expr> {
        let expr = self.completed.get(name).or_else(|| self.given.get(name))?;
        (!matches!(expr, Expr::Value(Value::Null))).then_some(expr)
    }
    /// Whether what was given for a prop was no plain value, but computed from other resources.
    pub(super) fn is_computed(&self, name: &str) -> bool {
        self.completed.contains_key(name)
    }
}

/// Decides everything.
pub(super) fn settle<'a>(
    input: &PlanInput<'a>,
    declared: &Declared<'a>,
    records: &RecordIndex<'a>,
    renames: &Renames<'a>,
) -> Settled<'a> {
    let mut settler = Settler {
        input,
        declared,
        records,
        renames,
        found: super::adoption::found_by_resource(input),
        decisions: Vec::new(),
        diagnostics: Vec::new(),
        needs: Vec::new(),
        assumed: BTreeMap::new(),
        used: RefCell::default(),
    };
    // Each round that is not the last corrects at least one name; a name is assumed once for each generation at most.
    let mut wrong = None;
    for _ in 0..=declared.resources.len() {
        settler.round();
        wrong = settler.correct_names();
        if wrong.is_none() {
            break;
        }
    }
    settler.diagnostics.extend(wrong.map(|index| unsettled(declared.resources[index])));
    let mut needs = settler.needs;
    needs.sort_by_key(|(index, _)| *index);
    Settled {
        decisions: settler.decisions.into_iter().flatten().collect(),
        diagnostics: settler.diagnostics,
        needs: needs.into_iter().map(|(_, lookup)| lookup).collect(),
    }
}

/// That a name is another in every round: what waits for it may have been decided with a wrong one.
fn unsettled(resource: &Resource) -> Diagnostic {
    let summary = format!("the name of `{}` does not settle", resource.fqn);
    Diagnostic::error("unsettled-name", summary)
        .detail("Each time that the names which depend on each other were worked out, it became another. Nothing was changed.")
        .help("if a function given to Output.map makes it, let it give the same answer to the same argument")
        .help("else this is a defect of alchemy: please report it with the program")
        .resource(&resource.fqn)
        .at(resource.span.as_ref(), "declared here")
}

impl<'a> Settler<'_, 'a> {
    fn round(&mut self) {
        self.decisions = self.declared.resources.iter().map(|_| None).collect();
        self.diagnostics.clear();
        self.needs.clear();
        self.used.borrow_mut().clear();
        for position in 0..self.declared.order.len() {
            let index = self.declared.order[position];
            let decision = self.decide(index);
            self.decisions[index] = Some(decision);
        }
    }

    /// Corrects the names that were assumed and proved wrong; gives the first resource among theirs.
    fn correct_names(&mut self) -> Option<usize> {
        let mut wrong = None;
        for (index, object) in self.used.take() {
            if let Some(decision) = &self.decisions[index]
                && decision.object != object
            {
                let before = self.assumed.insert(index, decision.object.clone());
                if before.as_ref() != Some(&decision.object) {
                    wrong = wrong.or(Some(index));
                }
            }
        }
        wrong
    }

    fn decide(&mut self, index: usize) -> Decision<'a> {
        let wanted = self.complete(index);
        let mut current = self.renames.current(self.declared, self.records, index);
        let newest = current.pop();
        let mut decision = match newest {
            None => self.without_record(index, &wanted),
            Some(record) => match record.status {
                Status::Creating => self.interrupted_create(index, &wanted, record, &current),
                Status::Deleting => self.interrupted_delete(index, &wanted, record),
                Status::Ready | Status::Updating => self.with_record(index, &wanted, record),
            },
        };
        for record in current {
            let name = decision.object.name.as_deref();
            let first = decision.makes_object() && self.takes_place(index, &wanted, name, record);
            decision.superseded.push(super::replace::left_behind(record, first));
        }
        decision
    }

    /// Completes the props that wait for other resources, as far as those are known.
    fn complete(&mut self, index: usize) -> Wanted<'a> {
        let resource = self.declared.resources[index];
        let (mut completed, mut refused) = (BTreeMap::new(), Vec::new());
        for (name, expr) in &resource.props {
            if matches!(expr, Expr::Value(_)) {
                continue;
            }
            let lookup = |fqn: &Fqn, path: &[String]| self.attribute(fqn, path, MAX_NAME_CHAIN);
            match expr.resolve(&lookup, self.input.closures, self.input.hasher) {
                Ok(Expr::Value(value)) => {
                    let normal = self.declared.descriptors[index].normalise_value(
                        name,
                        value,
                        self.input.hasher,
                    );
                    let value = normal.unwrap_or_else(|error| {
                        let place = resource.prop_spans.get(name).or(resource.span.as_ref());
                        refused.push(
                            Diagnostic::error(
                                "bad-prop",
                                format!("`{name}` of `{}` is refused", resource.fqn),
                            )
                            .detail(error.to_string())
                            .resource(&resource.fqn)
                            .at(place, "computed from other resources"),
                        );
                        Value::Null
                    });
                    completed.insert(name.as_str(), Expr::Value(value));
                }
                Ok(expr) => {
                    completed.insert(name.as_str(), expr);
                }
                Err(error) => refused.push(
                    Diagnostic::error(
                        "output-failed",
                        format!("`{name}` of `{}` cannot be computed", resource.fqn),
                    )
                    .detail(error.message)
                    .help("correct the function given to Output.map")
                    .resource(&resource.fqn)
                    .at(resource.prop_spans.get(name).or(resource.span.as_ref()), "used here"),
                ),
            }
        }
        self.diagnostics.extend(refused);
        self.refuse_redacted(index, &completed);
        Wanted { given: &resource.props, completed }
    }

    /// An attribute of a resource, if it is known at plan time.
    pub(super) fn attribute(&self, fqn: &Fqn, path: &[String], depth: u32) -> Option<Value> {
        let index = self.declared.index(fqn)?;
        if let Some(decision) = &self.decisions[index] {
            return attributes::known(decision, path, self.input.custom_endpoint);
        }
        let object = self.assume(index, depth)?;
        let attribute = self.declared.descriptors[index].attribute(path.first()?)?;
        let recorded = self.renames.current(self.declared, self.records, index).pop();
        let recorded = recorded.filter(|record| record.uid == object.uid && attribute.stable);
        let resource = self.declared.resources[index];
        let target = target_of(resource, self.input.target);
        let place = Place {
            name: object.name.as_deref(),
            target: &target,
            custom_endpoint: self.input.custom_endpoint,
        };
        let value = recorded
            .and_then(|record| record.attrs.get(attribute.name).cloned())
            .or_else(|| attributes::compute(attribute, place, &resource.props))?;
        Some(value.at(&path[1..]).cloned().unwrap_or_default())
    }

    /// The object that a resource is assumed to end with before it is decided.
    fn assume(&self, index: usize, depth: u32) -> Option<Object> {
        let object = match self.assumed.get(&index) {
            Some(object) => object.clone(),
            None => self.guess(index, depth)?,
        };
        self.used.borrow_mut().insert(index, object.clone());
        Some(object)
    }

    fn guess(&self, index: usize, depth: u32) -> Option<Object> {
        let resource = self.declared.resources[index];
        let recorded = self.renames.current(self.declared, self.records, index).pop();
        if let Some(record) = recorded.filter(|record| record.status != Status::Deleting) {
            return Some(Object::of(record));
        }
        let mut heritage = self.renames.heritage(self.declared, index);
        if let Some(record) = heritage.find_map(|fqn| self.records.retained(fqn, &resource.ty)) {
            return Some(Object::of(record));
        }
        let depth = depth.checked_sub(1)?;
        let lookup = |fqn: &Fqn, path: &[String]| self.attribute(fqn, path, depth);
        let given = match &self.declared.descriptors[index].name {
            NameUse::Named { prop, .. } => resource.props.get(*prop),
            NameUse::Natural { .. } => None,
        };
        let given =
            given.and_then(|e| e.resolve(&lookup, self.input.closures, self.input.hasher).ok());
        let given = given.as_ref().and_then(Expr::as_value).and_then(Value::as_str);
        let simple = Wanted { given: &resource.props, completed: BTreeMap::new() };
        Some(self.fresh(index, &simple, given))
    }

    /// A new object of a resource: the lowest generation never used, under `given` or a generated name.
    pub(super) fn fresh(&self, index: usize, wanted: &Wanted<'a>, given: Option<&str>) -> Object {
        let resource = self.declared.resources[index];
        let snapshot = self.input.snapshot;
        let identity = Identity {
            realm: self.input.realm.clone(),
            stack: snapshot.stack.clone(),
            stage: snapshot.stage.clone(),
            fqn: resource.fqn.clone(),
            ty: resource.ty.clone(),
            generation: snapshot.next_generation(&resource.fqn, &resource.ty),
        };
        let name = match &self.declared.descriptors[index].name {
            NameUse::Natural { .. } => None,
            NameUse::Named { rule, .. } => Some(given.map_or_else(
                || physical_name(&identity, self.name_rule(index, wanted).unwrap_or(rule)),
                str::to_owned,
            )),
        };
        Object { uid: identity.uid(), generation: identity.generation, name }
    }

    /// The uids of the records that a resource depends on, in order.
    pub(super) fn deps(&self, index: usize) -> Vec<Uid> {
        let decided =
            self.declared.edges[index].iter().filter_map(|&to| self.decisions[to].as_ref());
        let mut deps: Vec<Uid> = decided.map(|decision| decision.object.uid.clone()).collect();
        deps.sort_unstable();
        deps.dedup();
        deps
    }

    /// Every wanted prop, defaults and the final name filled in.
    pub(super) fn full_props(
        &self,
        index: usize,
        wanted: &Wanted<'a>,
        object: &Object,
    ) -> BTreeMap<String, Expr> {
        let descriptor = self.declared.descriptors[index];
        let mut props: BTreeMap<String, Expr> = BTreeMap::new();
        for prop in &descriptor.props {
            match wanted.get(prop.name) {
                Some(expr) => {
                    props.insert(prop.name.to_owned(), expr.clone());
                }
                None if prop.default.is_null() => {}
                None => {
                    props.insert(prop.name.to_owned(), Expr::Value(prop.default.clone()));
                }
            }
        }
        if let (NameUse::Named { prop, .. }, Some(name)) = (&descriptor.name, &object.name) {
            props.insert((*prop).to_owned(), Expr::Value(Value::str(name.as_str())));
        }
        props
    }

    /// What was seen of a record's object.
    pub(super) fn seen(&self, record: &Record) -> Option<&'a Observed> {
        super::ownership::seen_of(self.input, self.records, record)
    }

    /// What was seen under a uid.
    pub(super) fn observed(&self, uid: &Uid) -> Option<&'a Observed> {
        self.input.observations.get(uid)
    }

    /// A decision that does nothing yet.
    pub(super) fn blank(&self, index: usize, object: Object) -> Decision<'a> {
        let resource = self.declared.resources[index];
        let descriptor = self.declared.descriptors[index];
        Decision {
            resource,
            descriptor,
            action: None,
            reason: String::new(),
            object,
            target: target_of(resource, self.input.target),
            current: None,
            prior: None,
            seen: None,
            props: BTreeMap::new(),
            changes: Vec::new(),
            deps: self.deps(index),
            removal: resource.removal.unwrap_or(descriptor.removal),
            adopt: resource.adopt || self.input.adopt,
            superseded: Vec::new(),
        }
    }

    /// A decision that keeps a record as it is.
    pub(super) fn keep(&self, index: usize, record: &'a Arc<Record>) -> Decision<'a> {
        let mut decision = self.blank(index, Object::of(record));
        decision.target = Cow::Borrowed(&record.target);
        decision.current = Some(record);
        decision.prior = Some(record);
        decision
    }
}
