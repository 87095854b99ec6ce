//! Records: what state knows of cloud objects, and the only ways it changes.

mod compare;
mod integrity;
mod key;
mod moving;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use compare::{RecordChange, SnapshotDiff, ValueChange};
pub use integrity::verify_integrity;
pub use key::{KeyCost, WrappedKey};
pub use moving::MoveRefusal;

use crate::{
    Fqn, Generation, Location, Reference, RemovalPolicy, ResourceType, StackName, Stage, Uid, Value,
};

/// Account and region an object lives in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// `aws`
    pub provider: String,
    /// The account's id.
    pub account: String,
    /// The region's code.
    pub region: String,
}

impl Target {
    /// `aws`, `aws-cn`, `aws-us-gov`, …: the partition that the region is part of.
    pub fn partition(&self) -> &'static str {
        self.partition_and_suffix().0
    }
    /// `amazonaws.com`, `amazonaws.com.cn`, …: what the region's host names end with.
    pub fn dns_suffix(&self) -> &'static str {
        self.partition_and_suffix().1
    }
    // AWS SDKs and Tools Reference Guide, "AWS Regions"; botocore's `partitions.json`.
    fn partition_and_suffix(&self) -> (&'static str, &'static str) {
        let region = self.region.as_str();
        let known = [
            ("cn-", ("aws-cn", "amazonaws.com.cn")),
            ("us-gov-", ("aws-us-gov", "amazonaws.com")),
            ("us-isob-", ("aws-iso-b", "sc2s.sgov.gov")),
            ("us-isof-", ("aws-iso-f", "csp.hci.ic.gov")),
            ("us-iso-", ("aws-iso", "c2s.ic.gov")),
            ("eu-isoe-", ("aws-iso-e", "cloud.adc-e.uk")),
            ("eusc-", ("aws-eusc", "amazonaws.eu")),
        ];
        let found = known.iter().find(|(prefix, _)| region.starts_with(prefix));
        found.map_or(("aws", "amazonaws.com"), |(_, both)| *both)
    }
}

/// Account and region a stage was first deployed to.
pub type Pin = Target;

/// Where a record stands. An open intent is a status, so that state after a crash needs no second place to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A create is intended; the object may be absent, half made or whole.
    Creating,
    /// As recorded.
    Ready,
    /// An update is intended; the object may be anywhere between the recorded and the intended props.
    Updating,
    /// A delete is intended; the object may be there or gone.
    Deleting,
}

/// What state knows of one cloud object.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its identity; edges name it, renames keep it.
    pub uid: Uid,
    /// The resource it belongs to.
    pub fqn: Fqn,
    /// Its type.
    pub ty: ResourceType,
    /// Which of the resource's objects.
    pub generation: Generation,
    /// Where it stands.
    pub status: Status,
    /// Physical name, for types that have one. A recorded name wins over a computed one.
    pub name: Option<String>,
    /// Where it lives.
    pub target: Target,
    /// Props in the descriptor's normal form, as last applied (status `Creating`: as far as known when intended).
    pub props: BTreeMap<String, Value>,
    /// Attributes; empty until the create is known to have succeeded.
    pub attrs: BTreeMap<String, Value>,
    /// Records it depends on: deleted after it.
    pub deps: Vec<Uid>,
    /// What happens when its resource goes.
    pub removal: RemovalPolicy,
    /// The resource the catalog expanded it from.
    pub parent: Option<Fqn>,
    /// Where the program declared it.
    pub location: Option<Location>,
    /// When it was created and last changed, RFC 3339, from the caller's clock.
    pub created_at: String,
    /// See `created_at`.
    pub updated_at: String,
    /// Replaced by a newer generation and waiting to be deleted (or retained) once its dependents have moved.
    pub replaced: bool,
}

impl Record {
    /// Whether a redacted value is among its props and attributes.
    pub fn has_secret(&self) -> bool {
        self.props.values().chain(self.attrs.values()).any(Value::has_secret)
    }
    /// The parent it has once it has moved to `fqn`: what was expanded from a resource moves with it.
    pub fn parent_at(&self, fqn: &Fqn) -> Option<Fqn> {
        let parent = self.parent.as_ref()?;
        let moved = self
            .fqn
            .as_str()
            .strip_prefix(parent.as_str())
            .and_then(|rest| fqn.as_str().strip_suffix(rest));
        Some(moved.and_then(|text| Fqn::parse(text).ok()).unwrap_or_else(|| parent.clone()))
    }
}

