//! The store protocol over files: reading without a lock, taking locks, listing stages.

mod held;
mod holder;
mod looks;
mod past;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{Realm, Snapshot, StackName, Stage};

use crate::error_text::one_line;
use crate::files::Files;
use crate::fold::{Folded, StageFiles, fold};
use crate::history::DEFAULT_KEEP;
use crate::keys::{JOURNAL, REALM, STAGES, SegmentId, StageKeys};
use crate::{
    Guarantees, HistoryEntry, Loaded, LockInfo, LockRequest, LockState, RealmOrigin, StageKey,
    StageLock, StageSummary, StateError, format,
};

use held::Held;
pub(crate) use holder::Holder;

/// How often a stage that is being committed meanwhile is read again. A commit takes longer than a reading, so that
/// even two in a row are rare.
const READ_ATTEMPTS: usize = 20;

/// How long a lock that is taken is asked for again even if the caller does not want to wait: somebody may only be
/// asking who holds it, and a new holder needs a moment to write down who he is.
const GRACE: Duration = Duration::from_millis(100);

/// Time between two attempts to take a lock, at first and at most.
const POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// A store over files.
#[derive(Clone, Debug)]
pub(crate) struct FileStore {
    files: Arc<dyn Files>,
    /// How many earlier serials of a stage are kept, at least one.
    keep: usize,
}

impl FileStore {
    pub(crate) fn new(files: Arc<dyn Files>) -> Self {
        Self { files, keep: DEFAULT_KEEP }
    }

    /// The same with `keep` earlier serials kept; the last one always is, so that no number is given twice.
    pub(crate) fn keeping(self, keep: usize) -> Self {
        Self { keep: keep.max(1), ..self }
    }

    pub(crate) async fn realm(
        &self,
        create: Option<Realm>,
    ) -> Result<Option<(Realm, RealmOrigin)>, StateError> {
        self.run(move |files| read_or_create_realm(files, create)).await
    }

    pub(crate) async fn take_realm(&self, realm: Realm) -> Result<(), StateError> {
        self.run(move |files| replace_realm(files, &realm)).await
    }

    pub(crate) async fn stages(&self) -> Result<Vec<StageSummary>, StateError> {
        self.run(list_stages).await
    }

    pub(crate) async fn load(&self, key: &StageKey) -> Result<Option<Loaded>, StateError> {
        let key = key.clone();
        self.run(move |files| load(files, &key)).await
    }

    pub(crate) async fn lock_info(&self, key: &StageKey) -> Result<Option<LockInfo>, StateError> {
        let state = self.lock_state(key).await?;
        Ok(info_of(state))
    }

    pub(crate) async fn lock_state(&self, key: &StageKey) -> Result<LockState, StateError> {
        let keys = StageKeys::new(key);
        self.run(move |files| looks::lock_state(files, &keys)).await
    }

    pub(crate) async fn unlock(&self, key: &StageKey, epoch: u64) -> Result<(), StateError> {
        let key = key.clone();
        self.run(move |files| looks::unlock(files, &key, epoch)).await
    }

    pub(crate) async fn guarantees(&self) -> Result<Guarantees, StateError> {
        self.run(looks::guarantees).await
    }

    pub(crate) async fn history(&self, key: &StageKey) -> Result<Vec<HistoryEntry>, StateError> {
        let key = key.clone();
        self.run(move |files| past::history(files, &key)).await
    }

    pub(crate) async fn at_serial(
        &self,
        key: &StageKey,
        serial: u64,
    ) -> Result<Option<Snapshot>, StateError> {
        let key = key.clone();
        self.run(move |files| past::at_serial(files, &key, serial)).await
    }

