//! Which operation a request is, and what it does.

use bytes::Bytes;
use http::request::Parts;
use jiff::fmt::rfc2822;

use super::TOKEN;
use super::answer::{Answer, document, empty, no_key, not_implemented, refused};
use super::asked::{Asked, decoded};
use super::condition;
use super::listing;
use super::objects::{Object, World};
use super::range::range;
use super::upload;
use super::xml::element;

/// Settings of an object that are headers of the request that writes it and of every answer that gives it out.
const KEPT: [&str; 5] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
];

/// What the metadata server answers, if it is asked.
/// <https://cloud.google.com/compute/docs/access/authenticate-workloads#applications>
pub(super) fn token(parts: &Parts) -> Option<Answer> {
    if parts.uri.path() != "/computeMetadata/v1/instance/service-accounts/default/token" {
        return None;
    }
    if parts.headers.get("metadata-flavor").is_none_or(|flavor| flavor != "Google") {
        return Some(empty(403));
    }
    let text =
        format!("{{\"access_token\":\"{TOKEN}\",\"expires_in\":3599,\"token_type\":\"Bearer\"}}");
    Some(empty(200).header("content-type", "application/json").body(text.into()))
}

/// Does what is asked. `open`: no token is asked for.
pub(super) fn answer(world: &mut World, open: bool, parts: &Parts, body: Bytes) -> (Asked, Answer) {
    let asked = match Asked::of(parts, body) {
        Ok(asked) => asked,
        Err(answer) => {
            let nothing = Asked {
                method: parts.method.to_string(),
                bucket: String::new(),
                key: parts.uri.path().to_owned(),
                query: std::collections::BTreeMap::new(),
                headers: std::collections::BTreeMap::new(),
                body: Bytes::new(),
            };
            return (nothing, answer);
        }
    };
    let bearer = asked.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let answer = if open || bearer == Some(TOKEN) {
        operate(world, &asked).unwrap_or_else(|refusal| refusal)
    } else {
        refused(401, "AuthenticationRequired", "Authentication required.")
    };
    let answer = if asked.method == "HEAD" && answer.code.is_some() {
        // There is no body to say more in.
        answer.bare()
    } else {
        answer
    };
    (asked, answer)
}

fn operate(world: &mut World, asked: &Asked) -> Result<Answer, Answer> {
    let known: Vec<&str> = asked.query.keys().map(String::as_str).collect();
    let of_listing =
        ["continuation-token", "delimiter", "list-type", "max-keys", "prefix", "start-after"];
    if asked.key.is_empty() {
        return match asked.method.as_str() {
            "GET" if known.iter().all(|name| of_listing.contains(name)) => {
                listing::list(world, asked)
            }
            _ => Err(not_implemented(&asked.to_string())),
        };
    }
    match (asked.method.as_str(), known.as_slice()) {
        ("GET" | "HEAD", [] | ["generation"]) => get(world, asked),
        ("PUT", []) if asked.header("x-goog-copy-source").is_some() => copy(world, asked),
        ("PUT", []) => put(world, asked),
        ("PUT", ["partNumber", "uploadId"]) => {
            with_length(asked)?;
            without_condition(asked)?;
            upload::put_part(world, asked)
        }
        ("POST", ["uploads"]) => {
            without_condition(asked)?;
            upload::begin(world, asked)
        }
        ("POST", ["uploadId"]) => {
            without_condition(asked)?;
            upload::complete(world, asked)
        }
        ("DELETE", []) => delete(world, asked),
        ("DELETE", ["uploadId"]) => upload::abort(world, asked),
        _ => Err(not_implemented(&asked.to_string())),
    }
}

/// An upload in parts takes no condition.
fn without_condition(asked: &Asked) -> Result<(), Answer> {
    match asked.generation() {
        Some(_) => Err(not_implemented("an upload in parts takes no condition")),
        None => Ok(()),
    }
}

fn with_length(asked: &Asked) -> Result<(), Answer> {
    match asked.header("content-length").map(str::parse::<usize>) {
        Some(Ok(length)) if asked.body.len() == length => Ok(()),
        _ => Err(refused(411, "MissingContentLength", "You must provide the Content-Length.")),
    }
}

fn get(world: &World, asked: &Asked) -> Result<Answer, Answer> {
    let bucket = world.bucket(&asked.bucket)?;
    let object = match asked.parameter("generation") {
        None => bucket.objects.get(&asked.key),
        Some(generation) => {
            let number = generation.parse();
            let number =
                number.map_err(|_| refused(400, "InvalidArgument", "a generation is a number"))?;
            bucket.at(&asked.key, number)
        }
    };
    let object = object.ok_or_else(no_key)?;
    condition::of_reading(asked, object)?;
    let (status, bytes, part) = match asked.header("range") {
        None => (200, object.bytes.clone(), None),
        Some(header) => {
            let size = object.bytes.len();
            let range = range(header, size)?;
            let part = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            (206, object.bytes.slice(range), Some(part))
        }
    };
    let mut answer = described(empty(status), object);
    for (name, value) in &object.headers {
        answer = answer.header(name, value);
    }
    if let Some(part) = part {
        answer = answer.header("content-range", &part);
    }
    answer = answer.header("content-length", &bytes.len().to_string());
    Ok(if asked.method == "HEAD" { answer } else { answer.body(bytes) })
}

fn put(world: &mut World, asked: &Asked) -> Result<Answer, Answer> {
    with_length(asked)?;
    let present = world.bucket(&asked.bucket)?.objects.get(&asked.key);
    condition::of_write(asked, present)?;
    let headers = kept_headers(asked);
    let object = world.put(&asked.bucket, &asked.key, asked.body.clone(), headers)?;
    Ok(described(empty(200), &object))
}

fn copy(world: &mut World, asked: &Asked) -> Result<Answer, Answer> {
    let from = decoded(asked.header("x-goog-copy-source").unwrap_or_default())?;
    let from = from.strip_prefix('/').unwrap_or(&from);
    let (bucket, key) = from
        .split_once('/')
        .ok_or_else(|| refused(400, "InvalidArgument", "a copy's source is bucket/key"))?;
    let present = world.bucket(&asked.bucket)?.objects.get(&asked.key);
    condition::of_write(asked, present)?;
    let source = world.bucket(bucket)?.objects.get(key).ok_or_else(no_key)?.clone();
    let object = world.put(&asked.bucket, &asked.key, source.bytes, source.headers)?;
    let parts =
        [element("LastModified", &object.changed.to_string()), element("ETag", &object.tag())];
    let text = format!("<CopyObjectResult>{}</CopyObjectResult>", parts.concat());
    Ok(described(document(text), &object))
}

fn delete(world: &mut World, asked: &Asked) -> Result<Answer, Answer> {
    let present = world.bucket(&asked.bucket)?.objects.get(&asked.key);
    condition::of_write(asked, present)?;
    present.ok_or_else(no_key)?;
    world.remove(&asked.bucket, &asked.key)?;
    Ok(empty(204))
}

/// With what every answer about an object says of it.
pub(super) fn described(answer: Answer, object: &Object) -> Answer {
    let changed = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&object.changed);
    answer
        .header("etag", &object.tag())
        .header("x-goog-generation", &object.generation.to_string())
        .header("x-goog-metageneration", "1")
        .header("last-modified", &changed.expect("a date of our time"))
}

/// The headers of a write that stay with the object.
pub(super) fn kept_headers(asked: &Asked) -> Vec<(String, String)> {
    let kept = asked
        .headers
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.as_str()) || name.starts_with("x-goog-meta-"));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
