//! Which operation of which service a request is, from what the protocols put on the wire.

use std::fmt;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};
use http_body_util::Full;
use serde_json::Value;

/// One call of an AWS API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Signing name: `s3`, `sqs`, `lambda`, `iam`, `logs`, `sts`.
    pub service: String,
    /// Operation, as the service's reference spells it.
    pub operation: String,
    /// The object it is about, as far as the request says.
    pub target: String,
    /// Whether it may change something.
    pub changing: bool,
    /// The request's body, as text.
    pub body: String,
    /// The request's path.
    pub path: String,
    /// Under which condition it is made: `if-match` or `if-none-match`, with its value.
    pub condition: Option<String>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.service, self.operation, self.target)
    }
}

impl Call {
    pub(super) fn of(parts: &Parts, body: &Bytes) -> Self {
        let service = service(parts);
        let text = String::from_utf8_lossy(body).into_owned();
        let (operation, target) = match service.as_str() {
            "s3" => s3(parts),
            "lambda" => lambda(parts, &text),
            "iam" | "sts" => query(&text),
            _ => json(parts, &text),
        };
        let reads = ["Get", "List", "Describe", "Head", "Filter", "Assume", "Unknown"];
        let changing = !reads.iter().any(|read| operation.starts_with(read));
        let condition = ["if-match", "if-none-match"].into_iter().find_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some(format!("{name}: {value}"))
        });
        let path = parts.uri.path().to_owned();
        Self { service, operation, target, changing, body: text, path, condition }
    }

    /// `sqs:CreateQueue`
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// An error in the form that this service gives errors.
    pub(super) fn error(&self, status: u16, code: &str, message: &str) -> Response<Full<Bytes>> {
        let id = "00000000-refused-by-proxy";
        let text = match self.service.as_str() {
            "s3" => format!(
                "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
            ),
            "iam" | "sts" => format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
            ),
            "lambda" => serde_json::json!({ "Type": "User", "Message": message }).to_string(),
            _ => {
                serde_json::json!({ "__type": format!("com.amazonaws#{code}"), "message": message })
                    .to_string()
            }
        };
        Response::builder()
            .status(status)
            .header("x-amzn-errortype", code)
            .header("x-amzn-requestid", id)
            .header("x-amz-request-id", id)
            .body(Full::new(Bytes::from(text)))
            .expect("a response")
    }
}

/// From the credential's scope; a request without one is S3's.
fn service(parts: &Parts) -> String {
    let authorization = parts
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let scope = authorization.split("Credential=").nth(1).and_then(|rest| rest.split(',').next());
    scope.and_then(|scope| scope.split('/').nth(3)).unwrap_or("s3").to_owned()
}

fn s3(parts: &Parts) -> (String, String) {
    let path = parts.uri.path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let query = parts.uri.query().unwrap_or_default();
    let first = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    let setting = first
        .filter(|name| !name.starts_with("x-id"))
        .find(|name| !name.is_empty())
        .unwrap_or_default();
    let what = match (setting, key.is_empty()) {
        ("tagging", _) => "BucketTagging",
        ("versioning", _) => "BucketVersioning",
        ("encryption", _) => "BucketEncryption",
        ("publicAccessBlock", _) => "PublicAccessBlock",
        ("cors", _) => "BucketCors",
        ("lifecycle", _) => "BucketLifecycleConfiguration",
        ("ownershipControls", _) => "BucketOwnershipControls",
        ("versions", _) => "ObjectVersions",
        ("object-lock", _) => "ObjectLockConfiguration",
        ("policy", _) => "BucketPolicy",
        ("location", _) => "BucketLocation",
        ("delete", _) => return ("DeleteObjects".to_owned(), bucket.to_owned()),
        (_, true) if bucket.is_empty() => return ("ListBuckets".to_owned(), String::new()),
        (_, true) => "Bucket",
        (_, false) => "Object",
    };
    let operation = match parts.method {
        Method::PUT if what == "Bucket" => "CreateBucket".to_owned(),
        Method::GET if what == "Bucket" => "ListObjectsV2".to_owned(),
        Method::HEAD => format!("Head{what}"),
        Method::PUT => format!("Put{what}"),
        Method::DELETE => format!("Delete{what}"),
        Method::POST => format!("Post{what}"),
        _ => format!("Get{what}"),
    };
    (operation, bucket.to_owned())
}

