//! The door to the machine: its clock, its randomness, its processes.

use std::fmt;
use std::io;
use std::time::Duration;

use async_trait::async_trait;

use crate::Liveness;

/// A process, so that another one on the same machine can find out whether it is still there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Which start of which machine; empty if unknown.
    pub boot: String,
    /// In which namespace the process id counts.
    pub namespace: String,
    /// Process id.
    pub pid: u32,
    /// When it started, in the machine's own count: a process id is used again.
    pub started: u64,
}

/// What a store over a network needs of the machine that it runs on.
#[async_trait]
pub trait Host: Send + Sync + fmt::Debug {
    /// Time since some fixed moment, the time the machine was suspended included.
    fn now(&self) -> Duration;
    /// Waits.
    async fn sleep(&self, time: Duration);
    /// 128 bits that nobody else gets.
    fn nonce(&self) -> io::Result<[u8; 16]>;
    /// This process.
    fn process(&self) -> Process;
    /// What can be known from here of another process.
    fn liveness(&self, of: &Process) -> Liveness;
}

/// The machine we run on.
#[derive(Clone, Debug)]
pub struct ThisMachine {
    process: Process,
}

impl ThisMachine {
    /// Looks up what this process is.
    #[must_use]
    pub fn new() -> Self {
        Self { process: this_process() }
    }
}

impl Default for ThisMachine {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Host for ThisMachine {
    fn now(&self) -> Duration {
        // A clock that counts suspend: a laptop that slept through its lease must notice.
        #[cfg(target_os = "linux")]
        let clock = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let clock = rustix::time::ClockId::Monotonic;
        let now = rustix::time::clock_gettime(clock);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
    }
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
    fn nonce(&self) -> io::Result<[u8; 16]> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(nonce)
    }
    fn process(&self) -> Process {
        self.process.clone()
    }
    fn liveness(&self, of: &Process) -> Liveness {
        let (here, there) = (&self.process, of);
        if here.boot.is_empty() || (&here.boot, &here.namespace) != (&there.boot, &there.namespace)
        {
            return Liveness::Unknown;
        }
        if !exists(there.pid) {
            return Liveness::Gone;
        }
        match started(there.pid) {
            // Its number was given to another process.
            Some(started) if started != there.started => Liveness::Gone,
            _ => Liveness::Alive,
        }
    }
}

/// Boot id, pid namespace and start time are Linux's. Elsewhere nobody is ever taken for gone, and waiting shows.
fn this_process() -> Process {
    let text = |path: &str| {
        std::fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default()
    };
    let namespace = std::fs::read_link("/proc/self/ns/pid")
        .map(|link| link.to_string_lossy().into_owned())
        .unwrap_or_default();
    let pid = std::process::id();
    let known = started(pid).filter(|_| !namespace.is_empty());
    let boot = known.map(|_| text("/proc/sys/kernel/random/boot_id")).unwrap_or_default();
    Process { boot, namespace, pid, started: known.unwrap_or(0) }
}

/// Whether there is a process of that number, be it another user's.
fn exists(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    let Some(pid) = pid else { return false };
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

/// When a process started, in clock ticks since boot: field 22 of `/proc/<pid>/stat` (`proc(5)`).
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in parentheses, may hold anything; it is field 2.
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_alive_until_it_is_reaped() {
        let here = ThisMachine::new();
        assert!(!here.process().boot.is_empty(), "Linux says who we are");
        assert_eq!(here.liveness(&here.process()), Liveness::Alive);
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process =
            Process { pid: child.id(), started: started(child.id()).unwrap(), ..here.process() };
        assert_eq!(here.liveness(&process), Liveness::Alive);
        let reused = Process { started: process.started + 1, ..process.clone() };
        assert_eq!(here.liveness(&reused), Liveness::Gone, "another process of that number");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(here.liveness(&process), Liveness::Gone);
        for elsewhere in [
            Process { boot: "another".to_owned(), ..process.clone() },
            Process { namespace: "another".to_owned(), ..process },
        ] {
            assert_eq!(here.liveness(&elsewhere), Liveness::Unknown);
        }
    }
}
