//! Copying whole stores, and documents outside them.

use std::sync::Arc;

use alchemy_core::{Change, Realm};
use alchemy_state::conformance::{every_change, key, locked, put, request};
use alchemy_state::{
    Export, LocalStore, MemoryStore, MigrateError, PushRefusal, StageKey, StateStore, migrate,
};

fn realm(bits: u8) -> Realm {
    Realm::from_bits([bits; 16])
}

/// A store with three serials of one stage, a run cut short on it, and another stage that was never committed.
async fn filled() -> (MemoryStore, Arc<dyn StateStore>) {
    let store = MemoryStore::new();
    let shared: Arc<dyn StateStore> = Arc::new(store.clone());
    shared.realm(Some(realm(1))).await.unwrap();
    let lock = locked(&shared, &key("MyApp", "dev")).await;
    for change in [every_change(), vec![put("Two")], vec![put("Three")]] {
        lock.append(&change).await.unwrap();
        lock.commit().await.unwrap();
    }
    lock.append(&[put("Four")]).await.unwrap();
    drop(lock);
    let lock = locked(&shared, &key("Other", "prod")).await;
    lock.append(&[put("One")]).await.unwrap();
    drop(lock);
    (store, shared)
}

async fn copy(
    from: &dyn StateStore,
    to: &dyn StateStore,
) -> Result<Vec<(StageKey, usize)>, MigrateError> {
    let done = migrate(from, to, &request("sam"), &|_| {}).await?;
    Ok(done.into_iter().map(|stage| (stage.key, stage.serials)).collect())
}

