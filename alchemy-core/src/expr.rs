//! Expressions: values that may wait for another resource's attributes.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Fqn, OutputRef, Value};

/// Which closure of the program's session to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClosureId(pub u32);

/// A prop's value as the program gave it: known, or a recipe that apply completes.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Known, all of it.
    Value(Value),
    /// A list of which some part is not known yet.
    List(Vec<Self>),
    /// A map of which some part is not known yet.
    Map(BTreeMap<String, Self>),
    /// An attribute of a resource of the same stack, e.g. `Jobs` `["queueArn"]`.
    Attr {
        /// The resource.
        fqn: Fqn,
        /// Attribute name, then members inside it. Never empty.
        path: Vec<String>,
    },
    /// An output of another stage, e.g. `Backend` at `prod` `["url"]`. Replaced by its value before anything is planned.
    Ref(OutputRef),
    /// `Output.map`: a closure of the program applied to a value. Redacted if its input is.
    Call {
        /// The closure.
        closure: ClosureId,
        /// Its argument.
        input: Box<Self>,
    },
    /// `Output.interpolate`: the texts of the parts, joined. Redacted if a part is.
    Concat(Vec<Self>),
}

/// Why a closure of the program gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ClosureError {
    /// What the program threw, or which limit it ran into.
    pub message: String,
    /// Whether `message` is the program's own words.
    pub thrown: bool,
    /// Where, if known.
    pub location: Option<crate::Location>,
}

impl ClosureError {
    /// The same error without the program's own words, but for the name of a standard error: they may be made of the
    /// redacted value that the closure was called with.
    fn without_words(self) -> Self {
        const NAMES: [&str; 6] =
            ["Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError", "URIError"];
        if !self.thrown {
            return self;
        }
        let name = self.message.split(':').next().filter(|name| NAMES.contains(name));
        let name = name.unwrap_or("Error");
        let message = format!("{name}: <redacted>, as it was thrown over a redacted value");
        Self { message, ..self }
    }
}

/// Runs the program's closures; implemented by the program's session, and by tables in tests.
pub trait ClosureEvaluator: Send + Sync {
    /// Calls `closure` with `input`. Same arguments, same answer.
    fn call(&self, closure: ClosureId, input: &Value) -> Result<Value, ClosureError>;
}

/// An evaluator for graphs without closures (destroy, tests): every call is an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoClosures;

impl ClosureEvaluator for NoClosures {
    fn call(&self, closure: ClosureId, _: &Value) -> Result<Value, ClosureError> {
        Err(ClosureError {
            message: format!("closure {} has no program", closure.0),
            thrown: false,
            location: None,
        })
    }
}

