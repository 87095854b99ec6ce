//! History that is damaged, and probes that leave nothing behind.

use alchemy_core::Realm;
use alchemy_state::conformance::{key, locked, put};
use alchemy_state::{LocalStore, MemoryStore, StageKey, StateError, StateStore};
use std::sync::Arc;

async fn three_serials(key: &StageKey) -> MemoryStore {
    let store = MemoryStore::new();
    let shared: Arc<dyn StateStore> = Arc::new(store.clone());
    let lock = locked(&shared, key).await;
    for fqn in ["One", "Two", "Three"] {
        lock.append(&[put(fqn)]).await.unwrap();
        lock.commit().await.unwrap();
    }
    store
}

/// A serial that cannot be read hides no other one, and is never given out.
#[tokio::test(start_paused = true)]
async fn a_damaged_serial_is_named_and_refused() {
    let key = key("myapp", "dev");
    let store = three_serials(&key).await;
    let file = "history/myapp/dev/2.json";
    let good = store.files()[file].clone();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let another = store.files()["history/myapp/dev/1.json"].clone();
    for bad in [flipped, another, good[..good.len() - 1].to_vec(), Vec::new()] {
        store.tamper(file, Some(bad));
        let refused = store.at_serial(&key, 2).await;
        assert!(
            matches!(&refused, Err(StateError::Corrupt { file: named, .. }) if named.ends_with(file)),
            "{refused:?}"
        );
        let listed = store.history(&key).await.unwrap();
        let serials: Vec<_> = listed.iter().map(|entry| (entry.serial, entry.records)).collect();
        assert_eq!(serials, [(3, 3), (2, 0), (1, 1)]);
        assert!(listed[1].unreadable.as_ref().unwrap().contains(file));
    }
    store.tamper(file, None);
    assert_eq!(store.history(&key).await.unwrap().len(), 2);
    assert_eq!(store.at_serial(&key, 2).await.unwrap(), None);
}

/// Names that a commit would not give are none of ours, and are not pruned.
#[tokio::test(start_paused = true)]
async fn other_files_in_history_are_left_alone() {
    let key = key("myapp", "dev");
    let store = three_serials(&key).await.keeping(1);
    for name in ["007.json", "+8.json", "notes.txt"] {
        store.tamper(&format!("history/myapp/dev/{name}"), Some(b"mine".to_vec()));
    }
    let shared: Arc<dyn StateStore> = Arc::new(store.clone());
    let lock = locked(&shared, &key).await;
    lock.append(&[put("Four")]).await.unwrap();
    assert_eq!(lock.commit().await.unwrap().serial, 4);
    let files = store.files();
    let left: Vec<_> =
        files.keys().filter_map(|file| file.strip_prefix("history/myapp/dev/")).collect();
    assert_eq!(left, ["+8.json", "007.json", "3.json", "notes.txt"]);
}

/// Asking a folder what it can do makes no folder, and leaves no file.
#[tokio::test]
async fn asking_for_guarantees_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("state");
    let store = LocalStore::open(root.clone()).unwrap();
    let told = store.guarantees().await.unwrap();
    assert!(!told.notes.is_empty());
    assert!(!root.exists());
    store.realm(Some(Realm::from_bits([1; 16]))).await.unwrap();
    let told = store.guarantees().await.unwrap();
    assert!(told.create_excludes && told.swap_excludes && told.notes.is_empty(), "{told:?}");
    let names: Vec<_> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["realm.json"]);
}
