//! Files in memory, shared by clients that stand for processes; stricter than a disk, with faults on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{AppendError, Files, Guard};
use crate::keys::{JOURNAL, STAGES};

/// What goes wrong at a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The write fails and changes nothing; the process goes on.
    Fail,
    /// The process ends before the write.
    CrashBefore,
    /// The process ends after the write, before it learns that the write is durable.
    CrashAfter,
    /// The process ends in the middle: half of an appended line stays. Other writes are whole or not at all.
    Torn,
}

/// What all clients see.
#[derive(Debug, Default)]
struct Shared {
    files: Mutex<Content>,
    clients: AtomicU64,
}

#[derive(Debug, Default)]
struct Content {
    files: BTreeMap<String, Vec<u8>>,
    /// Locked keys, each with its client.
    locks: BTreeMap<String, u64>,
    /// Keys of removed segments: never written again.
    removed: BTreeSet<String>,
    nonces: u128,
}

#[derive(Debug, Default)]
struct Client {
    writes: u64,
    faults: BTreeMap<u64, Fault>,
    crashed: bool,
}

/// One process's view.
#[derive(Clone, Debug)]
pub(crate) struct MemoryFiles {
    shared: Arc<Shared>,
    client: Arc<Mutex<Client>>,
    id: u64,
}

impl MemoryFiles {
    pub(crate) fn new() -> Self {
        Self::of(Arc::default())
    }

    fn of(shared: Arc<Shared>) -> Self {
        let id = shared.clients.fetch_add(1, Ordering::Relaxed);
        Self { shared, client: Arc::default(), id }
    }

    /// Another process on the same files.
    pub(crate) fn another(&self) -> Self {
        Self::of(Arc::clone(&self.shared))
    }

    pub(crate) fn writes(&self) -> u64 {
        self.client().writes
    }

    pub(crate) fn fault_at(&self, write: u64, fault: Fault) {
        self.client().faults.insert(write, fault);
    }

    /// The end of the process: its locks are free, and it does nothing any more.
    pub(crate) fn crash(&self) {
        self.client().crashed = true;
        self.content().locks.retain(|_, holder| *holder != self.id);
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.client().crashed
    }

    pub(crate) fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.content().files.clone()
    }

    /// Changes a file behind everybody's back; `None` takes it away. Which keys were used before is forgotten.
    pub(crate) fn tamper(&self, key: &str, bytes: Option<Vec<u8>>) {
        let mut content = self.content();
        content.removed.clear();
        match bytes {
            Some(bytes) => content.files.insert(key.to_owned(), bytes),
            None => content.files.remove(key),
        };
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.shared.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self) -> MutexGuard<'_, Client> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> io::Result<()> {
        if self.has_crashed() { Err(io::Error::other("the process has ended")) } else { Ok(()) }
    }

    /// One write: counted, checked against the rules, perhaps spoilt. `torn` is what half of it would leave.
    fn write<T>(
        &self,
        key: &str,
        torn: impl FnOnce(&mut Content),
        change: impl FnOnce(&mut Content) -> io::Result<T>,
    ) -> io::Result<T> {
        self.alive()?;
        self.permitted(key)?;
        let fault = {
            let mut client = self.client();
            client.writes += 1;
            let write = client.writes;
            client.faults.remove(&write)
        };
        match fault {
            None => return change(&mut self.content()),
            Some(Fault::Fail) => return Err(io::Error::from(io::ErrorKind::StorageFull)),
            Some(Fault::CrashBefore) => {}
            Some(Fault::CrashAfter) => {
                change(&mut self.content())?;
            }
            Some(Fault::Torn) => torn(&mut self.content()),
        }
        self.crash();
        Err(io::Error::other("the process has ended"))
    }

    /// A stage's files are written by the holder of its lock only, and a key of a removed segment never again.
    fn permitted(&self, key: &str) -> io::Result<()> {
        let content = self.content();
        if content.removed.contains(key) {
            return Err(io::Error::other(format!("{key} was removed and is written again")));
        }
        let parts: Vec<&str> = key.split('/').collect();
        let lock = match parts.as_slice() {
            [STAGES, _, "stack.json"] => return Ok(()),
            [STAGES | JOURNAL | "history", stack, stage, _] => {
                format!("locks/{stack}/{stage}.lock")
            }
            ["locks", stack, info] => {
                format!("locks/{stack}/{}.lock", info.strip_suffix(".json").unwrap_or(info))
            }
            _ => return Ok(()),
        };
        if content.locks.get(&lock) == Some(&self.id) {
            Ok(())
        } else {
            Err(io::Error::other(format!("{key} is written without its stage's lock")))
        }
    }
}

