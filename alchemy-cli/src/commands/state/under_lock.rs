//! Changing a stage's state by hand: the lock, the question, the way back.

use std::time::Duration;

use alchemy_core::Snapshot;
use alchemy_state::{LockRequest, StageKey, StageLock, StateStore};
use serde_json::json;

use crate::commands::agreed;
use crate::commands::state_failure::{lock_info, state_failure};
use crate::commands::stored::refuse_locked;
use crate::failure::Failure;
use crate::settings::Surroundings;
use crate::signals::Signals;
use crate::ui::Ui;

/// A command that writes a stage's state.
pub(super) struct UnderLock<'a> {
    /// The store.
    pub(super) store: &'a dyn StateStore,
    /// The stage.
    pub(super) key: &'a StageKey,
    /// What the lock says it is for.
    pub(super) operation: &'static str,
    /// `--lock-timeout`
    pub(super) wait: Duration,
    /// `--yes`
    pub(super) yes: bool,
    /// Where we run.
    pub(super) around: &'a Surroundings,
    /// Prints.
    pub(super) ui: &'a Ui,
}

impl UnderLock<'_> {
    /// Does `work` under the stage's lock, and gives that back whatever comes of it.
    pub(super) async fn run<T>(
        &self,
        signals: &mut Signals,
        work: impl AsyncFnOnce(&dyn StageLock, &mut Signals) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        refuse_locked(self.store, self.key, self.wait).await?;
        let info = lock_info(self.around, self.operation);
        let request = LockRequest { info, wait: self.wait };
        let lock = signals.unless(async {
            self.store.lock(self.key, request).await.map_err(|error| state_failure(&error))
        });
        let lock = lock.await?;
        let done = work(&*lock, signals).await;
        let released = lock.release().await;
        let done = done?;
        released.map_err(|error| state_failure(&error))?;
        Ok(done)
    }

    /// Asks, unless `--yes` was given.
    pub(super) async fn agreed(
        &self,
        signals: &mut Signals,
        question: &str,
    ) -> Result<(), Failure> {
        if self.yes { Ok(()) } else { agreed(self.ui, signals, question).await }
    }

    /// What the command came to, for programs.
    pub(super) fn written(&self, after: &Snapshot) {
        if self.ui.json {
            let (stack, stage) = (self.key.stack.as_str(), self.key.stage.as_str());
            let line = json!({
                "v": 1, "stack": stack, "stage": stage, "serial": after.serial,
                "objects": after.records.len(),
            });
            self.ui.data(&line.to_string());
        }
    }
}
