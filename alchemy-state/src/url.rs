//! Where state is, in one text: `file:`, `s3://bucket/prefix?region=&endpoint=`, `gs://bucket/prefix?endpoint=`.

use std::fmt;
use std::path::{Path, PathBuf};

use url::{Url, form_urlencoded};

/// The place of a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StateUrl {
    /// A folder of this machine; absolute.
    File(PathBuf),
    /// A bucket of S3, or of a store that speaks its protocol.
    S3 {
        /// The bucket.
        bucket: String,
        /// Folder in the bucket, without slashes around it; may be empty.
        prefix: String,
        /// The bucket's region; else that of the credentials.
        region: Option<String>,
        /// The service's address, if it is not AWS's.
        endpoint: Option<String>,
    },
    /// A bucket of Google Cloud Storage.
    Gcs {
        /// The bucket.
        bucket: String,
        /// Folder in the bucket, without slashes around it; may be empty.
        prefix: String,
        /// The service's address, if it is not Google's.
        endpoint: Option<String>,
    },
}

/// A text that names no store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no place for state: {reason}")]
pub struct StateUrlError {
    /// What was given.
    pub text: String,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

impl StateUrl {
    /// Takes a URL, or a path without a scheme. Relative paths are taken from `base`.
    ///
    /// Refuses unknown schemes and parameters, names that the service would refuse, and credentials: a URL is shown,
    /// logged and committed.
    pub fn parse(text: &str, base: &Path) -> Result<Self, StateUrlError> {
        parse(text, base).map_err(|reason| StateUrlError { text: text.to_owned(), reason })
    }
}

fn parse(text: &str, base: &Path) -> Result<StateUrl, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if let Some(path) = text.strip_prefix("file:") {
        return file(path, base);
    }
    let Some((scheme, _)) = text.split_once("://") else {
        return Ok(StateUrl::File(base.join(text)));
    };
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials do not belong into it; use a profile".to_owned());
    }
    if url.port().is_some() || url.fragment().is_some() {
        return Err(format!("it should look like `{scheme}://bucket/prefix`"));
    }
    let bucket = url.host_str().unwrap_or_default().to_owned();
    match scheme {
        "s3" => {
            check_bucket(&bucket, 63, b"-.")?;
            let [region, endpoint] = parameters(&url, ["region", "endpoint"])?;
            Ok(StateUrl::S3 {
                bucket,
                prefix: prefix(&url)?,
                region: check_region(region)?,
                endpoint: check_endpoint(endpoint)?,
            })
        }
        "gs" => {
            check_bucket(&bucket, 222, b"-._")?;
            let [endpoint] = parameters(&url, ["endpoint"])?;
            Ok(StateUrl::Gcs { bucket, prefix: prefix(&url)?, endpoint: check_endpoint(endpoint)? })
        }
        other => Err(format!("`{other}:` is none of `file:`, `s3:`, `gs:`")),
    }
}

/// What stands after `file:`: a path, or `//` and an absolute one.
fn file(path: &str, base: &Path) -> Result<StateUrl, String> {
    let path = match path.strip_prefix("//") {
        Some(absolute) if absolute.starts_with('/') => absolute,
        Some(_) => {
            return Err("a file is on this machine: `file:/absolute` or `file:relative`".to_owned());
        }
        None => path,
    };
    if path.is_empty() {
        return Err("the path is missing".to_owned());
    }
    Ok(StateUrl::File(base.join(path)))
}

/// Naming rules: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>,
/// <https://cloud.google.com/storage/docs/buckets#naming>.
fn check_bucket(bucket: &str, longest: usize, marks: &[u8]) -> Result<(), String> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = bucket.as_bytes();
    if bytes.is_empty() {
        return Err("the bucket is missing".to_owned());
    }
    if let Some(bad) = bucket
        .chars()
        .find(|char| !char.is_ascii() || !(good(*char as u8) || marks.contains(&(*char as u8))))
    {
        return Err(format!("a bucket's name cannot hold `{bad}`"));
    }
    if bytes.len() < 3 || bytes.len() > longest {
        return Err(format!("a bucket's name has 3 to {longest} characters"));
    }
    if !good(bytes[0]) || !good(bytes[bytes.len() - 1]) {
        return Err("a bucket's name begins and ends with a letter or a digit".to_owned());
    }
    Ok(())
}

/// The folder in the bucket. Only characters that need no escape anywhere.
fn prefix(url: &Url) -> Result<String, String> {
    let path = url.path().trim_matches('/');
    let good = |char: char| char.is_ascii_alphanumeric() || "._-=@+~/".contains(char);
    if let Some(bad) = path.chars().find(|char| !good(*char)) {
        return Err(format!(
            "a prefix cannot hold `{bad}`; letters, digits and `._-=@+~/` are good"
        ));
    }
    if path.contains("//") {
        return Err("a prefix has no empty parts".to_owned());
    }
    Ok(path.to_owned())
}

fn parameters<const N: usize>(url: &Url, known: [&str; N]) -> Result<[Option<String>; N], String> {
    let mut values = [const { None }; N];
    for (name, value) in url.query_pairs() {
        let Some(place) = known.iter().position(|known| *known == name) else {
            return Err(format!("parameter `{name}` is none of: {}", known.join(", ")));
        };
        if values[place].replace(value.into_owned()).is_some() {
            return Err(format!("parameter `{name}` is there twice"));
        }
    }
    Ok(values)
}

fn check_region(region: Option<String>) -> Result<Option<String>, String> {
    match region {
        Some(region)
            if region.is_empty()
                || !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') =>
        {
            Err(format!("`{region}` is no region"))
        }
        region => Ok(region),
    }
}

fn check_endpoint(endpoint: Option<String>) -> Result<Option<String>, String> {
    let Some(text) = endpoint else { return Ok(None) };
    let bad = || format!("`{text}` is no endpoint: it should look like `https://host:port`");
    let url = Url::parse(&text).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https")
        || url.host_str().is_none()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(bad());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials do not belong into an endpoint; use a profile".to_owned());
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

impl fmt::Display for StateUrl {
    /// The text that [`StateUrl::parse`] takes back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, bucket, prefix, parameters) = match self {
            // Two slashes at its beginning would be read as those of a URL.
            Self::File(path) if path.as_os_str().as_encoded_bytes().starts_with(b"//") => {
                return write!(f, "file://{}", path.display());
            }
            Self::File(path) => return write!(f, "file:{}", path.display()),
            Self::S3 { bucket, prefix, region, endpoint } => {
                ("s3", bucket, prefix, vec![("region", region), ("endpoint", endpoint)])
            }
            Self::Gcs { bucket, prefix, endpoint } => {
                ("gs", bucket, prefix, vec![("endpoint", endpoint)])
            }
        };
        write!(f, "{scheme}://{bucket}")?;
        if !prefix.is_empty() {
            write!(f, "/{prefix}")?;
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in parameters {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => Ok(()),
            query => write!(f, "?{query}"),
        }
    }
}
