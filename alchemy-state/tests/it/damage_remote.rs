//! Damaged objects of a remote store: lock, snapshot, journal. Refused, or read as what was there; never written over.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::Snapshot;
use alchemy_state::conformance::{every_change, key, put, request};
use alchemy_state::remote::{MemoryObjects, RemoteStore, SimHost};
use alchemy_state::{Loaded, StageKey, StateError, StateStore};
use bytes::Bytes;
use tokio::runtime::{Builder, Runtime};

const STATE: &str = "stages/myapp/dev/state.json";
const LOCK: &str = "locks/myapp/dev.json";

/// A stage with a snapshot, a journal of a run that died, and a lock that was broken after it.
struct Sample {
    runtime: Runtime,
    objects: MemoryObjects,
    store: RemoteStore,
    key: StageKey,
    whole: BTreeMap<String, Bytes>,
    /// The state after each segment.
    after: Vec<Snapshot>,
}

impl Sample {
    fn new() -> Self {
        let runtime =
            Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
        let (store, after) = runtime.block_on(async {
            let host = Arc::new(SimHost::new("damage"));
            let store = RemoteStore::new(Arc::new(objects.clone()), host);
            let after = write(&store, &key).await;
            (store, after)
        });
        let whole = objects.all();
        Self { runtime, objects, store, key, whole, after }
    }

    fn segments(&self) -> Vec<String> {
        let keys = self.whole.keys().filter(|key| key.starts_with("journal/"));
        keys.cloned().collect()
    }

    fn damaged<T>(&self, object: &str, bytes: &[u8], read: impl FnOnce(&Self) -> T) -> T {
        self.objects.tamper(object, Some(Bytes::copy_from_slice(bytes)));
        let expected = self.objects.all();
        let read = read(self);
        assert!(self.objects.all() == expected, "a damaged store was written to");
        self.objects.tamper(object, self.whole.get(object).cloned());
        read
    }

    fn load(&self) -> Result<Option<Loaded>, StateError> {
        self.runtime.block_on(self.store.load(&self.key))
    }
}

async fn write(store: &RemoteStore, key: &StageKey) -> Vec<Snapshot> {
    let lock = store.lock(key, request("sam")).await.unwrap();
    lock.append(&every_change()).await.unwrap();
    lock.commit().await.unwrap();
    let mut after = vec![lock.load().await.unwrap().snapshot];
    for changes in [vec![put("Second")], every_change(), vec![put("Third"), put("Fourth")]] {
        lock.append(&changes).await.unwrap();
        after.push(lock.load().await.unwrap().snapshot);
    }
    drop(lock);
    after
}

fn refused(error: &StateError) -> bool {
    matches!(error, StateError::Corrupt { .. } | StateError::Newer { .. })
}

/// Every byte of snapshot, journal and lock, with one bit or all of them changed.
#[test]
fn every_changed_byte_is_refused() {
    let sample = Sample::new();
    let mut cases = 0;
    let journal = sample.segments();
    assert!(journal.len() >= 3, "{journal:?}");
    for object in journal.iter().map(String::as_str).chain([STATE, LOCK]) {
        let good = sample.whole[object].clone();
        for place in 0..good.len() {
            let flip = if place % 3 == 0 { 0xff } else { 1 << (place % 8) };
            let mut bytes = good.to_vec();
            bytes[place] ^= flip;
            let error = sample.damaged(object, &bytes, |sample| {
                if object == LOCK {
                    let lock = sample.store.lock(&sample.key, request("sam"));
                    return sample.runtime.block_on(lock).err();
                }
                sample.load().err()
            });
            let noticed = error.as_ref().is_some_and(refused);
            assert!(noticed, "{object}: byte {place} changed by {flip:#x}: {error:?}");
            cases += 1;
        }
    }
    assert!(cases > 20_000, "{cases}");
}

/// An object that ends early: the last segment reads as what was there before it, all else is refused.
#[test]
fn every_cut() {
    let sample = Sample::new();
    let journal = sample.segments();
    for object in journal.iter().map(String::as_str).chain([STATE, LOCK]) {
        let good = sample.whole[object].clone();
        for length in (0..good.len()).step_by(3) {
            let cut = &good[..length];
            if object == LOCK {
                let error = sample.damaged(object, cut, |sample| {
                    let lock = sample.store.lock(&sample.key, request("sam"));
                    sample.runtime.block_on(lock).err()
                });
                assert!(error.as_ref().is_some_and(refused), "{object}: {length}: {error:?}");
                continue;
            }
            match sample.damaged(object, cut, Sample::load) {
                Err(error) => assert!(refused(&error), "{object}: {length}: {error:?}"),
                Ok(loaded) => {
                    let snapshot = loaded.unwrap().snapshot;
                    let last = journal.last().is_some_and(|last| last == object);
                    assert!(last, "{object}: {length}");
                    // A line that lacks nothing but its line feed counts: all of it was written.
                    let whole = good[length..] == *b"\n";
                    let expected = &sample.after[sample.after.len() - if whole { 1 } else { 2 }];
                    assert_eq!(&snapshot, expected, "{object}: {length}");
                }
            }
        }
    }
}
