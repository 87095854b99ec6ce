//! Taking a stage's lock. Step 1, *acquire*; step 2, *wait*.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::{Inner, Lease, millis};
use crate::format::{LeaseDocument, LeaseHolder};
use crate::remote::access::{Access, Written};
use crate::remote::objects::Version;
use crate::remote::{here, limits};
use crate::{Liveness, LockRequest, StateError, TakenOver};

/// A lock that was taken.
#[derive(Debug)]
pub(in crate::remote) struct Acquired {
    pub(in crate::remote) lease: Arc<Lease>,
    /// If the former holder never gave it back: when it was last seen, before the lock was taken.
    pub(in crate::remote) taken_over: Option<TakenOver>,
}

/// The lock object as a waiter has seen it.
struct Seen {
    nonce: String,
    /// When the first reading with that nonce was answered, on our clock.
    since: Duration,
}

/// The lock object as it stands: `None` if it is not there.
type Found = Option<(LeaseDocument, Version)>;

/// Of a former holder of whom nothing is known.
const LAST_SEEN_UNKNOWN: TakenOver = TakenOver { last_seen: Duration::ZERO, gone: false };

/// What a look at the lock allows.
enum Look {
    /// It may be taken.
    Take { epoch: u64, finished: u64, from: Option<Version>, taken_over: Option<TakenOver> },
    /// Somebody has it.
    Held(Box<LeaseHolder>),
}

/// Takes the lock at `key`. `newest` gives the newest epoch that state and journal know of, for a lock that is not there.
pub(in crate::remote) async fn acquire<F>(
    access: &Access,
    key: &str,
    request: LockRequest,
    newest: impl Fn() -> F,
) -> Result<Acquired, StateError>
where
    F: Future<Output = Result<u64, StateError>>,
{
    let begun = access.host.now();
    let (mut seen, mut pause) = (None, limits::POLL.0);
    loop {
        let found = read(access, key).await?;
        let look = match found {
            // Nothing there, or taken away by hand: numbers go on where the state says.
            None => {
                let newest = newest().await?;
                let finished = newest.saturating_sub(1);
                let taken_over = (newest > 0).then_some(LAST_SEEN_UNKNOWN);
                Look::Take { epoch: newest + 1, finished, from: None, taken_over }
            }
            Some((document, version)) => judge(access, document, version, &mut seen),
        };
        let holder = match look {
            Look::Take { epoch, finished, from, taken_over } => {
                if let Some(lease) = take(access, key, &request, (epoch, finished, from)).await? {
                    return Ok(Acquired { lease, taken_over });
                }
                // Somebody else was faster, and has it now.
                continue;
            }
            Look::Held(holder) => holder,
        };
        let waited = access.host.now().saturating_sub(begun);
        let left = request.wait.saturating_sub(waited);
        if left.is_zero() {
            return Err(StateError::Locked { holder: Some(Box::new(holder.info)) });
        }
        access.host.sleep(pause.min(left)).await;
        pause = (pause * 2).min(limits::POLL.1);
    }
}

pub(super) async fn read(access: &Access, key: &str) -> Result<Found, StateError> {
    let Some(object) = access.get(key).await? else { return Ok(None) };
    let document = LeaseDocument::read(&object.bytes)
        .map_err(|error| error.in_file(access.objects.label(key)))?;
    Ok(Some((document, object.version)))
}

/// Step 2, *wait*: a lock that is held is taken over only when the same nonce was seen for lease and margin on our own
/// clock, or when its holder was a process of this boot of this machine that is gone.
fn judge(access: &Access, found: LeaseDocument, version: Version, seen: &mut Option<Seen>) -> Look {
    let now = access.host.now();
    let LeaseDocument { epoch, finished, nonce, holder } = found;
    let from = Some(version);
    let Some(holder) = holder else {
        // Who freed it may have left something on its way; whoever broke it has, surely.
        let taken_over = (finished < epoch).then_some(LAST_SEEN_UNKNOWN);
        return Look::Take { epoch: epoch + 1, finished, from, taken_over };
    };
    let here = access.host.process();
    if here::liveness(access.host.as_ref(), &holder) == Liveness::Gone {
        // The same boot of the same machine: its clock is ours.
        let renewed = Duration::from_millis(holder.renewed);
        let last_seen = if here.boot == holder.process.boot {
            now.saturating_sub(renewed)
        } else {
            Duration::ZERO
        };
        let taken_over = Some(TakenOver { last_seen, gone: true });
        return Look::Take { epoch: epoch + 1, finished, from, taken_over };
    }
    let since = match seen {
        Some(seen) if seen.nonce == nonce => seen.since,
        _ => {
            *seen = Some(Seen { nonce, since: now });
            now
        }
    };
    let waited = now.saturating_sub(since);
    if waited < limits::TAKEOVER_AFTER {
        return Look::Held(Box::new(holder));
    }
    let taken_over = Some(TakenOver { last_seen: waited, gone: false });
    Look::Take { epoch: epoch + 1, finished, from, taken_over }
}

/// Step 1, *acquire*: swaps the lock to a new epoch of ours; `None` if somebody else was faster.
async fn take(
    access: &Access,
    key: &str,
    request: &LockRequest,
    (epoch, finished, from): (u64, u64, Option<Version>),
) -> Result<Option<Arc<Lease>>, StateError> {
    let sent = access.host.now();
    let holder = LeaseHolder {
        id: access.nonce()?,
        process: access.host.process(),
        renewed: millis(sent),
        info: request.info.clone(),
    };
    let document =
        LeaseDocument { epoch, finished, nonce: access.nonce()?, holder: Some(holder.clone()) };
    let bytes: Bytes = document.write()?.into();
    // Before the lock can be seen: others in this process must not take it for one that was dropped.
    here::enter(&holder.process, &holder.id);
    let mut lease = Lease {
        access: access.clone(),
        key: key.to_owned(),
        epoch,
        since: sent,
        holder,
        inner: Mutex::new(Inner {
            version: Version(String::new()),
            finished,
            unheard: Vec::new(),
            deadline: sent + limits::DEADLINE,
            lost: None,
        }),
    };
    match access.write(key, &bytes, from.as_ref(), &|| Ok(())).await? {
        Written::Foreign(_) => Ok(None),
        Written::Undone(error) => Err(error),
        Written::Own(version) => {
            lease.inner.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).version =
                version;
            Ok(Some(Arc::new(lease)))
        }
    }
}
