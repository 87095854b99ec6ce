//! Who may use whom: the table of `ARCHITECTURE.md`, held against `cargo metadata`.

use serde_json::Value;

use crate::process::{self, Failure, Result};

/// Crate, and our crates that it may depend on (normal dependencies).
const ARROWS: &[(&str, &[&str])] = &[
    ("alchemy-core", &[]),
    ("alchemy-state", &["alchemy-core"]),
    ("alchemy-engine", &["alchemy-core", "alchemy-state"]),
    ("alchemy-program", &["alchemy-core"]),
    ("alchemy-providers", &["alchemy-core", "alchemy-engine"]),
    ("alchemy-lsp", &["alchemy-core", "alchemy-program", "alchemy-providers", "alchemy-state"]),
    (
        "alchemy-cli",
        &[
            "alchemy-core",
            "alchemy-engine",
            "alchemy-lsp",
            "alchemy-program",
            "alchemy-providers",
            "alchemy-state",
        ],
    ),
    ("alchemy-tests", &["alchemy-core", "alchemy-engine", "alchemy-providers", "alchemy-state"]),
    ("xtask", &[]),
];

/// Outside crates that only one of ours may name.
const OWNED: &[(&str, &[&str])] = &[
    ("rquickjs", &["alchemy-program"]),
    ("rolldown", &["alchemy-program"]),
    ("oxc", &["alchemy-program"]),
    ("tower-lsp", &["alchemy-lsp"]),
    ("clap", &["alchemy-cli"]),
    ("indicatif", &["alchemy-cli"]),
    ("fs2", &["alchemy-state"]),
    ("object_store", &["alchemy-state", "alchemy-tests"]),
    (
        "tokio",
        &[
            "alchemy-state",
            "alchemy-engine",
            "alchemy-program",
            "alchemy-providers",
            "alchemy-cli",
            "alchemy-lsp",
            "alchemy-tests",
        ],
    ),
];

pub(super) fn check() -> Result<Vec<String>> {
    let text = process::output(&mut process::cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]))?;
    let metadata: Value =
        serde_json::from_str(&text).map_err(|e| Failure::new(format!("cargo metadata: {e}")))?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let mut findings = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            findings.push(format!("{name}: not in the table of crates (xtask/src/tidy/arrows.rs)"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            findings.extend(judge(name, allowed, dependency));
        }
    }
    Ok(findings)
}

fn judge(name: &str, allowed: &[&str], dependency: &Value) -> Option<String> {
    let on = dependency["name"].as_str().unwrap_or_default();
    let normal = dependency["kind"].is_null();
    if !normal {
        return None;
    }
    if on.starts_with("alchemy-") && !allowed.contains(&on) {
        return Some(format!("{name} may not depend on {on}"));
    }
    let owners = OWNED.iter().find(|(known, _)| *known == on).map(|(_, owners)| *owners);
    let aws = (on.starts_with("aws-") && name != "alchemy-providers")
        .then_some(&["alchemy-providers"][..]);
    match owners.or(aws) {
        Some(owners) if !owners.contains(&name) => {
            Some(format!("{name} may not depend on {on}: it belongs to {}", owners.join(", ")))
        }
        _ => None,
    }
}
