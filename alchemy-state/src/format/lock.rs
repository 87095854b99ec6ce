//! The file beside a lock that says who holds it.

use serde::{Deserialize, Serialize};

use super::{Body, FormatError, envelope, wrong_kind};
use crate::{LockInfo, StateError};

/// Who holds a lock, and under which epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockDocument {
    /// Who.
    pub(crate) info: LockInfo,
    /// The acquisition's number.
    pub(crate) epoch: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LockBody {
    epoch: u64,
    operation: String,
    user: String,
    host: String,
    pid: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ci_url: Option<String>,
    since: String,
}

impl LockDocument {
    /// Its bytes.
    pub(crate) fn write(&self) -> Result<Vec<u8>, StateError> {
        let info = self.info.clone();
        envelope::seal(&Body::Lock(LockBody {
            epoch: self.epoch,
            operation: info.operation,
            user: info.user,
            host: info.host,
            pid: info.pid,
            ci_url: info.ci_url,
            since: info.since,
        }))
    }

    /// Reads it.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        match envelope::open(bytes)?.0 {
            Body::Lock(body) => Ok(Self {
                epoch: body.epoch,
                info: LockInfo {
                    operation: body.operation,
                    user: body.user,
                    host: body.host,
                    pid: body.pid,
                    ci_url: body.ci_url,
                    since: body.since,
                },
            }),
            other => Err(wrong_kind("lock", &other)),
        }
    }
}
