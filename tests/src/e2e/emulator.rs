//! An emulated AWS on a free loopback port, one for each test.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::tools;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// MiniStack: runs functions, fires mappings, writes logs.
    MiniStack,
    /// MiniStack that checks signatures and IAM policies.
    MiniStackAuth,
    /// moto: independent code, refuses other things; runs no function.
    Moto,
}

/// A running emulator; stopped when dropped.
#[derive(Debug)]
pub struct Emulator {
    child: Child,
    port: u16,
    kind: Kind,
    folder: TempDir,
}

impl Emulator {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// If it does not, with what it said.
    pub fn start(kind: Kind) -> Self {
        // Another process may take the port between the probe and the emulator's own bind.
        for _ in 0..5 {
            if let Some(emulator) = Self::try_start(kind) {
                return emulator;
            }
        }
        panic!("{kind:?} did not start");
    }

    fn try_start(kind: Kind) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let port = free_port();
        let log = File::create(folder.path().join("log")).expect("a log file");
        let child = command(kind, port, folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the emulator starts");
        let mut emulator = Self { child, port, kind, folder };
        emulator.ready().then_some(emulator)
    }

    /// Its endpoint.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Which one it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether deployed functions run.
    pub fn runs_functions(&self) -> bool {
        self.kind != Kind::Moto
    }

    /// What it printed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn ready(&mut self) -> bool {
        let path = if self.kind == Kind::Moto { "/moto-api/" } else { "/_ministack/health" };
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if answers(self.port, path) {
                return true;
            }
            if self.child.try_wait().ok().flatten().is_some() {
                return false;
            }
            std::thread::park_timeout(Duration::from_millis(30));
        }
        false
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // SIGTERM first: it stops the functions' processes that it started.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) {
            if self.child.try_wait().ok().flatten().is_some() {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(kind: Kind, port: u16, folder: &Path) -> Command {
    let bin = tools().join("venv/bin");
    let port = port.to_string();
    if kind == Kind::Moto {
        let mut command = Command::new(bin.join("moto_server"));
        command
            .args(["-H", "127.0.0.1", "-p", &port])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        // Its Lambda without containers: takes code and answers, runs nothing.
        command.env("MOTO_LAMBDA_STUB_ECR", "true").env("MOTO_DOCKER_NETWORK_NAME", "none");
        return command;
    }
    let mut command = Command::new(bin.join("ministack"));
    command
        .env("GATEWAY_PORT", port)
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1");
    command.env("TMPDIR", folder);
    if kind == Kind::MiniStackAuth {
        command.env("AUTH", "true");
    }
    command
}

/// A port of the loopback interface that was free a moment ago.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn answers(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}
