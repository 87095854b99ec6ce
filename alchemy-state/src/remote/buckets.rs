//! Objects in a bucket of S3 or Google Cloud Storage.

mod answers;
mod keys;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, RetryConfig,
    UpdateVersion,
};

use super::limits;
use super::objects::{Object, ObjectError, Objects, Version};
use crate::{GcsTokenSource, S3CredentialSource, StateError, StateUrl};

use answers::{explain, read_error, write_error};
use keys::{S3Keys, Tokens};

/// A folder of a bucket.
pub(crate) struct Bucket {
    url: String,
    name: String,
    prefix: String,
    /// Which part of a version the service compares.
    by: By,
    /// For what must be answered well within a lease.
    quick: Arc<dyn ObjectStore>,
    /// For documents that grow with the stage, and listings.
    patient: Arc<dyn ObjectStore>,
}

/// How a service names versions.
#[derive(Clone, Copy, Debug)]
enum By {
    /// S3: the ETag, which is the content's hash.
    ETag,
    /// Google Cloud Storage: the object's generation.
    Generation,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({})", self.url)
    }
}

/// Step 7 of the protocol reads a key back after a time-out: a client with time-outs and retries of its own would
/// outlive the lease.
fn no_retries() -> RetryConfig {
    RetryConfig { max_retries: 0, retry_timeout: limits::REQUEST, ..RetryConfig::default() }
}

/// Whether an object may be large: all but locks and what names a store or a stack.
fn grows(key: &str) -> bool {
    ["stages/", "history/", "journal/"].iter().any(|folder| key.starts_with(folder))
}

fn client(endpoint: Option<&str>, timeout: Duration) -> ClientOptions {
    let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    ClientOptions::new()
        .with_timeout(timeout)
        .with_connect_timeout(limits::REQUEST / 2)
        .with_allow_http(plain)
}

impl Bucket {
    /// A bucket of S3, or of what speaks its protocol at `endpoint`. Without a source of keys they come from the
    /// environment, or from the machine's role.
    pub(crate) fn s3(
        url: &StateUrl,
        place: (&str, &str),
        endpoint: Option<&str>,
        region: Option<&str>,
        source: Option<&Arc<dyn S3CredentialSource>>,
    ) -> Result<Self, StateError> {
        let open = |timeout| {
            let mut builder = match source {
                Some(source) => {
                    AmazonS3Builder::new().with_credentials(Arc::new(S3Keys(Arc::clone(source))))
                }
                None => AmazonS3Builder::from_env(),
            };
            if let Some(endpoint) = endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            if let Some(region) = region {
                builder = builder.with_region(region);
            }
            builder
                .with_bucket_name(place.0)
                .with_disable_bulk_delete(true)
                .with_retry(no_retries())
                .with_client_options(client(endpoint, timeout))
                .build()
        };
        Self::over(url, place, By::ETag, |timeout| Ok(Arc::new(open(timeout)?)))
    }

    /// A bucket of Google Cloud Storage. Without a source of tokens they come from the application default credentials.
    pub(crate) fn gcs(
        url: &StateUrl,
        place: (&str, &str),
        endpoint: Option<&str>,
        source: Option<&Arc<dyn GcsTokenSource>>,
    ) -> Result<Self, StateError> {
        let open = |timeout| {
            let mut builder = match source {
                Some(source) => GoogleCloudStorageBuilder::new()
                    .with_credentials(Arc::new(Tokens(Arc::clone(source)))),
                None => GoogleCloudStorageBuilder::from_env(),
            };
            if let Some(endpoint) = endpoint {
                builder = builder.with_base_url(endpoint);
            }
            // Without one here, a service account's file or `$GOOGLE_BASE_URL` may name one: the user's own word.
            let client = client(endpoint, timeout);
            let client = if endpoint.is_none() { client.with_allow_http(true) } else { client };
            builder
                .with_bucket_name(place.0)
                .with_retry(no_retries())
                .with_client_options(client)
                .build()
        };
        Self::over(url, place, By::Generation, |timeout| Ok(Arc::new(open(timeout)?)))
    }

