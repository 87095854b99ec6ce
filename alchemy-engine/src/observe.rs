//! Looks objects up in the cloud: bounded, parallel, repeated while that is worth it.

use std::time::Duration;

use alchemy_core::{Diagnostic, Event, Fqn, Lookup, Observations, Observed, ResourceType};
use futures::future::BoxFuture;
use futures::stream::{StreamExt as _, iter};

use crate::engine::ReadGates;
use crate::environment::{Stopwatch, sleep};
use crate::retry::{Purpose, Retry, sub_seed};
use crate::{Engine, EventSink, ProviderError, ProviderErrorKind};

/// One read that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFailure {
    /// The resource; none for a list call.
    pub fqn: Option<Fqn>,
    /// Its type.
    pub ty: ResourceType,
    /// Physical name, for types that have one.
    pub name: Option<String>,
    /// Why.
    pub error: ProviderError,
}

/// Why the cloud could not be read. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {} of the cloud's objects", failures.len())]
pub struct ObserveError {
    /// What failed, in the order it was asked for. Never empty. A failure that all reads share (credentials, endpoint)
    /// stands for all of them.
    pub failures: Vec<ReadFailure>,
}

impl ObserveError {
    /// One error for each failure, with resource, call, request id and advice.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.failures.iter().map(ReadFailure::diagnostic).collect()
    }
}

impl ReadFailure {
    fn diagnostic(&self) -> Diagnostic {
        let what = match (&self.fqn, &self.name) {
            (Some(fqn), Some(name)) => format!("{fqn} ({} {name})", self.ty),
            (Some(fqn), None) => format!("{fqn} ({})", self.ty),
            (None, _) => format!("the list of {} objects", self.ty),
        };
        let mut diagnostic =
            Diagnostic::error(code(self.error.kind), format!("cannot read {what}"))
                .detail(self.error.to_string());
        diagnostic.resource.clone_from(&self.fqn);
        if let Some(advice) = &self.error.advice {
            diagnostic = diagnostic.help(advice.clone());
        }
        diagnostic
    }
}

/// The diagnostic's stable name for a kind of failure.
fn code(kind: ProviderErrorKind) -> &'static str {
    match kind {
        ProviderErrorKind::Throttled => "cloud-throttled",
        ProviderErrorKind::Credentials => "cloud-credentials",
        ProviderErrorKind::Denied => "cloud-denied",
        ProviderErrorKind::Unreachable => "cloud-unreachable",
        _ => "cloud-read-failed",
    }
}

/// Whether every other read would fail the same way.
fn concerns_all(kind: ProviderErrorKind) -> bool {
    matches!(kind, ProviderErrorKind::Credentials | ProviderErrorKind::Unreachable)
}

impl Engine {
    /// Looks all of these up. All or nothing: a read that fails for good is an error that names it.
    pub async fn observe(
        &self,
        lookups: &[Lookup],
        sink: &dyn EventSink,
    ) -> Result<Observations, ObserveError> {
        sink.emit(Event::ReadStarted { objects: lookups.len() });
        let gates = &self.read_gates();
        let mut reads: Vec<BoxFuture<'_, (usize, Result<Observed, ProviderError>)>> = Vec::new();
        for (index, lookup) in lookups.iter().enumerate() {
            reads.push(Box::pin(async move { (index, self.read(lookup, gates, sink).await) }));
        }
        let mut reads = iter(reads).buffer_unordered(self.parallelism());
        let mut observations = Observations::new();
        let mut failures = Vec::new();
        while let Some((index, result)) = reads.next().await {
            match result {
                Ok(observed) => {
                    observations.insert(lookups[index].uid.clone(), observed);
                }
                Err(error) if concerns_all(error.kind) => {
                    failures = vec![(index, error)];
                    break;
                }
                Err(error) => failures.push((index, error)),
            }
        }
        sink.emit(Event::ReadFinished);
        if failures.is_empty() {
            return Ok(observations);
        }
        failures.sort_by_key(|(index, _)| *index);
        let failures = failures.into_iter().map(|(index, error)| {
            let Lookup { fqn, ty, name, .. } = lookups[index].clone();
            ReadFailure { fqn: Some(fqn), ty, name, error }
        });
        Err(ObserveError { failures: failures.collect() })
    }

    /// Looks one object up.
    pub(crate) async fn read(
        &self,
        lookup: &Lookup,
        gates: &ReadGates,
        sink: &dyn EventSink,
    ) -> Result<Observed, ProviderError> {
        let Some(provider) = self.registry().get(&lookup.ty) else {
            return Err(no_provider(&lookup.ty));
        };
        let mut patience = Patience::new(sub_seed(self.seed(), lookup.uid.as_str()));
        loop {
            let turn = gates.turn(&lookup.ty).await;
            let result = provider.read(lookup).await;
            drop(turn);
            match result {
                Ok(observed) => return Ok(observed),
                Err(error) => {
                    let waiting =
                        |reason| sink.emit(Event::ReadWaiting { fqn: lookup.fqn.clone(), reason });
                    patience.after(error, waiting).await?;
                }
            }
        }
    }
}

/// Waits between attempts of a read.
pub(crate) struct Patience {
    retry: Retry,
    watch: Stopwatch,
    /// When the attempt now made began.
    began: Duration,
}

impl Patience {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            retry: Retry::new(Purpose::Read, seed),
            watch: Stopwatch::start(),
            began: Duration::ZERO,
        }
    }
    /// Waits if `error` is worth another attempt, gives it back if not.
    pub(crate) async fn after(
        &mut self,
        error: ProviderError,
        waiting: impl Fn(String),
    ) -> Result<(), ProviderError> {
        match self.retry.after(error.kind, error.retry_after, (self.began, self.watch.elapsed())) {
            Some(pause) => {
                waiting(format!("{error}: trying again"));
                sleep(pause).await;
                self.began = self.watch.elapsed();
                Ok(())
            }
            None => Err(error),
        }
    }
}

pub(crate) fn no_provider(ty: &ResourceType) -> ProviderError {
    ProviderError {
        kind: ProviderErrorKind::Invalid,
        call: format!("reading {ty}"),
        code: None,
        message: "this version of alchemy has no provider of the type".to_owned(),
        request_id: None,
        advice: Some("use the version that deployed it".to_owned()),
        retry_after: None,
    }
}
