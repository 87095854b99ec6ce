//! Protections that can be switched off in a world, to see which law notices. The product has no such switch: they are
//! wrappers around what the engine is given (lock, provider, snapshot, value), or rules of the simulated cloud.

use std::fmt;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ProviderRegistry, ReconcileRequest, StepContext,
};
use async_trait::async_trait;

/// A protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protection {
    /// Every step's intent is in the journal before the first changing call.
    Intent,
    /// A write is durable when it returns.
    Durability,
    /// Results reach the journal.
    Results,
    /// The run is committed.
    Commit,
    /// The lock is asked before every call and write.
    LockCheck,
    /// State is compared with what was planned from, under the lock.
    PlanRecheck,
    /// Tags are looked at before an object is changed.
    OwnerCheck,
    /// A name that was used is never used again.
    Generations,
    /// What is redacted stays so.
    Redaction,
    /// What may be a lost reply is tried again.
    Retry,
    /// A write to the store without an answer is read back.
    ReadBack,
    /// A snapshot replaces the one that was read, and no other.
    CommitSwap,
    /// After a take-over the former holder's calls are outwaited.
    TakeOverWait,
}

impl Protection {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Intent,
        Self::Durability,
        Self::Results,
        Self::Commit,
        Self::LockCheck,
        Self::PlanRecheck,
        Self::OwnerCheck,
        Self::Generations,
        Self::Redaction,
        Self::Retry,
        Self::ReadBack,
        Self::CommitSwap,
        Self::TakeOverWait,
    ];

    /// How it is switched off.
    pub fn switch(self) -> &'static str {
        match self {
            Self::Intent => "the lock's wrapper drops intents from every append",
            Self::Durability => {
                "the lock's wrapper answers an append before it writes it (no fsync)"
            }
            Self::Results => "the lock's wrapper drops results from every append",
            Self::Commit => "the lock's wrapper answers a commit without making it",
            Self::LockCheck => "the lock's wrapper always says that the lock is held",
            Self::PlanRecheck => "the lock's wrapper shows the revision that was planned from",
            Self::OwnerCheck => "the simulated cloud shows and checks no tags",
            Self::Generations => "the planner is given a snapshot without counters of generations",
            Self::Redaction => "the program's secret is an ordinary value",
            Self::Retry => "the provider's wrapper calls every passing error a lasting one",
            Self::ReadBack => {
                "the way to the objects fails each reading that follows a write without an answer"
            }
            Self::CommitSwap => "the way to the objects puts `state.json` whatever is there",
            Self::TakeOverWait => "the lock's wrapper never says that it was taken over",
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intent => "intents before calls",
            Self::Durability => "durable when it returns (fsync)",
            Self::Results => "results in the journal",
            Self::Commit => "commit",
            Self::LockCheck => "lock asked before every call (fencing, deadline)",
            Self::PlanRecheck => "plan compared with state under the lock",
            Self::OwnerCheck => "ownership tags checked",
            Self::Generations => "generation counters",
            Self::Redaction => "redaction",
            Self::Retry => "lost replies tried again",
            Self::ReadBack => "lost replies of the store read back",
            Self::CommitSwap => "commit by compare and swap",
            Self::TakeOverWait => "calls of a former holder outwaited",
        })
    }
}

/// Providers whose passing errors look lasting.
pub(super) fn without_retries(registry: &ProviderRegistry) -> ProviderRegistry {
    let mut weak = ProviderRegistry::default();
    for (ty, provider) in registry.iter() {
        weak.insert(ty.clone(), Arc::new(Hasty(Arc::clone(provider))));
    }
    weak
}

struct Hasty(Arc<dyn Provider>);

fn lasting(error: ProviderError) -> ProviderError {
    let kind = match error.kind {
        ProviderErrorKind::Transient => ProviderErrorKind::Denied,
        other => other,
    };
    ProviderError { kind, ..error }
}

#[async_trait]
impl Provider for Hasty {
    async fn read(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        self.0.read(lookup).await.map_err(lasting)
    }
    async fn reconcile(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        self.0.reconcile(ctx, request).await.map_err(lasting)
    }
    async fn delete(
        &self,
        ctx: &StepContext,
        request: &DeleteRequest,
    ) -> Result<(), ProviderError> {
        self.0.delete(ctx, request).await.map_err(lasting)
    }
    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        self.0.list(request).await.map_err(lasting)
    }
}
