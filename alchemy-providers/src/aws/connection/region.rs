//! The region, checked before anything is asked of it: a mistyped one is the name of a host that does not exist.

use std::env;

use alchemy_core::check_region;
use alchemy_engine::{ProviderError, ProviderErrorKind};

use super::settings::AwsSettings;

/// Variables that name a region, in the order in which the SDK looks at them.
const VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The code of the error that says that nobody names a region.
pub const MISSING_REGION: &str = "MissingRegion";

/// Why there is no region: nobody names one.
pub(super) fn missing() -> ProviderError {
    let advice = "Set AWS_REGION, or `region` in a profile: `alchemy profile create --help`.";
    let missing = refused("no region is configured".to_owned(), advice.to_owned());
    ProviderError { code: Some(MISSING_REGION.to_owned()), ..missing }
}

/// Refuses what cannot be the code of a region of AWS; says where it came from.
pub(super) fn check(settings: &AwsSettings, region: &str) -> Result<(), ProviderError> {
    if settings.region.as_ref().is_some_and(|named| named.elsewhere) {
        return Ok(());
    }
    let Err(error) = check_region(region) else { return Ok(()) };
    let from = origin(settings, region);
    let advice = match &error.suggestion {
        Some(code) => format!("Correct {from}: did you mean `{code}`?"),
        None => format!("Correct {from}."),
    };
    let message = format!("`{region}`, from {from}, is no region: {error}");
    Err(refused(message, advice))
}

fn refused(message: String, advice: String) -> ProviderError {
    ProviderError {
        kind: ProviderErrorKind::Invalid,
        call: "finding the AWS region".to_owned(),
        code: None,
        message,
        request_id: None,
        advice: Some(advice),
        retry_after: None,
    }
}

/// Who named the region that counts. The SDK does not say, so the places are gone through in its order.
fn origin(settings: &AwsSettings, region: &str) -> String {
    if let Some(named) = &settings.region {
        return named.from.clone();
    }
    if let Some(profile) = settings.credentials.shared_profile().filter(|_| settings.explicit) {
        return format!("`region` of `{profile}` in the AWS configuration, or the environment");
    }
    let variable =
        VARIABLES.into_iter().find(|name| env::var(name).is_ok_and(|value| !value.is_empty()));
    match variable.filter(|name| env::var(name).is_ok_and(|value| value == region)) {
        Some(name) => format!("${name}"),
        None => "`region` in the AWS configuration".to_owned(),
    }
}
