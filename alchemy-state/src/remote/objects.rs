//! What the write protocol asks of a store: objects by key, changed only under a condition.

use std::fmt;
use std::io;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;

/// Names one content of one key. A store may give two equal contents the same version; that is why every body that is
/// swapped carries a nonce or a serial of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its bytes.
    pub bytes: Bytes,
    /// Which content that is.
    pub version: Version,
}

/// Why a request did not do what was asked, or may not have.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// The condition did not hold. It may have been an earlier copy of this very request that made it so.
    #[error("the object is another one than expected")]
    Refused,
    /// Nobody knows whether it was done, or will be: no answer in time, or an error of the server.
    #[error("no clear answer")]
    Unknown(#[source] io::Error),
    /// It was not done, and will not be.
    #[error("not done")]
    Failed(#[source] io::Error),
    /// The bucket is not there.
    #[error("no such bucket")]
    NoBucket,
}

/// Objects by relative key, with `/` between parts. Every call is one request with a time-out of its own, and is never
/// repeated on the way.
///
/// What is asked of a store: a reading that begins after a write was acknowledged sees it, or a later one; a listing,
/// too; of several creations of one key one succeeds; of several swaps from one version one succeeds; an acknowledged
/// write is never lost.
#[async_trait]
pub trait Objects: Send + Sync + fmt::Debug {
    /// The store as people know it: its URL.
    fn describe(&self) -> String;
    /// A key as people know it.
    fn label(&self, key: &str) -> String {
        format!("{}/{key}", self.describe())
    }
    /// The bucket, for the error that it is not there.
    fn bucket(&self) -> String;
    /// An object, if it is there.
    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectError>;
    /// Writes an object if there is none of that key.
    async fn create(&self, key: &str, bytes: Bytes) -> Result<Version, ObjectError>;
    /// Writes an object in place of exactly that version.
    async fn swap(&self, key: &str, bytes: Bytes, from: &Version) -> Result<Version, ObjectError>;
    /// Removes an object that may be there.
    async fn delete(&self, key: &str) -> Result<(), ObjectError>;
    /// When an object was written by the store's clock, where that can be known. For people only: nothing is decided by it.
    async fn written(&self, _key: &str) -> Result<Option<SystemTime>, ObjectError> {
        Ok(None)
    }
    /// Every key in a folder and the folders in it, relative to it, in no order.
    async fn list(&self, folder: &str) -> Result<Vec<String>, ObjectError>;
}
