//! What is wrong with a settings file, without quoting it.

/// The line and the message without the offending line's text: it may hold a secret.
pub(super) fn place(text: &str, error: &toml::de::Error) -> String {
    let line =
        |span: std::ops::Range<usize>| text[..span.start.min(text.len())].matches('\n').count() + 1;
    match error.span() {
        Some(span) => format!("line {}: {}", line(span), error.message()),
        None => error.message().to_owned(),
    }
}
