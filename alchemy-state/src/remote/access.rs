//! Requests that may get no answer: reading again, and step 7 of the protocol, *lost reply*.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::objects::{Object, ObjectError, Objects, Version};
use super::{Host, limits};
use crate::StateError;

/// A store's objects, and the machine they are used from.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) objects: Arc<dyn Objects>,
    pub(super) host: Arc<dyn Host>,
}

/// How a conditional write ended.
#[derive(Debug)]
pub(super) enum Written {
    /// The key holds what was to be written.
    Own(Version),
    /// The key holds something else, or nothing any more, and what was to be written can never take effect.
    Foreign(Option<Object>),
    /// It was not done, and nothing of it is on its way.
    Undone(StateError),
}

impl Written {
    /// For a write that nothing is built on: not done is an error like any other.
    pub(super) fn or_undone(self) -> Result<Self, StateError> {
        match self {
            Self::Undone(error) => Err(error),
            written => Ok(written),
        }
    }
}

impl Access {
    pub(super) fn failed(
        &self,
        action: &'static str,
        key: &str,
    ) -> impl Fn(ObjectError) -> StateError + use<> {
        let file = self.objects.label(key);
        let (url, bucket) = (self.objects.describe(), self.objects.bucket());
        move |error| {
            let source = match error {
                ObjectError::NoBucket => {
                    return StateError::NoBucket { url: url.clone(), bucket: bucket.clone() };
                }
                ObjectError::Unknown(source) | ObjectError::Failed(source) => source,
                refused @ ObjectError::Refused => io::Error::other(refused.to_string()),
            };
            StateError::Io { action, file: file.clone(), source }
        }
    }

    /// 128 random bits in hexadecimal digits.
    pub(super) fn nonce(&self) -> Result<String, StateError> {
        let nonce = self.host.nonce().map_err(|source| StateError::Io {
            action: "create",
            file: "a random number".to_owned(),
            source,
        })?;
        Ok(data_encoding::HEXLOWER.encode(&nonce))
    }

    /// Reads an object; a reading without a clear answer is repeated.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Object>, StateError> {
        let mut pause = limits::PAUSE.0;
        for _ in 1..limits::READ_ATTEMPTS {
            match self.objects.get(key).await {
                Err(ObjectError::Unknown(_)) => self.host.sleep(pause).await,
                other => return other.map_err(self.failed("read", key)),
            }
            pause = longer(pause);
        }
        self.objects.get(key).await.map_err(self.failed("read", key))
    }

    /// Lists a folder; a listing without a clear answer is repeated.
    pub(super) async fn list(&self, folder: &str) -> Result<Vec<String>, StateError> {
        let mut pause = limits::PAUSE.0;
        for _ in 1..limits::READ_ATTEMPTS {
            match self.objects.list(folder).await {
                Err(ObjectError::Unknown(_)) => self.host.sleep(pause).await,
                other => return other.map_err(self.failed("list", folder)),
            }
            pause = longer(pause);
        }
        self.objects.list(folder).await.map_err(self.failed("list", folder))
    }

    /// Creates `key` (`from` none), or swaps it from that version. `bytes` must be unlike whatever anybody else writes
    /// to that key: what is found there tells whether a request without a clear answer was carried out.
    ///
    /// Step 7, *lost reply*: after a time-out, an error of the server, "exists" or "precondition failed" the key is
    /// read back. The own bytes: it was carried out. What was there before: the *same* bytes are sent again, since the
    /// first request may still land, and two different bodies must never be on their way to one key. Anything else:
    /// somebody else was first. `go_on` is asked before every request, and ends it. An error means that the write may
    /// still land.
    pub(super) async fn write(
        &self,
        key: &str,
        bytes: &Bytes,
        from: Option<&Version>,
        go_on: &(dyn Fn() -> Result<(), StateError> + Sync),
    ) -> Result<Written, StateError> {
        let begun = self.host.now();
        let mut pause = limits::PAUSE.0;
        // Whether a request of ours may still land.
        let mut on_its_way = false;
        loop {
            if let Err(error) = go_on() {
                return if on_its_way { Err(error) } else { Ok(Written::Undone(error)) };
            }
            let sent = match from {
                None => self.objects.create(key, bytes.clone()).await,
                Some(version) => self.objects.swap(key, bytes.clone(), version).await,
            };
            let unclear = match sent {
                Ok(version) => return Ok(Written::Own(version)),
                Err(unclear @ (ObjectError::Refused | ObjectError::Unknown(_))) => unclear,
                Err(error) => {
                    let error = self.failed("write", key)(error);
                    return if on_its_way { Err(error) } else { Ok(Written::Undone(error)) };
                }
            };
            on_its_way |= matches!(unclear, ObjectError::Unknown(_));
            match self.objects.get(key).await {
                Ok(Some(found)) if found.bytes == bytes => return Ok(Written::Own(found.version)),
                Ok(found) if found.as_ref().map(|found| &found.version) == from => {}
                Ok(found) => return Ok(Written::Foreign(found)),
                Err(ObjectError::Unknown(_)) => {}
                Err(error) => return Err(self.failed("read", key)(error)),
            }
            if self.host.now().saturating_sub(begun) >= limits::WRITE_TIMEOUT {
                return Err(self.failed("write", key)(unclear));
            }
            self.host.sleep(pause).await;
            pause = longer(pause);
        }
    }

    /// Removes objects that count no more, several at a time. What cannot be removed now is left to a later run.
    pub(super) async fn remove(&self, keys: Vec<String>) {
        use futures::StreamExt as _;
        let removals = keys.into_iter().map(|key| async move {
            // Only room is lost by one that stays.
            let _ = self.objects.delete(&key).await;
        });
        futures::stream::iter(removals)
            .buffer_unordered(limits::AT_ONCE)
            .collect::<Vec<()>>()
            .await;
    }
}

/// The pause after this one.
fn longer(pause: Duration) -> Duration {
    (pause * 2).min(limits::PAUSE.1)
}
