//! Which names in a service's list may be ours, before their tags are asked for.

/// Shortest name that can have been shortened: each type has room for at least 63 characters, and only trailing
/// separators are dropped beyond what must go.
const SHORTENED: usize = 32;

/// Prefix to list with: the first character of every name under `prefix`, shortened or not.
pub(super) fn list_prefix(prefix: &str) -> String {
    prefix.chars().take(1).collect()
}

/// Whether a name can be one of ours under `prefix` (`myapp-pr-147-`), whole or shortened. For services whose names
/// have no `_`: there `-` does not separate only.
pub(super) fn may_be_ours(name: &str, prefix: &str) -> bool {
    let name = name.strip_prefix("x-").unwrap_or(name);
    name.starts_with(prefix) || (name.len() >= SHORTENED && name.get(..1) == prefix.get(..1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_shortened_names_are_candidates() {
        let long = format!("my-p-{}-7b2cxk4qm3", "u".repeat(45));
        for name in ["myapp-pr-147-uploads-7b2cxk4qm3", "x-myapp-pr-147-a-7b2cxk4qm3", &long] {
            assert!(may_be_ours(name, "myapp-pr-147-"), "{name}");
        }
        for name in ["logs", "other-bucket", "mine"] {
            assert!(!may_be_ours(name, "myapp-pr-147-"), "{name}");
        }
        assert_eq!(list_prefix("myapp-dev-"), "m");
    }
}
