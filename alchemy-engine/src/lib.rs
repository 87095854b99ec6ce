//! Observes the cloud and applies checked plans: provider trait, decision machine, driver, retries, cancellation.
//! Knows no cloud, no terminal and no program.
#![forbid(unsafe_code)]

mod provider;

pub use provider::{
    Applied, ArtifactStore, DeleteRequest, ListRequest, NoArtifacts, Provider, ProviderError, ProviderErrorKind,
    ProviderRegistry, ReconcileRequest, StepContext,
};
