//! Source text: reading it, what it imports, taking its types away, and finding places in it.

pub(crate) mod asks;
pub(crate) mod builtin;
pub(crate) mod calls;
pub(crate) mod common_js;
pub(crate) mod demand;
pub(crate) mod files;
pub(crate) mod place;
pub(crate) mod resolve;
pub(crate) mod shake;
pub(crate) mod transform;
pub(crate) mod walk;

pub use resolve::EffectPackage;
