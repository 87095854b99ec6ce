//! The walk over given values along their types: objects, lists, alternatives, secrets.

use std::collections::BTreeMap;

use super::nearest::nearest;
use super::normal::{Author, PropError};
use super::wording::{choice, expected, given, quoted};
use super::{Prop, PropType};
use crate::{Expr, Secret, SecretHasher, Value};

/// One walk over given values along their types.
pub(super) struct Walk<'a> {
    pub(super) author: Author,
    pub(super) hasher: &'a SecretHasher,
    /// Where it is.
    pub(super) path: Vec<String>,
    /// Whether what it sees must not be quoted.
    pub(super) secret: bool,
    pub(super) errors: Vec<PropError>,
}

impl Walk<'_> {
    fn error(&self, code: &'static str, problem: String, help: Option<String>) -> PropError {
        PropError { code, path: self.dotted(), problem, help: help.into_iter().collect() }
    }

    fn dotted(&self) -> String {
        self.path.iter().map(|part| cut(part)).collect::<Vec<_>>().join(".")
    }

    pub(super) fn refuse(&mut self, code: &'static str, problem: String, help: Option<String>) {
        let error = self.error(code, problem, help);
        self.errors.push(error);
    }

    pub(super) fn wrong(&mut self, ty: &PropType, expr: &Expr, help: Option<String>) {
        let problem = format!("must be {}, not {}", expected(ty), given(expr, self.secret));
        self.refuse("wrong-type", problem, help);
    }

    pub(super) fn unknown(&self, props: &[Prop], owner: &str) -> PropError {
        let name = self.path.last().map_or("", String::as_str);
        let names = props.iter().flat_map(|p| [Some(p.name), p.alias]).flatten();
        let help = match nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "it takes {}",
                choice(&props.iter().map(|p| p.name).collect::<Vec<_>>(), "`")
            ),
        };
        PropError {
            code: "unknown-prop",
            path: self.dotted(),
            problem: format!("is not a prop of {owner}"),
            help: vec![help],
        }
    }

    /// Runs `walk` one step deeper in the path.
    fn within<T>(&mut self, step: &str, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step.to_owned());
        let result = walk(self);
        self.path.pop();
        result
    }

    /// Members of an object, or the props of a resource.
    pub(super) fn members(
        &mut self,
        props: &[Prop],
        given: BTreeMap<String, Expr>,
        owner: &str,
        fill: bool,
    ) -> BTreeMap<String, Expr> {
        let mut normal = BTreeMap::new();
        for (name, expr) in given {
            self.within(&name, |walk| {
                match props.iter().find(|p| p.name == name || p.alias == Some(&name)) {
                    _ if matches!(expr, Expr::Value(Value::Null)) => {}
                    None => {
                        let error = walk.unknown(props, owner);
                        walk.errors.push(error);
                    }
                    Some(prop) if normal.contains_key(prop.name) => {
                        let problem = format!(
                            "is given twice, as `{}` and as `{}`",
                            prop.name,
                            prop.alias.unwrap_or("")
                        );
                        walk.refuse(
                            "given-twice",
                            problem,
                            Some(format!("keep only `{}`", prop.name)),
                        );
                    }
                    Some(prop) => {
                        let value = walk.prop(prop, expr);
                        normal.insert(prop.name.to_owned(), value);
                    }
                }
            });
        }
        for prop in props.iter().filter(|p| !normal.contains_key(p.name)).collect::<Vec<_>>() {
            if prop.required {
                self.within(prop.name, |walk| {
                    let help = format!("add `{}: …`: {}", prop.name, expected(&prop.ty));
                    walk.refuse("missing-prop", "must be given".to_owned(), Some(help));
                });
            } else if fill && !prop.default.is_null() {
                normal.insert(prop.name.to_owned(), Expr::Value(prop.default.clone()));
            }
        }
        normal
    }

    pub(super) fn prop(&mut self, prop: &Prop, expr: Expr) -> Expr {
        let outer = self.secret;
        self.secret |= prop.sensitive;
        let normal = self.value(&prop.ty, expr);
        self.secret = outer;
        match normal {
            Expr::Value(value)
                if prop.sensitive && !matches!(value, Value::Secret(_) | Value::Null) =>
            {
                Expr::Value(Value::Secret(Secret::new(value.exposed(), self.hasher)))
            }
            normal => normal,
        }
    }

    /// The normal form of `expr` under `ty`; as it is, with an error noted, if the type does not take it.
    pub(super) fn value(&mut self, ty: &PropType, expr: Expr) -> Expr {
        match &expr {
            Expr::Value(Value::Secret(secret)) => return self.secret(ty, secret),
            Expr::Attr { .. } | Expr::Ref(_) | Expr::Call { .. } => return expr,
            Expr::Concat(_) if takes_text(ty) => return expr,
            Expr::Concat(_) => {
                self.wrong(ty, &expr, None);
                return expr;
            }
            _ => {}
        }
        match ty {
            PropType::List(item) => self.list(ty, item, expr),
            PropType::Map(item) => self.map(ty, item, expr),
            PropType::Object(props) => self.object(ty, props, expr),
            PropType::OneOf(types) => self.one_of(ty, types, expr),
            PropType::Document => self.document(ty, expr),
            _ => self.scalar(ty, expr),
        }
    }

    fn secret(&mut self, ty: &PropType, secret: &Secret) -> Expr {
        let Some(plain) = secret.expose() else {
            return Expr::Value(Value::Secret(secret.clone()));
        };
        let outer = std::mem::replace(&mut self.secret, true);
        let normal = self.value(ty, Expr::Value(plain.clone()));
        self.secret = outer;
        let value = normal.into_value().unwrap_or_else(|| plain.clone());
        Expr::Value(Value::Secret(Secret::new(value, self.hasher)))
    }

    fn list(&mut self, ty: &PropType, item: &PropType, expr: Expr) -> Expr {
        match items(expr) {
            Ok(items) => {
                let each = items.into_iter().enumerate();
                Expr::list(
                    each.map(|(i, e)| self.within(&i.to_string(), |walk| walk.value(item, e)))
                        .collect(),
                )
            }
            Err(expr) => {
                self.wrong(ty, &expr, None);
                expr
            }
        }
    }

    fn map(&mut self, ty: &PropType, item: &PropType, expr: Expr) -> Expr {
        match entries(expr) {
            Ok(members) => {
                let each =
                    members.into_iter().filter(|(_, e)| !matches!(e, Expr::Value(Value::Null)));
                Expr::map(
                    each.map(|(k, e)| self.within(&k.clone(), |walk| (k, walk.value(item, e))))
                        .collect(),
                )
            }
            Err(expr) => {
                self.wrong(ty, &expr, None);
                expr
            }
        }
    }

    fn object(&mut self, ty: &PropType, props: &[Prop], expr: Expr) -> Expr {
        match entries(expr) {
            Ok(given) => {
                let owner = self.path.last().map_or(String::new(), |name| format!("`{name}`"));
                Expr::map(self.members(props, given, &owner, true))
            }
            Err(expr) => {
                self.wrong(ty, &expr, None);
                expr
            }
        }
    }

    /// The first type that takes it; if none does, what the one of the same shape finds wrong.
    fn one_of(&mut self, ty: &PropType, types: &[PropType], expr: Expr) -> Expr {
        let before = self.errors.len();
        let mut closest = None;
        for option in types {
            let normal = self.value(option, expr.clone());
            let found = self.errors.split_off(before);
            if found.is_empty() {
                return normal;
            }
            if closest.is_none() && same_shape(option, &expr) {
                closest = Some(found);
            }
        }
        match closest {
            Some(found) => self.errors.extend(found),
            None => self.wrong(ty, &expr, None),
        }
        expr
    }

    fn document(&mut self, ty: &PropType, expr: Expr) -> Expr {
        if let Expr::Value(Value::Str(_)) = &expr {
            let help = "give the object itself, without `JSON.stringify`";
            self.wrong(ty, &expr, Some(help.to_owned()));
        } else if !matches!(expr, Expr::Map(_) | Expr::Value(Value::Map(_))) {
            self.wrong(ty, &expr, None);
        }
        expr
    }
}

