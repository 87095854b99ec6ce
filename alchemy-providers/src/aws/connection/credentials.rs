//! Credentials and region, from what the profile says.

use aws_config::SdkConfig;
use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::region::Region;

use super::settings::{AwsCredentials, AwsSettings};

/// How a role's session is called when the profile gives no name.
const SESSION: &str = "alchemy";

/// The region to use instead of what the SDK would find by itself.
pub(super) fn region(settings: &AwsSettings) -> Option<RegionProviderChain> {
    if let Some(region) = &settings.region {
        return Some(RegionProviderChain::first_try(Region::new(region.code.clone())));
    }
    let profile = settings.credentials.shared_profile().filter(|_| settings.explicit)?;
    let named = ProfileFileRegionProvider::builder().profile_name(profile).build();
    let rest = DefaultRegionChain::builder().profile_name(profile).build();
    Some(RegionProviderChain::first_try(named).or_else(rest))
}

/// The credentials to use instead of what the SDK finds by itself; none: its own chain, with the profile as its
/// shared files' one. `base` is the configuration without them.
pub(super) async fn provider(
    settings: &AwsSettings,
    base: &SdkConfig,
) -> Option<SharedCredentialsProvider> {
    match &settings.credentials {
        AwsCredentials::DefaultChain => None,
        AwsCredentials::SharedProfile(_) if !settings.explicit => None,
        AwsCredentials::SharedProfile(name) | AwsCredentials::Sso(name) => {
            Some(profile(name, base))
        }
        AwsCredentials::AssumeRole { role_arn, session_name, external_id, source_profile } => {
            let source = source_profile.as_deref().map(|name| profile(name, base));
            let source = source.or_else(|| base.credentials_provider())?;
            let mut role = AssumeRoleProvider::builder(role_arn).configure(base);
            role = role.session_name(session_name.as_deref().unwrap_or(SESSION));
            if let Some(id) = external_id {
                role = role.external_id(id);
            }
            Some(SharedCredentialsProvider::new(role.build_from_provider(source).await))
        }
        AwsCredentials::StaticKeys { access_key_id, secret_access_key, session_token } => {
            let token = session_token.clone();
            let keys =
                Credentials::new(access_key_id, secret_access_key, token, None, "alchemy profile");
            Some(SharedCredentialsProvider::new(keys))
        }
    }
}

fn profile(name: &str, base: &SdkConfig) -> SharedCredentialsProvider {
    let config = ProviderConfig::without_region().with_region(base.region().cloned());
    let provider =
        ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build();
    SharedCredentialsProvider::new(provider)
}
