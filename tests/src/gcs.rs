//! A small Google Cloud Storage: the part of its XML API that the `object_store` client speaks, over HTTP on a loopback
//! port, with a metadata server that gives out tokens. Strict: what the service does not document is refused, and what
//! it would only ignore, too.
//!
//! Reference: <https://cloud.google.com/storage/docs/xml-api/reference-methods>,
//! <https://cloud.google.com/storage/docs/request-preconditions>.

mod answer;
mod asked;
mod condition;
mod listing;
mod objects;
mod operations;
mod range;
mod upload;
mod xml;

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub use asked::Asked;
use objects::World;

/// The token that its metadata server gives out, and without which nothing is answered.
pub const TOKEN: &str = "ya29.test";

/// A running service; gone when dropped.
pub struct Gcs {
    url: String,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

/// One request and how it was answered.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The request.
    pub asked: Asked,
    /// HTTP status.
    pub status: u16,
    /// The error's code, of one that was refused.
    pub code: Option<&'static str>,
}

struct Shared {
    world: Mutex<World>,
    log: Mutex<Vec<Logged>>,
    /// Whether requests without a token are answered.
    open: bool,
}

impl std::fmt::Debug for Gcs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gcs").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Gcs {
    /// A service without buckets.
    ///
    /// # Panics
    /// If no port can be had.
    pub fn start() -> Self {
        Self::serving(false)
    }

    /// One that asks for no token, for clients that are configured to send none (`"disable_oauth": true`).
    pub fn open_to_all() -> Self {
        Self::serving(true)
    }

    fn serving(open: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let shared = Arc::new(Shared { world: Mutex::default(), log: Mutex::default(), open });
        // Not `block_on`: a test may start it on a runtime of its own.
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("its address");
        listener.set_nonblocking(true).expect("a socket for tokio");
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Self { url: format!("http://{address}"), shared, runtime: Some(runtime) }
    }

    /// Its endpoint.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Host and port, as `$GCE_METADATA_HOST` wants them.
    pub fn metadata_host(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }

    /// Makes a bucket; `versioned` keeps every generation.
    pub fn make_bucket(&self, name: &str, versioned: bool) {
        lock(&self.shared.world).make_bucket(name, versioned);
    }

    /// Sets its clock ahead of ours.
    pub fn set_clock_ahead(&self, seconds: i64) {
        lock(&self.shared.world).ahead = seconds;
    }

    /// Every request so far, in the order in which they were answered.
    pub fn requests(&self) -> Vec<Logged> {
        lock(&self.shared.log).clone()
    }

    /// The keys of a bucket, in order.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        lock(&self.shared.world).keys(bucket)
    }
}

impl Drop for Gcs {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::task::spawn(async move {
            let service = service_fn(move |request| serve(request, Arc::clone(&shared)));
            // An error here is a connection that the client gave up.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn serve(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<bytes::Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(answer::refused(400, "IncompleteBody", "the body ended early").response());
    };
    let body = body.to_bytes();
    if let Some(token) = operations::token(&parts) {
        return Ok(token.response());
    }
    // Answered and noted under one lock, so that the log's order is the order of effects.
    let mut world = lock(&shared.world);
    let (asked, answer) = operations::answer(&mut world, shared.open, &parts, body);
    lock(&shared.log).push(Logged { asked, status: answer.status, code: answer.code });
    drop(world);
    Ok(answer.response())
}
