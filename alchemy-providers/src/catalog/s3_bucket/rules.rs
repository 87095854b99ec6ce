//! Bucket names given by hand. Source: "General purpose bucket naming rules".

const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// The first rule that `name` breaks, as a sentence.
pub(super) fn broken(name: &str) -> Option<String> {
    if let Some(c) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '-')) {
        return Some(format!("`{c}` is not one of lower-case letters, digits, dots and hyphens."));
    }
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !edge(name.chars().next()) || !edge(name.chars().next_back()) {
        return Some("It must begin and end with a letter or digit.".to_owned());
    }
    if name.contains("..") {
        return Some("Two dots in a row are not allowed.".to_owned());
    }
    if name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok()) {
        return Some("It must not look like an IP address.".to_owned());
    }
    let prefix = RESERVED_PREFIXES.iter().find(|p| name.starts_with(**p));
    if let Some(prefix) = prefix {
        return Some(format!("Names that begin with `{prefix}` are reserved."));
    }
    let suffix = RESERVED_SUFFIXES.iter().find(|s| name.ends_with(**s))?;
    Some(format!("Names that end with `{suffix}` are reserved."))
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn rules_of_the_naming_page() {
        let good = ["abc", "my.bucket-1", "1.2.3", "a--b"];
        for name in good {
            assert_eq!(broken(name), None, "{name}");
        }
        let bad = [
            ("My-bucket", "`M` is not"),
            ("my_bucket", "`_` is not"),
            ("-abc", "begin and end"),
            ("abc.", "begin and end"),
            ("a..b", "Two dots"),
            ("192.168.5.4", "IP address"),
            ("xn--abc", "`xn--`"),
            ("abc-s3alias", "`-s3alias`"),
            ("abc--table-s3", "`--table-s3`"),
        ];
        for (name, says) in bad {
            let rule = broken(name).expect(name);
            assert!(rule.contains(says), "{name}: {rule}");
        }
    }
}
