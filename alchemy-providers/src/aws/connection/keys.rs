//! Keys and place of S3 for who speaks to it without the SDK: the store of state.

use std::time::{Duration, SystemTime};

use alchemy_engine::{ProviderError, ProviderErrorKind};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_types::service_config::ServiceConfigKey;

use super::AwsConnection;

/// Keys are asked for anew this long before they end.
const RENEWED_BEFORE: Duration = Duration::from_mins(5);

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsKeys {
    /// Its id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Session token of temporary keys.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for AwsKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsKeys")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl AwsConnection {
    /// The keys to sign requests with now; kept while they are good.
    pub async fn keys(&self) -> Result<AwsKeys, ProviderError> {
        let mut kept = self.keys.lock().await;
        if let Some(keys) = kept.as_ref().filter(|keys| is_good(keys)) {
            return Ok(of(keys));
        }
        let provider = self
            .config
            .credentials_provider()
            .ok_or_else(|| error("none are configured".to_owned()))?;
        let keys = provider.provide_credentials().await.map_err(|cause| error(chain(&cause)))?;
        let found = of(&keys);
        *kept = Some(keys);
        Ok(found)
    }

    /// Where requests to S3 go, if that is an endpoint of the user's own: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, or
    /// what the profile says.
    pub fn s3_endpoint(&self) -> Option<String> {
        let key = ServiceConfigKey::builder()
            .service_id("S3")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok();
        let of_service = key.and_then(|key| self.config.service_config()?.load_config(key));
        of_service.or_else(|| self.config.endpoint_url().map(str::to_owned))
    }
}

fn is_good(keys: &Credentials) -> bool {
    keys.expiry().is_none_or(|end| SystemTime::now() + RENEWED_BEFORE < end)
}

fn of(keys: &Credentials) -> AwsKeys {
    AwsKeys {
        access_key_id: keys.access_key_id().to_owned(),
        secret_access_key: keys.secret_access_key().to_owned(),
        session_token: keys.session_token().map(str::to_owned),
    }
}

fn error(message: String) -> ProviderError {
    ProviderError {
        kind: ProviderErrorKind::Credentials,
        call: "finding AWS credentials".to_owned(),
        code: None,
        message,
        request_id: None,
        advice: Some(
            "Log in again, or name a profile that has credentials with --profile.".to_owned(),
        ),
        retry_after: None,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