impl Files for MemoryFiles {
    fn blocks(&self) -> bool {
        false
    }

    fn label(&self, key: &str) -> String {
        format!("memory:{key}")
    }

    fn read(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        self.alive()?;
        Ok(self.content().files.get(key).cloned())
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.alive()?;
        let prefix = format!("{folder}/");
        let content = self.content();
        let from = content.files.range(prefix.clone()..);
        let inside = from.map_while(|(key, _)| key.strip_prefix(&prefix));
        let names: BTreeSet<&str> =
            inside.map(|rest| rest.split('/').next().unwrap_or(rest)).collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn create(&self, key: &str, bytes: &[u8]) -> io::Result<bool> {
        self.alive()?;
        if self.content().files.contains_key(key) {
            return Ok(false);
        }
        self.write(
            key,
            |_| {},
            |content| {
                content.files.insert(key.to_owned(), bytes.to_vec());
                Ok(true)
            },
        )
    }

    fn replace(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(
            key,
            |_| {},
            |content| {
                content.files.insert(key.to_owned(), bytes.to_vec());
                Ok(())
            },
        )
    }

    fn append(&self, key: &str, at: u64, bytes: &[u8]) -> Result<(), AppendError> {
        let half = |content: &mut Content| {
            content
                .files
                .entry(key.to_owned())
                .or_default()
                .extend_from_slice(&bytes[..bytes.len() / 2]);
        };
        let whole = |content: &mut Content| {
            let length = content.files.get(key).map(Vec::len);
            if length.unwrap_or(0) as u64 != at || (at == 0 && length.is_some()) {
                return Err(io::Error::other("somebody else has written to it"));
            }
            content.files.entry(key.to_owned()).or_default().extend_from_slice(bytes);
            Ok(())
        };
        self.write(key, half, whole)
            .map_err(|source| AppendError { source, undone: !self.has_crashed() })
    }

    fn remove(&self, key: &str) -> io::Result<()> {
        self.write(
            key,
            |_| {},
            |content| {
                content.files.remove(key);
                if key.starts_with(JOURNAL) {
                    content.removed.insert(key.to_owned());
                }
                Ok(())
            },
        )
    }

    fn sweep(&self, _key: &str) -> io::Result<()> {
        self.alive()
    }

    fn try_lock(&self, key: &str) -> io::Result<Option<Box<dyn Guard>>> {
        self.alive()?;
        let mut content = self.content();
        if content.locks.contains_key(key) {
            return Ok(None);
        }
        content.locks.insert(key.to_owned(), self.id);
        Ok(Some(Box::new(MemoryLock { files: self.clone(), key: key.to_owned() })))
    }

    fn is_locked(&self, key: &str) -> io::Result<bool> {
        self.alive()?;
        Ok(self.content().locks.contains_key(key))
    }

    /// A count, so that equal runs write equal bytes.
    fn nonce(&self) -> io::Result<[u8; 16]> {
        self.alive()?;
        let mut content = self.content();
        content.nonces += 1;
        Ok(content.nonces.to_be_bytes())
    }
}

#[derive(Debug)]
struct MemoryLock {
    files: MemoryFiles,
    key: String,
}

impl Guard for MemoryLock {
    fn check(&self) -> Result<(), String> {
        if self.files.has_crashed() {
            return Err("the process has ended".to_owned());
        }
        match self.files.content().locks.get(&self.key) {
            Some(holder) if *holder == self.files.id => Ok(()),
            _ => Err(format!("{} is not held any more", self.key)),
        }
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        let mut content = self.files.content();
        if content.locks.get(&self.key) == Some(&self.files.id) {
            content.locks.remove(&self.key);
        }
    }
}