impl Expr {
    /// A list, known if every item is.
    pub fn list(items: Vec<Self>) -> Self {
        if items.iter().all(|item| matches!(item, Self::Value(_))) {
            return Self::Value(Value::List(
                items.into_iter().filter_map(Self::into_value).collect(),
            ));
        }
        Self::List(items)
    }
    /// A map, known if every member is.
    pub fn map(members: BTreeMap<String, Self>) -> Self {
        if members.values().all(|member| matches!(member, Self::Value(_))) {
            let known = members.into_iter().filter_map(|(k, v)| Some((k, v.into_value()?)));
            return Self::Value(Value::Map(known.collect()));
        }
        Self::Map(members)
    }
    /// The value, if known.
    pub fn as_value(&self) -> Option<&Value> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }
    /// The value, if known.
    pub fn into_value(self) -> Option<Value> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }
    /// Whether a redacted value is anywhere inside.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Value(value) => value.has_secret(),
            Self::List(items) | Self::Concat(items) => items.iter().any(Self::has_secret),
            Self::Map(members) => members.values().any(Self::has_secret),
            Self::Call { input, .. } => input.has_secret(),
            Self::Attr { .. } | Self::Ref(_) => false,
        }
    }
    /// It with every redacted value digested by `hasher`.
    #[must_use]
    pub fn digested(&self, hasher: &crate::SecretHasher) -> Self {
        let all = |items: &[Self]| items.iter().map(|item| item.digested(hasher)).collect();
        match self {
            Self::Value(value) => Self::Value(value.digested(hasher)),
            Self::List(items) => Self::List(all(items)),
            Self::Concat(parts) => Self::Concat(all(parts)),
            Self::Map(members) => {
                Self::Map(members.iter().map(|(k, e)| (k.clone(), e.digested(hasher))).collect())
            }
            Self::Call { closure, input } => {
                Self::Call { closure: *closure, input: Box::new(input.digested(hasher)) }
            }
            Self::Attr { .. } | Self::Ref(_) => self.clone(),
        }
    }
    /// Calls `visit` with every resource attribute it waits for.
    pub fn each_attr<'a>(&'a self, visit: &mut dyn FnMut(&'a Fqn, &'a [String])) {
        match self {
            Self::Value(_) | Self::Ref(_) => {}
            Self::Attr { fqn, path } => visit(fqn, path),
            Self::List(items) | Self::Concat(items) => {
                for item in items {
                    item.each_attr(visit);
                }
            }
            Self::Map(members) => members.values().for_each(|e| e.each_attr(visit)),
            Self::Call { input, .. } => input.each_attr(visit),
        }
    }
    /// Calls `visit` with every resource attribute it waits for, to change it.
    pub fn each_attr_mut(&mut self, visit: &mut dyn FnMut(&mut Fqn, &mut Vec<String>)) {
        match self {
            Self::Value(_) | Self::Ref(_) => {}
            Self::Attr { fqn, path } => visit(fqn, path),
            Self::List(items) | Self::Concat(items) => {
                for item in items {
                    item.each_attr_mut(visit);
                }
            }
            Self::Map(members) => members.values_mut().for_each(|e| e.each_attr_mut(visit)),
            Self::Call { input, .. } => input.each_attr_mut(visit),
        }
    }
    /// As much of it as `lookup` and `closures` can complete. `lookup` answers `None` for an attribute
    /// that is not known yet; such parts stay as they are.
    pub fn resolve(
        &self,
        lookup: &dyn Fn(&Fqn, &[String]) -> Option<Value>,
        closures: &dyn ClosureEvaluator,
        hasher: &crate::SecretHasher,
    ) -> Result<Self, ClosureError> {
        Ok(match self {
            Self::Value(value) => Self::Value(value.clone()),
            Self::Ref(_) => self.clone(),
            Self::Attr { fqn, path } => match lookup(fqn, path) {
                Some(value) => Self::Value(value),
                None => self.clone(),
            },
            Self::List(items) => Self::list(
                items
                    .iter()
                    .map(|e| e.resolve(lookup, closures, hasher))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Map(members) => Self::map(
                members
                    .iter()
                    .map(|(k, e)| Ok((k.clone(), e.resolve(lookup, closures, hasher)?)))
                    .collect::<Result<_, ClosureError>>()?,
            ),
            Self::Call { closure, input } => match input.resolve(lookup, closures, hasher)? {
                Self::Value(input) => {
                    let secret = input.has_secret();
                    let output = closures
                        .call(*closure, &input.exposed())
                        .map_err(|error| if secret { error.without_words() } else { error })?;
                    Self::Value(tainted(output.digested(hasher), secret, hasher))
                }
                input => Self::Call { closure: *closure, input: Box::new(input) },
            },
            Self::Concat(parts) => {
                let parts = parts
                    .iter()
                    .map(|e| e.resolve(lookup, closures, hasher))
                    .collect::<Result<Vec<_>, _>>()?;
                concat(parts, hasher)
            }
        })
    }
}

/// What a redacted value was made into is redacted: as a whole, or, where the program has redacted some of it, all the rest.
fn tainted(value: Value, secret: bool, hasher: &crate::SecretHasher) -> Value {
    if !secret || matches!(value, Value::Secret(_)) {
        return value;
    }
    if !value.has_secret() {
        return Value::Secret(crate::Secret::new(value, hasher));
    }
    let inner = |value| tainted(value, secret, hasher);
    match value {
        Value::List(items) => Value::List(items.into_iter().map(inner).collect()),
        Value::Map(members) => {
            Value::Map(members.into_iter().map(|(key, value)| (key, inner(value))).collect())
        }
        other => other,
    }
}

fn concat(parts: Vec<Expr>, hasher: &crate::SecretHasher) -> Expr {
    if !parts.iter().all(|part| matches!(part, Expr::Value(_))) {
        return Expr::Concat(parts);
    }
    let mut text = String::new();
    let mut secret = false;
    for value in parts.into_iter().filter_map(Expr::into_value) {
        secret |= value.has_secret();
        match value.exposed() {
            Value::Str(part) => text.push_str(&part),
            Value::Null => {}
            other => text.push_str(&other.to_json()),
        }
    }
    Expr::Value(tainted(Value::Str(text), secret, hasher))
}

impl From<Value> for Expr {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl fmt::Display for ClosureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "closure {}", self.0)
    }
}
