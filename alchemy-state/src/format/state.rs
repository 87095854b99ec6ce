//! `state.json`: a stage's snapshot, and how far the journal is folded into it.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Generation, Record, ResourceType, Snapshot, Stage, Uid};
use serde::{Deserialize, Serialize};

use super::key::WireKey;
use super::record::{WireRecord, WireTarget, fqn};
use super::reference::WireReference;
use super::value::WireValue;
use super::{Body, FormatError, Sum, corrupt, envelope, stack_name, wrong_kind};
use crate::StateError;
use crate::keys::SegmentId;

/// A snapshot with its place in the journal.
#[derive(Debug)]
pub(crate) struct StateDocument {
    /// The state.
    pub(crate) snapshot: Snapshot,
    /// The lock acquisition that wrote it.
    pub(crate) epoch: u64,
    /// The last segment folded in; this and older ones count no more.
    pub(crate) through: SegmentId,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateBody {
    stack: String,
    stage: String,
    serial: u64,
    epoch: u64,
    through: (u64, u64),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<WireTarget>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deployed_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deployed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destroyed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<WireKey>,
    outputs: WireValue,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<WireReference>,
    records: Vec<WireRecord>,
    retained: Vec<WireRecord>,
    generations: Vec<WireGeneration>,
}

/// The lowest generation that was never used.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireGeneration {
    fqn: String,
    #[serde(rename = "type")]
    ty: String,
    next: u32,
}

impl StateDocument {
    /// The bytes of `state.json`.
    pub(crate) fn write(&self) -> Result<Vec<u8>, StateError> {
        envelope::seal(&Body::State(Box::new(self.body())))
    }

    /// Reads `state.json`; its sum is what the first segment after it names as the one before.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, Sum), FormatError> {
        let (body, sum) = envelope::open(bytes)?;
        let Body::State(body) = body else { return Err(wrong_kind("state", &body)) };
        let document = Self::of(*body)?;
        if document.snapshot.serial == 0 || document.through.epoch > document.epoch {
            return Err(corrupt("its serial and epoch numbers contradict each other"));
        }
        Ok((document, sum))
    }

    pub(super) fn body(&self) -> StateBody {
        let snapshot = &self.snapshot;
        let records = |of: &BTreeMap<Uid, Arc<Record>>| {
            of.values().map(|record| WireRecord::new(record)).collect()
        };
        StateBody {
            stack: snapshot.stack.to_string(),
            stage: snapshot.stage.to_string(),
            serial: snapshot.serial,
            epoch: self.epoch,
            through: (self.through.epoch, self.through.n),
            pin: snapshot.pin.as_ref().map(WireTarget::new),
            deployed_by: snapshot.deployed_by.clone(),
            deployed_at: snapshot.deployed_at.clone(),
            destroyed_at: snapshot.destroyed_at.clone(),
            key: snapshot.key.as_ref().map(WireKey::new),
            outputs: WireValue(snapshot.outputs.clone()),
            references: snapshot.references.iter().map(WireReference::new).collect(),
            records: records(&snapshot.records),
            retained: records(&snapshot.retained),
            generations: snapshot
                .generations
                .iter()
                .map(|((fqn, ty), next)| WireGeneration {
                    fqn: fqn.to_string(),
                    ty: ty.to_string(),
                    next: next.0,
                })
                .collect(),
        }
    }

    pub(super) fn of(body: StateBody) -> Result<Self, FormatError> {
        let mut snapshot = Snapshot::new(
            stack_name(&body.stack)?,
            Stage::parse(&body.stage)
                .map_err(|error| corrupt(format!("bad stage name: {}", error.message)))?,
        );
        snapshot.serial = body.serial;
        snapshot.pin = body.pin.map(WireTarget::into_target);
        snapshot.key = body.key.map(WireKey::into_key);
        snapshot.outputs = body.outputs.0;
        let references = body.references.into_iter().map(WireReference::into_reference);
        snapshot.references = references.collect::<Result<_, _>>()?;
        snapshot.deployed_by = body.deployed_by;
        snapshot.deployed_at = body.deployed_at;
        snapshot.destroyed_at = body.destroyed_at;
        snapshot.records = by_uid(body.records)?;
        snapshot.retained = by_uid(body.retained)?;
        if let Some(both) = snapshot.records.keys().find(|uid| snapshot.retained.contains_key(uid))
        {
            return Err(corrupt(format!("record {both} is both live and retained")));
        }
        for entry in body.generations {
            let key = (fqn(&entry.fqn)?, ResourceType::new(&entry.ty));
            if snapshot.generations.insert(key, Generation(entry.next)).is_some() {
                return Err(corrupt(format!("{} has two counters of generations", entry.fqn)));
            }
        }
        let through = SegmentId { epoch: body.through.0, n: body.through.1 };
        Ok(Self { snapshot, epoch: body.epoch, through })
    }
}

fn by_uid(records: Vec<WireRecord>) -> Result<BTreeMap<Uid, Arc<Record>>, FormatError> {
    let mut map = BTreeMap::new();
    for record in records {
        let record = record.into_record()?;
        if let Some(twice) = map.insert(record.uid.clone(), Arc::new(record)) {
            return Err(corrupt(format!("record {} occurs twice", twice.uid)));
        }
    }
    Ok(map)
}
