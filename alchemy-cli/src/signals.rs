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
    pub(crate) fn unless<T>(
        &mut self,
        future: impl Future<Output = Result<T, Failure>>,
    ) -> impl Future<Output = Result<T, Failure>> {
        self.unless_then("nothing was changed", future)
    }

    /// `future`, unless a signal comes first: then it is dropped, and `then` says how things are.
    pub(crate) async fn unless_then<T>(
        &mut self,
        then: &str,
        future: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.next() => {
                let cancelled = Diagnostic::warning("cancelled", format!("cancelled; {then}"));
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

#[cfg(test)]
mod tests {
    use std::future::pending;

    use rustix::process::{Signal as Kind, getpid, kill_process};

    use super::*;

    /// What is said when a signal ends a wait.
    fn said(failure: Failure) -> (Exit, String) {
        (failure.exit, failure.diagnostics.into_iter().map(|found| found.summary).collect())
    }

    // One test: a signal is for all who listen in the process.
    #[tokio::test]
    async fn a_signal_ends_the_wait_and_what_is_so_is_said() {
        let mut signals = Signals::new().unwrap();
        assert_eq!(signals.unless(async { Ok(7) }).await.unwrap(), 7);
        kill_process(getpid(), Kind::TERM).unwrap();
        let first = signals.unless(pending::<Result<(), Failure>>()).await.unwrap_err();
        assert_eq!(said(first), (Exit::Cancelled, "cancelled; nothing was changed".to_owned()));
        kill_process(getpid(), Kind::INT).unwrap();
        let copying = pending::<Result<(), Failure>>();
        let second = signals.unless_then("half of it is copied", copying).await.unwrap_err();
        assert_eq!(said(second), (Exit::Cancelled, "cancelled; half of it is copied".to_owned()));
    }
}
