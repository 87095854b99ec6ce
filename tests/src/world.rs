//! A world to run deploys in: one simulated cloud, one store in memory, any number of stages, from a seed.

mod checks;
mod losing_lock;
mod protection;
mod recovery;
mod run;
mod sim_store;
mod weak_lock;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alchemy_core::{
    Catalog, Event, Realm, SecretHasher, Snapshot, StackName, Stage, Target, Value,
};
use alchemy_engine::{Engine, EngineParts, EventSink, StageOwner};
use alchemy_state::StageKey;

use crate::sim_cloud::{Harshness, SimCloud};

pub use protection::Protection;
pub use run::{RunEnd, RunOptions};
pub use sim_store::{SimStore, StoreClient, Traffic};

/// The world. Clones are the same world.
#[derive(Clone, Debug)]
pub struct World {
    /// The cloud.
    pub cloud: SimCloud,
    /// The store's contents; every run is a process of its own on it.
    pub store: SimStore,
    /// The resource types.
    pub catalog: Catalog,
    /// The store's identity.
    pub realm: Realm,
    /// Account and region.
    pub target: Target,
    /// Digests secrets.
    pub hasher: SecretHasher,
    /// Everything that any run has told.
    pub told: Arc<Told>,
    /// Seed of everything random.
    pub seed: u64,
    /// What is switched off: by wrappers around lock and provider here, never in the product.
    pub without: Option<Protection>,
}

/// Keeps events.
#[derive(Debug, Default)]
pub struct Told {
    events: Mutex<Vec<Event>>,
    commits: Mutex<Vec<(StageKey, u64)>>,
}

impl Told {
    /// All events so far.
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every serial that somebody was told to have committed.
    pub fn commits(&self) -> Vec<(StageKey, u64)> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn committed(&self, key: &StageKey, serial: u64) {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).push((key.clone(), serial));
    }
}

impl EventSink for Told {
    fn emit(&self, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}

impl World {
    /// An empty world with the product's catalog.
    pub fn new(harshness: Harshness, seed: u64) -> Self {
        Self {
            cloud: SimCloud::new(harshness, seed),
            store: SimStore::in_files(),
            catalog: alchemy_providers::catalog(),
            realm: Realm::from_bits([7; 16]),
            target: Target {
                provider: "aws".to_owned(),
                account: "111111111111".to_owned(),
                region: "eu-central-1".to_owned(),
            },
            hasher: SecretHasher::new([9; 32]),
            told: Arc::default(),
            seed,
            without: None,
        }
    }

    /// The same cloud seen from another checkout with a store of its own.
    #[must_use]
    pub fn other_store(&self, realm: [u8; 16]) -> Self {
        Self { store: SimStore::in_files(), realm: Realm::from_bits(realm), ..self.clone() }
    }

    /// The same cloud and store, reached with another account.
    #[must_use]
    pub fn in_account(&self, account: &str) -> Self {
        let target = Target { account: account.to_owned(), ..self.target.clone() };
        Self { target, ..self.clone() }
    }

    /// The same world with its state in objects behind a network.
    #[must_use]
    pub fn remote(self, latency: Duration) -> Self {
        Self { store: SimStore::in_objects(latency), ..self }
    }

    /// The same world with one protection switched off.
    #[must_use]
    pub fn without(self, protection: Protection) -> Self {
        if protection == Protection::OwnerCheck {
            self.cloud.ignore_owners();
        }
        Self { without: Some(protection), store: self.store.without(protection), ..self }
    }

    pub(crate) fn lacks(&self, protection: Protection) -> bool {
        self.without == Some(protection)
    }

    /// A redacted value.
    pub fn secret(&self, plain: &str) -> Value {
        if self.lacks(Protection::Redaction) {
            return Value::from(plain);
        }
        Value::Secret(alchemy_core::Secret::new(Value::from(plain), &self.hasher))
    }

    /// Which state a stage's is.
    ///
    /// # Panics
    /// If `stage` is no stage name.
    pub fn key(stage: &str) -> StageKey {
        StageKey {
            stack: StackName::parse("app").expect("legal"),
            stage: Stage::parse(stage).expect("tests write legal stage names"),
        }
    }

    /// A stage's state.
    ///
    /// # Panics
    /// If the store cannot read it.
    pub async fn snapshot(&self, stage: &str) -> Option<Snapshot> {
        let loaded = self.store.client().load(&Self::key(stage)).await.expect("a readable store");
        loaded.map(|loaded| loaded.snapshot)
    }

    /// Whether a journal is open: a run has ended without a commit.
    ///
    /// # Panics
    /// If the store cannot read it.
    pub async fn is_interrupted(&self, stage: &str) -> bool {
        let loaded = self.store.client().load(&Self::key(stage)).await.expect("a readable store");
        loaded.is_some_and(|loaded| loaded.interrupted)
    }

    /// The owner of a stage's objects.
    pub fn owner(&self, key: &StageKey) -> StageOwner {
        StageOwner { realm: self.realm.clone(), stack: key.stack.clone(), stage: key.stage.clone() }
    }

    fn engine(&self, key: &StageKey, parallelism: usize) -> Engine {
        self.engine_in(&self.cloud, key, parallelism)
    }

    fn engine_in(&self, cloud: &SimCloud, key: &StageKey, parallelism: usize) -> Engine {
        let registry = cloud.registry(&self.catalog);
        let weak = self.lacks(Protection::Retry);
        Engine::new(EngineParts {
            registry: if weak { protection::without_retries(&registry) } else { registry },
            catalog: self.catalog.clone(),
            owner: self.owner(key),
            parallelism,
            seed: self.seed,
        })
    }
}
