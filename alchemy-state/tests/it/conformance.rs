//! Every store passes the suite.

use std::sync::Arc;

use alchemy_state::conformance::{Pair, all};
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
