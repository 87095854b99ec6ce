//! From a URL to a store.

use std::io;
use std::sync::Arc;

use crate::remote::{Bucket, Objects, RemoteStore, ThisMachine};
use crate::{
    DEFAULT_KEEP, GcsTokenSource, LocalStore, S3CredentialSource, StateError, StateStore, StateUrl,
};

/// What a store is opened with.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// How many earlier serials of each stage are kept.
    pub keep: usize,
    /// Keys for S3, region and endpoint of a URL that names none. None: keys from the environment or the machine's role.
    pub s3: Option<Arc<dyn S3CredentialSource>>,
    /// Tokens for Google Cloud Storage. None: the application default credentials.
    pub gcs: Option<Arc<dyn GcsTokenSource>>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { keep: DEFAULT_KEEP, s3: None, gcs: None }
    }
}

/// The region of a bucket for which nobody names one; also what stores that only speak S3's protocol expect.
const DEFAULT_REGION: &str = "us-east-1";

/// Opens the store at `url`. Nothing is read or written yet: whether it can be reached shows with its first use, which
/// for a remote store needs a tokio runtime.
pub fn open(url: &StateUrl, options: OpenOptions) -> Result<Arc<dyn StateStore>, StateError> {
    let keep = options.keep;
    if let StateUrl::File(path) = url {
        return Ok(Arc::new(LocalStore::open(path)?.keeping(keep)));
    }
    let objects = open_objects(url, options)?;
    Ok(Arc::new(RemoteStore::new(objects, Arc::new(ThisMachine::new())).keeping(keep)))
}

/// The objects at a remote `url` by themselves, for whoever puts something between them and the protocol. Refuses a
/// folder.
pub fn open_objects(url: &StateUrl, options: OpenOptions) -> Result<Arc<dyn Objects>, StateError> {
    let OpenOptions { s3, gcs, .. } = options;
    let bucket = match url {
        StateUrl::File(path) => {
            return Err(StateError::Io {
                action: "open",
                file: path.display().to_string(),
                source: io::Error::other("a folder holds files, not objects"),
            });
        }
        StateUrl::S3 { bucket, prefix, region, endpoint } => {
            let source = s3.as_ref();
            let region = region.clone().or_else(|| source.and_then(|source| source.region()));
            let endpoint = endpoint.clone().or_else(|| source.and_then(|source| source.endpoint()));
            let region = match (region, source) {
                (None, Some(_)) => Some(DEFAULT_REGION.to_owned()),
                (region, _) => region,
            };
            Bucket::s3(url, (bucket, prefix), endpoint.as_deref(), region.as_deref(), s3.as_ref())?
        }
        StateUrl::Gcs { bucket, prefix, endpoint } => {
            Bucket::gcs(url, (bucket, prefix), endpoint.as_deref(), gcs.as_ref())?
        }
    };
    Ok(Arc::new(bucket))
}
