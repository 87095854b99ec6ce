//! What differs between two snapshots of a stage: objects, their props and attributes, outputs.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Record, RemovalPolicy, Snapshot, Status, Uid, Value};

/// A member that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueChange {
    /// Dotted path, e.g. `props.tags.team`.
    pub path: String,
    /// Its old value, if it was there.
    pub old: Option<Value>,
    /// Its new value, if it is there.
    pub new: Option<Value>,
}

/// An object of which the two snapshots know different things.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordChange<'a> {
    /// The old record, if there was one.
    pub old: Option<&'a Record>,
    /// The new record, if there is one.
    pub new: Option<&'a Record>,
    /// What differs, if there are both.
    pub changes: Vec<ValueChange>,
}

impl<'a> RecordChange<'a> {
    /// The newer of the two.
    pub fn record(&self) -> Option<&'a Record> {
        self.new.or(self.old)
    }
}

/// What differs between two snapshots.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SnapshotDiff<'a> {
    /// Objects by resource and generation.
    pub records: Vec<RecordChange<'a>>,
    /// The stage's own members: where it lives, outputs, whether it is destroyed.
    pub stage: Vec<ValueChange>,
}

impl SnapshotDiff<'_> {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.stage.is_empty()
    }
}

impl Snapshot {
    /// What differs from `self` to `new`. When and by whom something was written does not count, nor where it was
    /// declared. Secrets differ where their digests do.
    pub fn compare<'a>(&'a self, new: &'a Self) -> SnapshotDiff<'a> {
        let uids: BTreeSet<&Uid> = [self, new]
            .into_iter()
            .flat_map(|side| side.records.keys().chain(side.retained.keys()))
            .collect();
        let mut records: Vec<_> =
            uids.into_iter().filter_map(|uid| self.compare_record(new, uid)).collect();
        records.sort_by_key(|change| {
            change.record().map(|record| (&record.fqn, record.generation, &record.uid))
        });
        let mut stage = Vec::new();
        compare_maps("", &self.members(), &new.members(), &mut stage);
        SnapshotDiff { records, stage }
    }

    fn compare_record<'a>(&'a self, new: &'a Self, uid: &Uid) -> Option<RecordChange<'a>> {
        let find = |side: &'a Self| -> Option<&'a Record> {
            side.records.get(uid).or_else(|| side.retained.get(uid)).map(|record| &**record)
        };
        let (old_record, new_record) = (find(self), find(new));
        let mut changes = Vec::new();
        if let (Some(a), Some(b)) = (old_record, new_record) {
            compare_maps("", &self.record_members(a), &new.record_members(b), &mut changes);
            if changes.is_empty() {
                return None;
            }
        }
        Some(RecordChange { old: old_record, new: new_record, changes })
    }

    fn members(&self) -> BTreeMap<String, Value> {
        let pin = self.pin.as_ref();
        let text = |text: Option<&String>| text.map_or(Value::Null, Value::str);
        BTreeMap::from([
            ("account".to_owned(), text(pin.map(|pin| &pin.account))),
            ("region".to_owned(), text(pin.map(|pin| &pin.region))),
            ("outputs".to_owned(), self.outputs.clone()),
            ("destroyed".to_owned(), Value::Bool(self.destroyed_at.is_some())),
        ])
    }

    fn record_members(&self, record: &Record) -> BTreeMap<String, Value> {
        let status = match record.status {
            Status::Creating => "creating",
            Status::Ready => "ready",
            Status::Updating => "updating",
            Status::Deleting => "deleting",
        };
        let retained = self.retained.contains_key(&record.uid);
        BTreeMap::from([
            ("resource".to_owned(), Value::str(record.fqn.as_str())),
            ("status".to_owned(), Value::str(status)),
            ("replaced".to_owned(), Value::Bool(record.replaced)),
            ("kept".to_owned(), Value::Bool(retained)),
            ("name".to_owned(), record.name.as_ref().map_or(Value::Null, Value::str)),
            ("account".to_owned(), Value::str(&record.target.account)),
            ("region".to_owned(), Value::str(&record.target.region)),
            ("retain".to_owned(), Value::Bool(record.removal == RemovalPolicy::Retain)),
            ("dependsOn".to_owned(), self.names(&record.deps)),
            ("props".to_owned(), Value::Map(record.props.clone())),
            ("attributes".to_owned(), Value::Map(record.attrs.clone())),
        ])
    }

    /// The resources of `uids`, in order; a record that is not there by its uid.
    fn names(&self, uids: &[Uid]) -> Value {
        let name = |uid: &Uid| {
            let record = self.records.get(uid).or_else(|| self.retained.get(uid));
            record.map_or_else(|| uid.to_string(), |record| record.fqn.to_string())
        };
        let names: BTreeSet<String> = uids.iter().map(name).collect();
        Value::List(names.into_iter().map(Value::Str).collect())
    }
}

fn compare_maps(
    path: &str,
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
    out: &mut Vec<ValueChange>,
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (old.get(name), new.get(name)) {
            (Some(Value::Map(old)), Some(Value::Map(new))) => compare_maps(&path, old, new, out),
            (old, new) if old == new => {}
            (old, new) => {
                out.push(ValueChange { path, old: old.cloned(), new: new.cloned() });
            }
        }
    }
}