    pub(crate) async fn lock(
        &self,
        key: &StageKey,
        request: LockRequest,
    ) -> Result<Box<dyn StageLock>, StateError> {
        let mut waited = Duration::ZERO;
        let mut pause = POLL.0;
        loop {
            let (key, info, files) = (key.clone(), request.info.clone(), Arc::clone(&self.files));
            let keep = self.keep;
            let attempt = self.run(move |_| Held::acquire(files, &key, info, keep)).await?;
            if let Some(held) = attempt {
                return Ok(Box::new(Holder::new(held, Arc::clone(&self.files))));
            }
            let left = request.wait.max(GRACE).saturating_sub(waited);
            if left.is_zero() {
                break;
            }
            let pausing = pause.min(left);
            tokio::time::sleep(pausing).await;
            waited += pausing;
            pause = (pause * 2).min(POLL.1);
        }
        let holder = self.lock_info(key).await.unwrap_or_default();
        Err(StateError::Locked { holder: holder.map(Box::new) })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Files) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let (files, place) = (Arc::clone(&self.files), self.files.label(STAGES));
        // No lock is held here that could be lost.
        let ended = |reason: String| StateError::Io {
            action: "read",
            file: place,
            source: io::Error::other(reason),
        };
        off_thread(files.blocks(), move || work(files.as_ref()), ended).await
    }
}

fn info_of(state: LockState) -> Option<LockInfo> {
    match state {
        LockState::Held(held) => held.info,
        LockState::Free => None,
    }
}

/// Runs `work` where it may block, if it does. `ended` makes the error of work that panicked.
async fn off_thread<T: Send + 'static>(
    blocks: bool,
    work: impl FnOnce() -> Result<T, StateError> + Send + 'static,
    ended: impl FnOnce(String) -> StateError + Send,
) -> Result<T, StateError> {
    if !blocks {
        return work();
    }
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(ended(format!("a file operation ended unexpectedly: {error}"))))
}

/// The error about a key.
fn io_error(
    files: &dyn Files,
    action: &'static str,
    key: &str,
) -> impl FnOnce(io::Error) -> StateError {
    let file = files.label(key);
    move |source| StateError::Io { action, file, source }
}

fn read_or_create_realm(
    files: &dyn Files,
    create: Option<Realm>,
) -> Result<Option<(Realm, RealmOrigin)>, StateError> {
    let found = |bytes: &[u8]| {
        format::read_realm(bytes)
            .map(|realm| Some((realm, RealmOrigin::Found)))
            .map_err(|error| error.in_file(files.label(REALM)))
    };
    if let Some(bytes) = files.read(REALM).map_err(io_error(files, "read", REALM))? {
        return found(&bytes);
    }
    let Some(realm) = create else { return Ok(None) };
    let bytes = format::write_realm(&realm)?;
    if files.create(REALM, &bytes).map_err(io_error(files, "create", REALM))? {
        return Ok(Some((realm, RealmOrigin::Created)));
    }
    match files.read(REALM).map_err(io_error(files, "read", REALM))? {
        Some(bytes) => found(&bytes),
        None => Err(io_error(files, "create", REALM)(io::Error::other("it comes and goes"))),
    }
}

/// Gives an empty store another realm.
fn replace_realm(files: &dyn Files, realm: &Realm) -> Result<(), StateError> {
    let current = read_or_create_realm(files, Some(realm.clone()))?;
    let Some((current, _)) = current.filter(|(current, _)| current != realm) else { return Ok(()) };
    let stages = list_stages(files)?.len();
    if stages > 0 {
        return Err(StateError::RealmInUse { realm: current.as_str().to_owned(), stages });
    }
    let bytes = format::write_realm(realm)?;
    files.replace(REALM, &bytes).map_err(io_error(files, "write", REALM))
}

