//! Source files: header, length, names, and words that have no place in them.

use std::path::Path;

/// Where a file holds more than one subject for sure.
const MAX_LINES: usize = 1000;

/// Module names that say nothing.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc"];

pub(super) fn check(file: &Path, text: &str) -> Vec<String> {
    let shown = file.display();
    let mut findings = Vec::new();
    if !text.starts_with("//!") && !text.starts_with("#!") {
        findings.push(format!("{shown}: does not open with `//!` and what it is for"));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        findings.push(format!("{shown}: {lines} lines; split it by subject"));
    }
    if file.file_stem().is_some_and(|stem| EMPTY_NAMES.contains(&&*stem.to_string_lossy())) {
        findings.push(format!("{shown}: name it after its subject"));
    }
    if is_product(file) {
        for (number, line) in text.lines().enumerate() {
            findings.extend(word(line).map(|why| format!("{shown}:{}: {why}", number + 1)));
        }
    }
    findings
}

fn is_product(file: &Path) -> bool {
    let text = file.to_string_lossy();
    text.starts_with("alchemy-") && text.contains("/src/") && !text.ends_with("tests.rs")
}

/// Why a line of product code may not stay, if so.
fn word(line: &str) -> Option<&'static str> {
    let lower = line.to_lowercase();
    if lower.contains("ministack") || lower.contains("moto_server") || lower.contains("localstack")
    {
        return Some("product code knows no emulator");
    }
    if line.contains("#[ignore") || line.contains("#[should_panic") {
        return Some("a test that does not run, or that hides which panic it wants");
    }
    if line.contains("todo!(") || line.contains("unimplemented!(") {
        return Some("unfinished code");
    }
    if line.contains("#[allow(") {
        return Some("`#[expect(lint, reason = …)]` instead of `allow`");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_finds_its_case() {
        let found = |file: &str, text: &str| check(Path::new(file), text).len();
        assert_eq!(found("alchemy-core/src/name.rs", "//! Names.\n"), 0);
        assert_eq!(found("alchemy-core/src/name.rs", "fn f() {}\n"), 1);
        assert_eq!(found("alchemy-core/src/utils.rs", "//! Things.\n"), 1);
        assert_eq!(
            found("alchemy-core/src/long.rs", &format!("//! Long.\n{}", "\n".repeat(1000))),
            1
        );
        assert_eq!(found("alchemy-cli/src/a.rs", "//! A.\nif ministack {}\n"), 1);
        assert_eq!(found("tests/e2e/a.rs", "//! A.\nministack();\n"), 0);
    }
}
