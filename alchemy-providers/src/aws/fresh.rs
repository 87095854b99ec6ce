//! Principals that have just been made.

use alchemy_engine::{ProviderError, ProviderErrorKind};

use super::step::has_code;

/// How services say that a policy names a principal which they do not know: error code, and a part of the text. The
/// codes alone stand for many other faults of a request.
const UNKNOWN_PRINCIPAL: [(&str, &str); 4] = [
    // IAM: trust policies.
    ("MalformedPolicyDocument", "Invalid principal"),
    // S3: "PutBucketPolicy".
    ("MalformedPolicy", "Invalid principal in policy"),
    // Lambda: "AddPermission".
    ("InvalidParameterValueException", "The provided principal was invalid"),
    // SQS: "CreateQueue", "SetQueueAttributes".
    ("InvalidAttributeValue", "Invalid value for the parameter Policy"),
];

/// "Troubleshoot IAM": a principal that has just been made is refused in a policy until it is visible everywhere.
pub(super) fn fresh_principal(error: ProviderError) -> ProviderError {
    let fresh = UNKNOWN_PRINCIPAL
        .iter()
        .any(|(code, text)| has_code(&error, &[*code]) && error.message.contains(*text));
    if !fresh {
        return error;
    }
    let advice = "If the principal was made a moment ago it only needs time: run the command again. Otherwise correct its name.";
    ProviderError { kind: ProviderErrorKind::NotYet, advice: Some(advice.to_owned()), ..error }
}

#[cfg(test)]
mod tests {
    use super::super::step::refused;
    use super::*;

    fn kind(code: &str, message: &str) -> ProviderErrorKind {
        let error = refused(ProviderErrorKind::Invalid, "x:Y", message);
        fresh_principal(ProviderError { code: Some(code.to_owned()), ..error }).kind
    }

    #[test]
    fn only_an_unknown_principal_passes_with_time() {
        for (code, text) in UNKNOWN_PRINCIPAL {
            assert_eq!(
                kind(code, &format!("{code}: {text}.")),
                ProviderErrorKind::NotYet,
                "{code}"
            );
            assert_eq!(kind(code, "something else"), ProviderErrorKind::Invalid, "{code}");
            assert_eq!(kind("Other", text), ProviderErrorKind::Invalid, "{text}");
        }
    }
}
