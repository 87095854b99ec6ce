//! One emulated AWS on a free loopback port, stopped by its process id.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::process::{self, Failure, Result};
use crate::setup::Tools;

const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running MiniStack.
pub(crate) struct Emulator {
    child: Child,
    port: u16,
}

impl Emulator {
    /// Starts one; its files and log go under `folder`.
    pub(crate) fn start(tools: &Tools, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log: PathBuf = folder.join("emulator.log");
        let child = process::command(tools.python("ministack"), &[])
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .spawn()?;
        let mut emulator = Self { child, port };
        emulator.wait_until_ready(&log)?;
        Ok(emulator)
    }

    /// Its endpoint.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN {
            if healthy(self.port) {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let said = fs::read_to_string(log).unwrap_or_default();
        Err(Failure::new(format!("the emulator does not answer; it said:\n{said}")))
    }

    /// Stops it and everything it started.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = self.child.id().to_string();
        process::output(&mut process::command("kill", &["-TERM", &pid]))?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(
            b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}
