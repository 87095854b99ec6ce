//! TypeScript in, graph with source spans out; a session for output closures; bundling of function code.
//! Hermetic: knows no cloud API, no state, no network and no clock.

mod api;
mod bundle;
mod declarations;

pub use api::{Artifact, EvaluateRequest, Evaluation, ProgramSources};
pub use bundle::{BundleRequest, Bundled, bundle_functions};
pub use declarations::{declarations, project_tsconfig};
