//! A proxy in front of an emulator: logs every call, and refuses, delays or loses answers as its rules say.

mod call;
mod gate;
pub mod rules;
pub mod table;

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub use call::Call;
pub use gate::Gate;

/// What to do with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Pass it on.
    Pass,
    /// Answer with this error in the service's own form; the emulator sees nothing.
    Refuse {
        /// HTTP status.
        status: u16,
        /// Error code.
        code: &'static str,
        /// Error text.
        message: String,
    },
    /// Close the connection; the emulator sees nothing.
    DropBefore,
    /// Let it act, then close the connection.
    DropAfter,
    /// Let it act after this time.
    Delay(Duration),
    /// Let it act when the gate is opened.
    Hold(Gate),
    /// Never answer.
    Hang,
}

/// An answer on its way back; a rule may change it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// One rule.
pub trait Rule: Send {
    /// What to do with a call. The first rule that does not pass it decides.
    fn judge(&mut self, call: &Call) -> Verdict;
    /// Sees every answer that goes back, and may change it.
    fn answered(&mut self, _: &Call, _: &mut Answer) {}
}

struct Shared {
    target: String,
    rules: Mutex<Vec<Box<dyn Rule>>>,
    log: Mutex<Vec<Call>>,
    struck: AtomicUsize,
    http: HttpClient<HttpConnector, Full<Bytes>>,
}

/// A running proxy; gone when dropped.
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Proxy {
    /// A proxy in front of `target` with these rules.
    ///
    /// # Panics
    /// If no port can be had.
    pub fn start(target: &str, rules: Vec<Box<dyn Rule>>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            rules: Mutex::new(rules),
            log: Mutex::default(),
            struck: AtomicUsize::new(0),
            http: HttpClient::builder(TokioExecutor::new()).build_http(),
        });
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Self { url, shared, runtime: Some(runtime) }
    }

    /// Its endpoint.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Adds a rule before all others.
    pub fn add(&self, rule: Box<dyn Rule>) {
        lock(&self.shared.rules).insert(0, rule);
    }

    /// Takes all rules away.
    pub fn clear(&self) {
        lock(&self.shared.rules).clear();
    }

    /// How many calls a rule has decided so far.
    pub fn struck(&self) -> usize {
        self.shared.struck.load(Ordering::SeqCst)
    }

    /// All calls so far, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared.log).clone()
    }

    /// The changing calls since the last time this was asked, as `service:Operation target`.
    pub fn take_changes(&self) -> Vec<String> {
        let calls = std::mem::take(&mut *lock(&self.shared.log));
        calls.iter().filter(|call| call.changing).map(ToString::to_string).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::task::spawn(async move {
            let service = service_fn(move |request| serve(request, Arc::clone(&shared)));
            // An error here is a connection that a rule closed, or that the client gave up.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Ends the connection without an answer.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("dropped by a rule")
    }
}

impl std::error::Error for Dropped {}

async fn serve(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Dropped> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    let call = Call::of(&parts, &body);
    lock(&shared.log).push(call.clone());
    let verdict = judge(&shared, &call);
    if verdict != Verdict::Pass {
        shared.struck.fetch_add(1, Ordering::SeqCst);
    }
    match &verdict {
        Verdict::Refuse { status, code, message } => return Ok(call.error(*status, code, message)),
        Verdict::DropBefore => return Err(Dropped),
        Verdict::Delay(time) => tokio::time::sleep(*time).await,
        Verdict::Hold(gate) => gate.passed().await,
        Verdict::Hang => std::future::pending::<Infallible>().await.into_never(),
        Verdict::Pass | Verdict::DropAfter => {}
    }
    let mut answer = forward(&shared, parts, body).await?;
    for rule in lock(&shared.rules).iter_mut() {
        rule.answered(&call, &mut answer);
    }
    if verdict == Verdict::DropAfter {
        return Err(Dropped);
    }
    Ok(response(&answer))
}

trait IntoNever {
    fn into_never(self);
}

impl IntoNever for Infallible {
    fn into_never(self) {
        match self {}
    }
}

fn judge(shared: &Shared, call: &Call) -> Verdict {
    let mut rules = lock(&shared.rules);
    rules
        .iter_mut()
        .map(|rule| rule.judge(call))
        .find(|verdict| *verdict != Verdict::Pass)
        .unwrap_or(Verdict::Pass)
}

async fn forward(
    shared: &Shared,
    parts: http::request::Parts,
    body: Bytes,
) -> Result<Answer, Dropped> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request =
        Request::builder().method(parts.method).uri(format!("{}{path}", shared.target));
    for (name, value) in &parts.headers {
        // The host stays the one that was signed.
        if name != "connection" && name != "content-length" {
            request = request.header(name, value);
        }
    }
    let request = request.body(Full::new(body)).map_err(|_| Dropped)?;
    let response = shared.http.request(request).await.map_err(|_| Dropped)?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    Ok(Answer { status: parts.status, headers: parts.headers, body })
}

fn response(answer: &Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body.clone()));
    *response.status_mut() = answer.status;
    for (name, value) in &answer.headers {
        // The body is sent whole, whatever it was before; a HEAD's length speaks of a body that is not there.
        let whole = name == "transfer-encoding"
            || name == "connection"
            || (name == "content-length" && !answer.body.is_empty());
        if !whole {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}
