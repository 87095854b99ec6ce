//! From what a program gives to the normal form that planner, providers and state see, or to what is wrong with it.

use std::collections::BTreeMap;
use std::fmt;

use super::Descriptor;
use super::walk::Walk;
use crate::{Diagnostic, Expr, Resource, SecretHasher, Span, Value};

/// What is wrong with one prop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropError {
    /// Stable name of the kind of mistake, kebab-case.
    pub code: &'static str,
    /// Dotted path as the program spells it.
    pub path: String,
    /// What is wrong, to follow the path: `must be …, not …`.
    pub problem: String,
    /// What to do; one sentence each.
    pub help: Vec<String>,
}

impl fmt::Display for PropError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path, self.problem)?;
        self.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

impl std::error::Error for PropError {}

/// Who wrote a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// A program: durations need a unit.
    Program,
    /// The catalog or a provider: may be in normal form already.
    Catalog,
}

impl Descriptor {
    /// The resource's props in normal form: aliases resolved, durations in whole units, enums and ranges checked,
    /// sensitive values secret. Props that were not given stay away (their default counts); members of objects get
    /// their defaults. What is not known yet passes. A prop that is refused stays as it was given.
    ///
    /// Each finding points at the prop where it is written, else at the resource.
    pub fn normalise(
        &self,
        resource: &Resource,
        hasher: &SecretHasher,
    ) -> (BTreeMap<String, Expr>, Vec<Diagnostic>) {
        self.normalise_by(resource, hasher, Author::Program)
    }

    /// The value of one prop in normal form, for apply, when it has become known, and for what a provider observed:
    /// durations may be numbers of their unit already.
    ///
    /// Refuses an unknown prop and a value that the prop does not take.
    pub fn normalise_value(
        &self,
        prop: &str,
        value: Value,
        hasher: &SecretHasher,
    ) -> Result<Value, PropError> {
        let mut walk = Walk {
            author: Author::Catalog,
            hasher,
            path: vec![prop.to_owned()],
            secret: false,
            errors: vec![],
        };
        let Some(found) = self.prop(prop) else {
            let error = walk.unknown(&self.props, self.ty.as_str());
            return Err(error);
        };
        if value.is_null() {
            return Ok(value);
        }
        let normal = walk.prop(found, Expr::Value(value));
        match (walk.errors.into_iter().next(), normal) {
            (Some(error), _) => Err(error),
            (None, Expr::Value(value)) => Ok(value),
            (None, _) => Ok(Value::Null),
        }
    }

    pub(super) fn normalise_by(
        &self,
        resource: &Resource,
        hasher: &SecretHasher,
        author: Author,
    ) -> (BTreeMap<String, Expr>, Vec<Diagnostic>) {
        let mut resource = resource.clone();
        let found = self.normalise_in_place(&mut resource, hasher, author);
        (resource.props, found)
    }

    /// As `normalise_by`, without a copy: programs have many resources.
    pub(super) fn normalise_in_place(
        &self,
        resource: &mut Resource,
        hasher: &SecretHasher,
        author: Author,
    ) -> Vec<Diagnostic> {
        let mut walk = Walk { author, hasher, path: Vec::new(), secret: false, errors: Vec::new() };
        let given = std::mem::take(&mut resource.props);
        resource.props = walk.members(&self.props, given, self.ty.as_str(), false);
        walk.errors.into_iter().map(|error| diagnostic(resource, error)).collect()
    }
}

/// Where a path was written: its own place, else that of the nearest object around it, else the resource's.
pub(super) fn place<'a>(resource: &'a Resource, path: &str) -> Option<&'a Span> {
    let mut path = path;
    loop {
        if let Some(span) = resource.prop_spans.get(path) {
            return Some(span);
        }
        match path.rsplit_once('.') {
            Some((outer, _)) => path = outer,
            None => return resource.span.as_ref(),
        }
    }
}

fn diagnostic(resource: &Resource, error: PropError) -> Diagnostic {
    let summary = format!("`{}` of `{}` {}", error.path, resource.fqn, error.problem);
    let found = Diagnostic::error(error.code, summary)
        .resource(&resource.fqn)
        .at(place(resource, &error.path), "");
    error.help.into_iter().fold(found, Diagnostic::help)
}
