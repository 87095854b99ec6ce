//! Observes the cloud and applies checked plans: provider trait, decision machine, driver, retries, cancellation.
//! Knows no cloud, no terminal and no program.
#![forbid(unsafe_code)]

mod apply;
mod cancel;
mod engine;
mod environment;
mod limits;
mod machine;
mod observe;
mod ownership;
mod provider;
mod recover;
mod resolve;
mod retry;
mod scan;
mod sink;
mod step;
mod takeover;
mod verify;

pub use apply::{ApplyError, ApplyReport, ApplyRequest};
pub use cancel::{CancelLevel, CancelToken};
pub use engine::{Engine, EngineParts};
pub use limits::{DEFAULT_PARALLELISM, LONGEST_CALL};
pub use observe::{ObserveError, ReadFailure};
pub use ownership::StageOwner;
pub use provider::{
    Applied, ArtifactStore, DeleteRequest, ListRequest, NoArtifacts, Provider, ProviderError,
    ProviderErrorKind, ProviderRegistry, ReconcileRequest, StepContext,
};
pub use recover::RecoverRequest;
pub use sink::{EventSink, NoEvents};
pub use verify::Leftover;