fn lambda(parts: &Parts, body: &str) -> (String, String) {
    let path = decoded(parts.uri.path());
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).skip(1).collect();
    let named = |field: &str| field_of(body, field);
    let (method, target) = (&parts.method, segments.get(1).copied().unwrap_or_default().to_owned());
    let verb = match *method {
        Method::POST => "Create",
        Method::PUT => "Update",
        Method::DELETE => "Delete",
        _ => "Get",
    };
    let operation = match segments.as_slice() {
        ["functions"] if *method == Method::POST => {
            return ("CreateFunction".to_owned(), named("FunctionName"));
        }
        ["functions"] => "ListFunctions".to_owned(),
        ["functions", _] => format!("{verb}Function"),
        ["functions", _, "configuration"] if *method == Method::GET => {
            "GetFunctionConfiguration".to_owned()
        }
        ["functions", _, "configuration"] => "UpdateFunctionConfiguration".to_owned(),
        ["functions", _, "code"] => "UpdateFunctionCode".to_owned(),
        ["functions", _, "policy"] if *method == Method::POST => "AddPermission".to_owned(),
        ["functions", _, "policy"] => "GetPolicy".to_owned(),
        ["functions", _, "policy", _] => "RemovePermission".to_owned(),
        ["functions", _, "url"] => format!("{verb}FunctionUrlConfig"),
        ["functions", _, "concurrency"] if *method == Method::PUT => {
            "PutFunctionConcurrency".to_owned()
        }
        ["functions", _, "concurrency"] => format!("{verb}FunctionConcurrency"),
        ["functions", _, "invocations"] => "Invoke".to_owned(),
        ["event-source-mappings"] if *method == Method::POST => {
            return ("CreateEventSourceMapping".to_owned(), named("FunctionName"));
        }
        ["event-source-mappings"] => "ListEventSourceMappings".to_owned(),
        ["event-source-mappings", _] => format!("{verb}EventSourceMapping"),
        ["tags", ..] => match *method {
            Method::GET => "ListTags".to_owned(),
            Method::DELETE => "UntagResource".to_owned(),
            _ => "TagResource".to_owned(),
        },
        _ => "UnknownLambda".to_owned(),
    };
    (operation, target)
}

/// The query protocol: `Action=…&RoleName=…`.
fn query(body: &str) -> (String, String) {
    let field = |wanted: &str| {
        body.split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| decoded(value))
    };
    let target = ["RoleName", "PolicyArn", "PolicyName"]
        .iter()
        .find_map(|name| field(name))
        .unwrap_or_default();
    (field("Action").unwrap_or_else(|| "Unknown".to_owned()), target)
}

/// JSON protocols: `X-Amz-Target: AmazonSQS.CreateQueue`.
fn json(parts: &Parts, body: &str) -> (String, String) {
    let target = parts
        .headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("?.Unknown");
    let operation = target.rsplit('.').next().unwrap_or("Unknown").to_owned();
    let about = ["QueueName", "QueueUrl", "logGroupName", "resourceArn"]
        .iter()
        .map(|field| field_of(body, field));
    (operation, about.into_iter().find(|text| !text.is_empty()).unwrap_or_default())
}

fn field_of(body: &str, field: &str) -> String {
    let value: Option<Value> = serde_json::from_str(body).ok();
    value.and_then(|value| Some(value.get(field)?.as_str()?.to_owned())).unwrap_or_default()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let escaped = (byte == b'%').then(|| [rest.next(), rest.next()]);
        match escaped {
            Some([Some(high), Some(low)]) => {
                let digits = [high, low];
                let code = std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok());
                bytes.push(code.unwrap_or(b'?'));
            }
            Some(_) => bytes.push(b'%'),
            None => bytes.push(if byte == b'+' { b' ' } else { byte }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
