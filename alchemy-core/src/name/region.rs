//! Codes of regions. Which there are changes every year; a typing mistake shows in the shape.

use super::InvalidName;

/// How much of a text is looked at for a suggestion, in characters.
const LOOKED_AT: usize = 32;

/// Takes the code of an AWS region: two to four letters, words and a number of one or two digits, joined with `-`
/// (`eu-central-1`, `us-gov-west-1`, `us-iso-east-1`, `eusc-de-east-1`; botocore's `partitions.json`). Refuses anything
/// else, with the nearest code where one can be told.
pub fn check_region(text: &str) -> Result<(), InvalidName> {
    if is_region(text) {
        return Ok(());
    }
    let message = "it should look like `eu-central-1`".to_owned();
    Err(InvalidName { message, at: None, suggestion: nearest(text) })
}

fn is_region(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let mut parts = text.split('-');
    let (Some(area), Some(number)) = (parts.next(), parts.next_back()) else { return false };
    let mut words = parts.peekable();
    (2..=4).contains(&area.len())
        && word(area)
        && words.peek().is_some()
        && words.all(word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// `EU_Central1` is `eu-central-1`, and so is the availability zone `eu-central-1a`.
fn nearest(text: &str) -> Option<String> {
    let mut fixed = String::new();
    for c in text.trim().chars().take(LOOKED_AT) {
        let c = if matches!(c, '_' | ' ' | '.') { '-' } else { c.to_ascii_lowercase() };
        if c.is_ascii_digit() && fixed.ends_with(|before: char| before.is_ascii_lowercase()) {
            fixed.push('-');
        }
        fixed.push(c);
    }
    let numbered = |rest: &&str| rest.ends_with(|c: char| c.is_ascii_digit());
    let zone = fixed.strip_suffix(|c: char| c.is_ascii_lowercase()).filter(numbered);
    let code = zone.unwrap_or(&fixed);
    is_region(code).then(|| code.to_owned())
}
