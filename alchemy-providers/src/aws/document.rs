//! Policy documents: JSON that is compared as a value, whatever its spacing, key order or URL encoding.
//!
//! "IAM and AWS STS quotas" and the API pages of `GetRole`, `GetRolePolicy` and `GetPolicyVersion`: documents are
//! returned URL-encoded as RFC 3986 says (a `+` stands for itself).

use alchemy_core::Value;

/// The document as the text that a call sends.
pub(super) fn to_text(document: &Value) -> String {
    match document.exposed() {
        Value::Str(text) => text,
        other => other.to_json(),
    }
}

/// The document that a read call returned, URL-encoded or plain; a text that is no JSON stays a text.
pub(super) fn from_text(text: &str) -> Value {
    let plain =
        if text.trim_start().starts_with('{') { text.to_owned() } else { percent_decoded(text) };
    serde_json::from_str(&plain).map_or_else(|_| Value::Str(plain.clone()), |json| from_json(&json))
}

/// Whether two documents say the same. A text is read first, so that `"{}"` equals `{}`.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    let read = |value: &Value| match value.exposed() {
        Value::Str(text) => from_text(&text),
        other => other,
    };
    read(a) == read(b)
}

fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => n.as_f64().map_or(Value::Null, Value::Num),
        serde_json::Value::String(text) => Value::str(text),
        serde_json::Value::Array(items) => Value::List(items.iter().map(from_json).collect()),
        serde_json::Value::Object(members) => {
            Value::map(members.iter().map(|(k, v)| (k, from_json(v))))
        }
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let decoded = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_and_plain_documents_are_the_same_value() {
        let plain = r#"{"Statement": [{"Resource": "*", "Effect": "Allow", "Sid": "a+b"}]}"#;
        let encoded = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Resource%22%3A%22*%22%2C%22Sid%22%3A%22a+b%22%7D%5D%7D";
        assert_eq!(from_text(plain), from_text(encoded));
        assert!(same(&Value::str(plain), &from_text(encoded)));
        assert!(!same(&Value::str("{}"), &from_text(encoded)));
        assert_eq!(from_text(&to_text(&from_text(plain))), from_text(plain));
    }

    #[test]
    fn broken_percent_signs_stay_as_they_are() {
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%41%é"), "%zzA%é");
    }
}
