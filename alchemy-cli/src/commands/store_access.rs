//! Opening a store: with the credentials of a profile where it is a remote one.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_providers::AwsConnection;
use alchemy_state::{
    DEFAULT_KEEP, OpenOptions, S3CredentialSource, S3Credentials, StateStore, StateUrl, open,
};
use async_trait::async_trait;

use super::cloud::connection_for_state;
use super::state_failure::state_failure;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::{Surroundings, resolve_profile, resolve_profile_name};

/// What opening a store needs besides its place.
pub(crate) struct Access<'a> {
    /// Where we run.
    pub(crate) around: &'a Surroundings,
    /// The declared environment.
    pub(crate) environment: &'a BTreeMap<String, String>,
    /// `--profile`
    pub(crate) profile: Option<&'a str>,
    /// How many earlier serials of a stage are kept, if that is said.
    pub(crate) keep: Option<usize>,
}

impl Access<'_> {
    /// Opens the store at `url`. Touches nothing until it is used. Not to be called on a runtime's thread.
    pub(crate) fn open(&self, url: &StateUrl) -> Result<Arc<dyn StateStore>, Failure> {
        let s3 = match url {
            StateUrl::S3 { region, endpoint, .. } => {
                // Keys are asked for where the profile says, whatever service the bucket is of.
                let region = region.as_deref().map(|code| (code, endpoint.is_some()));
                let connection = self.connect(None, region)?;
                Some(Arc::new(ProfileKeys(connection)) as Arc<dyn S3CredentialSource>)
            }
            StateUrl::File(_) | StateUrl::Gcs { .. } => None,
        };
        let keep = self.keep.unwrap_or(DEFAULT_KEEP);
        open(url, OpenOptions { keep, s3, gcs: None }).map_err(|error| state_failure(&error))
    }

    /// The way to AWS through the profile, for a bucket in `region` (none: the profile's), all of it at `endpoint` if
    /// there is one.
    pub(crate) fn connection(
        &self,
        endpoint: Option<&str>,
        region: Option<&str>,
    ) -> Result<Arc<AwsConnection>, Failure> {
        self.connect(endpoint, region.map(|code| (code, endpoint.is_some())))
    }

    fn connect(
        &self,
        endpoint: Option<&str>,
        region: Option<(&str, bool)>,
    ) -> Result<Arc<AwsConnection>, Failure> {
        let (name, explicit) = resolve_profile_name(self.profile, self.environment);
        let mut profile = resolve_profile(self.around, name, explicit)?;
        if let Some(endpoint) = endpoint {
            profile.aws.endpoint_url = Some(endpoint.to_owned());
        }
        block_on(connection_for_state(profile, region))
    }
}

/// The keys of a profile.
#[derive(Debug)]
struct ProfileKeys(Arc<AwsConnection>);

#[async_trait]
impl S3CredentialSource for ProfileKeys {
    async fn credentials(&self) -> Result<S3Credentials, String> {
        let keys = self.0.keys().await.map_err(|error| error.to_string())?;
        Ok(S3Credentials {
            access_key_id: keys.access_key_id,
            secret_access_key: keys.secret_access_key,
            session_token: keys.session_token,
        })
    }
    fn region(&self) -> Option<String> {
        Some(self.0.region().to_owned())
    }
    fn endpoint(&self) -> Option<String> {
        self.0.s3_endpoint()
    }
}
