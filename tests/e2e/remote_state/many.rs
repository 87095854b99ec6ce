//! Ten thousand stages on each server.
#![expect(clippy::panic, reason = "parts of tests fail where they stand, too")]

use std::sync::Arc;
use std::time::Duration;

use alchemy_state::StateStore;
use alchemy_state::conformance::{all_are_listed, fill};
use alchemy_state::remote::{
    FaultyObjects, MemoryObjects, ObjectError, Objects, RemoteStore, SimHost, ThisMachine,
};
use alchemy_tests::e2e::StateServer;
use bytes::Bytes;
use futures::StreamExt as _;

use super::network::busy;

const MANY: usize = 10_000;

/// How many objects are written at once.
const AT_ONCE: usize = 32;

/// The stages are made in memory and copied, since only the listing counts here. It is read behind a bad network: what
/// is told must be right all the same.
async fn lists_ten_thousand_stages(server: &StateServer) {
    let memory = MemoryObjects::new();
    let host = Arc::new(SimHost::new("fills"));
    let filled: Arc<dyn StateStore> = Arc::new(RemoteStore::new(Arc::new(memory.clone()), host));
    fill(&filled, MANY).await;
    let folder = server.folder(server.objects(), "many");
    let objects = memory.all().into_iter().filter(|(key, _)| {
        ["stages/", "journal/", "realm"].iter().any(|part| key.starts_with(part))
    });
    let copying = objects.map(|(key, bytes)| {
        let folder = Arc::clone(&folder);
        async move { copied(&folder, &key, bytes).await }
    });
    let count = futures::stream::iter(copying).buffer_unordered(AT_ONCE).count().await;
    assert!(count > MANY);
    let host = Arc::new(ThisMachine::new());
    let way = FaultyObjects::new(folder, host.clone(), Duration::from_millis(30), busy());
    let store: Arc<dyn StateStore> = Arc::new(RemoteStore::new(Arc::new(way), host));
    all_are_listed(&store, MANY).await;
}

/// Writes an object; an emulator at its limit is asked again.
async fn copied(folder: &Arc<dyn Objects>, key: &str, bytes: Bytes) {
    loop {
        match folder.create(key, bytes.clone()).await {
            // It is there: what was asked before was done.
            Ok(_) | Err(ObjectError::Refused) => return,
            Err(ObjectError::Unknown(_)) => {}
            Err(error) => panic!("{key}: {error}"),
        }
    }
}
on_every_server!(lists_ten_thousand_stages);