#[tokio::test(start_paused = true)]
async fn everything_comes_along_and_a_second_attempt_changes_nothing() {
    let (store, from) = filled().await;
    let before = store.files();
    let folder = tempfile::tempdir().unwrap();
    let to = LocalStore::open(folder.path().join("state")).unwrap();
    let keys = [key("MyApp", "dev"), key("Other", "prod")];
    for attempt in 0..2 {
        let copied = copy(&*from, &to).await.unwrap();
        assert_eq!(copied, [(keys[0].clone(), 4), (keys[1].clone(), 1)], "{attempt}");
        assert_eq!(to.realm(None).await.unwrap().unwrap().0, realm(1));
        for key in &keys {
            let (old, new) = (from.load(key).await.unwrap(), to.load(key).await.unwrap());
            let (mut old, new) = (old.unwrap().snapshot, new.unwrap().snapshot);
            assert_eq!(new.serial, old.serial + 1, "what was cut short is a serial of its own");
            old.serial = new.serial;
            assert_eq!(old, new);
        }
        for serial in 1..=3 {
            let there = to.at_serial(&keys[0], serial).await.unwrap();
            assert_eq!(there, from.at_serial(&keys[0], serial).await.unwrap());
            assert!(there.is_some());
        }
    }
    let left = |mut files: std::collections::BTreeMap<String, Vec<u8>>| {
        files.retain(|file, _| !file.starts_with("locks/"));
        files
    };
    assert!(left(store.files()) == left(before), "the old store is as it was");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_fails_anywhere_is_finished_by_the_next() {
    let (_, from) = filled().await;
    let undisturbed = MemoryStore::new();
    copy(&*from, &undisturbed).await.unwrap();
    let writes = undisturbed.writes();
    assert!(writes > 10);
    for at in 1..=writes {
        for fault in [alchemy_state::Fault::Fail, alchemy_state::Fault::CrashAfter] {
            let to = MemoryStore::new();
            to.fault_at(at, fault);
            // Giving a lock back is a write, too; a failure there loses nothing.
            let _ = copy(&*from, &to).await;
            let again = to.client();
            copy(&*from, &again).await.unwrap_or_else(|error| panic!("{fault:?} at {at}: {error}"));
            for key in [key("MyApp", "dev"), key("Other", "prod")] {
                let expected = undisturbed.load(&key).await.unwrap().unwrap().snapshot;
                assert_eq!(again.load(&key).await.unwrap().unwrap().snapshot, expected);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_in_use_is_not_touched() {
    let (_, from) = filled().await;
    let other = MemoryStore::new();
    let shared: Arc<dyn StateStore> = Arc::new(other.clone());
    shared.realm(Some(realm(2))).await.unwrap();
    // An empty store takes the other identity; one with a stage does not.
    let lock = locked(&shared, &key("Their", "dev")).await;
    lock.append(&[put("One")]).await.unwrap();
    lock.commit().await.unwrap();
    lock.release().await.unwrap();
    let before = other.files();
    let refused = copy(&*from, &other).await;
    assert!(matches!(refused, Err(MigrateError::OtherRealm { stages: 1, .. })), "{refused:?}");
    assert_eq!(other.files(), before);
    let empty = MemoryStore::new();
    empty.realm(Some(realm(2))).await.unwrap();
    copy(&*from, &empty).await.unwrap();
    assert_eq!(empty.realm(None).await.unwrap().unwrap().0, realm(1));
    assert!(matches!(copy(&MemoryStore::new(), &empty).await, Err(MigrateError::Empty)));
}

#[tokio::test(start_paused = true)]
async fn a_stage_that_went_on_there_is_not_replaced() {
    let (_, from) = filled().await;
    let to = MemoryStore::new();
    copy(&*from, &to).await.unwrap();
    let shared: Arc<dyn StateStore> = Arc::new(to.clone());
    let lock = locked(&shared, &key("MyApp", "dev")).await;
    lock.append(&[put("Theirs")]).await.unwrap();
    let theirs = lock.commit().await.unwrap();
    lock.release().await.unwrap();
    let refused = copy(&*from, &to).await;
    assert!(matches!(refused, Err(MigrateError::Differs { serial: 5, .. })), "{refused:?}");
    assert_eq!(to.load(&key("MyApp", "dev")).await.unwrap().unwrap().snapshot, theirs);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_named() {
    let (store, from) = filled().await;
    let history = "history/myapp/dev/1.json";
    store.tamper(history, Some(b"{}".to_vec()));
    let to = MemoryStore::new();
    let done = migrate(&*from, &to, &request("sam"), &|_| {}).await.unwrap();
    assert_eq!((done[0].unreadable.as_slice(), done[0].serials), ([1].as_slice(), 3));
    store.tamper("stages/myapp/dev/state.json", Some(b"{}".to_vec()));
    let to = MemoryStore::new();
    let refused = copy(&*from, &to).await;
    assert!(matches!(refused, Err(MigrateError::Unreadable { .. })), "{refused:?}");
    assert!(to.files().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_export_holds_every_kind_of_change_and_is_checked_on_its_way_back() {
    let (_, store) = filled().await;
    let loaded = store.load(&key("MyApp", "dev")).await.unwrap().unwrap();
    let export = Export {
        realm: realm(1),
        revision: loaded.revision.clone(),
        snapshot: loaded.snapshot.clone(),
    };
    let bytes = export.write().unwrap();
    assert_eq!(Export::read(&bytes, "x").unwrap(), export);
    for end in 0..bytes.len() - 2 {
        assert!(Export::read(&bytes[..end], "x").is_err(), "cut at {end}");
    }
    assert_eq!(export.check(Some(&realm(1)), &loaded), Ok(()));
    assert_eq!(export.check(None, &loaded), Ok(()));
    assert!(matches!(export.check(Some(&realm(2)), &loaded), Err(PushRefusal::OtherRealm { .. })));
    // A run that goes on keeps the number, and changes the revision.
    let lock = locked(&store, &key("MyApp", "dev")).await;
    let later = lock.load().await.unwrap();
    assert_eq!(export.check(None, &later), Ok(()), "nothing was recorded since");
    lock.append(&[put("Five")]).await.unwrap();
    lock.commit().await.unwrap();
    let later = lock.load().await.unwrap();
    assert!(matches!(export.check(None, &later), Err(PushRefusal::Older { found: 3, .. })));
    lock.append(&[Change::Removed(alchemy_state::conformance::record("Five", 0).uid)])
        .await
        .unwrap();
    let under_way = store.load(&key("MyApp", "dev")).await.unwrap().unwrap();
    let stale =
        Export { snapshot: later.snapshot.clone(), revision: later.revision.clone(), ..export };
    assert!(matches!(stale.check(None, &under_way), Err(PushRefusal::Changed { .. })));
    let mut broken = stale;
    broken.snapshot.generations.clear();
    assert!(matches!(broken.check(None, &later), Err(PushRefusal::Broken(_))));
}
