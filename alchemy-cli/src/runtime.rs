//! The one place where an async runtime starts.

use std::future::Future;

use alchemy_core::Diagnostic;

use crate::failure::Failure;

/// Threads that drive cloud calls: they wait far more than they work.
const WORKERS: usize = 2;

/// Runs `future` to its end. Threads that still wait for an answer on the terminal are left behind.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(WORKERS).enable_all().build().map_err(|error| {
        Diagnostic::error("no-threads", format!("cannot start threads: {error}"))
            .help("raise the process limit (ulimit -u)")
    })?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}
