//! The one place that looks at the clock.

/// Now.
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Now as records have it: RFC 3339, whole seconds, UTC.
pub(crate) fn now_text() -> String {
    now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
