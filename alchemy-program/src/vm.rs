//! The engine: one QuickJS heap on a thread of its own, driven by requests.

pub(crate) mod asked;
pub(crate) mod host;
pub(crate) mod machine;
pub(crate) mod thread;
pub(crate) mod thrown;
