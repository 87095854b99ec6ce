//! Questions.

use std::io::{BufRead, Read as _};

/// Longest answer that is read.
const ANSWER: u64 = 1024;

/// Whether the next line is a yes. End of input, an unreadable line and anything else are a no.
pub(super) fn yes(input: &mut dyn BufRead) -> bool {
    let mut line = Vec::new();
    if input.take(ANSWER).read_until(b'\n', &mut line).is_err() {
        return false;
    }
    matches!(String::from_utf8_lossy(&line).trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for (text, answer) in [
            ("y\n", true),
            ("YES \r\n", true),
            ("yes", true),
            ("", false),
            ("\n", false),
            ("n\n", false),
            ("yep\n", false),
            ("\u{0}y\n", false),
        ] {
            assert_eq!(yes(&mut text.as_bytes()), answer, "{text:?}");
        }
    }
}
