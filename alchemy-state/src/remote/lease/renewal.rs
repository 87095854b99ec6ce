//! Renewing in the background.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Lease;
use crate::StateError;
use crate::remote::limits;

/// The task that renews a lock; ends when it is dropped.
#[derive(Debug)]
pub(in crate::remote) struct Renewal {
    lease: Arc<Lease>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Renewal {
    pub(in crate::remote) fn start(lease: Arc<Lease>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(renew_until(Arc::clone(&lease), stopped));
        Self { lease, stop, task: Some(task) }
    }

    /// Gives the lock back, once no renewal is under way.
    pub(in crate::remote) async fn release(mut self, clean: bool) -> Result<(), StateError> {
        let _ = self.stop.send(true);
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
        let freed = self.lease.free(clean).await;
        self.lease.lose("it was released");
        match freed {
            // Somebody else has it: there is nothing to give back.
            Err(StateError::LockLost { .. }) => Ok(()),
            freed => freed,
        }
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
        self.lease.lose("it was released");
        self.lease.leave();
    }
}

/// A renewal that gets no answer is tried until the deadline: every request asks for that. One that is refused for
/// good has lost the lock.
async fn renew_until(lease: Arc<Lease>, mut stopped: watch::Receiver<bool>) {
    let mut pause = limits::RENEW;
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            () = lease.access.host.sleep(pause) => {}
        }
        pause = match lease.renew().await {
            Ok(()) => limits::RENEW,
            // Not even sent, or denied: keys may just be changing, and the deadline is near.
            Err(_) if lease.check().is_ok() => limits::PAUSE.1,
            Err(_) => return,
        };
    }
}
