//! An object's configuration as it was read, in the descriptor's normal form.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::Value;

use super::document;
use super::tags;
use super::wanted::texts;

/// Collects what a read call showed. A setting at the service's default is left out, unless the known props name it:
/// then its value is given, so that naming a default is no difference.
pub(super) struct Reading<'a> {
    known: &'a BTreeMap<String, Value>,
    config: BTreeMap<String, Value>,
}

impl<'a> Reading<'a> {
    /// A reading for an object whose recorded or wanted props are `known`.
    pub(super) fn new(known: &'a BTreeMap<String, Value>) -> Self {
        Self { known, config: BTreeMap::new() }
    }
    /// The recorded or wanted value of a prop, if it is set.
    pub(super) fn known(&self, name: &str) -> Option<&'a Value> {
        self.known.get(name).filter(|known| !known.is_null())
    }
    /// A setting that always has a value.
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() {
            self.config.insert(name.to_owned(), value);
        }
    }
    /// A setting that the service does not show in this state.
    pub(super) fn put_missing(&mut self, name: &str, value: impl Into<Value>) {
        self.config.entry(name.to_owned()).or_insert_with(|| value.into());
    }
    /// A setting of which the service reports `value`, and `default` where nothing was asked for.
    pub(super) fn put_unless(
        &mut self,
        name: &str,
        value: impl Into<Value>,
        default: impl Into<Value>,
    ) {
        let (value, default) = (value.into(), default.into());
        if value != default || self.known(name).is_some() {
            self.put(name, value);
        }
    }
    /// A list that means a set: in the known props' order if it has the same members, else sorted. Left out when empty.
    pub(super) fn put_set(&mut self, name: &str, members: Vec<String>) {
        let value = set_like(members, self.known.get(name));
        self.put_unless(name, value, Value::List(Vec::new()));
    }
    /// The user's tags among an object's.
    pub(super) fn put_tags(&mut self, tags: &BTreeMap<String, String>) {
        self.put_unless("tags", tags::user_tags(tags), Value::Map(BTreeMap::new()));
    }
    /// A JSON document: the known one if it says the same.
    pub(super) fn put_document(&mut self, name: &str, found: Value) {
        let same = self.known(name).filter(|known| document::same(known, &found));
        self.put(name, same.cloned().unwrap_or(found));
    }
    /// What was read.
    pub(super) fn finish(self) -> BTreeMap<String, Value> {
        self.config
    }
}

/// `members` as a list, in the order of `known` if that has the same members, else sorted.
pub(super) fn set_like(members: Vec<String>, known: Option<&Value>) -> Value {
    let found: BTreeSet<String> = members.into_iter().collect();
    if let Some(known) = known {
        let named = texts(&known.exposed());
        if named.iter().cloned().collect::<BTreeSet<_>>() == found {
            return known.clone();
        }
    }
    Value::List(found.into_iter().map(Value::Str).collect())
}

#[cfg(test)]
mod tests {
    use super::super::wanted::text_list;
    use super::*;

    #[test]
    fn a_default_is_left_out_unless_the_program_names_it() {
        let known = BTreeMap::from([("description".to_owned(), Value::str(""))]);
        let mut reading = Reading::new(&known);
        reading.put_unless("description", "", "");
        reading.put_unless("tracing", "PassThrough", "PassThrough");
        reading.put_unless("timeout", 5, 3);
        let expected = BTreeMap::from([
            ("description".to_owned(), Value::str("")),
            ("timeout".to_owned(), Value::int(5)),
        ]);
        assert_eq!(reading.finish(), expected);
    }

    #[test]
    fn sets_keep_the_programs_order_only_while_equal() {
        let known = BTreeMap::from([("arns".to_owned(), text_list(["b", "a"]))]);
        let read = |members: &[&str]| {
            let mut reading = Reading::new(&known);
            reading.put_set("arns", members.iter().map(|&m| m.to_owned()).collect());
            reading.finish().remove("arns")
        };
        assert_eq!(read(&["a", "b"]), Some(text_list(["b", "a"])));
        assert_eq!(read(&["c", "a", "b"]), Some(text_list(["a", "b", "c"])));
    }
}
