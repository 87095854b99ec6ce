//! Every store passes the suite.

use std::sync::Arc;

use alchemy_state::conformance::{Pair, all, retention};
use alchemy_state::{LocalStore, MemoryStore};

#[tokio::test(flavor = "multi_thread")]
async fn local_store() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    all(|| {
        count += 1;
        let root = folder.path().join(format!("store{count}")).join("state");
        let open = || Arc::new(LocalStore::open(root.clone()).unwrap());
        Pair { a: open(), b: open() }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn memory_store() {
    all(|| {
        let store = MemoryStore::new();
        Pair { b: Arc::new(store.client()), a: Arc::new(store) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_store_keeps_as_many_serials_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(LocalStore::open(folder.path().join("state")).unwrap().keeping(3));
    retention(Pair { a: open(), b: open() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_memory_store_keeps_as_many_serials_as_it_is_told() {
    let store = MemoryStore::new().keeping(3);
    retention(Pair { b: Arc::new(store.client()), a: Arc::new(store) }).await;
}
