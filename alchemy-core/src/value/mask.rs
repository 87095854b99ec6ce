//! Words of others with the redacted values in them taken out: a service's error quotes what it was sent.

use std::collections::BTreeSet;
use std::fmt;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use zeroize::Zeroizing;

use super::{Value, write_json_string};

/// Shorter spellings are taken out only where they stand alone: `1` is in every request id.
const STANDS_ALONE: usize = 4;

/// Shorter lines of a text are not looked for by themselves (`}` of a key file says nothing).
const LINE: usize = 8;

/// What stands in a redacted value's place.
const MASK: &str = "<redacted>";

/// Takes the redacted leaves of some values out of texts, in every spelling that services quote them in: as they are, one
/// line of them, escaped in JSON (once or twice, `/` as it is or as `\/`) or XML, URL-encoded, base64 of both alphabets.
#[derive(Clone, Default)]
pub struct Mask {
    /// Longest first, so that no spelling is cut by a shorter one inside it.
    spellings: Vec<Zeroizing<String>>,
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} spellings)", self.spellings.len())
    }
}

impl Mask {
    /// A mask of every redacted leaf in `values` whose plain value is known.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut leaves = BTreeSet::new();
        values.into_iter().for_each(|value| secret_leaves(value, false, &mut leaves));
        let spelt: BTreeSet<String> = leaves.iter().flat_map(|leaf| spellings(leaf)).collect();
        let mut spellings: Vec<_> = spelt.into_iter().map(Zeroizing::new).collect();
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        Self { spellings }
    }

    /// `text` without them.
    #[must_use]
    pub fn applied(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for spelling in self.spellings.iter().filter(|spelling| !spelling.is_empty()) {
            if spelling.len() >= STANDS_ALONE {
                if text.contains(spelling.as_str()) {
                    text = text.replace(spelling.as_str(), MASK);
                }
            } else {
                text = without_word(&text, spelling);
            }
        }
        text
    }
}

fn secret_leaves(value: &Value, secret: bool, out: &mut BTreeSet<String>) {
    match value {
        Value::Secret(hidden) => {
            hidden.expose().into_iter().for_each(|plain| secret_leaves(plain, true, out));
        }
        Value::List(items) => items.iter().for_each(|item| secret_leaves(item, secret, out)),
        Value::Map(members) => members.values().for_each(|m| secret_leaves(m, secret, out)),
        Value::Str(text) if secret => {
            out.insert(text.clone());
            let lines = text.lines().map(str::trim).filter(|line| line.len() >= LINE);
            out.extend(lines.map(str::to_owned));
        }
        Value::Num(_) if secret => {
            out.insert(value.to_json());
        }
        Value::Null | Value::Bool(_) | Value::Num(_) | Value::Str(_) => {}
    }
}

fn spellings(leaf: &str) -> Vec<String> {
    let json = |text: &str| {
        let mut quoted = String::new();
        write_json_string(text, &mut quoted);
        quoted[1..quoted.len() - 1].to_owned()
    };
    let slashed = |text: &str| text.replace('/', "\\/");
    let once = [json(leaf), slashed(&json(leaf))];
    let twice = once.iter().flat_map(|text| [json(text), slashed(&json(text))]);
    let mut all: Vec<String> = twice.collect();
    all.extend(once);
    let url = url_encoded(leaf);
    let xml = leaf.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    all.extend([
        xml.replace('"', "&quot;"),
        xml.replace('"', "&#34;"),
        xml,
        url.replace("%20", "+"),
        url,
        BASE64.encode(leaf.as_bytes()),
        BASE64_NOPAD.encode(leaf.as_bytes()),
        BASE64URL.encode(leaf.as_bytes()),
        BASE64URL_NOPAD.encode(leaf.as_bytes()),
        leaf.to_owned(),
    ]);
    all
}

fn url_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    out
}

/// `text` with `word` taken out wherever no letter or digit stands beside it.
fn without_word(text: &str, word: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside = joined(before.chars().next_back().or_else(|| out.chars().next_back()))
            || joined(after.chars().next());
        out.push_str(before);
        out.push_str(if inside { word } else { MASK });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secret, SecretHasher};

    fn secret(plain: impl Into<Value>) -> Value {
        Value::Secret(Secret::new(plain.into(), &SecretHasher::new([7; 32])))
    }

    #[test]
    fn every_spelling_of_a_redacted_leaf_goes_and_nothing_else() {
        let plain = "p/ss \"wörd\" <&> 1";
        let value = Value::map([("TOKEN", secret(plain)), ("REGION", Value::str("us-east-1"))]);
        let mask = Mask::of([&value]);
        for spelt in spellings(plain) {
            let said = mask.applied(&format!("Value '{spelt}' of us-east-1 is refused"));
            assert_eq!(said, "Value '<redacted>' of us-east-1 is refused", "{spelt}");
        }
        assert!(!format!("{mask:?}").contains("wörd"));
    }

    /// As other programs write them, not as this one does.
    #[test]
    fn escaped_slashes_and_base64_without_padding_go() {
        let json = Mask::of([&secret("p/s\"s/w")]);
        for spelt in [
            "p/s\"s/w",
            r#"p/s\"s/w"#,
            r#"p\/s\"s\/w"#,
            r#"p/s\\\"s/w"#,
            r#"p\\/s\\\"s\\/w"#,
            r#"p\\\/s\\\"s\\\/w"#,
        ] {
            assert_eq!(json.applied(&format!("<{spelt}>")), "<<redacted>>", "{spelt}");
        }
        let base64 = Mask::of([&secret("a>b?c>d?")]);
        for spelt in
            ["YT5iP2M+ZD8=", "YT5iP2M+ZD8", "YT5iP2M-ZD8=", "YT5iP2M-ZD8", "YT5iP2M-ZD8%3D"]
        {
            assert!(!base64.applied(spelt).contains("YT5i"), "{spelt}");
        }
    }

    #[test]
    fn leaves_inside_a_redacted_value_and_single_lines_count_numbers_too() {
        let inner = Value::map([("user", Value::str("jane.doe")), ("pin", Value::int(90210))]);
        let pem = "-----BEGIN KEY-----\nMIIBVAIBADANBgkq\n-----END KEY-----";
        let mask = Mask::of([&secret(inner), &secret(pem)]);
        let said = mask.applied("jane.doe/90210 at MIIBVAIBADANBgkq; also \"MIIBVAIBADANBgkq\\n\"");
        assert_eq!(said, "<redacted>/<redacted> at <redacted>; also \"<redacted>\\n\"");
    }

    #[test]
    fn a_short_one_goes_where_it_stands_alone() {
        let mask = Mask::of([&secret("ab"), &secret(Value::int(1))]);
        assert_eq!(
            mask.applied("ab is about cab, (ab) 'ab' 1 of 11"),
            "<redacted> is about cab, (<redacted>) '<redacted>' <redacted> of 11"
        );
    }

    #[test]
    fn what_is_not_known_or_empty_changes_nothing() {
        let mask = Mask::of([&Value::Secret(Secret::sealed("d1".to_owned())), &secret("")]);
        assert_eq!(mask.applied("d1 said no"), "d1 said no");
    }
}
