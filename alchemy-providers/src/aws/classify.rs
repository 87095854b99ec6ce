//! What a failed call means, and what to do about it.
//!
//! Sources: "Common errors" of each service's API reference, "Error responses" (Amazon S3), "Error retries and
//! exponential backoff in AWS".

mod advice;
mod codes;
mod dispatch;

use std::error::Error;
use std::time::Duration;

use alchemy_engine::ProviderError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId as _;

pub(super) use dispatch::UNREADABLE;

/// Longest message of a service that is passed on, in characters: some send whole web pages.
const MESSAGE: usize = 600;

/// The failure of `call` (`sqs:CreateQueue`) as the engine understands it. Holds what the service said about the
/// request, never what the request held.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
pub(super) fn classify<E>(call: &str, error: SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let request_id = error.request_id().map(str::to_owned);
    match &error {
        // A success that the SDK could not make sense of.
        SdkError::ServiceError(context) if context.raw().status().is_success() => ProviderError {
            request_id,
            ..dispatch::lost_reply(call, context.raw().status().as_u16())
        },
        SdkError::ServiceError(context) => {
            let metadata = context.err().meta();
            let status = context.raw().status().as_u16();
            let retry_after =
                context.raw().headers().get("retry-after").and_then(|text| text.parse().ok());
            let answer = Answer { code: metadata.code(), message: metadata.message(), status };
            ProviderError {
                request_id,
                retry_after: retry_after.map(Duration::from_secs),
                ..answer.classify(call)
            }
        }
        SdkError::ResponseError(context) => ProviderError {
            request_id,
            ..dispatch::lost_reply(call, context.raw().status().as_u16())
        },
        SdkError::TimeoutError(_) => dispatch::silent(call, dispatch::limit(error.source())),
        SdkError::DispatchFailure(failure) => {
            let connector = failure.as_connector_error();
            dispatch::not_sent(
                call,
                connector.map(|e| e as &(dyn Error + 'static)),
                failure.is_timeout(),
                failure.is_io(),
            )
        }
        other => dispatch::not_sent(call, other.source(), false, false),
    }
}

/// What a service answered.
#[derive(Clone, Copy, Debug)]
struct Answer<'a> {
    code: Option<&'a str>,
    message: Option<&'a str>,
    status: u16,
}

impl Answer<'_> {
    fn classify(self, call: &str) -> ProviderError {
        let message = self.message.unwrap_or_default();
        let kind = codes::kind(self.code, message, self.status);
        ProviderError {
            kind,
            call: call.to_owned(),
            code: self.code.map(str::to_owned),
            message: self.text(),
            request_id: None,
            advice: advice::of(kind, call, self.code, message),
            retry_after: None,
        }
    }

    fn text(self) -> String {
        let said: String = self.message.unwrap_or_default().chars().take(MESSAGE).collect();
        match (self.code, said.as_str()) {
            (Some(code), "") => code.to_owned(),
            (Some(code), said) => format!("{code}: {said}"),
            (None, "") => format!("HTTP status {}", self.status),
            (None, said) => format!("{said} (HTTP status {})", self.status),
        }
    }
}

#[cfg(test)]
mod tests {
    use alchemy_engine::ProviderErrorKind;

    use super::*;

    fn kind_of(code: &str, message: &str, status: u16) -> ProviderErrorKind {
        Answer { code: Some(code), message: Some(message), status }.classify("x:Y").kind
    }

    #[test]
    fn a_service_error_carries_code_request_id_and_pause() {
        let mut raw = HttpResponse::new(
            503.try_into().expect("a status"),
            aws_smithy_types::body::SdkBody::empty(),
        );
        raw.headers_mut().insert("x-amzn-requestid", "req-1");
        raw.headers_mut().insert("retry-after", "7");
        let meta = aws_smithy_types::error::ErrorMetadata::builder()
            .code("SlowDown")
            .message("Please reduce")
            .build();
        let error = aws_sdk_sqs::operation::create_queue::CreateQueueError::generic(meta);
        let found = classify("sqs:CreateQueue", SdkError::service_error(error, raw));
        assert_eq!(found.kind, ProviderErrorKind::Throttled);
        assert_eq!(found.code.as_deref(), Some("SlowDown"));
        assert_eq!(found.request_id.as_deref(), Some("req-1"));
        assert_eq!(found.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(
            found.to_string(),
            "sqs:CreateQueue: SlowDown: Please reduce (request id req-1)"
        );
    }

    #[test]
    fn codes_of_the_documentation_fall_into_their_kinds() {
        use ProviderErrorKind as K;
        let rows = [
            ("ThrottlingException", "", 400, K::Throttled),
            ("TooManyRequestsException", "", 429, K::Throttled),
            ("ServiceUnavailable", "", 503, K::Transient),
            ("Mystery", "", 500, K::Transient),
            ("AWS.SimpleQueueService.QueueDeletedRecently", "", 400, K::NotYet),
            ("DeleteConflict", "", 409, K::Conflict),
            ("OperationAborted", "", 409, K::Conflict),
            ("BucketAlreadyExists", "", 409, K::NameTaken),
            ("AccessDenied", "", 403, K::Denied),
            ("Mystery", "", 403, K::Denied),
            ("ExpiredToken", "", 400, K::Credentials),
            ("SignatureDoesNotMatch", "", 403, K::Credentials),
            ("RequestTimeTooSkewed", "", 403, K::Credentials),
            ("InvalidParameterValue", "", 400, K::Invalid),
            ("NoSuchBucket", "", 404, K::Invalid),
        ];
        for (code, message, status, kind) in rows {
            assert_eq!(kind_of(code, message, status), kind, "{code} {status}");
        }
    }

    #[test]
    fn an_answer_without_code_and_text_names_its_status() {
        let answer = Answer { code: None, message: None, status: 403 }.classify("s3:HeadBucket");
        assert_eq!(
            (answer.kind, answer.message.as_str()),
            (ProviderErrorKind::Denied, "HTTP status 403")
        );
    }

    #[test]
    fn a_web_page_is_cut() {
        let page = "x".repeat(100_000);
        let answer =
            Answer { code: None, message: Some(&page), status: 502 }.classify("s3:HeadBucket");
        assert!(answer.message.len() < 700, "{}", answer.message.len());
    }
}
