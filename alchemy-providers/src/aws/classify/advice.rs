//! What to do about a refusal.

use alchemy_engine::ProviderErrorKind as Kind;

use super::codes;

/// Advice for an answer of a service; none where the service's own words must do.
pub(super) fn of(kind: Kind, call: &str, code: Option<&str>, message: &str) -> Option<String> {
    let text = match kind {
        Kind::Credentials if codes::is_skewed(code, message) => {
            "This machine's clock differs too much from the service's: set it (for example by NTP) and try again.".to_owned()
        }
        Kind::Credentials if codes::is_expired(code) => {
            "The temporary credentials have expired: sign in again (`aws sso login`, or fetch new ones) and try again.".to_owned()
        }
        Kind::Credentials => {
            "The credentials are not accepted: check the profile's keys, or choose another profile with --profile.".to_owned()
        }
        Kind::Denied => denied(call, message),
        Kind::NameTaken => "The name belongs to another account: deploy again, which makes up another one, or choose another where the program gives the name.".to_owned(),
        Kind::Throttled => "The account makes too many requests: try again, perhaps with a lower --parallelism.".to_owned(),
        Kind::Transient => "A fault of the service: run the command again.".to_owned(),
        Kind::Conflict => "Something else is being done to the same object, or still uses it: run the command again.".to_owned(),
        Kind::NotYet => "It only needs time: run the command again.".to_owned(),
        Kind::Invalid => format!("Compare what the program says of the resource with the page of `{call}` in the service's API reference."),
        Kind::NotOurs | Kind::Unreachable => return None,
    };
    Some(text)
}

/// Which permission on which resource is missing, as far as the service says.
fn denied(call: &str, message: &str) -> String {
    let permission = word_after(message, "is not authorized to perform: ").unwrap_or(call);
    let who = word_after(message, "User: ")
        .map_or_else(|| "these credentials".to_owned(), |arn| format!("`{arn}`"));
    match word_after(message, "on resource: ") {
        Some(resource) => format!(
            "Allow `{permission}` on `{resource}` for {who}, or choose another profile with --profile."
        ),
        None => {
            format!("Allow `{permission}` for {who}, or choose another profile with --profile.")
        }
    }
}

fn word_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let word = text.split_once(before)?.1.split_whitespace().next()?;
    let word = word.trim_end_matches([',', '.', '"']);
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_names_permission_resource_and_caller() {
        let message = "User: arn:aws:iam::1:user/ci is not authorized to perform: sqs:createqueue on resource: arn:aws:sqs:eu-west-1:1:q because no identity-based policy allows it";
        let advice = of(Kind::Denied, "sqs:CreateQueue", Some("AccessDenied"), message);
        assert_eq!(
            advice.as_deref(),
            Some(
                "Allow `sqs:createqueue` on `arn:aws:sqs:eu-west-1:1:q` for `arn:aws:iam::1:user/ci`, or choose another profile with --profile."
            )
        );
        let bare = of(Kind::Denied, "s3:HeadBucket", None, "");
        assert_eq!(
            bare.as_deref(),
            Some(
                "Allow `s3:HeadBucket` for these credentials, or choose another profile with --profile."
            )
        );
    }

    #[test]
    fn a_refusal_names_the_page_to_look_at() {
        let advice = of(Kind::Invalid, "sqs:CreateQueue", Some("InvalidAttributeValue"), "");
        assert!(advice.is_some_and(|advice| advice.contains("`sqs:CreateQueue`")));
    }

    #[test]
    fn expired_credentials_and_clocks_have_their_own_advice() {
        let advice =
            |code, message| of(Kind::Credentials, "x:Y", Some(code), message).expect("advice");
        assert!(advice("ExpiredToken", "").contains("expired"));
        assert!(advice("RequestTimeTooSkewed", "").contains("clock"));
        assert!(advice("InvalidClientTokenId", "").contains("not accepted"));
    }
}
