//! The connection to AWS: credentials, region and endpoint, and one client a service and region.
//!
//! Repeats nothing on its own: the engine repeats whole steps and look-ups, so that lock and cancellation are looked at
//! before every attempt and waiting is shown.

mod clients;
mod credentials;
mod http;
mod keys;
mod region;
mod settings;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alchemy_engine::{ProviderError, ProviderErrorKind};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_types::service_config::ServiceConfigKey;

use super::classify::classify;
use super::limits::{ANSWER, CALL, CONNECT, IDENTITY_ATTEMPTS, IDENTITY_PAUSE, UPLOAD_RATE};
use clients::Clients;
pub use keys::AwsKeys;
pub use region::MISSING_REGION;
pub use settings::{AwsCredentials, AwsSettings, NamedRegion};

/// Services whose endpoint decides whether URLs of objects can be computed.
const SERVICES: [&str; 5] = ["S3", "SQS", "Lambda", "IAM", "CloudWatch Logs"];

/// Who the credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// Account id, 12 digits.
    pub account: String,
    /// ARN of the user or role.
    pub arn: String,
}

/// A way to call AWS. Clients are made when first asked for.
pub struct AwsConnection {
    config: SdkConfig,
    region: String,
    clients: Mutex<BTreeMap<String, Arc<Clients>>>,
    /// The keys that were last given out.
    keys: tokio::sync::Mutex<Option<aws_credential_types::Credentials>>,
}

impl fmt::Debug for AwsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsConnection").field("region", &self.region).finish_non_exhaustive()
    }
}

impl AwsConnection {
    /// Resolves region, endpoint and the source of credentials. Calls no service; only where no region is configured
    /// anywhere the machine's metadata service is asked for one, as the SDK does.
    /// Refuses settings without a region, and with one that AWS cannot have. (An endpoint of the user's own may call it
    /// anything.)
    pub async fn open(settings: &AwsSettings) -> Result<Self, ProviderError> {
        let config = load(settings).await;
        let Some(region) = config.region().map(|region| region.as_ref().to_owned()) else {
            return Err(region::missing());
        };
        let (clients, keys) = (Mutex::default(), tokio::sync::Mutex::default());
        let connection = Self { config, region, clients, keys };
        if !connection.custom_endpoint() {
            region::check(settings, &connection.region)?;
        }
        Ok(connection)
    }

    /// The region where things live unless said otherwise.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Where requests of every service go, if that is an endpoint of the user's own.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// Whether requests of a service go to an endpoint of the user's own.
    pub fn custom_endpoint(&self) -> bool {
        SERVICES.iter().any(|service| self.has_custom_endpoint(service))
    }

    fn has_custom_endpoint(&self, service: &str) -> bool {
        if self.config.endpoint_url().is_some() {
            return true;
        }
        let key = ServiceConfigKey::builder()
            .service_id(service)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url");
        let (Ok(key), Some(configured)) = (key.build(), self.config.service_config()) else {
            return false;
        };
        configured.load_config(key).is_some()
    }

    /// Asks STS whose credentials these are. Repeats passing faults a few times.
    pub async fn caller_identity(&self) -> Result<CallerIdentity, ProviderError> {
        let client = aws_sdk_sts::Client::new(&self.config);
        let mut pause = IDENTITY_PAUSE;
        let mut attempt = 1;
        loop {
            let answer = client
                .get_caller_identity()
                .send()
                .await
                .map_err(|e| classify("sts:GetCallerIdentity", e));
            match answer {
                Ok(answer) => {
                    let account = answer.account.unwrap_or_default();
                    return Ok(CallerIdentity { account, arn: answer.arn.unwrap_or_default() });
                }
                Err(error) if attempt == IDENTITY_ATTEMPTS || !passes(error.kind) => {
                    return Err(error);
                }
                Err(_) => tokio::time::sleep(pause).await,
            }
            attempt += 1;
            pause *= 2;
        }
    }

    fn clients(&self, region: &str) -> Arc<Clients> {
        let mut all = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
            Arc::new(Clients::new(config, self.has_custom_endpoint("S3")))
        };
        Arc::clone(all.entry(region.to_owned()).or_insert_with(make))
    }

    /// S3 in a region.
    pub(super) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        self.clients(region).s3()
    }
    /// SQS in a region.
    pub(super) fn sqs(&self, region: &str) -> aws_sdk_sqs::Client {
        self.clients(region).sqs()
    }
    /// Lambda in a region.
    pub(super) fn lambda(&self, region: &str) -> aws_sdk_lambda::Client {
        self.clients(region).lambda()
    }
    /// IAM; it has one endpoint a partition.
    pub(super) fn iam(&self, region: &str) -> aws_sdk_iam::Client {
        self.clients(region).iam()
    }
    /// CloudWatch Logs in a region.
    pub(super) fn logs(&self, region: &str) -> aws_sdk_cloudwatchlogs::Client {
        self.clients(region).logs()
    }
}

/// Time limits of a call that sends so many bytes: the limits of every call, and what a slow line takes besides.
pub(super) fn upload_timeouts(bytes: usize) -> TimeoutConfig {
    let seconds = bytes / UPLOAD_RATE;
    timeouts(Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX)))
}

fn timeouts(more: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(ANSWER.saturating_add(more))
        .operation_attempt_timeout(CALL.saturating_add(more))
        .operation_timeout(CALL.saturating_add(more))
        .build()
}

fn passes(kind: ProviderErrorKind) -> bool {
    matches!(kind, ProviderErrorKind::Throttled | ProviderErrorKind::Transient)
}

async fn load(settings: &AwsSettings) -> SdkConfig {
    let base = loader(settings).load().await;
    let Some(provider) = credentials::provider(settings, &base).await else { return base };
    base.into_builder().credentials_provider(provider).build()
}

fn loader(settings: &AwsSettings) -> ConfigLoader {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http::client())
        .timeout_config(timeouts(Duration::ZERO))
        .retry_config(RetryConfig::disabled());
    if let Some(profile) = settings.credentials.shared_profile() {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    match credentials::region(settings) {
        Some(region) => loader.region(region),
        None => loader,
    }
}
