//! What the process was started in: read once, passed as a value, replaced by a table in tests.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

/// Everything a command takes from around it, the command line and the clock aside.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The process environment. Entries that are not Unicode are left out.
    pub variables: BTreeMap<String, String>,
    /// The working folder, absolute.
    pub folder: PathBuf,
    /// The machine's name.
    pub host: String,
    /// Our process id.
    pub pid: u32,
    /// Whether standard input is a terminal.
    pub stdin_terminal: bool,
    /// Whether standard output is a terminal.
    pub stdout_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_terminal: bool,
    /// Columns of standard error, if it is a terminal that says so.
    pub stderr_width: Option<usize>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            variables,
            folder: std::env::current_dir().unwrap_or_default(),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pid: std::process::id(),
            stdin_terminal: std::io::stdin().is_terminal(),
            stdout_terminal: std::io::stdout().is_terminal(),
            stderr_terminal: std::io::stderr().is_terminal(),
            stderr_width: console::Term::stderr().size_checked().map(|(_, columns)| columns.into()),
        }
    }
    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
    /// The user's name, for locks and messages.
    pub fn user(&self) -> String {
        let name = self
            .variable("USER")
            .or_else(|| self.variable("LOGNAME"))
            .or_else(|| self.variable("USERNAME"));
        name.unwrap_or("unknown").to_owned()
    }
    /// The user's home folder.
    pub fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").or_else(|| self.variable("USERPROFILE")).map(PathBuf::from)
    }
    /// `$ALCHEMY_HOME`, else `~/.alchemy`, else `.alchemy-home` in the working folder.
    pub fn alchemy_home(&self) -> PathBuf {
        if let Some(home) = self.variable("ALCHEMY_HOME") {
            return self.absolute(Path::new(home));
        }
        self.home().map_or_else(|| self.folder.join(".alchemy-home"), |home| home.join(".alchemy"))
    }
    /// Whether this is a CI run (`$CI`, not `false` or `0`).
    pub fn ci(&self) -> bool {
        self.variable("CI").is_some_and(|value| !matches!(value, "false" | "0"))
    }
    /// The CI run's page, where the CI service tells it.
    pub fn ci_url(&self) -> Option<String> {
        let github = || {
            let server = self.variable("GITHUB_SERVER_URL")?;
            let repository = self.variable("GITHUB_REPOSITORY")?;
            Some(format!("{server}/{repository}/actions/runs/{}", self.variable("GITHUB_RUN_ID")?))
        };
        let plain = ["CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL"];
        github().or_else(|| plain.iter().find_map(|name| self.variable(name)).map(str::to_owned))
    }
    /// `path`, if relative, from the working folder; `.` and `..` are resolved in the text.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        normal(&self.folder.join(path))
    }
    /// `path` as people would write it here: relative to the working folder where it lies under it.
    pub fn shown(&self, path: &Path) -> String {
        let relative = path
            .strip_prefix(&self.folder)
            .ok()
            .filter(|relative| !relative.as_os_str().is_empty());
        relative.unwrap_or(path).display().to_string()
    }
}

/// A path without `.` and `..`, by its text.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                result.pop();
            }
            part => result.push(part),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Surroundings {
        Surroundings {
            variables: variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            folder: PathBuf::from("/home/sam/photos"),
            ..Surroundings::default()
        }
    }

    #[test]
    fn empty_variables_count_as_unset() {
        let around = with(&[("CI", ""), ("USER", "")]);
        assert_eq!(around.variable("CI"), None);
        assert!(!around.ci());
        assert_eq!(around.user(), "unknown");
        assert!(with(&[("CI", "true")]).ci());
        assert!(!with(&[("CI", "false")]).ci());
    }

    #[test]
    fn paths_are_taken_from_the_working_folder() {
        let around = with(&[]);
        assert_eq!(around.absolute(Path::new("../x/./y")), PathBuf::from("/home/sam/x/y"));
        assert_eq!(around.absolute(Path::new("/tmp")), PathBuf::from("/tmp"));
        assert_eq!(around.shown(Path::new("/home/sam/photos/a/b")), "a/b");
        assert_eq!(around.shown(Path::new("/home/sam")), "/home/sam");
    }

    #[test]
    fn the_run_of_a_ci_service_is_named() {
        let github = with(&[
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_RUN_ID", "7"),
        ]);
        assert_eq!(github.ci_url().as_deref(), Some("https://github.com/o/r/actions/runs/7"));
        assert_eq!(with(&[("CI_JOB_URL", "https://x/1")]).ci_url().as_deref(), Some("https://x/1"));
        assert_eq!(with(&[]).ci_url(), None);
    }
}