/// Reads a stage's files as they stood at one moment, although their holder may be writing.
fn read_stage(files: &dyn Files, key: &StageKey) -> Result<StageFiles, StateError> {
    let keys = StageKeys::new(key);
    let state_key = keys.state();
    let read_state = || files.read(&state_key).map_err(io_error(files, "read", &state_key));
    let mut state = read_state()?;
    for _ in 0..READ_ATTEMPTS {
        let journal = keys.journal();
        let names = files.list(&journal).map_err(io_error(files, "list", &journal))?;
        let mut ids: Vec<SegmentId> =
            names.iter().filter_map(|name| SegmentId::parse(name)).collect();
        ids.sort();
        let mut segments = Vec::new();
        for id in &ids {
            let segment = keys.segment(*id);
            if let Some(bytes) = files.read(&segment).map_err(io_error(files, "read", &segment))? {
                segments.push((*id, bytes));
            }
        }
        // A commit replaces the state before it removes a segment: the same state before and after means that no
        // segment was missed.
        let again = read_state()?;
        if again == state {
            return Ok(StageFiles { state, segments });
        }
        state = again;
    }
    let busy = io::Error::other("it is being changed faster than it can be read");
    Err(io_error(files, "read", &state_key)(busy))
}

/// A stage's state and its place in the journal.
fn read_folded(files: &dyn Files, key: &StageKey) -> Result<Folded, StateError> {
    check_spelling(files, key)?;
    let read = read_stage(files, key)?;
    fold(key, &read, &|key| files.label(key))
}

fn load(files: &dyn Files, key: &StageKey) -> Result<Option<Loaded>, StateError> {
    let folded = read_folded(files, key)?;
    Ok(folded.tip.is_some().then(|| Loaded {
        revision: folded.revision(),
        interrupted: !folded.open.is_empty(),
        taken_over: None,
        snapshot: folded.snapshot,
    }))
}

/// Refuses a stack whose name differs from one in the store only in case.
fn check_spelling(files: &dyn Files, key: &StageKey) -> Result<(), StateError> {
    match read_spelling(files, &StageKeys::new(key).stack())? {
        Some(existing) if existing != key.stack => Err(StateError::CaseClash {
            wanted: key.stack.to_string(),
            existing: existing.to_string(),
        }),
        _ => Ok(()),
    }
}

fn read_spelling(files: &dyn Files, stack_key: &str) -> Result<Option<StackName>, StateError> {
    files
        .read(stack_key)
        .map_err(io_error(files, "read", stack_key))?
        .map(|bytes| {
            format::read_stack(&bytes).map_err(|error| error.in_file(files.label(stack_key)))
        })
        .transpose()
}

fn list_stages(files: &dyn Files) -> Result<Vec<StageSummary>, StateError> {
    // A file where a folder is expected is none of ours.
    let list = |folder: &str| match files.list(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory && folder.contains('/') => {
            Ok(Vec::new())
        }
        listed => listed.map_err(io_error(files, "list", folder)),
    };
    let mut places = BTreeSet::new();
    for top in [STAGES, JOURNAL] {
        for stack in list(top)? {
            for stage in list(&format!("{top}/{stack}"))? {
                places.insert((stack.clone(), stage));
            }
        }
    }
    let mut summaries = Vec::new();
    for (stack, stage) in places {
        // Other folders and files are none of ours.
        let (Ok(folder), Ok(stage)) = (StackName::parse(&stack), Stage::parse(&stage)) else {
            continue;
        };
        let spelt = read_spelling(
            files,
            &StageKeys::new(&StageKey { stack: folder.clone(), stage: stage.clone() }).stack(),
        );
        let key = StageKey { stack: spelt.unwrap_or_default().unwrap_or(folder), stage };
        match load(files, &key) {
            Ok(None) => {}
            Ok(Some(loaded)) => summaries.push(StageSummary { key, state: Ok(loaded.snapshot) }),
            Err(error) => summaries.push(StageSummary { key, state: Err(one_line(&error)) }),
        }
    }
    summaries.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(summaries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Disk;

    #[tokio::test]
    async fn a_panic_in_a_reading_is_no_lost_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::new(Arc::new(Disk::new(folder.path().to_owned(), None)));
        let work = |_: &dyn Files| -> Result<(), StateError> {
            std::panic::resume_unwind(Box::new("it broke"))
        };
        let error = store.run(work).await.expect_err("it panicked");
        assert!(matches!(error, StateError::Io { action: "read", .. }), "{error:?}");
    }
}
