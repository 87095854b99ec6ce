//! Props as a provider reads them: typed, redacted values shown only to the call that needs them.

use std::collections::BTreeMap;

use alchemy_core::Value;

/// Props in normal form. A prop that is missing or null is not set.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a>(pub(super) &'a BTreeMap<String, Value>);

impl Wanted<'_> {
    /// The prop's value with redacted leaves exposed; none if it is not set.
    pub(super) fn value(self, name: &str) -> Option<Value> {
        self.0.get(name).map(Value::exposed).filter(|value| !value.is_null())
    }
    /// A text.
    pub(super) fn text(self, name: &str) -> Option<String> {
        self.value(name)?.as_str().map(str::to_owned)
    }
    /// A whole number that fits the SDK's type; descriptors keep props far below its end.
    pub(super) fn number(self, name: &str) -> Option<i32> {
        self.value(name)?.as_int().and_then(|n| i32::try_from(n).ok())
    }
    /// A truth value.
    pub(super) fn truth(self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }
    /// A list of texts; empty if it is not set.
    pub(super) fn texts(self, name: &str) -> Vec<String> {
        self.value(name).map(|value| texts(&value)).unwrap_or_default()
    }
    /// A map of texts; empty if it is not set.
    pub(super) fn text_map(self, name: &str) -> BTreeMap<String, String> {
        let value = self.value(name);
        let members = value.as_ref().and_then(Value::as_map).into_iter().flatten();
        members.filter_map(|(key, value)| Some((key.clone(), scalar_text(value)?))).collect()
    }
    /// A map of any values; empty if it is not set.
    pub(super) fn members(self, name: &str) -> BTreeMap<String, Value> {
        match self.value(name) {
            Some(Value::Map(members)) => members,
            _ => BTreeMap::new(),
        }
    }
}

/// The texts of a list.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let items = value.as_list().unwrap_or_default().iter();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A list of texts as a value.
pub(super) fn text_list(texts: impl IntoIterator<Item = impl Into<String>>) -> Value {
    Value::List(texts.into_iter().map(|text| Value::Str(text.into())).collect())
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use alchemy_core::{Secret, SecretHasher};

    use super::*;

    #[test]
    fn secrets_are_exposed_and_nulls_are_not_set() {
        let hasher = SecretHasher::new([7; 32]);
        let env = Value::map([
            ("TOKEN", Value::Secret(Secret::new(Value::str("s3cret"), &hasher))),
            ("LIMIT", Value::int(3)),
            ("NONE", Value::Null),
        ]);
        let props = BTreeMap::from([("env".to_owned(), env), ("timeout".to_owned(), Value::Null)]);
        let wanted = Wanted(&props);
        let expected = BTreeMap::from([("TOKEN", "s3cret"), ("LIMIT", "3")]);
        let found = wanted.text_map("env");
        assert_eq!(
            found.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<BTreeMap<_, _>>(),
            expected
        );
        assert_eq!(wanted.number("timeout"), None);
        assert_eq!(wanted.texts("layers"), Vec::<String>::new());
    }
}
