//! Checks of structure that no compiler makes. Also run as a test.

mod arrows;
mod manifests;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{self, Failure, Result};

/// Runs all checks and lists every finding.
pub(crate) fn run() -> Result<()> {
    let root = process::root();
    let files = rust_files(&root)?;
    let mut findings = arrows::check()?;
    findings.extend(manifests::check(&root)?);
    for file in &files {
        let text = fs::read_to_string(root.join(file))?;
        findings.extend(sources::check(file, &text));
    }
    if findings.is_empty() {
        process::say(&format!("tidy: {} files, nothing found\n", files.len()));
        return Ok(());
    }
    Err(Failure::new(format!("tidy found\n{}", findings.join("\n"))))
}

/// Rust files under version control or about to be, relative to `root`.
fn rust_files(root: &Path) -> Result<Vec<PathBuf>> {
    let listed = process::output(
        process::command(
            "git",
            &["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"],
        )
        .current_dir(root),
    )?;
    Ok(listed.lines().map(PathBuf::from).filter(|file| root.join(file).is_file()).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_tidy() {
        super::run().map_err(|failure| failure.to_string()).unwrap();
    }
}
