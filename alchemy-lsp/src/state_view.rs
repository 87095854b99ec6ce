//! What the editor knows of a state store: its realm and the stages in it. Read only, but for the realm of a local
//! store that has none yet: that is made as a deploy would make it.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;

use alchemy_core::{Realm, Snapshot};
use alchemy_state::{StageKey, StageSummary, StateError, StateStore};

use crate::Host;

/// What was read of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StateView {
    /// Whether it was read, be it in vain.
    pub(crate) asked: bool,
    /// The store's identity, if it was read.
    pub(crate) realm: Option<Realm>,
    /// Its stages.
    pub(crate) stages: BTreeMap<StageKey, StageState>,
    /// Why it could not be read.
    pub(crate) problem: Option<String>,
}

/// A stage's state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StageState {
    /// As read; and whether a run ended, or is, half way.
    Read(Arc<Snapshot>, bool),
    /// Why it cannot be read.
    Unreadable(String),
}

impl StateView {
    /// The state of a stage, if it can be read.
    pub(crate) fn snapshot(&self, key: &StageKey) -> Option<&Arc<Snapshot>> {
        match self.stages.get(key)? {
            StageState::Read(snapshot, _) => Some(snapshot),
            StageState::Unreadable(_) => None,
        }
    }

    /// Whether it is known what a stage has, be it nothing.
    pub(crate) fn knows(&self, key: &StageKey) -> bool {
        let unreadable = matches!(self.stages.get(key), Some(StageState::Unreadable(_)));
        self.asked && self.problem.is_none() && !unreadable
    }
}

/// Reads a store.
pub(crate) async fn read(store: &dyn StateStore, host: &dyn Host) -> StateView {
    let offered = store.local_root().and_then(|_| host.new_realm());
    let realm = match store.realm(offered).await {
        Ok(realm) => realm.map(|(realm, _)| realm),
        Err(error) => return failed(None, &error),
    };
    let summaries = match store.stages().await {
        Ok(summaries) => summaries,
        Err(error) => return failed(realm, &error),
    };
    let mut stages = BTreeMap::new();
    for StageSummary { key, state } in summaries {
        let state = match state {
            Ok(snapshot) => {
                let open = matches!(store.load(&key).await, Ok(Some(it)) if it.interrupted);
                StageState::Read(Arc::new(snapshot), open)
            }
            Err(why) => StageState::Unreadable(why),
        };
        stages.insert(key, state);
    }
    StateView { asked: true, realm, stages, problem: None }
}

/// With all its causes: an editor has one line for it.
fn failed(realm: Option<Realm>, error: &StateError) -> StateView {
    let mut problem = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        problem = format!("{problem}: {error}");
        cause = error.source();
    }
    StateView { asked: true, realm, problem: Some(problem), ..StateView::default() }
}
