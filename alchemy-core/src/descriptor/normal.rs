//! From what a program gives to the normal form that planner, providers and state see, or to what is wrong with it.

use std::collections::BTreeMap;
use std::fmt;

use super::duration::{DAY, NoDuration};
use super::nearest::nearest;
use super::wording::{choice, expected, given, quoted, with_unit};
use super::{Descriptor, Prop, PropType, duration};
use crate::{Diagnostic, Expr, Resource, Secret, SecretHasher, Span, Value};

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
        let mut walk = Walk { author, hasher, path: Vec::new(), secret: false, errors: Vec::new() };
        let props = walk.members(&self.props, resource.props.clone(), self.ty.as_str(), false);
        let found = walk.errors.into_iter().map(|error| diagnostic(resource, error)).collect();
        (props, found)
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

/// One walk over given values along their types.
struct Walk<'a> {
    author: Author,
    hasher: &'a SecretHasher,
    path: Vec<String>,
    secret: bool,
    errors: Vec<PropError>,
}

impl Walk<'_> {
    fn error(&self, code: &'static str, problem: String, help: Option<String>) -> PropError {
        PropError { code, path: self.dotted(), problem, help: help.into_iter().collect() }
    }

    fn dotted(&self) -> String {
        self.path.iter().map(|part| cut(part)).collect::<Vec<_>>().join(".")
    }

    fn refuse(&mut self, code: &'static str, problem: String, help: Option<String>) {
        let error = self.error(code, problem, help);
        self.errors.push(error);
    }

    fn wrong(&mut self, ty: &PropType, expr: &Expr, help: Option<String>) {
        let problem = format!("must be {}, not {}", expected(ty), given(expr, self.secret));
        self.refuse("wrong-type", problem, help);
    }

    fn out_of_range(&mut self, ty: &PropType, expr: &Expr) {
        let problem = format!("must be {}, not {}", expected(ty), given(expr, self.secret));
        self.refuse("out-of-range", problem, None);
    }

    fn unknown(&self, props: &[Prop], owner: &str) -> PropError {
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
    fn members(
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

    fn prop(&mut self, prop: &Prop, expr: Expr) -> Expr {
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
    fn value(&mut self, ty: &PropType, expr: Expr) -> Expr {
        match &expr {
            Expr::Value(Value::Secret(secret)) => return self.secret(ty, secret),
            Expr::Attr { .. } | Expr::Call { .. } => return expr,
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

    fn scalar(&mut self, ty: &PropType, expr: Expr) -> Expr {
        let Expr::Value(value) = &expr else {
            self.wrong(ty, &expr, None);
            return expr;
        };
        let fits = match (ty, value) {
            (PropType::Bool, Value::Bool(_)) | (PropType::Text, Value::Str(_)) => true,
            (PropType::Int { min, max }, Value::Num(_)) => match value.as_int() {
                Some(number) if (*min..=*max).contains(&number) => true,
                _ => return self.ranged(ty, expr),
            },
            (PropType::IntOf(numbers), Value::Num(_)) => match value.as_int() {
                Some(number) if numbers.contains(&number) => true,
                _ => return self.ranged(ty, expr),
            },
            (PropType::Str { min, max }, Value::Str(text)) => {
                if !(*min..=*max).contains(&text.len()) {
                    let problem = format!("must be {}, not of {}", expected(ty), text.len());
                    self.refuse("out-of-range", problem, None);
                }
                true
            }
            (PropType::Enum(texts), Value::Str(text)) => return self.choice(ty, texts, text),
            (PropType::Duration { .. } | PropType::DaysOf(_), value) => {
                return self.duration(ty, value);
            }
            (PropType::Text, Value::Bool(_) | Value::Num(_)) => {
                return Expr::Value(Value::Str(value.to_json()));
            }
            (PropType::Code, Value::Str(path)) => !path.is_empty(),
            (PropType::Literal(literal), value) => literal == value,
            _ => false,
        };
        if !fits {
            let structured =
                matches!(value, Value::List(_) | Value::Map(_)) && *ty == PropType::Text;
            let help = structured.then(|| "write it as text with `JSON.stringify`".to_owned());
            self.wrong(ty, &expr, help);
        }
        expr
    }

    fn ranged(&mut self, ty: &PropType, expr: Expr) -> Expr {
        self.out_of_range(ty, &expr);
        expr
    }

    fn choice(&mut self, ty: &PropType, texts: &[&'static str], text: &str) -> Expr {
        let expr = Expr::Value(Value::str(text));
        if !texts.contains(&text) {
            let near = if self.secret { None } else { nearest(text, texts.iter().copied()) };
            let problem = format!("must be {}, not {}", expected(ty), given(&expr, self.secret));
            self.refuse(
                "not-a-choice",
                problem,
                near.map(|near| format!("did you mean `{near}`?")),
            );
        }
        expr
    }

    fn duration(&mut self, ty: &PropType, value: &Value) -> Expr {
        let unit =
            if let PropType::Duration { unit_seconds, .. } = ty { *unit_seconds } else { DAY };
        let same = Expr::Value(value.clone());
        let count = match value {
            Value::Str(text) => duration::parse(text, unit),
            Value::Num(_) if self.author == Author::Catalog => {
                value.as_int().ok_or(NoDuration::Fraction)
            }
            Value::Num(_) => {
                let text = value
                    .as_int()
                    .and_then(|n| with_unit(n, ty))
                    .unwrap_or("30 seconds".to_owned());
                self.wrong(ty, &same, Some(format!("write the unit too, as in `\"{text}\"`")));
                return same;
            }
            _ => Err(NoDuration::Shape),
        };
        let fits = |count: i64| match ty {
            PropType::Duration { min, max, .. } => {
                count.checked_mul(unit).is_some_and(|seconds| (*min..=*max).contains(&seconds))
            }
            PropType::DaysOf(days) => days.contains(&count),
            _ => false,
        };
        match count {
            Ok(count) if fits(count) => Expr::Value(Value::int(count)),
            Ok(_) => self.ranged(ty, same),
            Err(NoDuration::Fraction) => {
                let word = if unit == DAY { "days" } else { "seconds" };
                let what = given(&same, self.secret);
                self.refuse(
                    "out-of-range",
                    format!("must be a whole number of {word}, not {what}"),
                    None,
                );
                same
            }
            Err(_) => {
                let help = "write a number and a unit: seconds, minutes, hours, days or weeks, as in `\"30 seconds\"`";
                self.wrong(ty, &same, Some(help.to_owned()));
                same
            }
        }
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
