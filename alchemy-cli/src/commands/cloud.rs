//! The way to AWS: connection, account, region. Asks the cloud who we are only when that has to be known.

use std::sync::Arc;

use alchemy_core::{Diagnostic, Pin, Target};
use alchemy_engine::{ProviderError, ProviderErrorKind};
use alchemy_providers::{AwsConnection, AwsCredentials, AwsSettings, MISSING_REGION, NamedRegion};

use crate::failure::Failure;
use crate::settings::{AwsMethod, AwsProfile, ResolvedProfile};
use crate::ui::printable;

/// A connection through a profile.
pub(crate) struct Cloud {
    profile: ResolvedProfile,
    /// The connection.
    pub(crate) connection: Arc<AwsConnection>,
}

impl Cloud {
    /// Opens the way; calls nothing. A stage's pin says the region where nothing else does.
    pub(crate) async fn open(profile: ResolvedProfile, pin: Option<&Pin>) -> Result<Self, Failure> {
        let mut settings = aws_settings(&profile);
        let connection = match (AwsConnection::open(&settings).await, pin) {
            (Ok(connection), _) => connection,
            (Err(error), Some(pin))
                if error.code.as_deref() == Some(MISSING_REGION) && settings.region.is_none() =>
            {
                let from = "the place that the stage is bound to".to_owned();
                settings.region = Some(NamedRegion::of_aws(&pin.region, from));
                AwsConnection::open(&settings)
                    .await
                    .map_err(|error| unreached(&profile, &error, None))?
            }
            (Err(error), _) => return Err(unreached(&profile, &error, None)),
        };
        Ok(Self { profile, connection: Arc::new(connection) })
    }

    /// Account and region, asked from STS. Refuses an account other than the one the profile expects.
    pub(crate) async fn asked(&self) -> Result<Target, Failure> {
        let identity =
            self.connection.caller_identity().await.map_err(|error| {
                unreached(&self.profile, &error, self.connection.endpoint_url())
            })?;
        self.expected(&identity.account)?;
        Ok(self.target(identity.account))
    }

    /// Account as pinned, region as configured: what a plan starts from that is not to touch the network.
    pub(crate) fn assumed(&self, pin: &Pin) -> Result<Target, Failure> {
        self.expected(&pin.account)?;
        Ok(self.target(pin.account.clone()))
    }

    fn target(&self, account: String) -> Target {
        Target { provider: "aws".to_owned(), account, region: self.connection.region().to_owned() }
    }

    fn expected(&self, account: &str) -> Result<(), Failure> {
        let Some(expected) =
            self.profile.aws.account.as_deref().filter(|expected| *expected != account)
        else {
            return Ok(());
        };
        let name = &self.profile.name;
        let summary =
            format!("profile `{name}` is for account {expected}, and reaches account {account}");
        Err(Diagnostic::error("other-account", summary)
            .detail("Nothing was changed.")
            .help(format!(
                "use credentials of account {expected}, or correct `account` of profile `{name}`"
            ))
            .into())
    }
}

/// The way to the bucket of a store of state through a profile, in `region` (none: the profile's), which comes with
/// whether it is a region of another service than AWS. Calls nothing.
pub(crate) async fn connection_for_state(
    profile: ResolvedProfile,
    region: Option<(&str, bool)>,
) -> Result<Arc<AwsConnection>, Failure> {
    let mut settings = aws_settings(&profile);
    if let Some((code, elsewhere)) = region {
        let from = "the URL of the state store".to_owned();
        settings.region = Some(NamedRegion { code: code.to_owned(), from, elsewhere });
    }
    let opened = AwsConnection::open(&settings).await;
    opened.map(Arc::new).map_err(|error| unreached(&profile, &error, None))
}

/// A profile as the connection takes it.
fn aws_settings(profile: &ResolvedProfile) -> AwsSettings {
    let AwsProfile {
        method,
        profile: shared,
        role_arn,
        access_key_id,
        secret_access_key,
        session_token,
        ..
    } = profile.aws.clone();
    let shared_name = shared.clone().unwrap_or_default();
    let from = || format!("`region` of profile `{}`", printable(&profile.name));
    AwsSettings {
        region: profile.aws.region.as_deref().map(|code| NamedRegion::of_aws(code, from())),
        endpoint_url: profile.aws.endpoint_url.clone(),
        credentials: match method {
            AwsMethod::DefaultChain => AwsCredentials::DefaultChain,
            AwsMethod::SharedProfile => AwsCredentials::SharedProfile(shared_name),
            AwsMethod::Sso => AwsCredentials::Sso(shared_name),
            AwsMethod::AssumeRole => AwsCredentials::AssumeRole {
                role_arn: role_arn.unwrap_or_default(),
                session_name: Some("alchemy".to_owned()),
                external_id: None,
                source_profile: shared,
            },
            AwsMethod::StaticKeys => AwsCredentials::StaticKeys {
                access_key_id: access_key_id.unwrap_or_default(),
                secret_access_key: secret_access_key.unwrap_or_default(),
                session_token,
            },
        },
        explicit: profile.explicit,
    }
}

/// Why we do not know who we are.
fn unreached(profile: &ResolvedProfile, error: &ProviderError, endpoint: Option<&str>) -> Failure {
    let credentials = error.kind == ProviderErrorKind::Credentials;
    let (code, what) = match error.kind {
        ProviderErrorKind::Credentials => ("credentials", "the credentials were not accepted"),
        ProviderErrorKind::Invalid => ("cloud", "the settings for AWS cannot work"),
        _ => ("cloud", "AWS could not be asked"),
    };
    let mut why = error.to_string().trim_end_matches('.').to_owned();
    if let Some(code) = &error.code {
        why = format!("{why} ({code})");
    }
    if let (ProviderErrorKind::Unreachable, Some(endpoint)) = (error.kind, endpoint) {
        why = format!("{why}; the endpoint is {endpoint}");
    }
    let mut found =
        Diagnostic::error(code, format!("{what} (profile `{}`)", printable(&profile.name)))
            .detail(printable(&format!("{why}. Nothing was changed.")));
    if let Some(advice) = &error.advice {
        found = found.help(advice.clone());
    }
    if credentials && profile.aws.method == AwsMethod::DefaultChain {
        found = found.help("say how to authenticate: `alchemy profile create --help`, or name a profile with --profile");
    }
    found.into()
}
