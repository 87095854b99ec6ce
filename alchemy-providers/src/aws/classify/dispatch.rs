//! Calls that got no answer: no credentials, no connection, silence, a reply that broke off.

use std::error::Error;
use std::time::Duration;

use alchemy_engine::{ProviderError, ProviderErrorKind};
use aws_credential_types::provider::error::CredentialsError;

use crate::aws::limits::ANSWER;

/// An error somewhere in a chain of causes.
type Cause<'a> = &'a (dyn Error + 'static);

/// Texts by which the HTTP client's errors tell that no connection came about; it has no types for it that reach us.
const NO_CONNECTION: [&str; 3] = ["connect error", "dns error", "tcp connect"];

/// Stands for an error code in errors about an answer that came but could not be read.
pub(in crate::aws) const UNREADABLE: &str = "UnreadableAnswer";

/// An answer came, but not whole, or not as the service's model has it.
pub(super) fn lost_reply(call: &str, status: u16) -> ProviderError {
    let message = format!("the answer (HTTP status {status}) could not be read");
    let lost = error(ProviderErrorKind::Transient, call, message, Some(HAD_EFFECT));
    ProviderError { code: Some(UNREADABLE.to_owned()), ..lost }
}

/// No answer in time.
pub(super) fn silent(call: &str, limit: Duration) -> ProviderError {
    let message = format!("the endpoint did not answer within {} s", limit.as_secs());
    error(ProviderErrorKind::Unreachable, call, message, Some(REACH))
}

/// The limit that passed: the HTTP client and the SDK tell it in their texts only (`… occurred after 14s`).
pub(super) fn limit(cause: Option<Cause<'_>>) -> Duration {
    let told = chain(cause).iter().find_map(|cause| {
        let text = cause.to_string();
        let (_, after) = text.split_once("occurred after ")?;
        after.split_once('s')?.0.parse().ok()
    });
    told.map_or(ANSWER, Duration::from_secs)
}

/// The request did not go out, or broke off.
pub(super) fn not_sent(
    call: &str,
    cause: Option<Cause<'_>>,
    timeout: bool,
    io: bool,
) -> ProviderError {
    let causes = chain(cause);
    if let Some(message) = causes.iter().find_map(|cause| no_credentials(*cause)) {
        return error(ProviderErrorKind::Credentials, call, message, Some(SIGN_IN));
    }
    let text = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let unconnected = NO_CONNECTION.iter().any(|part| text.contains(part));
    if unconnected {
        let reason = causes.last().map(ToString::to_string).unwrap_or_default();
        return error(
            ProviderErrorKind::Unreachable,
            call,
            format!("the endpoint cannot be reached: {reason}"),
            Some(REACH),
        );
    }
    if timeout {
        return silent(call, limit(cause));
    }
    let broke_off = io || BROKE_OFF.iter().any(|part| text.contains(part));
    if broke_off {
        let message = format!(
            "the connection broke off: {}",
            causes.last().map(ToString::to_string).unwrap_or_default()
        );
        return error(ProviderErrorKind::Transient, call, message, Some(HAD_EFFECT));
    }
    error(ProviderErrorKind::Invalid, call, format!("the request could not be made: {text}"), None)
}

const HAD_EFFECT: &str = "The call may have had its effect: run the command again.";

/// How the HTTP client words an answer that never came whole.
const BROKE_OFF: &[&str] =
    &["connection closed", "connection reset", "broken pipe", "IncompleteMessage"];

const REACH: &str = "Check the network, the proxy settings, the region, and `endpoint_url` of the profile or AWS_ENDPOINT_URL.";

const SIGN_IN: &str = "Give credentials: choose a profile with --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in (`aws sso login`).";

fn chain(first: Option<Cause<'_>>) -> Vec<Cause<'_>> {
    std::iter::successors(first, |error| (*error).source()).collect()
}

fn no_credentials(cause: Cause<'_>) -> Option<String> {
    let error = cause.downcast_ref::<CredentialsError>()?;
    let causes: Vec<String> = chain(error.source()).iter().map(ToString::to_string).collect();
    let why = if causes.is_empty() { String::new() } else { format!(": {}", causes.join(": ")) };
    Some(match error {
        CredentialsError::CredentialsNotLoaded(_) => format!("no AWS credentials were found{why}"),
        CredentialsError::ProviderTimedOut(_) => {
            "the source of the AWS credentials did not answer in time".to_owned()
        }
        CredentialsError::InvalidConfiguration(_) => {
            format!("the AWS credentials are configured wrongly{why}")
        }
        _ => format!("AWS credentials could not be loaded{why}"),
    })
}

fn error(
    kind: ProviderErrorKind,
    call: &str,
    message: String,
    advice: Option<&str>,
) -> ProviderError {
    ProviderError {
        kind,
        call: call.to_owned(),
        code: None,
        message,
        request_id: None,
        advice: advice.map(str::to_owned),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;

    #[test]
    fn missing_credentials_are_found_inside_other_errors() {
        let inner = CredentialsError::not_loaded("no providers in chain provided credentials");
        let outer = ConnectorError::other(inner.into(), None);
        let found = not_sent("sqs:CreateQueue", Some(&outer), false, false);
        assert_eq!(found.kind, ProviderErrorKind::Credentials);
        assert!(found.message.starts_with("no AWS credentials were found"), "{}", found.message);
    }

    #[test]
    fn silence_names_the_limit_that_passed() {
        let told = |text: &'static str| {
            let cause = std::io::Error::other(text);
            not_sent("x:Y", Some(&cause), true, false).message
        };
        assert!(told("HTTP read timeout occurred after 430s").ends_with("within 430 s"));
        assert!(told("HTTP connect timeout occurred after 3s").ends_with("within 3 s"));
        assert!(told("silence").ends_with("within 10 s"));
    }

    #[test]
    fn refused_silent_and_broken_connections_differ() {
        let refused = std::io::Error::other("tcp connect error");
        assert_eq!(
            not_sent("x:Y", Some(&refused), false, true).kind,
            ProviderErrorKind::Unreachable
        );
        let broken = std::io::Error::other("connection closed before message completed");
        assert_eq!(not_sent("x:Y", Some(&broken), false, true).kind, ProviderErrorKind::Transient);
        assert_eq!(
            not_sent("x:Y", Some(&broken), true, false).kind,
            ProviderErrorKind::Unreachable
        );
        assert_eq!(not_sent("x:Y", None, false, false).kind, ProviderErrorKind::Invalid);
    }
}
