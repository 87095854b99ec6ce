//! Values: what props, attributes and outputs are made of once they are known.

mod mask;
mod number;
mod secret;

use std::collections::BTreeMap;
use std::fmt;

pub use mask::Mask;
pub(crate) use number::number_text;
pub use secret::{Secret, SecretHasher};

/// A JSON-like value with redacted leaves. Maps are ordered by key, so that equal values print equal.
#[derive(Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing; as a prop's value the same as not given.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A JavaScript number; whole numbers print without a fraction.
    Num(f64),
    /// Text.
    Str(String),
    /// A list.
    List(Vec<Self>),
    /// A map; keys in order.
    Map(BTreeMap<String, Self>),
    /// A redacted value; never printed, never written in clear.
    Secret(Secret),
}

/// What to make of a redacted leaf, told the path to it.
pub type SecretLeaf<'a, E> = dyn FnMut(&[String], &Secret) -> Result<Value, E> + 'a;

impl Value {
    /// Text as a value.
    pub fn str(text: impl Into<String>) -> Self {
        Self::Str(text.into())
    }
    /// A whole number as a value. Exact up to 2^53.
    #[expect(clippy::cast_precision_loss, reason = "JavaScript numbers; callers stay below 2^53")]
    pub fn int(number: i64) -> Self {
        Self::Num(number as f64)
    }
    /// A map from pairs.
    pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(pairs.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }
    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }
    /// The number, if it is a number.
    pub fn as_num(&self) -> Option<f64> {
        if let Self::Num(number) = self { Some(*number) } else { None }
    }
    /// The whole number, if it is one that fits.
    #[expect(clippy::cast_possible_truncation, reason = "checked: whole and below 2^53")]
    pub fn as_int(&self) -> Option<i64> {
        let number = self.as_num()?;
        (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
    }
    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(*b) } else { None }
    }
    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }
    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }
    /// Member `key` of a map (looking through a secret keeps the taint out of reach: none).
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }
    /// What lies at a path of members' names and items' numbers, none if there is nothing. What is inside a redacted
    /// value stays hidden: it is that value as a whole.
    pub fn at(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |value, step| match value {
            Self::Map(members) => members.get(step),
            Self::List(items) => items.get(step.parse::<usize>().ok()?),
            Self::Secret(_) => Some(value),
            _ => None,
        })
    }
    /// Whether it is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
    /// Whether a redacted value is anywhere inside.
    pub fn has_secret(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::List(list) => list.iter().any(Self::has_secret),
            Self::Map(map) => map.values().any(Self::has_secret),
            _ => false,
        }
    }
    /// The value with every redacted leaf replaced by what it hides; for a provider call only.
    /// A leaf whose plain value is not known becomes null.
    #[must_use]
    pub fn exposed(&self) -> Self {
        match self {
            Self::Secret(secret) => secret.expose().map_or(Self::Null, Self::exposed),
            Self::List(list) => Self::List(list.iter().map(Self::exposed).collect()),
            Self::Map(map) => {
                Self::Map(map.iter().map(|(k, v)| (k.clone(), v.exposed())).collect())
            }
            other => other.clone(),
        }
    }
    /// The value with every redacted leaf replaced by what `leaf` makes of it, which is told the path to it: names of
    /// members and numbers of items. The first refusal ends the walk.
    pub fn with_secrets<E>(
        &self,
        path: &mut Vec<String>,
        leaf: &mut SecretLeaf<'_, E>,
    ) -> Result<Self, E> {
        let mut within = |step: String, value: &Self| {
            path.push(step);
            let made = value.with_secrets(path, leaf);
            path.pop();
            made
        };
        Ok(match self {
            Self::Secret(secret) => leaf(path, secret)?,
            Self::List(list) => {
                let items = list.iter().enumerate();
                Self::List(items.map(|(i, v)| within(i.to_string(), v)).collect::<Result<_, _>>()?)
            }
            Self::Map(map) => {
                let members = map.iter().map(|(k, v)| Ok((k.clone(), within(k.clone(), v)?)));
                Self::Map(members.collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }
    /// The value with every redacted leaf digested by `hasher`, as far as its plain value is known.
    #[must_use]
    pub fn digested(&self, hasher: &SecretHasher) -> Self {
        match self {
            Self::Secret(secret) => Self::Secret(secret.digested(hasher)),
            Self::List(list) => Self::List(list.iter().map(|v| v.digested(hasher)).collect()),
            Self::Map(map) => {
                Self::Map(map.iter().map(|(k, v)| (k.clone(), v.digested(hasher))).collect())
            }
            other => other.clone(),
        }
    }
    /// Canonical JSON; redacted leaves read `"<redacted>"`. Same value, same text.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }
    pub(crate) fn exposed_json(&self) -> String {
        self.exposed().to_json()
    }
    fn write_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::Num(n) => out.push_str(&number_text(*n)),
            Self::Str(s) => write_json_string(s, out),
            Self::Secret(_) => out.push_str("\"<redacted>\""),
            Self::List(list) => {
                out.push('[');
                for (i, item) in list.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (i, (key, item)) in map.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_json_string(key, out);
                    out.push(':');
                    item.write_json(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                out.push_str("\\u00");
                out.push(char::from_digit(u32::from(c) >> 4, 16).unwrap_or('0'));
                out.push(char::from_digit(u32::from(c) & 15, 16).unwrap_or('0'));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}
