//! Where a world keeps state: files in memory, or objects behind a network with the remote write protocol. Every client
//! is a process that may die; a remote one's lock then has to be taken over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alchemy_state::remote::{
    MemoryObjects, ObjectError, Objects, RemoteStore, SimHost, StoredObject, Version,
};
use alchemy_state::{Fault, MemoryStore, StateStore};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Protection;
use crate::sim_cloud::Renewed;

/// How long a client waits for a reply.
const PATIENCE: Duration = Duration::from_secs(4);

/// How late a request lands whose reply was given up.
const LATE: Duration = Duration::from_secs(15);

/// A place. Clones are the same one.
#[derive(Clone, Debug)]
pub enum SimStore {
    /// Files, with a lock that ends with its process.
    Files(MemoryStore),
    /// Objects.
    Objects(SimObjects),
}

/// Objects behind a network.
#[derive(Clone, Debug)]
pub struct SimObjects {
    objects: MemoryObjects,
    latency: Duration,
    processes: Arc<AtomicU64>,
    traffic: Arc<Mutex<Traffic>>,
    without: Option<Protection>,
}

/// What was sent to the store, the probe not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Creates, swaps and removals.
    pub writes: u64,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// Bytes of journal segments among them.
    pub journal: u64,
}

/// A process's view of the place.
pub struct StoreClient {
    store: Arc<dyn StateStore>,
    process: ClientProcess,
}

enum ClientProcess {
    Files(MemoryStore),
    Objects(Arc<Wire>),
}

/// A process's way to the objects.
#[derive(Debug)]
struct Wire {
    at: SimObjects,
    writes: AtomicU64,
    faults: Mutex<BTreeMap<u64, Fault>>,
    commit_fault: Mutex<Option<Fault>>,
    /// Keys whose last write had no answer.
    unanswered: Mutex<BTreeSet<String>>,
    dead: watch::Sender<bool>,
    renewed: Renewed,
}

impl SimStore {
    /// New files in memory.
    pub fn in_files() -> Self {
        Self::Files(MemoryStore::new())
    }

    /// New objects, each request to which takes `latency`.
    pub fn in_objects(latency: Duration) -> Self {
        Self::Objects(SimObjects {
            objects: MemoryObjects::new(),
            latency,
            processes: Arc::default(),
            traffic: Arc::default(),
            without: None,
        })
    }

    /// The same place with one protection switched off.
    #[must_use]
    pub(super) fn without(self, protection: Protection) -> Self {
        match self {
            Self::Objects(at) => Self::Objects(SimObjects { without: Some(protection), ..at }),
            files @ Self::Files(_) => files,
        }
    }

    /// Another process.
    pub fn client(&self) -> StoreClient {
        match self {
            Self::Files(store) => {
                let store = store.client();
                StoreClient { store: Arc::new(store.clone()), process: ClientProcess::Files(store) }
            }
            Self::Objects(at) => {
                let number = at.processes.fetch_add(1, Ordering::Relaxed);
                let wire = Arc::new(Wire {
                    at: at.clone(),
                    writes: AtomicU64::new(0),
                    faults: Mutex::default(),
                    commit_fault: Mutex::default(),
                    unanswered: Mutex::default(),
                    dead: watch::Sender::new(false),
                    renewed: Renewed::default(),
                });
                let host = Arc::new(SimHost::new(&format!("machine {number}")));
                let store = RemoteStore::new(Arc::clone(&wire) as Arc<dyn Objects>, host);
                StoreClient { store: Arc::new(store), process: ClientProcess::Objects(wire) }
            }
        }
    }

    /// Every key's exact bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        match self {
            Self::Files(store) => store.files(),
            Self::Objects(at) => {
                at.objects.all().into_iter().map(|(key, bytes)| (key, bytes.to_vec())).collect()
            }
        }
    }

    /// Changes a key behind everybody's back; `None` takes it away.
    pub fn tamper(&self, key: &str, bytes: Option<Vec<u8>>) {
        match self {
            Self::Files(store) => store.tamper(key, bytes),
            Self::Objects(at) => at.objects.tamper(key, bytes.map(Bytes::from)),
        }
    }

    /// What was sent so far; nothing is counted for files.
    pub fn traffic(&self) -> Traffic {
        match self {
            Self::Files(_) => Traffic::default(),
            Self::Objects(at) => *at.traffic.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl SimObjects {
    fn lacks(&self, protection: Protection) -> bool {
        self.without == Some(protection)
    }
}

impl StoreClient {
    /// Lets this process's write number `write` (the first is 1) go wrong. Objects are never torn: there the request
    /// lands late instead.
    pub fn fault_at(&self, write: u64, fault: Fault) {
        match &self.process {
            ClientProcess::Files(store) => store.fault_at(write, fault),
            ClientProcess::Objects(wire) => {
                wire.faults.lock().unwrap_or_else(PoisonError::into_inner).insert(write, fault);
            }
        }
    }

    /// Lets the write of this process that swaps a snapshot go wrong. In files nothing is swapped.
    pub fn fault_at_commit(&self, fault: Fault) {
        if let ClientProcess::Objects(wire) = &self.process {
            *wire.commit_fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        }
    }

    /// Ends this process.
    pub fn crash(&self) {
        match &self.process {
            ClientProcess::Files(store) => store.crash(),
            ClientProcess::Objects(wire) => {
                wire.dead.send_replace(true);
            }
        }
    }

    /// When it renewed its lock last. A lock on files ends with its process.
    pub fn renewed(&self) -> Renewed {
        match &self.process {
            ClientProcess::Files(_) => Renewed::default(),
            ClientProcess::Objects(wire) => wire.renewed.clone(),
        }
    }

    /// Returns when a fault of the objects has ended this process. With files the run goes on, to find its lock gone.
    pub async fn crashed(&self) {
        if let ClientProcess::Objects(wire) = &self.process {
            let mut watcher = wire.dead.subscribe();
            if watcher.wait_for(|dead| *dead).await.is_ok() {
                return;
            }
        }
        std::future::pending::<()>().await;
    }
}

impl Deref for StoreClient {
    type Target = dyn StateStore;
    fn deref(&self) -> &Self::Target {
        self.store.as_ref()
    }
}

impl fmt::Debug for StoreClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreClient({})", self.store.describe())
    }
}

