//! A request, taken apart: bucket, key, query, headers, body.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::request::Parts;

use super::answer::{Answer, refused};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// HTTP method.
    pub method: String,
    /// The bucket; empty for the service itself.
    pub bucket: String,
    /// The object's key; empty for the bucket itself.
    pub key: String,
    /// The query's parameters.
    pub query: BTreeMap<String, String>,
    /// The headers, in lower-case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Bytes,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.method, self.bucket, self.key)?;
        for (name, value) in &self.query {
            write!(f, " {name}={value}")?;
        }
        match self.generation() {
            Some(generation) => write!(f, " if generation {generation}"),
            None => Ok(()),
        }
    }
}

impl Asked {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The generation that the object must have; 0 for none.
    pub fn generation(&self) -> Option<&str> {
        self.header("x-goog-if-generation-match")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A parameter's value.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Takes a request apart; refuses one that is malformed.
    pub(super) fn of(parts: &Parts, body: Bytes) -> Result<Self, Answer> {
        let path = parts.uri.path();
        let path = path.strip_prefix('/').ok_or_else(|| bad("the path is no path"))?;
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let mut headers = BTreeMap::new();
        for (name, value) in &parts.headers {
            let value = value.to_str().map_err(|_| bad("a header is not ASCII"))?;
            if headers.insert(name.to_string(), value.to_owned()).is_some() {
                return Err(bad("a header is there twice"));
            }
        }
        let mut query = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes())
        {
            if query.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(bad("a parameter is there twice"));
            }
        }
        Ok(Self {
            method: parts.method.to_string(),
            bucket: decoded(bucket)?,
            key: decoded(key)?,
            query,
            headers,
            body,
        })
    }
}

/// Undoes percent-encoding: strict, and not for `+`, which stands for itself in a path.
pub(super) fn decoded(text: &str) -> Result<String, Answer> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let code = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.ok_or_else(|| bad("a percent sign without two digits"))?);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).map_err(|_| bad("a name is not UTF-8"))
}

fn bad(why: &str) -> Answer {
    refused(400, "InvalidURI", why)
}
