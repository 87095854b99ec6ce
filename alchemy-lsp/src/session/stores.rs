//! Programs' stores: opened and read beside the session's loop, which never waits for one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::Diagnostic;

use super::Session;
use crate::event::Event;
use crate::program::Shown;
use crate::state_view::{self, StateView};

/// How long the first evaluation waits for a remote store to be read.
const STATE_PATIENCE: Duration = Duration::from_millis(400);

/// How long it waits for a store to be opened: a remote one's keys may come from far.
const OPEN_PATIENCE: Duration = Duration::from_secs(3);

impl Session {
    /// Opens a program's store and reads it.
    pub(super) fn open_store(&mut self, path: &Path) {
        let Some(program) = self.programs.get_mut(path) else { return };
        program.store = None;
        program.ready = false;
        program.view.state = Arc::default();
        program.opening += 1;
        // What is still being read is of the store before.
        program.reading += 1;
        let (host, settings) = (Arc::clone(&self.host), self.settings.clone());
        let (project, named) = (program.project.clone(), program.named_store.clone());
        let (events, own, opening) = (self.events.clone(), path.to_path_buf(), program.opening);
        tokio::task::spawn_blocking(move || {
            let open = || host.store(&project, &settings, named.as_deref());
            let opened = catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| {
                Err(Diagnostic::error("internal", "opening it failed by a mistake in alchemy"))
            });
            let _ = events.send(Event::StoreOpened(own, opening, opened.map(Shown)));
        });
        self.grow_impatient(path, OPEN_PATIENCE);
    }

    pub(super) fn store_opened(
        &mut self,
        path: &Path,
        opening: u64,
        opened: Result<Shown, Diagnostic>,
    ) {
        let Some(program) = self.programs.get_mut(path) else { return };
        if opening != program.opening {
            return;
        }
        match opened {
            Ok(store) => {
                let remote = store.0.local_root().is_none();
                program.store = Some(Arc::new(store));
                self.read_state(path);
                if remote {
                    // It may take long, or never come; then names are shown as far as they are known.
                    self.grow_impatient(path, STATE_PATIENCE);
                }
            }
            Err(problem) => {
                let problem = Some(problem.summary);
                program.view.state = Arc::new(StateView { problem, ..StateView::default() });
                program.ready = true;
                self.submit(path);
            }
        }
    }

    fn grow_impatient(&self, path: &Path, patience: Duration) {
        let (events, path) = (self.events.clone(), path.to_path_buf());
        tokio::spawn(async move {
            tokio::time::sleep(patience).await;
            let _ = events.send(Event::Impatient(path));
        });
    }

    /// Evaluates without state what still waits for it; a local store's is about to come.
    pub(super) fn impatient(&mut self, path: &Path) {
        let Some(program) = self.programs.get_mut(path) else { return };
        let local = program.store.as_ref().is_some_and(|it| it.store().local_root().is_some());
        if !program.ready && !local {
            program.ready = true;
            self.submit(path);
        }
    }

    pub(super) fn read_state(&mut self, path: &Path) {
        let Some(program) = self.programs.get_mut(path) else { return };
        let Some(store) = program.store.as_ref().map(|store| store.store()) else { return };
        program.reading += 1;
        let (events, host) = (self.events.clone(), Arc::clone(&self.host));
        let (path, reading) = (path.to_path_buf(), program.reading);
        tokio::spawn(async move {
            let state = state_view::read(&*store, &*host).await;
            let _ = events.send(Event::StateRead(path, reading, state));
        });
    }

    pub(super) async fn state_read(&mut self, path: &Path, reading: u64, state: StateView) {
        let Some(program) = self.programs.get_mut(path) else { return };
        if reading != program.reading {
            return;
        }
        let same = *program.view.state == state;
        if !same {
            program.view.state = Arc::new(state);
            program.refresh = true;
        }
        if !same || !program.ready {
            program.ready = true;
            self.submit(path);
            self.stages_changed().await;
        }
    }

    /// Looks whether state has changed.
    pub(super) fn poll(&mut self) {
        let paths: Vec<PathBuf> = self.programs.keys().cloned().collect();
        for path in paths {
            self.read_state(&path);
        }
    }
}
