//! Completes a step's props with the attributes that are known by the time it runs.

use std::collections::BTreeMap;

use alchemy_core::{ClosureEvaluator, Descriptor, Expr, Fqn, SecretHasher, Step, Value};

use crate::machine::KnownAttrs;

/// What an expression may use.
#[derive(Clone, Copy)]
pub(crate) struct Resolver<'a> {
    pub(crate) attrs: &'a KnownAttrs,
    pub(crate) closures: &'a dyn ClosureEvaluator,
    pub(crate) hasher: &'a SecretHasher,
}

impl Resolver<'_> {
    /// The whole value, or what it still waits for or what a closure threw.
    pub(crate) fn value(&self, expr: &Expr) -> Result<Value, String> {
        let lookup = |fqn: &Fqn, path: &[String]| self.attribute(fqn, path);
        let resolved = expr.resolve(&lookup, self.closures, self.hasher).map_err(|error| {
            match &error.location {
                Some(location) => {
                    format!("a function of the program failed at {location}: {error}")
                }
                None => format!("a function of the program failed: {error}"),
            }
        })?;
        match resolved {
            Expr::Value(value) => Ok(value),
            unknown => Err(format!("{} is not known", first_attr(&unknown))),
        }
    }

    /// An attribute, and members inside it. What a finished object does not have is null.
    fn attribute(&self, fqn: &Fqn, path: &[String]) -> Option<Value> {
        let attrs = self.attrs.get(fqn)?;
        let (first, members) = path.split_first()?;
        Some(attrs.get(first).and_then(|value| value.at(members)).cloned().unwrap_or_default())
    }

    /// The props of a step, complete and in normal form; nulls are left out.
    pub(crate) fn props(
        &self,
        step: &Step,
        descriptor: &Descriptor,
    ) -> Result<BTreeMap<String, Value>, String> {
        let mut props = BTreeMap::new();
        for (name, expr) in &step.props {
            let value = match expr {
                Expr::Value(value) => value.clone(),
                unknown => {
                    let value =
                        self.value(unknown).map_err(|error| format!("prop {name}: {error}"))?;
                    descriptor
                        .normalise_value(name, value, self.hasher)
                        .map_err(|error| error.to_string())?
                }
            };
            if !value.is_null() {
                props.insert(name.clone(), value);
            }
        }
        Ok(props)
    }
}

/// Props with every default filled in, as providers get them.
pub(crate) fn with_defaults(
    props: &BTreeMap<String, Value>,
    descriptor: &Descriptor,
) -> BTreeMap<String, Value> {
    let mut full = props.clone();
    for prop in &descriptor.props {
        if !prop.default.is_null() && !full.contains_key(prop.name) {
            full.insert(prop.name.to_owned(), prop.default.clone());
        }
    }
    full
}

fn first_attr(expr: &Expr) -> String {
    let mut first = None;
    expr.each_attr(&mut |fqn, path| {
        first.get_or_insert_with(|| format!("{fqn}.{}", path.join(".")));
    });
    first.unwrap_or_else(|| "a value".to_owned())
}

/// Whether completing it runs code of the program.
pub(crate) fn has_closure(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) | Expr::Attr { .. } | Expr::Ref(_) => false,
        Expr::List(items) | Expr::Concat(items) => items.iter().any(has_closure),
        Expr::Map(members) => members.values().any(has_closure),
        Expr::Call { .. } => true,
    }
}

#[cfg(test)]
mod tests;