/// Everything a store knows of one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The stack, spelt exactly.
    pub stack: StackName,
    /// The stage.
    pub stage: Stage,
    /// One more at every commit.
    pub serial: u64,
    /// Where it is deployed; none before the first deploy.
    pub pin: Option<Pin>,
    /// Live objects by uid, replaced generations that are not gone yet included. Shared, so that a plan can hold on to
    /// what it was made from without a copy.
    pub records: BTreeMap<Uid, Arc<Record>>,
    /// Objects kept in the cloud on purpose, by uid.
    pub retained: BTreeMap<Uid, Arc<Record>>,
    /// Lowest generation never used, for each FQN and type ever used.
    pub generations: BTreeMap<(Fqn, ResourceType), Generation>,
    /// The key that its redacted values are sealed with, itself sealed; none while they are kept as digests only.
    pub key: Option<WrappedKey>,
    /// What the program returned at the last complete deploy.
    pub outputs: Value,
    /// Outputs of other stages that the last complete deploy used, in order; after one that was cut short, also those it
    /// was about to use.
    pub references: Vec<Reference>,
    /// Who deployed last, and when (RFC 3339).
    pub deployed_by: Option<String>,
    /// See `deployed_by`.
    pub deployed_at: Option<String>,
    /// Since when the stage has been destroyed, if it is (a tombstone: the generations stay).
    pub destroyed_at: Option<String>,
}

/// One intended step, durable before its first changing call.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// A new object will be made: the record with status `Creating`.
    Create(Record),
    /// This record's object will be changed.
    Update(Uid),
    /// This record's object will be deleted.
    Delete(Uid),
}

/// One change of a snapshot; the journal is a list of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Where the stage lives.
    Pin(Pin),
    /// Steps are about to be taken.
    Intend(Vec<Intent>),
    /// The object is as this record says (created, updated, adopted).
    Put(Record),
    /// A record moves to another FQN, keeping name and generation; the new FQN's counter moves past the latter.
    Rename {
        /// The record.
        uid: Uid,
        /// Its new FQN.
        to: Fqn,
    },
    /// A newer generation has taken over; the object waits to be deleted.
    Replaced(Uid),
    /// The object is gone.
    Removed(Uid),
    /// The object stays in the cloud; state lists it as retained.
    Retained(Uid),
    /// The service said that this generation's name belongs to another account: never tried again.
    Taken {
        /// The resource.
        fqn: Fqn,
        /// Its type.
        ty: ResourceType,
        /// The generation whose name is taken.
        generation: Generation,
    },
    /// The key that redacted values are sealed with from here on; none: it is given up, and they are digests only.
    Key(Option<WrappedKey>),
    /// A complete deploy's outputs.
    Outputs(Value),
    /// The outputs of other stages that it uses, all of them.
    References(Vec<Reference>),
    /// Who deployed, when.
    Deployed {
        /// User and host.
        by: String,
        /// RFC 3339.
        at: String,
    },
    /// The stage is destroyed.
    Destroyed {
        /// RFC 3339.
        at: String,
    },
}

impl Snapshot {
    /// A stage that has never been deployed.
    pub fn new(stack: StackName, stage: Stage) -> Self {
        Self {
            stack,
            stage,
            serial: 0,
            pin: None,
            records: BTreeMap::new(),
            retained: BTreeMap::new(),
            generations: BTreeMap::new(),
            key: None,
            outputs: Value::Null,
            references: Vec::new(),
            deployed_by: None,
            deployed_at: None,
            destroyed_at: None,
        }
    }

    /// The live record of a resource: the newest generation that is not replaced.
    pub fn live(&self, fqn: &Fqn) -> Option<&Record> {
        let own = self.records.values().filter(|r| &r.fqn == fqn && !r.replaced);
        own.max_by_key(|r| r.generation).map(Arc::as_ref)
    }

    /// The live record of each resource that has one, as [`Self::live`] gives it.
    pub fn live_records(&self) -> BTreeMap<&Fqn, &Record> {
        let mut live: BTreeMap<&Fqn, &Record> = BTreeMap::new();
        for record in self.records.values().map(Arc::as_ref).filter(|record| !record.replaced) {
            let newest = live.entry(&record.fqn).or_insert(record);
            if record.generation >= newest.generation {
                *newest = record;
            }
        }
        live
    }