    fn over(
        url: &StateUrl,
        (bucket, prefix): (&str, &str),
        by: By,
        open: impl Fn(Duration) -> Result<Arc<dyn ObjectStore>, object_store::Error>,
    ) -> Result<Self, StateError> {
        let open = |timeout| {
            open(timeout).map_err(|error| StateError::Io {
                action: "open",
                file: url.to_string(),
                source: std::io::Error::other(explain(&error)),
            })
        };
        Ok(Self {
            url: url.to_string(),
            name: bucket.to_owned(),
            prefix: prefix.to_owned(),
            by,
            quick: open(limits::REQUEST)?,
            patient: open(limits::LARGE_REQUEST)?,
        })
    }

    fn path(&self, key: &str) -> Result<Path, ObjectError> {
        let whole =
            if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) };
        Path::parse(&whole)
            .map_err(|error| ObjectError::Failed(std::io::Error::other(error.to_string())))
    }

    fn version(
        &self,
        e_tag: Option<String>,
        generation: Option<String>,
    ) -> Result<Version, ObjectError> {
        let version = match self.by {
            By::ETag => e_tag,
            By::Generation => generation,
        };
        version.map(Version).ok_or_else(|| {
            ObjectError::Failed(std::io::Error::other(
                "the store does not say which version it holds",
            ))
        })
    }

    async fn put(&self, key: &str, bytes: Bytes, mode: PutMode) -> Result<Version, ObjectError> {
        let path = self.path(key)?;
        let store = if bytes.len() < limits::LARGE { &self.quick } else { &self.patient };
        let put = store.put_opts(&path, bytes.into(), PutOptions::from(mode)).await;
        let put = put.map_err(|error| write_error(&error))?;
        self.version(put.e_tag, put.version)
    }
}

#[async_trait]
impl Objects for Bucket {
    fn describe(&self) -> String {
        self.url.clone()
    }

    /// `s3://bucket/prefix/key`, without the parameters.
    fn label(&self, key: &str) -> String {
        let place = self.url.split('?').next().unwrap_or_default();
        format!("{place}/{key}")
    }

    fn bucket(&self) -> String {
        self.name.clone()
    }

    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        let path = self.path(key)?;
        let store = if grows(key) { &self.patient } else { &self.quick };
        let found = match store.get_opts(&path, GetOptions::default()).await {
            Ok(found) => found,
            Err(error) => return read_error(&error).map_or(Ok(None), Err),
        };
        let version = self.version(found.meta.e_tag.clone(), found.meta.version.clone())?;
        match found.bytes().await {
            Ok(bytes) => Ok(Some(Object { bytes, version })),
            Err(error) => Err(ObjectError::Unknown(std::io::Error::other(explain(&error)))),
        }
    }

    async fn create(&self, key: &str, bytes: Bytes) -> Result<Version, ObjectError> {
        self.put(key, bytes, PutMode::Create).await
    }

    async fn swap(&self, key: &str, bytes: Bytes, from: &Version) -> Result<Version, ObjectError> {
        let version = match self.by {
            By::ETag => UpdateVersion { e_tag: Some(from.0.clone()), version: None },
            By::Generation => UpdateVersion { e_tag: None, version: Some(from.0.clone()) },
        };
        self.put(key, bytes, PutMode::Update(version)).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        match self.quick.delete(&self.path(key)?).await {
            Ok(()) => Ok(()),
            Err(error) => read_error(&error).map_or(Ok(()), Err),
        }
    }

    async fn written(&self, key: &str) -> Result<Option<SystemTime>, ObjectError> {
        match self.quick.head(&self.path(key)?).await {
            Ok(meta) => Ok(Some(meta.last_modified.into())),
            Err(error) => read_error(&error).map_or(Ok(None), Err),
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, ObjectError> {
        let path = self.path(folder)?;
        let below = format!("{path}/");
        let listed = self.patient.list(Some(&path)).try_collect::<Vec<_>>().await;
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => return read_error(&error).map_or(Ok(Vec::new()), Err),
        };
        let names = listed.iter().filter_map(|meta| meta.location.as_ref().strip_prefix(&below));
        Ok(names.map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::grows;

    #[test]
    fn what_grows_with_the_stage_is_read_patiently() {
        for key in [
            "stages/myapp/dev/state.json",
            "history/myapp/dev/1.json",
            "journal/myapp/dev/2-1.ndjson",
        ] {
            assert!(grows(key), "{key}");
        }
        for key in ["locks/myapp/dev.json", "realm.json"] {
            assert!(!grows(key), "{key}");
        }
    }
}
