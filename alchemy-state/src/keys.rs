//! Where each document of a store stands: relative keys with `/`, all lower-case (the exact names are inside).

use crate::StageKey;

/// The store's realm.
pub(crate) const REALM: &str = "realm.json";

/// Folder of all snapshots: `stages/<stack>/<stage>/state.json`.
pub(crate) const STAGES: &str = "stages";

/// Folder of all journals.
pub(crate) const JOURNAL: &str = "journal";

/// A journal segment: the `n`-th, from 1, of the `epoch`-th acquisition of the stage's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct SegmentId {
    /// Which acquisition.
    pub(crate) epoch: u64,
    /// Which of its segments.
    pub(crate) n: u64,
}

impl SegmentId {
    fn file_name(self) -> String {
        format!("{}-{}.ndjson", self.epoch, self.n)
    }
    /// Reads `<epoch>-<n>.ndjson` as it is written: no sign, no leading zero.
    pub(crate) fn parse(file_name: &str) -> Option<Self> {
        let (epoch, n) = file_name.strip_suffix(".ndjson")?.split_once('-')?;
        let id = Self { epoch: epoch.parse().ok()?, n: n.parse().ok()? };
        (id.file_name() == file_name).then_some(id)
    }
}

/// The keys of one stage.
#[derive(Clone, Debug)]
pub(crate) struct StageKeys {
    stack: String,
    stage: String,
}

impl StageKeys {
    pub(crate) fn new(key: &StageKey) -> Self {
        Self {
            stack: key.stack.as_str().to_ascii_lowercase(),
            stage: key.stage.as_str().to_ascii_lowercase(),
        }
    }
    /// The document that keeps the stack's exact spelling.
    pub(crate) fn stack(&self) -> String {
        format!("{STAGES}/{}/stack.json", self.stack)
    }
    pub(crate) fn state(&self) -> String {
        format!("{STAGES}/{}/{}/state.json", self.stack, self.stage)
    }
    pub(crate) fn journal(&self) -> String {
        format!("{JOURNAL}/{}/{}", self.stack, self.stage)
    }
    pub(crate) fn segment(&self, id: SegmentId) -> String {
        format!("{}/{}", self.journal(), id.file_name())
    }
    /// Folder of the snapshots that were replaced.
    pub(crate) fn history_folder(&self) -> String {
        format!("history/{}/{}", self.stack, self.stage)
    }
    pub(crate) fn history(&self, serial: u64) -> String {
        format!("{}/{serial}.json", self.history_folder())
    }
    /// The file that is locked, never renamed or deleted.
    pub(crate) fn lock(&self) -> String {
        format!("locks/{}/{}.lock", self.stack, self.stage)
    }
    /// The lock object of a remote store, which says who holds it.
    pub(crate) fn lease(&self) -> String {
        self.lock_info()
    }
    /// The file that says who holds the lock.
    pub(crate) fn lock_info(&self) -> String {
        format!("locks/{}/{}.json", self.stack, self.stage)
    }
}