fn cut(text: &str) -> String {
    let quoted = quoted(text);
    quoted.trim_matches('`').to_owned()
}

fn items(expr: Expr) -> Result<Vec<Expr>, Expr> {
    match expr {
        Expr::List(items) => Ok(items),
        Expr::Value(Value::List(items)) => Ok(items.into_iter().map(Expr::Value).collect()),
        other => Err(other),
    }
}

fn entries(expr: Expr) -> Result<BTreeMap<String, Expr>, Expr> {
    match expr {
        Expr::Map(members) => Ok(members),
        Expr::Value(Value::Map(members)) => {
            Ok(members.into_iter().map(|(k, v)| (k, Expr::Value(v))).collect())
        }
        other => Err(other),
    }
}

/// Whether a text that is not known yet may be given.
fn takes_text(ty: &PropType) -> bool {
    match ty {
        PropType::Str { .. }
        | PropType::Enum(_)
        | PropType::Duration { .. }
        | PropType::DaysOf(_)
        | PropType::Text
        | PropType::Code => true,
        PropType::OneOf(types) => types.iter().any(takes_text),
        PropType::Literal(value) => value.as_str().is_some(),
        _ => false,
    }
}

/// Whether it is of a kind that the type takes, whatever is in it.
fn same_shape(ty: &PropType, expr: &Expr) -> bool {
    match expr {
        Expr::Map(_) | Expr::Value(Value::Map(_)) => {
            matches!(ty, PropType::Map(_) | PropType::Object(_) | PropType::Document)
        }
        Expr::List(_) | Expr::Value(Value::List(_)) => matches!(ty, PropType::List(_)),
        Expr::Value(Value::Num(_)) => matches!(
            ty,
            PropType::Int { .. }
                | PropType::IntOf(_)
                | PropType::Duration { .. }
                | PropType::DaysOf(_)
        ),
        Expr::Value(Value::Str(_)) => takes_text(ty) && !matches!(ty, PropType::Literal(_)),
        _ => false,
    }
}
