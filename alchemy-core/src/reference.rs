//! References: outputs of other stages and stacks that a program uses, resolved before anything is planned.
//!
//! Evaluation is hermetic: it yields [`Expr::Ref`]. Whoever plans reads the stages that [`Graph::references`] names,
//! and [`resolve_references`] puts their outputs into the graph. What was used, and the value it had, is recorded
//! ([`Reference`]): an edge between two stages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::{
    ClosureEvaluator, Diagnostic, Expr, Fqn, Graph, Secret, SecretHasher, Snapshot, Span,
    StackName, Stage, Value,
};

mod finding;

/// A stage of a stack, as another program names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageRef {
    /// The stack.
    pub stack: StackName,
    /// The stage.
    pub stage: Stage,
}

/// An output of another stage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputRef {
    /// Whose.
    pub of: StageRef,
    /// Its name, then members inside it; empty for all outputs as one map.
    pub path: Vec<String>,
}

/// An output of another stage that a stage used, and the value it had then.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Which.
    pub output: OutputRef,
    /// What it was.
    pub value: Value,
}

/// What was read of a stage that a program refers to.
#[derive(Clone, Debug, PartialEq)]
pub enum Referenced {
    /// Its outputs.
    Outputs(Value),
    /// No deploy of it has ended yet.
    Unfinished,
    /// It was destroyed, then (RFC 3339).
    Destroyed(String),
}

/// What was read of other stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OtherStages {
    /// Those referred to that are there.
    pub read: BTreeMap<StageRef, Referenced>,
    /// Every stage of the store, for advice; may be empty when nothing is missing.
    pub known: Vec<StageRef>,
}

/// What a graph uses of other stages, with the values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReferencesUsed {
    values: BTreeMap<OutputRef, Value>,
    users: BTreeMap<Fqn, BTreeSet<(String, OutputRef)>>,
}

impl fmt::Display for StageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stage `{}` of stack `{}`", self.stage, self.stack)
    }
}

impl fmt::Display for OutputRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return write!(f, "the outputs of {}", self.of);
        }
        write!(f, "output `{}` of {}", self.path.join("."), self.of)
    }
}

impl Referenced {
    /// What a stage's state says.
    pub fn of(snapshot: &Snapshot) -> Self {
        match (&snapshot.destroyed_at, &snapshot.deployed_at) {
            (Some(at), _) => Self::Destroyed(at.clone()),
            (None, Some(_)) if !snapshot.outputs.is_null() => {
                Self::Outputs(snapshot.outputs.clone())
            }
            (None, _) => Self::Unfinished,
        }
    }
    /// The value at a path, if there is one now.
    pub fn value(&self, path: &[String]) -> Option<Value> {
        let Self::Outputs(outputs) = self else { return None };
        value_at(outputs, path)
    }
}

impl Reference {
    /// Whether the output is no longer what it was, seen from what its stage says now (none: the stage is not there).
    pub fn is_stale(&self, now: Option<&Referenced>) -> bool {
        now.and_then(|now| now.value(&self.output.path)).as_ref() != Some(&self.value)
    }
}

/// The output at a path; what it has no member for is null. None if there is no such output.
fn value_at(outputs: &Value, path: &[String]) -> Option<Value> {
    let Some((first, members)) = path.split_first() else { return Some(outputs.clone()) };
    Some(outputs.get(first)?.at(members).cloned().unwrap_or_default())
}

impl ReferencesUsed {
    /// What to record, in order.
    pub fn to_record(&self) -> Vec<Reference> {
        let one = |(output, value): (&OutputRef, &Value)| Reference {
            output: output.clone(),
            value: value.clone(),
        };
        self.values.iter().map(one).collect()
    }
    /// Those whose value differs from the recorded one.
    pub fn changed<'a>(&'a self, recorded: &'a [Reference]) -> impl Iterator<Item = &'a OutputRef> {
        recorded.iter().filter_map(|reference| {
            let (output, value) = self.values.get_key_value(&reference.output)?;
            (*value != reference.value).then_some(output)
        })
    }
    /// The changed output that one of these props of a resource (or of the one it was expanded from) uses.
    pub(crate) fn changed_under(
        &self,
        recorded: &[Reference],
        (fqn, parent): (&Fqn, Option<&Fqn>),
        props: &BTreeSet<&str>,
    ) -> Option<&OutputRef> {
        if self.users.is_empty() {
            return None;
        }
        let own = self.users.get(fqn).into_iter().flatten();
        let own = own.filter(|(prop, _)| props.contains(prop.as_str()));
        let above = parent.and_then(|parent| self.users.get(parent)).into_iter().flatten();
        let mut used = own.chain(above).map(|(_, output)| output);
        used.find(|output| self.changed(recorded).any(|changed| changed == *output))
    }
}