    /// The generation that a new object of (`fqn`, `ty`) takes.
    pub fn next_generation(&self, fqn: &Fqn, ty: &ResourceType) -> Generation {
        self.generations.get(&(fqn.clone(), ty.clone())).copied().unwrap_or_default()
    }

    /// Applies one change. Applying the same list twice gives the same snapshot as once.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Pin(pin) => self.pin = Some(pin.clone()),
            Change::Intend(intents) => intents.iter().for_each(|intent| self.intend(intent)),
            Change::Put(record) => self.put(record.clone()),
            Change::Rename { uid, to } => {
                if let Some(record) = self.record_mut(uid) {
                    record.parent = record.parent_at(to);
                    record.fqn = to.clone();
                    let (ty, generation) = (record.ty.clone(), record.generation);
                    self.use_generation(to, &ty, generation);
                }
            }
            Change::Replaced(uid) => {
                if let Some(record) = self.record_mut(uid) {
                    record.replaced = true;
                }
            }
            Change::Removed(uid) => {
                self.records.remove(uid);
                self.retained.remove(uid);
            }
            Change::Retained(uid) => {
                if let Some(mut record) = self.records.remove(uid) {
                    // It waits for nobody any more, whenever it was replaced.
                    let kept = Arc::make_mut(&mut record);
                    (kept.status, kept.replaced) = (Status::Ready, false);
                    self.retained.insert(uid.clone(), record);
                }
            }
            Change::Taken { fqn, ty, generation } => {
                self.use_generation(fqn, ty, *generation);
                // Its object was never ours, so there is nothing to go on with.
                self.records.retain(|_, record| {
                    let same =
                        (&record.fqn, &record.ty, record.generation) == (fqn, ty, *generation);
                    !(same && record.status == Status::Creating)
                });
            }
            Change::Key(key) => self.key.clone_from(key),
            Change::Outputs(outputs) => self.outputs = outputs.clone(),
            Change::References(references) => self.references.clone_from(references),
            Change::Deployed { by, at } => {
                self.deployed_by = Some(by.clone());
                self.deployed_at = Some(at.clone());
                self.destroyed_at = None;
            }
            Change::Destroyed { at } => {
                self.destroyed_at = Some(at.clone());
                self.outputs = Value::Null;
                self.references.clear();
            }
        }
    }

    fn intend(&mut self, intent: &Intent) {
        match intent {
            Intent::Create(record) if self.records.contains_key(&record.uid) => {
                self.make_again(record);
            }
            Intent::Create(record) => self.put(record.clone()),
            Intent::Update(uid) => self.set_status(uid, Status::Updating),
            Intent::Delete(uid) => self.set_status(uid, Status::Deleting),
        }
    }

    /// A record that is there already: its object had vanished, or was never seen, and is made again under the same name.
    /// After a crash it is looked for by what was asked for last: a type without a name is found by its props alone.
    fn make_again(&mut self, intended: &Record) {
        let Some(record) = self.record_mut(&intended.uid) else { return };
        if record.status.may_become(Status::Creating) {
            let (fqn, replaced) = (record.fqn.clone(), record.replaced);
            let created_at = std::mem::take(&mut record.created_at);
            *record = Record { fqn, created_at, replaced, ..intended.clone() };
        }
    }

    fn record_mut(&mut self, uid: &Uid) -> Option<&mut Record> {
        self.records.get_mut(uid).map(Arc::make_mut)
    }

    fn set_status(&mut self, uid: &Uid, status: Status) {
        if let Some(record) = self.record_mut(uid)
            && record.status.may_become(status)
        {
            record.status = status;
        }
    }

    fn put(&mut self, record: Record) {
        self.use_generation(&record.fqn, &record.ty, record.generation);
        self.retained.remove(&record.uid);
        self.records.insert(record.uid.clone(), Arc::new(record));
    }

    fn use_generation(&mut self, fqn: &Fqn, ty: &ResourceType, generation: Generation) {
        let next = self.generations.entry((fqn.clone(), ty.clone())).or_default();
        *next = (*next).max(Generation(generation.0.saturating_add(1)));
    }
}
