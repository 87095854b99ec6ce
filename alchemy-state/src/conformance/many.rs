//! Stores with very many stages.

use std::sync::Arc;

use super::{key, locked, put};
use crate::StateStore;

/// Fills `store` with `count` stages, each deployed once by a user of its own, and one whose first run was interrupted.
pub async fn fill(store: &Arc<dyn StateStore>, count: usize) {
    for i in 0..count {
        let lock = locked(store, &key("myapp", &format!("pr-{i}"))).await;
        let mut snapshot = lock.load().await.expect("readable").snapshot;
        snapshot.deployed_by = Some(format!("user{i}"));
        lock.replace(snapshot).await.expect("replaced");
        lock.release().await.expect("released");
    }
    let lock = locked(store, &key("myapp", "interrupted")).await;
    lock.append(&[put("One")]).await.expect("appended");
}

/// Every stage of a store that was filled with `count` is listed, in order, each with its own state.
pub async fn all_are_listed(store: &Arc<dyn StateStore>, count: usize) {
    let listed = store.stages().await.expect("readable");
    assert_eq!(listed.len(), count + 1);
    assert!(listed.is_sorted_by(|a, b| a.key < b.key), "in order, none twice");
    for line in &listed {
        let state = line.state.as_ref().expect("readable");
        let told = (state.serial, state.records.len(), state.deployed_by.clone());
        let expected = match line.key.stage.as_str().strip_prefix("pr-") {
            Some(number) => (1, 0, Some(format!("user{number}"))),
            None => (0, 1, None),
        };
        assert_eq!(told, expected, "{:?}", line.key);
    }
}
