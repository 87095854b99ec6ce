//! `$ALCHEMY_LOG`: traces for developers, on standard error. Off, and free, unless it is set.

use tracing_subscriber::EnvFilter;

use crate::settings::Surroundings;

/// Starts tracing if `$ALCHEMY_LOG` holds a filter (`debug`, `alchemy_engine=trace`). A bad filter logs everything at `info`.
pub(crate) fn start(around: &Surroundings) {
    let Some(filter) = around.variable("ALCHEMY_LOG") else { return };
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    // A second start in one process (tests) keeps the first one's subscriber.
    subscriber.try_init().ok();
}
