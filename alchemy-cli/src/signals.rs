//! Ctrl-C (and SIGTERM, which CI services send): before the first change it ends the command; while applying, once
//! means finish what is in flight, twice means stop now.

use std::future::Future;

use alchemy_core::Diagnostic;
use alchemy_engine::CancelToken;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Exit;
use crate::failure::Failure;

/// The signals that arrive from now on; none is lost between two phases.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn new() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Diagnostic::error("signals", format!("cannot listen for signals: {error}"))
            })
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// `future`, unless a signal comes first: then it is dropped, and nothing was changed.
    pub(crate) async fn unless<T>(
        &mut self,
        future: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.next() => {
                let cancelled = Diagnostic::warning("cancelled", "cancelled; nothing was changed");
                Err(Failure::new(Exit::Cancelled, cancelled))
            }
            result = future => result,
        }
    }

    /// `future` to its end; each signal makes `cancel` more urgent.
    pub(crate) async fn cancelling<T>(
        &mut self,
        cancel: &CancelToken,
        future: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(future);
        loop {
            tokio::select! {
                biased;
                () = self.next() => {
                    cancel.cancel();
                }
                result = &mut future => return result,
            }
        }
    }
}
