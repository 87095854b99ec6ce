//! What a plan was made from and what it says, as sums under a key: enough to see later whether any of it has changed,
//! and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::{Plan, PlanInput};
use crate::{Expr, Found, Fqn, Graph, Observed, Ownership, SecretHasher, Uid, Value};

/// Sums of everything that a plan read, and of the plan. Two are equal when the same was read and planned; the key's
/// holder alone can try values against them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Basis {
    /// The expanded graph: every prop, code by its hash.
    pub graph: String,
    /// The outputs of other stages that it uses.
    pub others: String,
    /// Objects that list calls showed.
    pub found: String,
    /// Each object that was looked at, by uid.
    pub seen: BTreeMap<String, Seen>,
    /// The plan itself.
    pub steps: String,
}

/// One object that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The resource.
    pub resource: String,
    /// What was seen.
    pub sum: String,
}

/// What has changed between two bases, the first of these that has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// What the program wants.
    Program,
    /// Outputs of other stages.
    OtherStages,
    /// These resources' objects in the cloud; none named: which objects there are.
    Objects(Vec<String>),
    /// Nothing that was read, and yet the plan.
    Plan,
}

impl Basis {
    /// The basis of `plan`, which was made from `input`, under `key`.
    pub fn of(input: &PlanInput<'_>, plan: &Plan, key: &SecretHasher) -> Self {
        let sum = |value: &Value| key.digest(value);
        let seen = input.observations.iter().map(|(uid, observed)| {
            let resource = named(input, plan, uid);
            (uid.to_string(), Seen { resource, sum: sum(&observed_value(observed)) })
        });
        Self {
            graph: sum(&input.graph.map(graph_value).unwrap_or_default()),
            others: sum(&Value::str(format!("{:?}", plan.references))),
            found: sum(&Value::List(input.found.iter().map(found_value).collect())),
            seen: seen.collect(),
            steps: sum(&Value::str(plan.dump())),
        }
    }

    /// What has changed from it to `now`, if anything has.
    pub fn moved(&self, now: &Self) -> Option<Moved> {
        if self == now {
            return None;
        }
        if self.graph != now.graph {
            return Some(Moved::Program);
        }
        if self.others != now.others {
            return Some(Moved::OtherStages);
        }
        let uids: BTreeSet<&String> = self.seen.keys().chain(now.seen.keys()).collect();
        let differs = uids.into_iter().filter(|uid| self.seen.get(*uid) != now.seen.get(*uid));
        let named = differs.filter_map(|uid| now.seen.get(uid).or_else(|| self.seen.get(uid)));
        let resources: BTreeSet<String> = named.map(|seen| seen.resource.clone()).collect();
        if !resources.is_empty() || self.found != now.found {
            return Some(Moved::Objects(resources.into_iter().collect()));
        }
        Some(Moved::Plan)
    }
}

fn named(input: &PlanInput<'_>, plan: &Plan, uid: &Uid) -> String {
    let records = &input.snapshot.records;
    let recorded = records.get(uid).or_else(|| input.snapshot.retained.get(uid));
    let planned = || plan.steps.iter().find(|step| step.uid == *uid).map(|step| &step.fqn);
    recorded
        .map(|record| &record.fqn)
        .or_else(planned)
        .map_or_else(|| uid.to_string(), Fqn::to_string)
}

fn graph_value(graph: &Graph) -> Value {
    let texts = |names: &mut dyn Iterator<Item = &Fqn>| {
        Value::List(names.map(|name| Value::str(name.as_str())).collect())
    };
    let resources = graph.resources.values().map(|resource| {
        Value::List(vec![
            Value::str(resource.fqn.as_str()),
            Value::str(resource.ty.as_str()),
            Value::map(resource.props.iter().map(|(name, expr)| (name.clone(), expr_value(expr)))),
            Value::str(format!("{:?} {:?}", resource.removal, resource.region)),
            texts(&mut resource.renamed_from.iter()),
            texts(&mut resource.parent.iter()),
            texts(&mut resource.depends_on.iter()),
            Value::Bool(resource.adopt),
        ])
    });
    let resources = Value::List(resources.collect());
    Value::List(vec![resources, expr_value(&graph.outputs)])
}

/// A form of its own for every kind, so that no value looks like an expression.
fn expr_value(expr: &Expr) -> Value {
    let all = |items: &[Expr]| Value::List(items.iter().map(expr_value).collect());
    let (kind, inner) = match expr {
        Expr::Value(value) => ("value", marked(value)),
        Expr::List(items) => ("list", all(items)),
        Expr::Concat(items) => ("text", all(items)),
        Expr::Map(members) => {
            ("map", Value::map(members.iter().map(|(name, e)| (name.clone(), expr_value(e)))))
        }
        Expr::Attr { fqn, path } => ("attribute", Value::str(format!("{fqn} {path:?}"))),
        Expr::Ref(output) => ("reference", Value::str(format!("{output:?}"))),
        Expr::Call { closure, input } => {
            ("call", Value::List(vec![Value::int(i64::from(closure.0)), expr_value(input)]))
        }
    };
    Value::List(vec![Value::str(kind), inner])
}

/// With every redacted leaf told from an open one: by its plain value, else by its digest.
fn marked(value: &Value) -> Value {
    let marked: Result<Value, Infallible> =
        value.with_secrets(&mut Vec::new(), &mut |_, secret| {
            let digest = || Value::str(secret.digest());
            let plain = secret.expose().cloned().unwrap_or_else(digest);
            Ok(Value::map([("redacted", plain)]))
        });
    let Ok(marked) = marked;
    marked
}

fn observed_value(observed: &Observed) -> Value {
    match observed {
        Observed::Absent => Value::str("absent"),
        // The message has a request id in it.
        Observed::Unreadable { .. } => Value::str("unreadable"),
        Observed::Present { ownership, config, attrs } => Value::List(vec![
            ownership_value(ownership),
            marked(&Value::Map(config.clone())),
            marked(&Value::Map(attrs.clone())),
        ]),
    }
}

fn ownership_value(ownership: &Ownership) -> Value {
    Value::str(format!("{ownership:?}"))
}

fn found_value(found: &Found) -> Value {
    let owner = Ownership::Tagged(found.owner.clone());
    let (ty, name) = (Value::str(found.ty.as_str()), Value::str(found.name.as_str()));
    Value::List(vec![ty, name, ownership_value(&owner), Value::Map(found.attrs.clone())])
}
