//! The real binary, started in an environment that holds nothing by accident.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The `alchemy` that was built beside these tests.
///
/// # Panics
/// If it was not built: `cargo xtask test` builds it first.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let folder = test.parent().and_then(Path::parent).expect("target/<profile>/deps/<test>");
    let binary = folder.join("alchemy");
    assert!(
        binary.is_file(),
        "{} is not built: run `cargo build --workspace --bins`",
        binary.display()
    );
    binary
}

/// A command about to be started.
#[derive(Debug)]
pub struct Run {
    wrapper: Vec<String>,
    arguments: Vec<String>,
    folder: PathBuf,
    environment: BTreeMap<String, OsString>,
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Text for people.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

/// A command that runs.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    begun: Instant,
}

impl Run {
    /// `alchemy ARGUMENTS` in `folder`.
    pub fn new(folder: &Path, arguments: &[&str]) -> Self {
        let environment =
            BTreeMap::from([("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default())]);
        Self {
            wrapper: Vec::new(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            folder: folder.to_owned(),
            environment,
        }
    }

    /// With one more variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Without a variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// Through another program, which gets the command line as its last arguments.
    #[must_use]
    pub fn inside(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Starts it and comes back at once.
    pub fn start(self) -> Running {
        let mut words = self.wrapper.iter().map(OsString::from).collect::<Vec<_>>();
        words.push(binary().into());
        words.extend(self.arguments.iter().map(OsString::from));
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .current_dir(&self.folder)
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = reader(child.stdout.take().expect("piped"));
        let stderr = reader(child.stderr.take().expect("piped"));
        Running { child, stdout, stderr, begun: Instant::now() }
    }

    /// Runs it to its end.
    #[must_use = "assert on its status"]
    pub fn run(self) -> Finished {
        self.start().wait()
    }

    /// Runs it; it must succeed.
    ///
    /// # Panics
    /// If it does not, with what it printed.
    #[track_caller]
    pub fn ok(self) -> Finished {
        self.exits(0)
    }

    /// Runs it; it must end with this code.
    ///
    /// # Panics
    /// If it does not, with what it printed.
    #[track_caller]
    pub fn exits(self, code: i32) -> Finished {
        let arguments = self.arguments.join(" ");
        let finished = self.run();
        assert_eq!(finished.code, Some(code), "alchemy {arguments}\n{}", finished.both());
        assert!(!finished.stderr.contains("panicked at"), "{}", finished.stderr);
        finished
    }
}

impl Running {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name (`INT`, `KILL`).
    pub fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill -{name}");
    }

    /// Whether it has ended by itself.
    ///
    /// # Panics
    /// If the system cannot say.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().expect("its status").is_some()
    }

    /// Waits for its end, four minutes at most.
    ///
    /// # Panics
    /// If it takes longer.
    pub fn wait(mut self) -> Finished {
        let status = self.status();
        Finished {
            code: status.code(),
            stdout: self.stdout.join().expect("stdout is read"),
            stderr: self.stderr.join().expect("stderr is read"),
            took: self.begun.elapsed(),
        }
    }

    fn status(&mut self) -> ExitStatus {
        while self.begun.elapsed() < Duration::from_secs(240) {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return status;
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        panic!("the command did not end");
    }
}

impl Finished {
    /// Both streams, labelled.
    pub fn both(&self) -> String {
        format!("--- stdout\n{}--- stderr\n{}--- status {:?}", self.stdout, self.stderr, self.code)
    }

    /// Asserts that stderr holds every one of these.
    ///
    /// # Panics
    /// If one is missing.
    #[track_caller]
    pub fn says(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.stderr.contains(part), "stderr does not say {part:?}:\n{}", self.both());
        }
        self
    }
}

fn reader(mut from: impl std::io::Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
