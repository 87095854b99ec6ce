//! Whether a store does what a lock needs, found out by trying. What is asked of a store:
//!
//! - of several creations of one key, one succeeds and the others are refused, one after the other and at once;
//! - of several swaps from one version, one succeeds and the others are refused, one after the other and at once;
//! - what was acknowledged is what is read next.
//!
//! Many stores that speak S3 ignore the conditions, and some honour them only while nobody else writes.

use std::time::SystemTime;

use bytes::Bytes;
use futures::future::join_all;

use super::access::{Access, Written};
use super::objects::{ObjectError, Version};
use crate::format::{read_probe, write_probe};
use crate::{Guarantees, StateError};

/// The note that the store was tried.
const NOTE: &str = "probe.json";

/// How often many write at once.
const ROUNDS: usize = 5;

/// How many.
const WRITERS: usize = 8;

/// What was found out.
#[derive(Debug, Default)]
struct Found {
    /// Why creations do not exclude.
    create: Option<String>,
    /// Why swaps do not.
    swap: Option<String>,
}

/// Fails if a lock would not exclude. A store that has passed is not tried again.
pub(super) async fn ensure(access: &Access) -> Result<(), StateError> {
    let store = access.objects.describe();
    let note = access.get(NOTE).await?;
    if let Some(note) = &note
        && read_probe(&note.bytes, &store).is_ok_and(|passed| passed)
    {
        return Ok(());
    }
    let found = try_out(access).await?;
    if let Some(reason) = found.create.or(found.swap) {
        return Err(StateError::Unfit {
            store,
            reason: format!("{reason}; two deploys could hold one lock"),
        });
    }
    let bytes: Bytes = write_probe(&store)?.into();
    let from = note.map(|note| note.version);
    // Another client may have noted the same.
    match access.write(NOTE, &bytes, from.as_ref(), &|| Ok(())).await? {
        Written::Own(_) | Written::Foreign(_) => Ok(()),
        Written::Undone(error) => Err(error),
    }
}

/// What the store promises, tried out now.
pub(super) async fn guarantees(access: &Access) -> Result<Guarantees, StateError> {
    let found = try_out(access).await?;
    let clock = clock(access).await;
    let notes = [&found.create, &found.swap].into_iter().flatten().cloned().collect();
    Ok(Guarantees {
        create_excludes: found.create.is_none(),
        swap_excludes: found.swap.is_none(),
        durable: "when the store has acknowledged the object".to_owned(),
        lock: "a lease of 30 s on an object, renewed each 10 s; a holder that is gone can be replaced after 40 s, one \
               of this machine at once"
            .to_owned(),
        clock,
        notes,
    })
}

/// What the store's clock says: when it says that an object was written, just after that.
async fn clock(access: &Access) -> Option<SystemTime> {
    let key = format!("probe/{}/clock", access.nonce().ok()?);
    let written = access.objects.create(&key, body(access).ok()?).await;
    let told = match written {
        Ok(_) => access.objects.written(&key).await.ok().flatten(),
        Err(_) => None,
    };
    access.remove(vec![key]).await;
    told
}

async fn try_out(access: &Access) -> Result<Found, StateError> {
    let name = format!("probe/{}", access.nonce()?);
    let mut keys = Vec::new();
    let tried = try_keys(access, &name, &mut keys).await;
    access.remove(keys).await;
    tried
}

async fn try_keys(
    access: &Access,
    name: &str,
    keys: &mut Vec<String>,
) -> Result<Found, StateError> {
    let mut found = Found::default();
    let first = format!("{name}/0");
    keys.push(first.clone());
    one_by_one(access, &first, &mut found).await?;
    for round in 1..=ROUNDS {
        if found.create.is_some() {
            break;
        }
        let key = format!("{name}/{round}");
        keys.push(key.clone());
        let (winners, version) = at_once(access, &key, None).await?;
        if winners > 1 {
            found.create =
                Some(format!("of {WRITERS} creations of one object at once {winners} succeeded"));
        } else if found.swap.is_none() && version.is_some() {
            let (winners, _) = at_once(access, &key, version.as_ref()).await?;
            if winners > 1 {
                found.swap = Some(format!(
                    "of {WRITERS} replacements of one version at once {winners} succeeded"
                ));
            }
        }
    }
    Ok(found)
}

/// The conditions, with nobody else about.
async fn one_by_one(access: &Access, key: &str, found: &mut Found) -> Result<(), StateError> {
    let written = access.write(key, &body(access)?, None, &|| Ok(())).await?;
    let Written::Own(first) = written.or_undone()? else {
        found.create = Some("a new object was there already".to_owned());
        return Ok(());
    };
    if create(access, key).await? {
        found.create =
            Some("it creates an object that is there (it ignores `If-None-Match`)".to_owned());
    }
    let present = access.get(key).await?.map(|object| object.version);
    let Some(present) = present.filter(|version| *version == first || found.create.is_some())
    else {
        found.swap = Some("an object that was written is not what is read".to_owned());
        return Ok(());
    };
    let written = access.write(key, &body(access)?, Some(&present), &|| Ok(())).await?;
    if !matches!(written.or_undone()?, Written::Own(_)) {
        found.swap = Some("it does not replace the version that is there".to_owned());
    } else if swap(access, key, &present).await? {
        found.swap = Some(
            "it replaces a version that is not there any more (it ignores `If-Match`)".to_owned(),
        );
    }
    Ok(())
}

/// Lets many write at once; how many succeeded, and what stands there then.
async fn at_once(
    access: &Access,
    key: &str,
    from: Option<&Version>,
) -> Result<(usize, Option<Version>), StateError> {
    let bodies = (0..WRITERS).map(|_| body(access)).collect::<Result<Vec<_>, _>>()?;
    let requests = bodies.iter().map(|bytes| async move {
        match from {
            None => access.objects.create(key, bytes.clone()).await,
            Some(version) => access.objects.swap(key, bytes.clone(), version).await,
        }
    });
    let outcomes = join_all(requests).await;
    let there = access.get(key).await?;
    let mut winners = 0;
    for (outcome, bytes) in outcomes.into_iter().zip(&bodies) {
        match outcome {
            Ok(_) => winners += 1,
            // No clear answer, or that to a second copy of the request: what stands there tells.
            Err(ObjectError::Refused | ObjectError::Unknown(_)) => {
                winners += usize::from(there.as_ref().is_some_and(|object| object.bytes == bytes));
            }
            Err(error) => return Err(access.failed("write", key)(error)),
        }
    }
    Ok((winners, there.map(|object| object.version)))
}

/// Whether an object that is there can be created.
async fn create(access: &Access, key: &str) -> Result<bool, StateError> {
    let sent = access.objects.create(key, body(access)?).await;
    succeeded(access, key, sent)
}

/// Whether a version that is not there can be replaced.
async fn swap(access: &Access, key: &str, from: &Version) -> Result<bool, StateError> {
    let sent = access.objects.swap(key, body(access)?, from).await;
    succeeded(access, key, sent)
}

fn succeeded(
    access: &Access,
    key: &str,
    sent: Result<Version, ObjectError>,
) -> Result<bool, StateError> {
    match sent {
        Ok(_) => Ok(true),
        // No clear answer: the rounds that follow tell.
        Err(ObjectError::Refused | ObjectError::Unknown(_)) => Ok(false),
        Err(error) => Err(access.failed("write", key)(error)),
    }
}

/// Bytes unlike any other.
fn body(access: &Access) -> Result<Bytes, StateError> {
    Ok(format!("{}\n", access.nonce()?).into())
}
