//! Handing a profile's keys and tokens to the client.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use object_store::gcp::GcpCredential;

use crate::{GcsTokenSource, S3CredentialSource};

/// There are no keys: nothing was sent.
#[derive(Debug)]
pub(super) struct NoKeys(String);

impl fmt::Display for NoKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoKeys {}

fn no_keys(reason: String) -> object_store::Error {
    object_store::Error::Generic { store: "credentials", source: Box::new(NoKeys(reason)) }
}

/// Keys for S3.
#[derive(Debug)]
pub(super) struct S3Keys(pub(super) Arc<dyn S3CredentialSource>);

#[async_trait]
impl CredentialProvider for S3Keys {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let keys = self.0.credentials().await.map_err(no_keys)?;
        Ok(Arc::new(AwsCredential {
            key_id: keys.access_key_id,
            secret_key: keys.secret_access_key,
            token: keys.session_token,
        }))
    }
}

/// Tokens for Google Cloud Storage.
#[derive(Debug)]
pub(super) struct Tokens(pub(super) Arc<dyn GcsTokenSource>);

#[async_trait]
impl CredentialProvider for Tokens {
    type Credential = GcpCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<GcpCredential>> {
        let bearer = self.0.token().await.map_err(no_keys)?;
        Ok(Arc::new(GcpCredential { bearer }))
    }
}
