//! Values on the wire: JSON, with `{"$secret": digest}` for redacted ones, `$sealed` beside it where there is a
//! ciphertext, and `$$` before a key's own leading `$`.

use std::collections::BTreeMap;
use std::fmt;

use alchemy_core::{Secret, Value};
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};

/// Deepest nesting that is written. `serde_json` reads 128 levels; the document around a value takes fewer than 16.
const MAX_DEPTH: u32 = 96;

/// Whole numbers up to here are exact in a JavaScript number.
const MAX_WHOLE: u64 = 1 << 53;

const SECRET: &str = "$secret";
const SEALED: &str = "$sealed";
const NUMBER: &str = "$number";

/// A value as it is written and read.
pub(super) struct WireValue(pub(super) Value);

/// A map of values (props, attributes).
pub(super) struct WireMap(pub(super) BTreeMap<String, Value>);

/// A value alone, as it stands in documents.
pub(crate) fn write_value(value: &Value) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Nested { value, depth: 0 })
}

/// Reads what [`write_value`] wrote.
pub(crate) fn read_value(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<WireValue>(bytes).map(|value| value.0)
}

struct Nested<'a> {
    value: &'a Value,
    depth: u32,
}

impl Serialize for WireValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Nested { value: &self.0, depth: 0 }.serialize(serializer)
    }
}

impl Serialize for WireMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_map(&self.0, 0, serializer)
    }
}

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.depth > MAX_DEPTH {
            return Err(S::Error::custom(format!(
                "a value is nested deeper than {MAX_DEPTH} levels"
            )));
        }
        match self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Num(n) => write_number(*n, serializer),
            Value::Str(s) => serializer.serialize_str(s),
            Value::List(list) => serializer
                .collect_seq(list.iter().map(|value| Nested { value, depth: self.depth + 1 })),
            Value::Map(map) => write_map(map, self.depth, serializer),
            Value::Secret(secret) => write_secret(secret, serializer),
        }
    }
}

fn write_map<S: Serializer>(
    map: &BTreeMap<String, Value>,
    depth: u32,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_map(Some(map.len()))?;
    for (key, value) in map {
        let value = Nested { value, depth: depth + 1 };
        if key.starts_with('$') {
            out.serialize_entry(&format!("${key}"), &value)?;
        } else {
            out.serialize_entry(key, &value)?;
        }
    }
    out.end()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "checked: whole and within 2^53"
)]
fn write_number<S: Serializer>(n: f64, serializer: S) -> Result<S::Ok, S::Error> {
    let negative_zero = n == 0.0 && n.is_sign_negative();
    if !n.is_finite() {
        write_marked(
            NUMBER,
            if n.is_nan() {
                "NaN"
            } else if n > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            },
            serializer,
        )
    } else if n.fract() == 0.0 && n.abs() <= MAX_WHOLE as f64 && !negative_zero {
        serializer.serialize_i64(n as i64)
    } else {
        serializer.serialize_f64(n)
    }
}

fn write_secret<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(ciphertext) = secret.ciphertext() else {
        return write_marked(SECRET, secret.digest(), serializer);
    };
    let mut out = serializer.serialize_map(Some(2))?;
    out.serialize_entry(SECRET, secret.digest())?;
    out.serialize_entry(SEALED, ciphertext)?;
    out.end()
}

fn write_marked<S: Serializer>(mark: &str, text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_map(Some(1))?;
    out.serialize_entry(mark, text)?;
    out.end()
}

impl<'de> Deserialize<'de> for WireValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for WireMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(ValueVisitor)? {
            Value::Map(map) => Ok(Self(map)),
            _ => Err(D::Error::custom("a map was expected")),
        }
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }
    fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<Value, E> {
        if n.unsigned_abs() > MAX_WHOLE {
            return Err(E::custom(format!("the number {n} is not exact")));
        }
        Ok(Value::int(n))
    }
    fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Value, E> {
        match i64::try_from(n) {
            Ok(n) => self.visit_i64(n),
            Err(_) => Err(E::custom(format!("the number {n} is not exact"))),
        }
    }
    fn visit_f64<E>(self, n: f64) -> Result<Value, E> {
        Ok(Value::Num(n))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::str(text))
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Str(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(WireValue(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            let key = match key.strip_prefix('$') {
                None => key,
                Some(own) if own.starts_with('$') => own.to_owned(),
                Some(_) if map.is_empty() => return read_marked(&key, entries),
                Some(_) => {
                    return Err(A::Error::custom(format!("`{key}` stands among other keys")));
                }
            };
            let WireValue(value) = entries.next_value()?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("`{key}` occurs twice")));
            }
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }
}

/// The key under which `serde_json` hands a number over when any crate of the build turns its `arbitrary_precision` on
/// (the bundler does). In files it cannot occur: a map's own key that begins with `$` is written with one more.
const JSON_NUMBER: &str = "$serde_json::private::Number";

/// The number that these digits of a JSON text spell.
fn number(digits: &str) -> Result<Value, String> {
    if let Ok(whole) = digits.parse::<i64>() {
        let exact = whole.unsigned_abs() <= MAX_WHOLE && digits != "-0";
        return if exact {
            Ok(Value::int(whole))
        } else {
            Err(format!("the number {digits} is not exact"))
        };
    }
    let fraction = digits.contains(['.', 'e', 'E']);
    match digits.parse::<f64>() {
        Ok(number) if fraction && number.is_finite() => Ok(Value::Num(number)),
        _ => Err(format!("the number {digits} is not exact")),
    }
}

fn read_marked<'de, A: MapAccess<'de>>(mark: &str, mut entries: A) -> Result<Value, A::Error> {
    let text: String = entries.next_value()?;
    let mut value = match (mark, text.as_str()) {
        (SECRET, _) => Value::Secret(Secret::sealed(text)),
        (NUMBER, "NaN") => Value::Num(f64::NAN),
        (NUMBER, "Infinity") => Value::Num(f64::INFINITY),
        (NUMBER, "-Infinity") => Value::Num(f64::NEG_INFINITY),
        (JSON_NUMBER, digits) => number(digits).map_err(A::Error::custom)?,
        _ => return Err(A::Error::custom(format!("`{mark}` is not known here"))),
    };
    let mut next = entries.next_key::<String>()?;
    if let (Some(SEALED), Value::Secret(secret)) = (next.as_deref(), &value) {
        let ciphertext: String = entries.next_value()?;
        value = Value::Secret(secret.clone().with_ciphertext(&ciphertext));
        next = entries.next_key()?;
    }
    match next {
        None => Ok(value),
        Some(key) => Err(A::Error::custom(format!("`{key}` stands beside `{mark}`"))),
    }
}
