//! Differences between what is wanted and what is there, prop by prop, with dotted paths.

use std::collections::BTreeSet;

use crate::{Expr, Prop, PropChange, PropType, Secret, SecretHasher, Value};

/// A wanted value: known, or partly open.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want<'a> {
    /// Known.
    Known(&'a Value),
    /// Not known yet, all or part of it.
    Open(&'a Expr),
}

impl<'a> Want<'a> {
    /// The wanted value of a prop: what was given, else the default.
    pub(super) fn of(prop: &'a Prop, given: Option<&'a Expr>) -> Self {
        match given {
            None | Some(Expr::Value(Value::Null)) => Self::Known(&prop.default),
            Some(Expr::Value(value)) => Self::Known(value),
            Some(open) => Self::Open(open),
        }
    }
    fn expr(self) -> Expr {
        match self {
            Self::Known(value) => Expr::Value(value.clone()),
            Self::Open(expr) => expr.clone(),
        }
    }
}

/// What one prop is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Have<'a> {
    /// The value it has now.
    pub(super) current: &'a Value,
    /// The recorded value, which tells whether it was a secret.
    pub(super) recorded: Option<&'a Value>,
}

/// The prop that a dotted path begins with.
pub(super) fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// Appends what has to change for `prop` to become `want`.
pub(super) fn compare(
    prop: &Prop,
    want: Want<'_>,
    have: Have<'_>,
    hasher: &SecretHasher,
    out: &mut Vec<PropChange>,
) {
    if let Want::Known(value) = want
        && value == have.current
    {
        return;
    }
    let mut walk = Walk { hasher, sensitive: prop.sensitive, forces: prop.forces_replacement, out };
    walk.value(&mut prop.name.to_owned(), &prop.ty, want, have);
}

struct Walk<'a> {
    hasher: &'a SecretHasher,
    sensitive: bool,
    forces: bool,
    out: &'a mut Vec<PropChange>,
}

const NULL: &Value = &Value::Null;

impl Walk<'_> {
    fn value(&mut self, path: &mut String, ty: &PropType, want: Want<'_>, have: Have<'_>) {
        let ty = narrowed(ty, want);
        match (want, have.current) {
            (Want::Known(value), current) if self.equal(value, current) => {}
            (Want::Known(Value::Map(wanted)), Value::Map(_)) => {
                self.members(path, ty, |key| wanted.get(key).map(Want::Known), wanted.keys(), have);
            }
            (Want::Open(Expr::Map(wanted)), Value::Map(_)) => {
                let member = |key: &str| match wanted.get(key) {
                    Some(Expr::Value(value)) => Some(Want::Known(value)),
                    open => open.map(Want::Open),
                };
                self.members(path, ty, member, wanted.keys(), have);
            }
            (Want::Known(Value::List(wanted)), Value::List(current)) => {
                if wanted.len() != current.len() || self.items_differ(ty, wanted, current) {
                    self.change(path, want, have);
                }
            }
            _ => self.change(path, want, have),
        }
    }

    fn members<'w>(
        &mut self,
        path: &mut String,
        ty: &PropType,
        member: impl Fn(&str) -> Option<Want<'w>>,
        wanted: impl Iterator<Item = &'w String>,
        have: Have<'w>,
    ) {
        let Value::Map(current) = have.current else { return };
        let keys: BTreeSet<&str> =
            wanted.map(String::as_str).chain(current.keys().map(String::as_str)).collect();
        let (length, forces, sensitive) = (path.len(), self.forces, self.sensitive);
        for key in keys {
            let known = if let PropType::Object(props) = ty {
                props.iter().find(|p| p.name == key)
            } else {
                None
            };
            let default = known.map_or(NULL, |p| &p.default);
            let inner = match (known, ty) {
                (Some(prop), _) => &prop.ty,
                (None, PropType::Map(inner)) => inner,
                _ => &PropType::Document,
            };
            let want = match member(key) {
                None | Some(Want::Known(Value::Null)) => Want::Known(default),
                Some(want) => want,
            };
            // Of a map that was redacted as a whole every member was.
            let recorded = have.recorded.and_then(|value| match value {
                Value::Secret(_) => Some(value),
                value => value.get(key),
            });
            let have = Have {
                current: current.get(key).filter(|v| !v.is_null()).unwrap_or(default),
                recorded,
            };
            path.push('.');
            path.push_str(key);
            self.forces = forces || known.is_some_and(|p| p.forces_replacement);
            self.sensitive = sensitive || known.is_some_and(|p| p.sensitive);
            self.value(path, inner, want, have);
            (self.forces, self.sensitive) = (forces, sensitive);
            path.truncate(length);
        }
    }

    fn items_differ(&self, ty: &PropType, wanted: &[Value], current: &[Value]) -> bool {
        let inner = if let PropType::List(inner) = ty { inner } else { &PropType::Document };
        wanted.iter().zip(current).any(|(wanted, current)| {
            let mut found = Vec::new();
            let mut walk =
                Walk { hasher: self.hasher, sensitive: false, forces: false, out: &mut found };
            walk.value(
                &mut String::new(),
                inner,
                Want::Known(wanted),
                Have { current, recorded: None },
            );
            !found.is_empty()
        })
    }

    /// Equal, a secret and a plain value compared by digest.
    fn equal(&self, wanted: &Value, current: &Value) -> bool {
        match (wanted, current) {
            (Value::Secret(secret), Value::Secret(known)) => {
                secret == known || secret.expose().is_some_and(|p| self.hasher.matches(known, p))
            }
            (Value::Secret(secret), plain) | (plain, Value::Secret(secret)) => {
                !plain.is_null() && self.hasher.matches(secret, plain)
            }
            _ => wanted == current,
        }
    }

    fn change(&mut self, path: &str, want: Want<'_>, have: Have<'_>) {
        let secret = self.sensitive
            || have.current.has_secret()
            || have.recorded.is_some_and(Value::has_secret)
            || matches!(want, Want::Known(value) if value.has_secret());
        let shown = |expr: Expr| match expr {
            Expr::Value(value) if secret && !value.is_null() && !value.has_secret() => {
                Expr::Value(Value::Secret(Secret::new(value, self.hasher)))
            }
            other => other,
        };
        let change = PropChange {
            path: path.to_owned(),
            old: shown(Expr::Value(have.current.clone())),
            new: shown(want.expr()),
            forces_replacement: self.forces,
        };
        self.out.push(change);
    }
}

/// Of alternatives the one that has members, when members are wanted.
fn narrowed<'a>(ty: &'a PropType, want: Want<'_>) -> &'a PropType {
    let members = matches!(want, Want::Known(Value::Map(_)) | Want::Open(Expr::Map(_)));
    match ty {
        PropType::OneOf(types) if members => types
            .iter()
            .find(|ty| matches!(ty, PropType::Object(_) | PropType::Map(_)))
            .unwrap_or(ty),
        other => other,
    }
}
