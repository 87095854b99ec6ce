//! State that is lost and rebuilt, as the command line does it.

use alchemy_core::{Diagnostic, NoClosures, Recovery, ReferencesUsed, Stamp, Target};
use alchemy_engine::{EventSink, RecoverRequest};
use alchemy_state::{LockInfo, LockRequest};

use super::World;
use crate::program::Program;

impl World {
    /// The same cloud and realm with a store that has lost everything.
    #[must_use]
    pub fn forgetful(&self) -> Self {
        Self { store: super::SimStore::in_files(), ..self.clone() }
    }

    /// Rebuilds a stage's state from the cloud, with a program or without one.
    ///
    /// # Panics
    /// If the store cannot be used.
    pub async fn recover(
        &self,
        stage: &str,
        program: Option<&Program>,
    ) -> Result<Recovery, Vec<Diagnostic>> {
        let key = Self::key(stage);
        let expanded =
            program.map(|program| self.catalog.expand(program.graph().clone(), &self.hasher).0);
        let engine = self.engine(&key, 8);
        let info = LockInfo { operation: "recover".to_owned(), ..LockInfo::default() };
        let request = LockRequest { info, wait: std::time::Duration::ZERO };
        let lock = self.store.client().lock(&key, request).await.expect("nobody else is there");
        let base = lock.load().await.expect("readable").snapshot;
        let regions: std::collections::BTreeSet<String> = expanded
            .iter()
            .flat_map(|graph| graph.resources.values().filter_map(|r| r.region.clone()))
            .chain([self.target.region.clone()])
            .collect();
        let places: Vec<Target> =
            regions.into_iter().map(|region| Target { region, ..self.target.clone() }).collect();
        let sink: &dyn EventSink = self.told.as_ref();
        let mut found = engine.scan_all(&places).await.map_err(|error| error.diagnostics())?;
        found.retain(|(_, found)| found.owner.realm == self.realm.as_str());
        let stamp = Stamp { by: "me@here".to_owned(), at: "2026-01-01T00:00:00Z".to_owned() };
        let request = RecoverRequest {
            graph: expanded.as_ref(),
            references: &ReferencesUsed::default(),
            base: &base,
            found: &found,
            target: &self.target,
            custom_endpoint: false,
            closures: &NoClosures,
            hasher: &self.hasher,
            stamp: &stamp,
        };
        let recovery = engine.recover(request, sink).await?;
        lock.append(&recovery.changes).await.expect("written");
        lock.commit().await.expect("committed");
        lock.release().await.expect("released");
        Ok(recovery)
    }
}
