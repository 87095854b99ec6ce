//! Objects in memory: what a good store does, and a bad word for whoever asks for what the protocol must never ask.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::objects::{Object, ObjectError, Objects, Version};

/// Objects in memory. Clones share them.
///
/// Stricter than a real store: locks, realm and state cannot be removed, segments and history cannot be replaced.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects {
    world: Arc<Mutex<World>>,
}

#[derive(Debug, Default)]
struct World {
    objects: BTreeMap<String, Object>,
    writes: u64,
    log: Vec<String>,
}

impl MemoryObjects {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every object's exact bytes by key.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, Bytes> {
        let world = self.world();
        world.objects.iter().map(|(key, object)| (key.clone(), object.bytes.clone())).collect()
    }

    /// Changes an object behind the store's back; `None` takes it away.
    pub fn tamper(&self, key: &str, bytes: Option<Bytes>) {
        let mut world = self.world();
        match bytes {
            Some(bytes) => {
                world.put(key, bytes);
            }
            None => {
                world.objects.remove(key);
            }
        }
    }

    /// Every changing request so far, as `create KEY`, `swap KEY`, `delete KEY`, with `refused` after those that were.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.world().log.clone()
    }
}

impl World {
    fn put(&mut self, key: &str, bytes: Bytes) -> Version {
        self.writes += 1;
        let version = Version(self.writes.to_string());
        self.objects.insert(key.to_owned(), Object { bytes, version: version.clone() });
        version
    }

    fn note(&mut self, request: &str, key: &str, done: bool) {
        self.log.push(format!("{request} {key}{}", if done { "" } else { " refused" }));
    }
}

/// A request that the protocol must never make.
fn forbidden(request: &str, key: &str) -> ObjectError {
    ObjectError::Failed(io::Error::other(format!("nobody may {request} {key}")))
}

fn top(key: &str) -> &str {
    key.split('/').next().unwrap_or_default()
}

#[async_trait]
impl Objects for MemoryObjects {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    fn bucket(&self) -> String {
        "memory".to_owned()
    }

    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        Ok(self.world().objects.get(key).cloned())
    }

    async fn create(&self, key: &str, bytes: Bytes) -> Result<Version, ObjectError> {
        let mut world = self.world();
        let free = !world.objects.contains_key(key);
        world.note("create", key, free);
        if free { Ok(world.put(key, bytes)) } else { Err(ObjectError::Refused) }
    }

    async fn swap(&self, key: &str, bytes: Bytes, from: &Version) -> Result<Version, ObjectError> {
        if matches!(top(key), "journal" | "history") {
            return Err(forbidden("replace", key));
        }
        let mut world = self.world();
        let found = world.objects.get(key);
        let fits = found.is_some_and(|object| object.version == *from);
        if fits && found.is_some_and(|object| object.bytes == bytes) {
            // To a store that names versions by content it would be no new version.
            return Err(forbidden("write the same bytes again over", key));
        }
        world.note("swap", key, fits);
        if fits { Ok(world.put(key, bytes)) } else { Err(ObjectError::Refused) }
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        if !matches!(top(key), "journal" | "history" | "probe") {
            return Err(forbidden("remove", key));
        }
        let mut world = self.world();
        world.note("delete", key, true);
        world.objects.remove(key);
        Ok(())
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, ObjectError> {
        let folder = format!("{folder}/");
        let world = self.world();
        let from = world.objects.range(folder.clone()..);
        let below = from.map_while(|(key, _)| key.strip_prefix(&folder));
        Ok(below.map(str::to_owned).collect())
    }
}
