//! The engine: providers, catalog and owner of one stage, and the limits of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Catalog, ResourceType};
use tokio::sync::Semaphore;

use crate::machine::service;
use crate::{ProviderRegistry, StageOwner};

/// What an engine is made of.
#[derive(Debug)]
pub struct EngineParts {
    /// Providers by type.
    pub registry: ProviderRegistry,
    /// Resource types.
    pub catalog: Catalog,
    /// The stage it works for.
    pub owner: StageOwner,
    /// Most steps or look-ups at once ([`crate::DEFAULT_PARALLELISM`]); 0 counts as 1.
    pub parallelism: usize,
    /// Seed of the jitter between retries: random in the product, fixed in tests.
    pub seed: u64,
}

/// Observes and changes the cloud on behalf of one stage.
#[derive(Debug)]
pub struct Engine {
    parts: EngineParts,
    /// Most calls at once of each service that has a limit of its own.
    service_limits: BTreeMap<String, usize>,
}

impl Engine {
    /// An engine of these parts.
    pub fn new(mut parts: EngineParts) -> Self {
        parts.parallelism = parts.parallelism.max(1);
        let mut service_limits: BTreeMap<String, usize> = BTreeMap::new();
        for (ty, provider) in parts.registry.iter() {
            if let Some(limit) = provider.concurrency() {
                let known = service_limits.entry(service(ty.as_str()).to_owned()).or_insert(limit);
                *known = limit.min(*known).max(1);
            }
        }
        Self { parts, service_limits }
    }

    /// The providers.
    pub fn registry(&self) -> &ProviderRegistry {
        &self.parts.registry
    }
    /// The resource types.
    pub fn catalog(&self) -> &Catalog {
        &self.parts.catalog
    }
    /// The stage it works for.
    pub fn owner(&self) -> &StageOwner {
        &self.parts.owner
    }
    /// Most steps or look-ups at once.
    pub fn parallelism(&self) -> usize {
        self.parts.parallelism
    }
    pub(crate) fn seed(&self) -> u64 {
        self.parts.seed
    }
    pub(crate) fn service_limits(&self) -> &BTreeMap<String, usize> {
        &self.service_limits
    }
    /// Permits for reads, one semaphore a service that has a limit.
    pub(crate) fn read_gates(&self) -> ReadGates {
        let gate = |(service, limit): (&String, &usize)| {
            (service.clone(), Arc::new(Semaphore::new(*limit)))
        };
        ReadGates { gates: self.service_limits.iter().map(gate).collect() }
    }
}

/// Keeps reads under the limits of their services.
#[derive(Debug)]
pub(crate) struct ReadGates {
    gates: BTreeMap<String, Arc<Semaphore>>,
}

impl ReadGates {
    /// Waits for a turn; the turn ends when the answer is dropped. None: the service has no limit.
    pub(crate) async fn turn(&self, ty: &ResourceType) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // The semaphores are never closed.
        self.gates.get(service(ty.as_str()))?.acquire().await.ok()
    }
}
