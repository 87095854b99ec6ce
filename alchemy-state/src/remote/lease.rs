//! Steps 1 and 3 of the protocol: the lock object, its renewals, the holder's deadline.

mod acquire;
mod renewal;
mod unlock;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::access::{Access, Written};
use super::objects::{Object, Version};
use super::{here, limits};
use crate::StateError;
use crate::format::{LeaseDocument, LeaseHolder};

pub(super) use acquire::{Acquired, acquire};
pub(super) use renewal::Renewal;
pub(super) use unlock::{look, unlock};

/// A lock that this process holds, or has held.
#[derive(Debug)]
pub(super) struct Lease {
    access: Access,
    key: String,
    /// This acquisition.
    pub(super) epoch: u64,
    /// When it was made, on our clock.
    pub(super) since: Duration,
    holder: LeaseHolder,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// What the lock object is, as far as we know.
    version: Version,
    /// Up to which epoch nothing can still be on its way.
    finished: u64,
    /// Renewals without an answer: their nonces, and when each was sent first.
    unheard: Vec<(String, Duration)>,
    /// Step 3, *deadline*: nothing is begun after this moment.
    deadline: Duration,
    /// Why nothing may be written any more.
    lost: Option<String>,
}

impl Lease {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Step 3, *deadline*: fails when the lock is lost, or may be. For good: who was told so has stopped.
    pub(super) fn check(&self) -> Result<(), StateError> {
        let now = self.access.host.now();
        let mut inner = self.inner();
        if inner.lost.is_none() && now >= inner.deadline {
            inner.lost = Some(format!(
                "no renewal of it was acknowledged for {} s; another run may have it",
                limits::DEADLINE.as_secs()
            ));
        }
        match &inner.lost {
            Some(reason) => Err(StateError::LockLost { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Nothing may be written any more.
    pub(super) fn lose(&self, reason: impl Into<String>) -> StateError {
        let reason = reason.into();
        self.inner().lost.get_or_insert(reason.clone());
        StateError::LockLost { reason }
    }

    /// Up to which epoch nothing can still be on its way.
    pub(super) fn finished(&self) -> u64 {
        self.inner().finished
    }

    /// Everything before this acquisition is folded in, and can change nothing any more. Known to others with the next
    /// writing of the lock.
    pub(super) fn settle(&self) {
        self.inner().finished = self.epoch - 1;
    }

    /// Others in this process may take the lock for one that was dropped.
    fn leave(&self) {
        here::leave(&self.holder.process, &self.holder.id);
    }

    fn body(
        &self,
        finished: u64,
        holder: Option<LeaseHolder>,
    ) -> Result<(String, Bytes), StateError> {
        let nonce = self.access.nonce()?;
        let document = LeaseDocument { epoch: self.epoch, finished, nonce: nonce.clone(), holder };
        Ok((nonce, document.write()?.into()))
    }

    /// Writes a new nonce. Fails only if that was refused for good.
    async fn renew(&self) -> Result<(), StateError> {
        let sent = self.access.host.now();
        let holder = LeaseHolder { renewed: millis(sent), ..self.holder.clone() };
        let (nonce, bytes) = self.body(self.finished(), Some(holder))?;
        self.inner().unheard.push((nonce, sent));
        let from = self.inner().version.clone();
        let outcome = self.access.write(&self.key, &bytes, Some(&from), &|| self.check()).await?;
        match outcome {
            Written::Own(version) => {
                self.heard(version, sent);
                Ok(())
            }
            Written::Foreign(found) => self.recognise(found),
            Written::Undone(error) => Err(error),
        }
    }

    /// The lock object is another one than we thought: one of our own renewals that we did not hear of, or the lock is
    /// not ours any more.
    fn recognise(&self, found: Option<Object>) -> Result<(), StateError> {
        let Some(found) = found else {
            return Err(self.lose("its object was deleted"));
        };
        let document = LeaseDocument::read(&found.bytes)
            .map_err(|error| error.in_file(self.access.objects.label(&self.key)))?;
        let own = document.epoch == self.epoch
            && document.holder.as_ref().is_some_and(|holder| holder.id == self.holder.id);
        if !own {
            return Err(self.lose(describe_successor(&document)));
        }
        let sent = {
            let inner = self.inner();
            inner.unheard.iter().find(|(nonce, _)| *nonce == document.nonce).map(|(_, sent)| *sent)
        };
        match sent {
            Some(sent) => {
                self.heard(found.version, sent);
                Ok(())
            }
            None => Err(self.lose("its object was put back to what it was before")),
        }
    }

    fn heard(&self, version: Version, sent: Duration) {
        let mut inner = self.inner();
        inner.version = version;
        inner.unheard.clear();
        // A reply that took longer than the deadline proves nothing any more: it stays lost.
        inner.deadline = inner.deadline.max(sent + limits::DEADLINE);
    }

    /// Step 6, *commit*, its end: frees the lock by a swap, never by removing it. `clean`: nothing of this acquisition
    /// can still be on its way; else the next holder ends this epoch as it would after a takeover.
    async fn free(&self, clean: bool) -> Result<(), StateError> {
        let finished = if clean { self.epoch } else { self.finished() };
        let (_, bytes) = self.body(finished, None)?;
        for _ in 0..limits::READ_ATTEMPTS {
            let from = self.inner().version.clone();
            let go_on = || match &self.inner().lost {
                Some(reason) => Err(StateError::LockLost { reason: reason.clone() }),
                None => Ok(()),
            };
            match self.access.write(&self.key, &bytes, Some(&from), &go_on).await? {
                Written::Own(_) => return Ok(()),
                Written::Foreign(found) => self.recognise(found)?,
                Written::Undone(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leave();
    }
}

fn describe_successor(document: &LeaseDocument) -> String {
    match &document.holder {
        Some(holder) => {
            let info = &holder.info;
            format!("{}@{} has taken it over for {}", info.user, info.host, info.operation)
        }
        None => "somebody has unlocked the stage".to_owned(),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
