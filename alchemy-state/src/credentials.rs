//! How a remote store is given the right to read and write: by whoever knows profiles, which is not this crate.

use std::fmt;

use async_trait::async_trait;

/// Keys that sign requests to S3.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    /// Access key.
    pub access_key_id: String,
    /// Secret key.
    pub secret_access_key: String,
    /// Session token of temporary keys.
    pub session_token: Option<String>,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Gives keys for S3, from a profile or wherever they come from.
#[async_trait]
pub trait S3CredentialSource: Send + Sync + fmt::Debug {
    /// The keys to sign with now. Asked before every request, so it should keep them while they are good. An error is
    /// for people: why there are none, and what to do.
    async fn credentials(&self) -> Result<S3Credentials, String>;
    /// The region of a URL that names none.
    fn region(&self) -> Option<String> {
        None
    }
    /// The endpoint of a URL that names none.
    fn endpoint(&self) -> Option<String> {
        None
    }
}

/// Gives bearer tokens for Google Cloud Storage.
#[async_trait]
pub trait GcsTokenSource: Send + Sync + fmt::Debug {
    /// The token to send now. Asked before every request. An error is for people.
    async fn token(&self) -> Result<String, String>;
}
