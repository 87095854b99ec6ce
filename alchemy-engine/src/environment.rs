//! The only door to time. Virtual under `tokio::time::pause`.
#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::time::Duration;

use tokio::time::Instant;

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits.
pub(crate) async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
