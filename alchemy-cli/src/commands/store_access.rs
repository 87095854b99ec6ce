//! Opening a store: with the credentials of a profile where it is a remote one.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::Diagnostic;
use alchemy_state::{DEFAULT_KEEP, LocalStore, StateStore, StateUrl};

use super::state_failure::state_failure;
use crate::failure::Failure;
use crate::settings::Surroundings;

/// What opening a store needs besides its place.
#[expect(dead_code, reason = "where and as whom we run is asked by remote stores only")]
pub(crate) struct Access<'a> {
    /// Where we run.
    pub(crate) around: &'a Surroundings,
    /// The declared environment.
    pub(crate) environment: &'a BTreeMap<String, String>,
    /// `--profile`
    pub(crate) profile: Option<&'a str>,
    /// How many earlier serials of a stage are kept, if that is said.
    pub(crate) keep: Option<usize>,
}

impl Access<'_> {
    /// Opens the store at `url`. Touches nothing until it is used.
    pub(crate) fn open(&self, url: &StateUrl) -> Result<Arc<dyn StateStore>, Failure> {
        let StateUrl::File(folder) = url else {
            let summary = format!("stores like {url} are not available yet");
            return Err(Diagnostic::error("store-kind", summary).help("name a folder").into());
        };
        let store = LocalStore::open(folder.clone()).map_err(|error| state_failure(&error))?;
        Ok(Arc::new(store.keeping(self.keep.unwrap_or(DEFAULT_KEEP))))
    }
}
