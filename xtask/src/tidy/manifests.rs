//! Manifests inherit lints and versions; a crate's own `clippy.toml` repeats the root's thresholds.

use std::fs;
use std::path::Path;

use crate::process::{Failure, Result};

pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let thresholds = thresholds(&root.join("clippy.toml"))?;
    for entry in fs::read_dir(root)? {
        let folder = entry?.path();
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let table = parse(&manifest)?;
        if table
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool)
            != Some(true)
        {
            findings.push(format!(
                "{name}/Cargo.toml: lints are not inherited (`[lints] workspace = true`)"
            ));
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let dependencies = table.get(section).and_then(toml::Value::as_table);
            for (dependency, value) in dependencies.into_iter().flatten() {
                // A crate that depends on itself turns its own test features on.
                let itself = value.get("path").and_then(toml::Value::as_str) == Some(".");
                if value.get("workspace").is_none() && !itself {
                    findings.push(format!("{name}/Cargo.toml: `{dependency}` names its version; it belongs into the workspace"));
                }
            }
        }
        let own = folder.join("clippy.toml");
        if own.is_file() && self::thresholds(&own)? != thresholds {
            findings.push(format!("{name}/clippy.toml: thresholds differ from the root's"));
        }
    }
    Ok(findings)
}

fn parse(file: &Path) -> Result<toml::Table> {
    let text = fs::read_to_string(file)?;
    text.parse().map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}

fn thresholds(file: &Path) -> Result<Vec<(String, toml::Value)>> {
    Ok(parse(file)?
        .into_iter()
        .filter(|(key, _)| key.ends_with("-threshold") || key.starts_with("allow-"))
        .collect())
}
