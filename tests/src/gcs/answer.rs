//! Answers, and errors in the service's form.
//! <https://cloud.google.com/storage/docs/xml-api/reference-status>

use bytes::Bytes;
use http::Response;
use http_body_util::Full;

use super::xml::escaped;

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// HTTP status.
    pub(super) status: u16,
    /// The error's code, of a refusal.
    pub(super) code: Option<&'static str>,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// An answer without a body.
pub(super) fn empty(status: u16) -> Answer {
    Answer { status, code: None, headers: Vec::new(), body: Bytes::new() }
}

/// A document.
pub(super) fn document(text: String) -> Answer {
    let mut answer = empty(200).header("content-type", "application/xml; charset=UTF-8");
    answer.body = text.into();
    answer
}

/// A refusal.
pub(super) fn refused(status: u16, code: &'static str, message: &str) -> Answer {
    let text = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{}</Message></Error>",
        escaped(message)
    );
    Answer { status, code: Some(code), ..document(text) }
}

/// The refusal of a bucket that is not there.
pub(super) fn no_bucket() -> Answer {
    refused(404, "NoSuchBucket", "The specified bucket does not exist.")
}

/// The refusal of an object that is not there.
pub(super) fn no_key() -> Answer {
    refused(404, "NoSuchKey", "The specified key does not exist.")
}

/// The refusal of a condition that does not hold.
pub(super) fn precondition() -> Answer {
    refused(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold.",
    )
}

/// The refusal of what this service does not know, or does not let pass.
pub(super) fn not_implemented(what: &str) -> Answer {
    refused(501, "NotImplemented", what)
}

impl Answer {
    /// With one more header.
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With bytes.
    pub(super) fn body(mut self, bytes: Bytes) -> Self {
        self.body = bytes;
        self
    }

    /// Without the document.
    pub(super) fn bare(self) -> Self {
        Self { code: self.code, ..empty(self.status) }
    }

    pub(super) fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response.body(Full::new(self.body)).expect("a response")
    }
}
