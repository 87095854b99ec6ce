//! A machine for tests: its time is tokio's, which may stand still and jump; its nonces are the same in equal runs.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Host, Process};
use crate::Liveness;

/// A process on a machine of its own, or on one that it shares with [`SimHost::another_process`].
#[derive(Clone, Debug)]
pub struct SimHost {
    process: Process,
    begun: Instant,
    nonces: Arc<AtomicU64>,
    gone: Arc<Mutex<BTreeSet<Process>>>,
}

impl SimHost {
    /// The first process of the machine `boot`. Names of machines are unique in a test process.
    #[must_use]
    pub fn new(boot: &str) -> Self {
        let process =
            Process { boot: boot.to_owned(), namespace: "sim".to_owned(), pid: 1, started: 1 };
        Self { process, begun: Instant::now(), nonces: Arc::default(), gone: Arc::default() }
    }

    /// Another process of this machine, started later.
    #[must_use]
    pub fn another_process(&self, pid: u32) -> Self {
        let mut other = self.clone();
        other.process.pid = pid;
        other.nonces = Arc::default();
        other
    }

    /// The process has ended, as its machine can tell from now on.
    pub fn end(&self) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert(self.process.clone());
    }
}

#[async_trait]
impl Host for SimHost {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
    fn nonce(&self) -> io::Result<[u8; 16]> {
        use sha2::Digest as _;
        let count = self.nonces.fetch_add(1, Ordering::Relaxed);
        let text = format!("{:?} {count}", self.process);
        let digest = sha2::Sha256::digest(text.as_bytes());
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&digest[..16]);
        Ok(nonce)
    }
    fn process(&self) -> Process {
        self.process.clone()
    }
    fn liveness(&self, of: &Process) -> Liveness {
        if self.process.boot != of.boot {
            return Liveness::Unknown;
        }
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        if gone.contains(of) { Liveness::Gone } else { Liveness::Alive }
    }
}
