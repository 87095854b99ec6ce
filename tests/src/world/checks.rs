//! What must hold of a world between runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alchemy_core::{Record, Status, Value};

use super::World;
use crate::sim_cloud::{Object, ObjectKey, object_key};

impl World {
    /// How cloud and state of a stage disagree: objects without records, records without objects, objects that are not
    /// as recorded, records in doubt, calls for another's object. Empty if they agree.
    ///
    /// # Panics
    /// If the store cannot read the stage's state.
    pub async fn disagreements(&self, stage: &str) -> Vec<String> {
        let mut found = Vec::new();
        let snapshot = self.snapshot(stage).await;
        let records = snapshot
            .iter()
            .flat_map(|snapshot| snapshot.records.values().chain(snapshot.retained.values()))
            .map(Arc::as_ref);
        let retained =
            |record: &Record| snapshot.iter().any(|s| s.retained.contains_key(&record.uid));
        let recorded: BTreeMap<ObjectKey, &Record> =
            records.filter_map(|record| Some((self.object_of(record)?, record))).collect();
        let objects = self.objects_of(stage);
        for (key, record) in &recorded {
            let waits =
                record.replaced && snapshot.iter().any(|s| s.records.contains_key(&record.uid));
            if record.status != Status::Ready || waits {
                found.push(format!(
                    "{} is {:?}, replaced: {}",
                    record.fqn, record.status, record.replaced
                ));
            }
            match objects.get(key) {
                // Kept as it was, in the middle of a change perhaps, or before it was known to be there.
                Some(_) if retained(record) => {}
                None if retained(record) && record.attrs.is_empty() => {}
                None => found.push(format!("{key} of {} is not in the cloud", record.fqn)),
                Some(object) => self.compare(key, object, record, &mut found),
            }
        }
        let unknown = objects.keys().filter(|key| !recorded.contains_key(*key));
        found.extend(unknown.map(|key| format!("{key} is in the cloud and in no record")));
        found.extend(self.cloud.trespasses().iter().map(|trespass| format!("{trespass:?}")));
        found
    }

    /// Objects that a stage made, whatever their tags say now.
    pub fn objects_of(&self, stage: &str) -> BTreeMap<ObjectKey, Object> {
        let mut objects = self.cloud.objects();
        objects.retain(|_, object| {
            let owner = object.made_by.as_ref();
            owner.is_some_and(|owner| owner.stage == stage && owner.realm == self.realm.as_str())
        });
        objects
    }

    /// A stage's objects and state as text, without what may differ between two runs of the same history.
    ///
    /// # Panics
    /// If the store cannot read the stage's state.
    pub async fn portrait(&self, stage: &str) -> BTreeSet<String> {
        let objects = self.objects_of(stage).into_iter();
        let object = |(key, o): (ObjectKey, Object)| {
            format!("{key} {:?} {:?} {:?}", o.tags, o.config, o.attrs)
        };
        let mut lines: BTreeSet<String> = objects.map(object).collect();
        if let Some(snapshot) = self.snapshot(stage).await {
            lines.extend(snapshot.records.values().map(|record| format!("{record:?}")));
            lines.extend(snapshot.retained.values().map(|record| format!("retained {record:?}")));
            lines.extend(
                snapshot.generations.iter().map(|next| format!("next generation {next:?}")),
            );
        }
        lines
    }

    /// How the cloud finds a record's object.
    pub fn object_of(&self, record: &Record) -> Option<ObjectKey> {
        object_key(
            self.catalog.get(&record.ty)?,
            &record.target,
            record.name.as_deref(),
            &record.props,
        )
    }

    fn compare(&self, key: &ObjectKey, object: &Object, record: &Record, found: &mut Vec<String>) {
        if object.attrs != record.attrs {
            found.push(format!(
                "{key} has attributes {:?}, not the recorded {:?}",
                object.attrs, record.attrs
            ));
        }
        let Some(descriptor) = self.catalog.get(&record.ty) else { return };
        for prop in descriptor.props.iter().filter(|prop| !prop.local) {
            let wanted = record.props.get(prop.name).unwrap_or(&prop.default);
            let actual = object.config.get(prop.name).unwrap_or(&Value::Null);
            if !self.same(wanted, actual) {
                found.push(format!(
                    "{key} has {} = {actual:?}, not the recorded {wanted:?}",
                    prop.name
                ));
            }
        }
        let tags = object.tags.as_ref().map(|owner| (owner.id.as_str(), owner.generation));
        if descriptor.taggable
            && tags.map(|(_, generation)| generation) != Some(record.generation.0)
        {
            found.push(format!(
                "{key} has tags {tags:?}, not those of {} {}",
                record.fqn, record.generation
            ));
        }
    }

    /// Whether a recorded value is the actual one; recorded secrets are known by their digests only.
    fn same(&self, recorded: &Value, actual: &Value) -> bool {
        match (recorded, actual) {
            (Value::Secret(secret), actual) => secret.digest() == self.hasher.digest(actual),
            (Value::Map(recorded), Value::Map(actual)) => {
                recorded.len() == actual.len()
                    && recorded.iter().all(|(key, value)| {
                        actual.get(key).is_some_and(|other| self.same(value, other))
                    })
            }
            (Value::List(recorded), Value::List(actual)) => {
                recorded.len() == actual.len()
                    && recorded.iter().zip(actual).all(|(a, b)| self.same(a, b))
            }
            (recorded, actual) => recorded == actual,
        }
    }
}
