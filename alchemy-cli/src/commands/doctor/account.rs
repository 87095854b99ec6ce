//! How AWS is reached: profile, credentials, account, region.

use std::collections::BTreeMap;

use super::finding::Finding;
use crate::commands::cloud::Cloud;
use crate::settings::{AwsMethod, ProfileOrigin, ProfilesFile, ResolvedProfile, Surroundings};

/// Everything about the profile that needs no network.
pub(super) fn profile(
    around: &Surroundings,
    environment: &BTreeMap<String, String>,
    profile: &ResolvedProfile,
) -> Vec<Finding> {
    let place = match profile.origin {
        ProfileOrigin::File => format!("in {}", around.shown(&ProfilesFile::path(around))),
        ProfileOrigin::AwsConfiguration => "in the AWS configuration".to_owned(),
        ProfileOrigin::BuiltIn => "built in".to_owned(),
    };
    let named = if profile.explicit { "" } else { "; nobody named one" };
    vec![
        Finding::good("profile", format!("{}, {place}{named}", profile.name)),
        Finding::good("credentials", source(environment, profile)),
    ]
}

/// Where credentials come from, as far as that is decided before they are asked for.
fn source(environment: &BTreeMap<String, String>, profile: &ResolvedProfile) -> String {
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let shared = profile.aws.profile.as_deref().unwrap_or_default();
    match profile.aws.method {
        AwsMethod::StaticKeys => "an access key in the profile".to_owned(),
        AwsMethod::SharedProfile => format!("profile `{shared}` of the AWS configuration"),
        AwsMethod::Sso => format!("single sign-on, profile `{shared}` of the AWS configuration"),
        AwsMethod::AssumeRole => {
            format!("the role {}", profile.aws.role_arn.as_deref().unwrap_or_default())
        }
        // The order of the SDK's default chain.
        AwsMethod::DefaultChain if set("AWS_ACCESS_KEY_ID").is_some() => {
            "the environment ($AWS_ACCESS_KEY_ID)".to_owned()
        }
        AwsMethod::DefaultChain => match set("AWS_PROFILE") {
            Some(name) => format!("profile `{name}` of the AWS configuration ($AWS_PROFILE)"),
            None if set("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() => {
                "a web identity ($AWS_WEB_IDENTITY_TOKEN_FILE)".to_owned()
            }
            None => {
                "what the AWS SDK finds: its configuration, the container, the machine".to_owned()
            }
        },
    }
}

/// Whom the credentials belong to, and where things live.
pub(super) async fn reached(profile: &ResolvedProfile) -> Vec<Finding> {
    let cloud = match Cloud::open(profile.clone(), None).await {
        Ok(cloud) => cloud,
        Err(failure) => return vec![Finding::failed("account", &failure)],
    };
    let mut findings = vec![match cloud.asked().await {
        Ok(target) => Finding::good("account", target.account),
        Err(failure) => Finding::failed("account", &failure),
    }];
    let region = cloud.connection.region().to_owned();
    findings.push(Finding::good(
        "region",
        match cloud.connection.endpoint_url() {
            Some(endpoint) => format!("{region}, at {endpoint}"),
            None => region,
        },
    ));
    findings
}
