//! Error codes and their kinds.

use alchemy_engine::ProviderErrorKind as Kind;

const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException.Throttled",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "KMS.ThrottlingException",
];

const TRANSIENT: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceException",
    "ServiceFailure",
    "ServiceFailureException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
];

/// Something must first have passed or become visible.
const NOT_YET: &[&str] = &["AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently"];

/// Something else is in the way for now.
const CONFLICT: &[&str] = &[
    "ConcurrentModification",
    "ConcurrentModificationException",
    "ConflictException",
    "DeleteConflict",
    "DeleteConflictException",
    "EntityTemporarilyUnmodifiable",
    "OperationAborted",
    "OperationAbortedException",
    "PreconditionFailedException",
    "ResourceConflictException",
    "ResourceInUseException",
];

const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "AuthorizationError",
    "KMS.AccessDeniedException",
    "OptInRequired",
    "UnauthorizedOperation",
];

const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "UnrecognizedClientException",
];

const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

const SIGNATURE: &[&str] = &["InvalidSignatureException", "SignatureDoesNotMatch"];

const SKEWED: &[&str] = &["RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"];

/// The kind of an answer. Codes count before the HTTP status; a code may carry a namespace (`…#Code`).
pub(super) fn kind(code: Option<&str>, message: &str, status: u16) -> Kind {
    let code = code.map_or("", plain);
    let any = |codes: &[&str]| codes.contains(&code);
    if any(EXPIRED) || any(CREDENTIALS) || any(SIGNATURE) || is_skewed(Some(code), message) {
        Kind::Credentials
    } else if any(THROTTLED) || status == 429 {
        Kind::Throttled
    } else if any(NOT_YET) {
        Kind::NotYet
    } else if any(CONFLICT) {
        Kind::Conflict
    } else if code == "BucketAlreadyExists" {
        Kind::NameTaken
    } else if any(TRANSIENT) {
        Kind::Transient
    } else if any(DENIED) || status == 403 || status == 401 {
        Kind::Denied
    } else if status >= 500 {
        Kind::Transient
    } else {
        Kind::Invalid
    }
}

/// Whether the clocks differ too much. Query services say it only in the text of a signature error.
pub(super) fn is_skewed(code: Option<&str>, message: &str) -> bool {
    let code = code.map_or("", plain);
    let told =
        ["Signature expired", "Signature not yet current", "request time and the current time"];
    SKEWED.contains(&code) || told.iter().any(|text| message.contains(text))
}

/// Whether temporary credentials have run out.
pub(super) fn is_expired(code: Option<&str>) -> bool {
    EXPIRED.contains(&code.map_or("", plain))
}

fn plain(code: &str) -> &str {
    code.rsplit('#').next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_is_told_from_a_wrong_key() {
        let text = "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z";
        assert!(is_skewed(Some("InvalidSignatureException"), text));
        assert!(!is_skewed(Some("SignatureDoesNotMatch"), "Check your key and signing method."));
    }

    #[test]
    fn a_namespace_before_the_code_does_not_matter() {
        assert_eq!(
            kind(Some("com.amazon.coral.service#ThrottlingException"), "", 400),
            Kind::Throttled
        );
    }

    #[test]
    fn no_code_is_in_two_lists() {
        let lists = [
            THROTTLED,
            TRANSIENT,
            NOT_YET,
            CONFLICT,
            DENIED,
            CREDENTIALS,
            EXPIRED,
            SIGNATURE,
            SKEWED,
        ];
        let all: Vec<&str> = lists.concat();
        let mut unique = all.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(all.len(), unique.len());
    }
}