impl Wire {
    async fn travel(&self) {
        sleep(self.at.latency / 2).await;
        if *self.dead.borrow() {
            std::future::pending::<()>().await;
        }
    }

    async fn die(&self) {
        self.dead.send_replace(true);
        std::future::pending::<()>().await;
    }

    /// One changing request: counted, and perhaps struck.
    async fn write<T, F>(
        &self,
        key: &str,
        length: usize,
        request: impl FnOnce(MemoryObjects) -> F,
    ) -> Result<T, ObjectError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ObjectError>> + Send + 'static,
    {
        let sent = Instant::now();
        self.travel().await;
        let fault = self.count(key, length);
        let request = request(self.at.objects.clone());
        match fault {
            None => {
                let result = request.await;
                if result.is_ok() && key.starts_with("locks/") {
                    self.renewed.at(sent);
                }
                self.travel().await;
                return result;
            }
            Some(Fault::CrashBefore) => self.die().await,
            Some(Fault::CrashAfter) => {
                drop(request.await);
                self.die().await;
            }
            Some(Fault::Torn) => {
                tokio::spawn(async move {
                    sleep(LATE).await;
                    drop(request.await);
                });
            }
            Some(Fault::Fail) => drop(request.await),
        }
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
        sleep(PATIENCE).await;
        Err(ObjectError::Unknown(io::Error::other("no answer in time")))
    }

    fn count(&self, key: &str, length: usize) -> Option<Fault> {
        if key.starts_with("probe/") {
            return None;
        }
        let mut traffic = self.at.traffic.lock().unwrap_or_else(PoisonError::into_inner);
        traffic.writes += 1;
        traffic.bytes += length as u64;
        if key.starts_with("journal/") {
            traffic.journal += length as u64;
        }
        let write = self.writes.fetch_add(1, Ordering::Relaxed) + 1;
        if key.ends_with("/state.json") {
            let commit = self.commit_fault.lock().unwrap_or_else(PoisonError::into_inner).take();
            if commit.is_some() {
                return commit;
            }
        }
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).remove(&write)
    }
}

#[async_trait]
impl Objects for Wire {
    fn describe(&self) -> String {
        "sim".to_owned()
    }
    fn bucket(&self) -> String {
        "sim".to_owned()
    }
    async fn get(&self, key: &str) -> Result<Option<StoredObject>, ObjectError> {
        let unanswered = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        if unanswered && self.at.lacks(Protection::ReadBack) {
            return Err(ObjectError::Failed(io::Error::other("nothing is read back")));
        }
        self.travel().await;
        let found = self.at.objects.get(key).await;
        self.travel().await;
        found
    }
    async fn create(&self, key: &str, bytes: Bytes) -> Result<Version, ObjectError> {
        let (owned, length) = (key.to_owned(), bytes.len());
        let request = |objects: MemoryObjects| async move { objects.create(&owned, bytes).await };
        self.write(key, length, request).await
    }
    async fn swap(&self, key: &str, bytes: Bytes, from: &Version) -> Result<Version, ObjectError> {
        let (owned, length, from) = (key.to_owned(), bytes.len(), from.clone());
        let puts = self.at.lacks(Protection::CommitSwap) && key.ends_with("state.json");
        let request = move |objects: MemoryObjects| async move {
            match objects.get(&owned).await? {
                Some(now) if puts => objects.swap(&owned, bytes, &now.version).await,
                _ => objects.swap(&owned, bytes, &from).await,
            }
        };
        self.write(key, length, request).await
    }
    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let owned = key.to_owned();
        let request = |objects: MemoryObjects| async move { objects.delete(&owned).await };
        self.write(key, 0, request).await
    }
    async fn list(&self, folder: &str) -> Result<Vec<String>, ObjectError> {
        self.travel().await;
        let listed = self.at.objects.list(folder).await;
        self.travel().await;
        listed
    }
}
