//! The lock object of a remote store: which acquisition is the newest, and who holds it, if anybody.

use serde::{Deserialize, Serialize};

use super::{Body, FormatError, envelope, wrong_kind};
use crate::remote::Process;
use crate::{LockInfo, StateError};

/// A stage's lock as it stands in a remote store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeaseDocument {
    /// The newest acquisition.
    pub(crate) epoch: u64,
    /// Every epoch up to this one has written its last: nothing of it can still be on its way.
    pub(crate) finished: u64,
    /// 128 random bits in hexadecimal digits, other ones in every writing: equal bytes would be one version to a store
    /// that names versions by their content.
    pub(crate) nonce: String,
    /// Who holds it; none: it is free.
    pub(crate) holder: Option<LeaseHolder>,
}

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeaseHolder {
    /// 128 random bits in hexadecimal digits, the same through all renewals.
    pub(crate) id: String,
    /// The process, to find out on the same machine whether it is still there.
    pub(crate) process: Process,
    /// When this renewal was sent, in milliseconds of the machine's own clock: means nothing anywhere else.
    pub(crate) renewed: u64,
    /// For people.
    pub(crate) info: LockInfo,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeaseBody {
    epoch: u64,
    finished: u64,
    nonce: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holder: Option<HolderBody>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HolderBody {
    id: String,
    operation: String,
    user: String,
    host: String,
    pid: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ci_url: Option<String>,
    since: String,
    process: ProcessBody,
    renewed: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProcessBody {
    boot: String,
    namespace: String,
    pid: u32,
    started: u64,
}

impl LeaseDocument {
    /// Its bytes.
    pub(crate) fn write(&self) -> Result<Vec<u8>, StateError> {
        envelope::seal(&Body::Lease(Box::new(LeaseBody {
            epoch: self.epoch,
            finished: self.finished,
            nonce: self.nonce.clone(),
            holder: self.holder.clone().map(HolderBody::new),
        })))
    }

    /// Reads it.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        match envelope::open(bytes)?.0 {
            Body::Lease(body) => Ok(Self {
                epoch: body.epoch,
                finished: body.finished,
                nonce: body.nonce,
                holder: body.holder.map(HolderBody::into_holder),
            }),
            other => Err(wrong_kind("lease", &other)),
        }
    }
}

impl HolderBody {
    fn new(holder: LeaseHolder) -> Self {
        let LeaseHolder { id, process, renewed, info } = holder;
        Self {
            id,
            operation: info.operation,
            user: info.user,
            host: info.host,
            pid: info.pid,
            ci_url: info.ci_url,
            since: info.since,
            process: ProcessBody {
                boot: process.boot,
                namespace: process.namespace,
                pid: process.pid,
                started: process.started,
            },
            renewed,
        }
    }

    fn into_holder(self) -> LeaseHolder {
        LeaseHolder {
            id: self.id,
            process: Process {
                boot: self.process.boot,
                namespace: self.process.namespace,
                pid: self.process.pid,
                started: self.process.started,
            },
            renewed: self.renewed,
            info: LockInfo {
                operation: self.operation,
                user: self.user,
                host: self.host,
                pid: self.pid,
                ci_url: self.ci_url,
                since: self.since,
            },
        }
    }
}