impl Expr {
    /// Calls `visit` with every output of another stage inside.
    pub fn each_ref<'a>(&'a self, visit: &mut dyn FnMut(&'a OutputRef)) {
        match self {
            Self::Ref(output) => visit(output),
            Self::Value(_) | Self::Attr { .. } => {}
            Self::List(items) | Self::Concat(items) => {
                for item in items {
                    item.each_ref(visit);
                }
            }
            Self::Map(members) => {
                for item in members.values() {
                    item.each_ref(visit);
                }
            }
            Self::Call { input, .. } => input.each_ref(visit),
        }
    }
    fn with_refs(self, values: &BTreeMap<OutputRef, Value>) -> Self {
        let each = |items: Vec<Self>| items.into_iter().map(|e| e.with_refs(values)).collect();
        match self {
            Self::Ref(output) => {
                values.get(&output).map_or(Self::Ref(output), |value| Self::Value(value.clone()))
            }
            Self::List(items) => Self::list(each(items)),
            Self::Concat(parts) => Self::Concat(each(parts)),
            Self::Map(members) => {
                Self::map(members.into_iter().map(|(k, e)| (k, e.with_refs(values))).collect())
            }
            Self::Call { closure, input } => {
                Self::Call { closure, input: Box::new(input.with_refs(values)) }
            }
            known => known,
        }
    }
}

/// Puts the outputs of other stages where the graph refers to them; functions of them alone are called.
///
/// Refuses, each at its line: a stage that is not there, not finished or destroyed (with those there are), an output
/// that it does not have (with those it has), a redacted one whose value state does not hold, and the stage itself.
pub fn resolve_references(
    graph: Graph,
    others: &OtherStages,
    closures: &dyn ClosureEvaluator,
    hasher: &SecretHasher,
) -> Result<(Graph, ReferencesUsed), Vec<Diagnostic>> {
    let mut found = finding::stages(&graph, others);
    let (mut used, mut plain) = (ReferencesUsed::default(), BTreeMap::new());
    let mut take = |output: &OutputRef, at: Option<&Span>| {
        let Some(Referenced::Outputs(outputs)) = others.read.get(&output.of) else { return };
        match value_at(outputs, &output.path) {
            None => found.push(finding::no_output(output, outputs, at)),
            Some(value) if is_sealed(&value) => found.push(finding::sealed(output, at)),
            Some(value) => {
                plain.insert(output.clone(), value.digested(hasher));
                used.values.insert(output.clone(), without_plain(value));
            }
        }
    };
    let mut users: BTreeMap<Fqn, BTreeSet<(String, OutputRef)>> = BTreeMap::new();
    for (fqn, resource) in &graph.resources {
        for (prop, expr) in &resource.props {
            expr.each_ref(&mut |output| {
                take(output, resource.prop_spans.get(prop).or(resource.span.as_ref()));
                users.entry(fqn.clone()).or_default().insert((prop.clone(), output.clone()));
            });
        }
    }
    graph.outputs.each_ref(&mut |output| {
        take(output, graph.references.get(&output.of).and_then(Option::as_ref));
    });
    used.users = users;
    let graph = substituted(graph, &plain, (closures, hasher), &mut found);
    found.dedup();
    if found.is_empty() { Ok((graph, used)) } else { Err(found) }
}

/// What is recorded of an output: of redacted values their digests under the other stage's key.
fn without_plain(value: Value) -> Value {
    match value {
        Value::Secret(secret) => Value::Secret(Secret::sealed(secret.digest().to_owned())),
        Value::List(items) => Value::List(items.into_iter().map(without_plain).collect()),
        Value::Map(members) => {
            Value::Map(members.into_iter().map(|(k, v)| (k, without_plain(v))).collect())
        }
        plain => plain,
    }
}

/// Whether a redacted value inside is known by its digest only.
fn is_sealed(value: &Value) -> bool {
    match value {
        Value::Secret(secret) => secret.expose().is_none(),
        Value::List(items) => items.iter().any(is_sealed),
        Value::Map(members) => members.values().any(is_sealed),
        _ => false,
    }
}

fn substituted(
    mut graph: Graph,
    values: &BTreeMap<OutputRef, Value>,
    (closures, hasher): (&dyn ClosureEvaluator, &SecretHasher),
    found: &mut Vec<Diagnostic>,
) -> Graph {
    let mut replace = |expr: &mut Expr, resource: Option<(&Fqn, &str, Option<&Span>)>| {
        let mut any = false;
        expr.each_ref(&mut |_| any = true);
        if !any {
            return;
        }
        let known = std::mem::replace(expr, Expr::Value(Value::Null)).with_refs(values);
        match known.resolve(&|_, _| None, closures, hasher) {
            Ok(resolved) => *expr = resolved,
            Err(error) => found.push(finding::failed(&error, resource)),
        }
    };
    for (fqn, resource) in &mut graph.resources {
        for (prop, expr) in &mut resource.props {
            let at = resource.prop_spans.get(prop).or(resource.span.as_ref());
            replace(expr, Some((fqn, prop, at)));
        }
    }
    replace(&mut graph.outputs, None);
    graph
}
