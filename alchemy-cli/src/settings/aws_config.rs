//! Profiles of the AWS configuration, by name only: reading them is the AWS SDK's business.
//! Files and sections as in "Configuration and credential file settings" (AWS CLI user guide).

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::Surroundings;

/// Names of the profiles in `~/.aws/config` and `~/.aws/credentials` (`$AWS_CONFIG_FILE` and
/// `$AWS_SHARED_CREDENTIALS_FILE` move them). Files that are missing or unreadable hold none.
pub(super) fn aws_profiles(around: &Surroundings) -> BTreeSet<String> {
    let file = |variable: &str, name: &str| -> Option<PathBuf> {
        let moved = around.variable(variable).map(|path| around.absolute(path.as_ref()));
        moved.or_else(|| Some(around.home()?.join(".aws").join(name)))
    };
    let read = |path: Option<PathBuf>| {
        path.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default()
    };
    let config = read(file("AWS_CONFIG_FILE", "config"));
    let credentials = read(file("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
    let in_config = sections(&config).filter_map(|section| {
        if section == "default" {
            Some(section)
        } else {
            section.strip_prefix("profile ").map(str::trim)
        }
    });
    in_config.chain(sections(&credentials)).map(str::to_owned).collect()
}

fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let inside = line.trim().strip_prefix('[')?;
        Some(inside.split_once(']')?.0.trim())
    })
}
