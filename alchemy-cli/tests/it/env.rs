//! A folder and an environment of its own for each test, and a command's output as one text.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A test's own project folder and home.
pub(crate) struct TestEnv {
    temp: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command printed and how it ended.
#[must_use]
pub(crate) struct CommandOutput {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: i32,
}

impl TestEnv {
    /// An empty project, user `sam`, no other variables.
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().expect("the test's own files and commands");
        let env = Self { temp, variables: Vec::new() };
        fs::create_dir_all(env.project()).expect("the test's own files and commands");
        fs::create_dir_all(env.home()).expect("the test's own files and commands");
        env
    }
    /// The project's folder; commands run here.
    pub(crate) fn project(&self) -> PathBuf {
        self.root().join("photos")
    }
    /// The user's home.
    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home")
    }
    fn root(&self) -> PathBuf {
        self.temp.path().canonicalize().expect("the test's own files and commands")
    }
    /// With a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }
    /// Writes a file of the project.
    pub(crate) fn write(&self, path: impl AsRef<Path>, text: &str) -> &Self {
        let path = self.project().join(path);
        fs::create_dir_all(path.parent().expect("the test's own files and commands"))
            .expect("the test's own files and commands");
        fs::write(path, text).expect("the test's own files and commands");
        self
    }
    /// Reads a file of the project.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> String {
        fs::read_to_string(self.project().join(path)).expect("the test's own files and commands")
    }
    /// Runs `alchemy` in the project's folder.
    pub(crate) fn run(&self, args: &[&str]) -> CommandOutput {
        self.run_in(&self.project(), args)
    }
    /// Runs `alchemy` in `folder`.
    pub(crate) fn run_in(&self, folder: &Path, args: &[&str]) -> CommandOutput {
        let output = Command::new(env!("CARGO_BIN_EXE_alchemy"))
            .args(args)
            .current_dir(folder)
            .env_clear()
            .env("HOME", self.home())
            .env("USER", "sam")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("the test's own files and commands");
        self.shown(&output)
    }
    fn shown(&self, output: &Output) -> CommandOutput {
        let root = self.root().display().to_string();
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .expect("the test's own files and commands")
                .replace(&root, "$TEST")
        };
        CommandOutput {
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            status: output.status.code().unwrap_or(-1),
        }
    }
}

impl std::fmt::Display for CommandOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (title, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                writeln!(f, "--- {title}\n{}", text.trim_end())?;
            }
        }
        write!(f, "--- status {}", self.status)
    }
}
