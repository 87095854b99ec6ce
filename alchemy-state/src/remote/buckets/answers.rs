//! What the client's errors mean for the protocol: refused, not done, or nobody knows.

use std::error::Error as _;
use std::io;

use object_store::Error;

use super::keys::NoKeys;
use crate::remote::objects::ObjectError;

/// Of a reading or a removal; `None`: the object is not there.
pub(super) fn read_error(error: &Error) -> Option<ObjectError> {
    match error {
        Error::NotFound { .. } if is_bucket_missing(error) => Some(ObjectError::NoBucket),
        Error::NotFound { .. } => None,
        other => Some(write_error(other)),
    }
}

/// Of a writing.
pub(super) fn write_error(error: &Error) -> ObjectError {
    let cause = |kind| io::Error::new(kind, explain(error));
    if is_bucket_missing(error) {
        return ObjectError::NoBucket;
    }
    match error {
        // S3 also says 409 while two conditional writes of one key meet: reading back tells who won.
        Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotModified { .. } => {
            ObjectError::Refused
        }
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            ObjectError::Failed(cause(io::ErrorKind::PermissionDenied))
        }
        Error::Generic { .. } if !never_done(error) => {
            ObjectError::Unknown(cause(io::ErrorKind::Other))
        }
        _ => ObjectError::Failed(cause(io::ErrorKind::Other)),
    }
}

/// Both services name it so in the body of their 404, which the client keeps in its error's text.
fn is_bucket_missing(error: &Error) -> bool {
    text(error).contains("<Code>NoSuchBucket</Code>")
}

/// Whether the request was not sent, or the service has said that it will not do it: a status of the 400s, but for
/// 408 and 429, or a redirect to another region.
fn never_done(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<NoKeys>() {
            return true;
        }
        source = cause.source();
    }
    let text = text(error);
    let status = text.split("status code: ").nth(1).unwrap_or_default();
    let refused =
        status.starts_with('4') && !status.starts_with("408") && !status.starts_with("429");
    refused || text.contains("redirect without LOCATION")
}

fn text(error: &Error) -> String {
    error.to_string()
}

/// What happened, for people: the service's own words if it has said any, else the innermost cause.
pub(super) fn explain(error: &Error) -> String {
    let text = text(error);
    if let Some((_, why)) = text.split_once("Error performing token request: ") {
        return format!("no token could be had for it: {}", why.lines().next().unwrap_or_default());
    }
    if let (Some(code), Some(message)) = (element(&text, "Code"), element(&text, "Message")) {
        return format!("{message} ({code})");
    }
    if text.contains("redirect without LOCATION") {
        return "the bucket is in another region: name it, `?region=…`".to_owned();
    }
    if let Some((_, status)) = text.split_once("status code: ") {
        let line = status.lines().next().unwrap_or_default();
        return format!("the store answered {}", line.trim_end_matches([':', ' ']));
    }
    let mut innermost = error.source();
    while let Some(deeper) = innermost.and_then(std::error::Error::source) {
        innermost = Some(deeper);
    }
    innermost.map_or(text, ToString::to_string)
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (content, _) = rest.split_once(&format!("</{name}>"))?;
    Some(content).filter(|content| !content.is_empty())
}
