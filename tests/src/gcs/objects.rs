//! Buckets and what is in them.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::answer::{Answer, no_bucket};
use super::upload::Upload;

/// Everything.
#[derive(Debug, Default)]
pub(super) struct World {
    buckets: BTreeMap<String, Bucket>,
    /// Generations go up over all objects, as those of the service do (they are times).
    last_generation: u64,
    /// How far its clock is ahead, in seconds.
    pub(super) ahead: i64,
    /// Uploads in parts, by id.
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// A bucket.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    versioned: bool,
    /// By key.
    pub(super) objects: BTreeMap<String, Object>,
    /// What was replaced or removed, of a versioned bucket.
    former: BTreeMap<(String, u64), Object>,
}

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) bytes: Bytes,
    pub(super) generation: u64,
    pub(super) changed: Timestamp,
    /// The headers it was written with and is given out with.
    pub(super) headers: Vec<(String, String)>,
}

impl Object {
    /// The entity tag: of the content alone, so that equal contents have equal ones.
    pub(super) fn tag(&self) -> String {
        tag(&self.bytes)
    }
}

/// The entity tag of a content, in quotes.
pub(super) fn tag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let half: [u8; 16] = std::array::from_fn(|i| digest[i]);
    format!("\"{:032x}\"", u128::from_be_bytes(half))
}

impl World {
    pub(super) fn make_bucket(&mut self, name: &str, versioned: bool) {
        self.buckets.insert(name.to_owned(), Bucket { versioned, ..Bucket::default() });
    }

    pub(super) fn bucket(&self, name: &str) -> Result<&Bucket, Answer> {
        self.buckets.get(name).ok_or_else(no_bucket)
    }

    pub(super) fn keys(&self, bucket: &str) -> Vec<String> {
        self.buckets
            .get(bucket)
            .map(|bucket| bucket.objects.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Writes an object, and gives it back as it is now.
    pub(super) fn put(
        &mut self,
        bucket: &str,
        key: &str,
        bytes: Bytes,
        headers: Vec<(String, String)>,
    ) -> Result<Object, Answer> {
        self.last_generation += 1;
        let generation = self.last_generation;
        let bucket = self.buckets.get_mut(bucket).ok_or_else(no_bucket)?;
        bucket.retire(key);
        let changed = Timestamp::now() + SignedDuration::from_secs(self.ahead);
        let object = Object { bytes, generation, changed, headers };
        bucket.objects.insert(key.to_owned(), object.clone());
        Ok(object)
    }

    pub(super) fn remove(&mut self, bucket: &str, key: &str) -> Result<(), Answer> {
        let bucket = self.buckets.get_mut(bucket).ok_or_else(no_bucket)?;
        bucket.retire(key);
        Ok(())
    }
}

impl Bucket {
    fn retire(&mut self, key: &str) {
        if let Some(object) = self.objects.remove(key)
            && self.versioned
        {
            self.former.insert((key.to_owned(), object.generation), object);
        }
    }

    /// An object, or a former generation of it.
    pub(super) fn at(&self, key: &str, generation: u64) -> Option<&Object> {
        let present = self.objects.get(key).filter(|object| object.generation == generation);
        present.or_else(|| self.former.get(&(key.to_owned(), generation)))
    }
}
