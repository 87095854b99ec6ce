//! TypeScript in, graph with source spans out; a session for output closures; bundling of function code.
//! Hermetic: knows no cloud API, no state, no network and no clock.

mod api;

pub use api::{Artifact, EvaluateRequest, Evaluation, ProgramSources};
