//! Cancellation in two levels: finish what is in flight, then stop at once.

use std::sync::Arc;

use tokio::sync::watch;

/// How urgently a run is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum CancelLevel {
    /// It goes on.
    #[default]
    None,
    /// Nothing new starts; what is in flight finishes.
    Finish,
    /// It stops now; the journal keeps the intents and the next run heals.
    Now,
}

/// Shared by who cancels (Ctrl-C) and who is cancelled. Clones are the same token.
#[derive(Clone, Debug)]
pub struct CancelToken {
    level: Arc<watch::Sender<CancelLevel>>,
}

impl Default for CancelToken {
    fn default() -> Self {
        Self { level: Arc::new(watch::Sender::new(CancelLevel::None)) }
    }
}

impl CancelToken {
    /// A token that nobody has cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// One level more urgent: the first call asks to finish, the second to stop now. Gives the new level.
    pub fn cancel(&self) -> CancelLevel {
        self.level.send_modify(|level| {
            *level =
                if *level == CancelLevel::None { CancelLevel::Finish } else { CancelLevel::Now };
        });
        self.level()
    }
    /// The level now.
    pub fn level(&self) -> CancelLevel {
        *self.level.borrow()
    }
    /// Returns once the level is above `seen`, with the new one.
    pub async fn above(&self, seen: CancelLevel) -> CancelLevel {
        let mut watcher = self.level.subscribe();
        let seen = watcher.wait_for(|level| *level > seen).await.map(|level| *level);
        match seen {
            Ok(level) => level,
            // The sender lives in `self`, so the channel cannot close while this borrow lasts.
            Err(_) => futures::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clones_are_one_token_and_levels_only_rise() {
        let token = CancelToken::new();
        let other = token.clone();
        assert_eq!(token.cancel(), CancelLevel::Finish);
        assert_eq!(other.above(CancelLevel::None).await, CancelLevel::Finish);
        assert_eq!(other.cancel(), CancelLevel::Now);
        assert_eq!(other.cancel(), CancelLevel::Now);
        assert_eq!(token.above(CancelLevel::Finish).await, CancelLevel::Now);
    }

    #[tokio::test]
    async fn who_waits_is_woken() {
        let token = CancelToken::new();
        let waiting = token.above(CancelLevel::None);
        let (level, _) = tokio::join!(waiting, async { token.cancel() });
        assert_eq!(level, CancelLevel::Finish);
    }
}
