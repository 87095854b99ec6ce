//! TypeScript in, graph with source spans out; a session for output closures; bundling of function code.
//! Hermetic: knows no cloud API, no state, no network and no clock.
//!
//! The engine is QuickJS-ng through `rquickjs`, with the handful of web and Node built-ins that programs need written
//! here: the ready-made ones (`llrt_*`) are betas, stand on an older engine, and bring a network and a clock that an
//! evaluation may not have.

mod api;
mod assemble;
mod bundle;
mod cache;
mod declarations;
mod embedded;
mod evaluate;
mod evaluator;
mod failure;
mod limits;
mod origin;
mod outline;
mod refusal;
mod session;
mod shared;
mod source;
mod vm;
mod wire;

pub use api::{Artifact, EvaluateRequest, Evaluation, ProgramSources};
pub use bundle::{BundleRequest, Bundled, bundle_functions, missing_code};
pub use declarations::declarations;
pub use evaluate::evaluate;
pub use evaluator::{Cancel, Evaluator};
pub use outline::{Binding, Bytes, Comparison, Outline, OutlineCall, OutlineProp, Use};
pub use source::EffectPackage;
