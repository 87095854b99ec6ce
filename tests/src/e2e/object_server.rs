//! Servers that keep objects and speak S3's protocol, but are no emulator of AWS: one that honours conditions, and one
//! that ignores them.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::emulator::free_port;
use super::{Client, tools};

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectServerKind {
    /// SeaweedFS: a real store, which checks signatures.
    SeaweedFs,
    /// `rclone serve s3`: takes conditional writes and ignores the conditions.
    Rclone,
}

/// A running server; stopped when dropped.
#[derive(Debug)]
pub struct ObjectServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl ObjectServer {
    /// Starts one and waits until it takes the bucket `state`.
    ///
    /// # Panics
    /// If it does not, with what it said.
    pub fn start(kind: ObjectServerKind) -> Self {
        // Another process may take a port between the look and the server's own bind.
        for _ in 0..5 {
            if let Some(server) = Self::try_start(kind) {
                return server;
            }
        }
        panic!("{kind:?} did not start");
    }

    fn try_start(kind: ObjectServerKind) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let port = free_port();
        let log = File::create(folder.path().join("log")).expect("a log file");
        let child = command(kind, port, folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let mut server = Self { child, port, folder };
        server.ready().then_some(server)
    }

    /// Its endpoint.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it printed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Its parts start one after the other; the bucket can be made when all are there.
    fn ready(&mut self) -> bool {
        let client = Client::new(&self.url(), "test");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if self.child.try_wait().ok().flatten().is_some() {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                let made =
                    client.call("s3", "create_bucket", &serde_json::json!({"Bucket": "state"}));
                if made.get("error").is_none() {
                    return true;
                }
            }
            std::thread::park_timeout(Duration::from_millis(200));
        }
        false
    }
}

impl Drop for ObjectServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(kind: ObjectServerKind, port: u16, folder: &Path) -> Command {
    let bin = tools().join("venv/bin");
    let data = folder.join("data");
    fs::create_dir(&data).expect("a folder for the data");
    if kind == ObjectServerKind::Rclone {
        let mut command = Command::new(bin.join("rclone"));
        command.args([
            "serve",
            "s3",
            "--addr",
            &format!("127.0.0.1:{port}"),
            "--auth-key",
            "test,test",
        ]);
        command.arg(data).env("RCLONE_CONFIG", "/dev/null");
        return command;
    }
    let keys = folder.join("keys.json");
    fs::write(
        &keys,
        r#"{"identities":[{"name":"test","credentials":[{"accessKey":"test","secretKey":"test"}],"actions":["Admin","Read","List","Tagging","Write"]}]}"#,
    )
    .expect("a file of keys");
    let mut command = Command::new(bin.join("weed"));
    command.arg("server").arg("-s3").arg(format!("-dir={}", data.display()));
    command.arg(format!("-s3.config={}", keys.display()));
    command.args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"]);
    command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
    command.args(["-volume.max=20", "-master.volumeSizeLimitMB=64"]);
    command.arg(format!("-s3.port={port}"));
    for port in ["master.port", "volume.port", "filer.port"] {
        command.arg(format!("-{port}={}", free_port()));
        command.arg(format!("-{port}.grpc={}", free_port()));
    }
    command.arg(format!("-s3.port.grpc={}", free_port()));
    command
}
