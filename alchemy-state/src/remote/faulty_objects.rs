//! Objects behind a bad network: requests that are lost, late, doubled; replies that are lost.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;

use super::Host;
use super::objects::{Object, ObjectError, Objects, Version};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectFault {
    /// It never arrives, and no answer comes in time.
    Lost,
    /// The server answers that it cannot now; nothing was done.
    Busy,
    /// It is carried out, but no answer comes in time.
    ReplyLost,
    /// No answer comes in time; it is carried out so long after it was sent.
    Late(Duration),
    /// It arrives twice; the answer is that of the second time.
    Doubled,
    /// It is carried out, and answered, after so long.
    Stalled(Duration),
}

/// A request that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRequest {
    /// `get`, `create`, `swap`, `delete`, `list`.
    pub kind: &'static str,
    /// The key, or the folder.
    pub key: String,
}

/// Decides what happens to each request.
pub type FaultPlan = Arc<dyn Fn(&ObjectRequest) -> Option<ObjectFault> + Send + Sync>;

/// A client's way to `inner`, on which `plan` decides what happens.
#[derive(Clone)]
pub struct FaultyObjects {
    inner: Arc<dyn Objects>,
    host: Arc<dyn Host>,
    patience: Duration,
    plan: FaultPlan,
}

impl fmt::Debug for FaultyObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultyObjects({:?})", self.inner)
    }
}

impl FaultyObjects {
    /// `patience` is how long a client waits for an answer.
    pub fn new(
        inner: Arc<dyn Objects>,
        host: Arc<dyn Host>,
        patience: Duration,
        plan: FaultPlan,
    ) -> Self {
        Self { inner, host, patience, plan }
    }

    async fn send<T: Send + 'static>(
        &self,
        kind: &'static str,
        key: &str,
        carry_out: impl Fn(Arc<dyn Objects>) -> BoxFuture<'static, Result<T, ObjectError>>
        + Send
        + 'static,
    ) -> Result<T, ObjectError> {
        let inner = Arc::clone(&self.inner);
        match (self.plan)(&ObjectRequest { kind, key: key.to_owned() }) {
            None => return carry_out(inner).await,
            Some(ObjectFault::Busy) => return Err(unknown("503 Slow Down")),
            Some(ObjectFault::Doubled) => {
                let _ = carry_out(Arc::clone(&inner)).await;
                return carry_out(inner).await;
            }
            Some(ObjectFault::Stalled(time)) => {
                self.host.sleep(time).await;
                return carry_out(inner).await;
            }
            Some(ObjectFault::ReplyLost) => {
                let _ = carry_out(inner).await;
            }
            Some(ObjectFault::Late(time)) => {
                let host = Arc::clone(&self.host);
                tokio::spawn(async move {
                    host.sleep(time).await;
                    let _ = carry_out(inner).await;
                });
            }
            Some(ObjectFault::Lost) => {}
        }
        self.host.sleep(self.patience).await;
        Err(unknown("no answer in time"))
    }
}

fn unknown(text: &str) -> ObjectError {
    ObjectError::Unknown(io::Error::other(text.to_owned()))
}

#[async_trait]
impl Objects for FaultyObjects {
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn bucket(&self) -> String {
        self.inner.bucket()
    }
    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        let owned = key.to_owned();
        self.send("get", key, move |objects| {
            let key = owned.clone();
            Box::pin(async move { objects.get(&key).await })
        })
        .await
    }
    async fn create(&self, key: &str, bytes: Bytes) -> Result<Version, ObjectError> {
        let owned = key.to_owned();
        self.send("create", key, move |objects| {
            let (key, bytes) = (owned.clone(), bytes.clone());
            Box::pin(async move { objects.create(&key, bytes).await })
        })
        .await
    }
    async fn swap(&self, key: &str, bytes: Bytes, from: &Version) -> Result<Version, ObjectError> {
        let (owned, from) = (key.to_owned(), from.clone());
        self.send("swap", key, move |objects| {
            let (key, bytes, from) = (owned.clone(), bytes.clone(), from.clone());
            Box::pin(async move { objects.swap(&key, bytes, &from).await })
        })
        .await
    }
    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let owned = key.to_owned();
        self.send("delete", key, move |objects| {
            let key = owned.clone();
            Box::pin(async move { objects.delete(&key).await })
        })
        .await
    }
    async fn list(&self, folder: &str) -> Result<Vec<String>, ObjectError> {
        let owned = folder.to_owned();
        self.send("list", folder, move |objects| {
            let folder = owned.clone();
            Box::pin(async move { objects.list(&folder).await })
        })
        .await
    }
}
