//! Records on the wire.

use alchemy_core::{
    Fqn, Generation, Location, Record, RemovalPolicy, ResourceType, Status, Target, Uid,
};
use serde::{Deserialize, Serialize};

use super::value::WireMap;
use super::{FormatError, corrupt};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireTarget {
    provider: String,
    account: String,
    region: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireStatus {
    Creating,
    Ready,
    Updating,
    Deleting,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireRemoval {
    Destroy,
    Retain,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLocation {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireRecord {
    uid: String,
    fqn: String,
    #[serde(rename = "type")]
    ty: String,
    generation: u32,
    status: WireStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    target: WireTarget,
    props: WireMap,
    attrs: WireMap,
    deps: Vec<String>,
    removal: WireRemoval,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<WireLocation>,
    created_at: String,
    updated_at: String,
    replaced: bool,
}

impl WireTarget {
    pub(super) fn new(target: &Target) -> Self {
        Self {
            provider: target.provider.clone(),
            account: target.account.clone(),
            region: target.region.clone(),
        }
    }
    pub(super) fn into_target(self) -> Target {
        Target { provider: self.provider, account: self.account, region: self.region }
    }
}

impl WireStatus {
    fn new(status: Status) -> Self {
        match status {
            Status::Creating => Self::Creating,
            Status::Ready => Self::Ready,
            Status::Updating => Self::Updating,
            Status::Deleting => Self::Deleting,
        }
    }
    fn into_status(self) -> Status {
        match self {
            Self::Creating => Status::Creating,
            Self::Ready => Status::Ready,
            Self::Updating => Status::Updating,
            Self::Deleting => Status::Deleting,
        }
    }
}

impl WireRemoval {
    fn new(removal: RemovalPolicy) -> Self {
        match removal {
            RemovalPolicy::Destroy => Self::Destroy,
            RemovalPolicy::Retain => Self::Retain,
        }
    }
    fn into_removal(self) -> RemovalPolicy {
        match self {
            Self::Destroy => RemovalPolicy::Destroy,
            Self::Retain => RemovalPolicy::Retain,
        }
    }
}

impl WireRecord {
    pub(super) fn new(record: &Record) -> Self {
        Self {
            uid: record.uid.as_str().to_owned(),
            fqn: record.fqn.to_string(),
            ty: record.ty.to_string(),
            generation: record.generation.0,
            status: WireStatus::new(record.status),
            name: record.name.clone(),
            target: WireTarget::new(&record.target),
            props: WireMap(record.props.clone()),
            attrs: WireMap(record.attrs.clone()),
            deps: record.deps.iter().map(|uid| uid.as_str().to_owned()).collect(),
            removal: WireRemoval::new(record.removal),
            parent: record.parent.as_ref().map(Fqn::to_string),
            location: record.location.as_ref().map(|at| WireLocation {
                file: at.file.clone(),
                line: at.line,
                column: at.column,
            }),
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
            replaced: record.replaced,
        }
    }

    pub(super) fn into_record(self) -> Result<Record, FormatError> {
        Ok(Record {
            uid: Uid::new(self.uid),
            fqn: fqn(&self.fqn)?,
            ty: ResourceType::new(&self.ty),
            generation: Generation(self.generation),
            status: self.status.into_status(),
            name: self.name,
            target: self.target.into_target(),
            props: self.props.0,
            attrs: self.attrs.0,
            deps: self.deps.into_iter().map(Uid::new).collect(),
            removal: self.removal.into_removal(),
            parent: self.parent.as_deref().map(fqn).transpose()?,
            location: self.location.map(|at| Location {
                file: at.file,
                line: at.line,
                column: at.column,
            }),
            created_at: self.created_at,
            updated_at: self.updated_at,
            replaced: self.replaced,
        })
    }
}

pub(super) fn fqn(text: &str) -> Result<Fqn, FormatError> {
    Fqn::parse(text).map_err(|error| corrupt(format!("bad resource name: {}", error.message)))
}
