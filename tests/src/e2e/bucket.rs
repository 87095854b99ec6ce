//! State stores in buckets of emulators and servers, opened as the CLI opens them.

use std::path::Path;
use std::sync::Arc;

use alchemy_state::remote::{ObjectError, Objects, StoredObject, Version};
use alchemy_state::{
    GcsTokenSource, OpenOptions, S3CredentialSource, S3Credentials, StateStore, StateUrl,
};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Mutex, MutexGuard};

use crate::gcs::TOKEN;

/// The keys `test`, `test`; the token of our own service.
#[derive(Debug)]
struct TestKeys;

#[async_trait]
impl S3CredentialSource for TestKeys {
    async fn credentials(&self) -> Result<S3Credentials, String> {
        Ok(S3Credentials {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        })
    }
}

#[async_trait]
impl GcsTokenSource for TestKeys {
    async fn token(&self) -> Result<String, String> {
        Ok(TOKEN.to_owned())
    }
}

/// The folder `prefix` in the bucket `state` of the Google Cloud Storage at `endpoint`.
pub fn gcs_url(endpoint: &str, prefix: &str) -> StateUrl {
    let text = format!("gs://state/{prefix}?endpoint={endpoint}");
    StateUrl::parse(&text, Path::new("/")).expect("a good URL")
}

/// The folder `prefix` in the bucket `state` of the S3 at `endpoint`.
pub fn bucket_url(endpoint: &str, prefix: &str) -> StateUrl {
    let text = format!("s3://state/{prefix}?region=us-east-1&endpoint={endpoint}");
    StateUrl::parse(&text, Path::new("/")).expect("a good URL")
}

fn options() -> OpenOptions {
    OpenOptions { keep: 3, s3: Some(Arc::new(TestKeys)), gcs: Some(Arc::new(TestKeys)) }
}

/// A store that keeps three earlier serials.
pub fn open_bucket(url: &StateUrl) -> Arc<dyn StateStore> {
    alchemy_state::open(url, options()).expect("it opens")
}

/// Its objects by themselves.
pub fn open_bucket_objects(url: &StateUrl) -> Arc<dyn Objects> {
    alchemy_state::open_objects(url, options()).expect("it opens")
}

/// A folder of a store as a store by itself, but for the probe and the note that it was passed: one server is tried out
/// once, whatever the number of stores in it.
#[derive(Clone, Debug)]
pub struct InFolder {
    /// The whole.
    pub objects: Arc<dyn Objects>,
    /// The folder's name.
    pub folder: String,
    /// Lets one write at a time through, for a server that looks at a condition and writes without a lock (moto).
    pub turn: Option<Arc<Mutex<()>>>,
}

impl InFolder {
    async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match &self.turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        }
    }

    fn key(&self, key: &str) -> String {
        if key.starts_with("probe") { key.to_owned() } else { format!("{}/{key}", self.folder) }
    }
}

#[async_trait]
impl Objects for InFolder {
    fn describe(&self) -> String {
        self.objects.describe()
    }
    fn bucket(&self) -> String {
        self.objects.bucket()
    }
    async fn get(&self, key: &str) -> Result<Option<StoredObject>, ObjectError> {
        self.objects.get(&self.key(key)).await
    }
    async fn create(&self, key: &str, bytes: Bytes) -> Result<Version, ObjectError> {
        let _turn = self.turn().await;
        self.objects.create(&self.key(key), bytes).await
    }
    async fn swap(&self, key: &str, bytes: Bytes, from: &Version) -> Result<Version, ObjectError> {
        let _turn = self.turn().await;
        self.objects.swap(&self.key(key), bytes, from).await
    }
    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        self.objects.delete(&self.key(key)).await
    }
    async fn list(&self, folder: &str) -> Result<Vec<String>, ObjectError> {
        self.objects.list(&self.key(folder)).await
    }
}
