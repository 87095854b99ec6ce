//! What a folder of a real file system adds: permissions, foreign files, a lock file that is deleted.

use std::fs;
use std::io;
use std::sync::Arc;

use alchemy_core::Realm;
use alchemy_state::conformance::{key, locked, put, request};
use alchemy_state::{LocalStore, StageLock, StateError, StateStore, Step, Tap};

fn open(root: &std::path::Path) -> Arc<dyn StateStore> {
    Arc::new(LocalStore::open(root).unwrap())
}

/// A store with one committed stage, and one whose first run was interrupted.
async fn two_stages(root: &std::path::Path) {
    let store = open(root);
    store.realm(Some(Realm::from_bits([1; 16]))).await.unwrap();
    for (stage, commit) in [("dev", true), ("prod", false)] {
        let lock = locked(&store, &key("myapp", stage)).await;
        lock.append(&[put("One")]).await.unwrap();
        if commit {
            lock.commit().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("state");
    let store = LocalStore::open(&root).unwrap();
    assert!(store.is_empty().await.unwrap());
    assert_eq!(store.load(&key("myapp", "dev")).await.unwrap(), None);
    assert_eq!(store.lock_info(&key("myapp", "dev")).await.unwrap(), None);
    assert_eq!(store.realm(None).await.unwrap(), None);
    assert!(!root.exists());
    store.realm(Some(Realm::from_bits([1; 16]))).await.unwrap();
    assert!(store.is_empty().await.unwrap(), "a realm alone is no deploy");
    two_stages(&root).await;
    assert!(!store.is_empty().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relative_path_is_made_absolute() {
    let store = LocalStore::open(".alchemy/state").unwrap();
    assert!(store.local_root().unwrap().is_absolute());
    assert!(LocalStore::open("").is_err());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    fn check(path: &std::path::Path, seen: &mut Vec<String>) {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            let folder = entry.file_type().unwrap().is_dir();
            assert_eq!(mode, if folder { 0o700 } else { 0o600 }, "{}", entry.path().display());
            seen.push(entry.file_name().to_string_lossy().into_owned());
            if folder {
                check(&entry.path(), seen);
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    two_stages(&folder.path().join("state")).await;
    let lock = open(&folder.path().join("state"))
        .lock(&key("myapp", "dev"), request("sam"))
        .await
        .unwrap();
    lock.append(&[put("Two")]).await.unwrap();
    lock.commit().await.unwrap();
    let mut seen = Vec::new();
    check(folder.path(), &mut seen);
    for name in
        ["realm.json", "stack.json", "state.json", "1-1.ndjson", "1.json", "dev.lock", "dev.json"]
    {
        assert!(seen.iter().any(|there| there == name), "{name}: {seen:?}");
    }
}

/// Folders and files that are none of ours are left alone and do no harm.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_files_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    two_stages(folder.path()).await;
    let store = open(folder.path());
    let before = store.stages().await.unwrap();
    let foreign = [
        "stages/.DS_Store",
        "stages/myapp/notes.txt",
        "stages/myapp/Dev/state.json",
        "stages/not a stack/dev/state.json",
        "stages/myapp/dev/state.json~",
        "journal/myapp/dev/notes.txt",
        "journal/myapp/dev/01-1.ndjson",
        "journal/myapp/dev/.tmp-1-1.ndjson-x",
    ];
    for file in foreign {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "mine").unwrap();
    }
    assert_eq!(store.stages().await.unwrap(), before);
    let lock = locked(&store, &key("myapp", "dev")).await;
    lock.append(&[put("Two")]).await.unwrap();
    lock.commit().await.unwrap();
    for file in foreign {
        assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap(), "mine");
    }
}

/// A broken stage is one line of the list, and no obstacle for the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stage_is_listed_as_such() {
    let folder = tempfile::tempdir().unwrap();
    two_stages(folder.path()).await;
    let state = folder.path().join("stages/myapp/dev/state.json");
    fs::write(&state, "{}").unwrap();
    let store = open(folder.path());
    let listed = store.stages().await.unwrap();
    assert_eq!(listed.len(), 2);
    let reason = listed[0].state.as_ref().unwrap_err();
    assert!(reason.contains("state.json is corrupt: missing field `format`"), "{reason}");
    assert!(listed[1].state.is_ok());
    assert!(!LocalStore::open(folder.path()).unwrap().is_empty().await.unwrap());
    let refused = store.lock(&key("myapp", "dev"), request("sam")).await.map(|_| ());
    assert!(matches!(refused, Err(StateError::Corrupt { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(&state).unwrap(), "{}");
    assert_eq!(
        store.lock_info(&key("myapp", "dev")).await.unwrap(),
        None,
        "a refused lock is not kept"
    );
}

/// Whoever deletes the folder under a run makes the run stop, not a second one start beside it unnoticed.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_lock_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("state");
    let store = open(&root);
    let lock = locked(&store, &key("myapp", "dev")).await;
    lock.append(&[put("One")]).await.unwrap();
    let checker = lock.checker();
    fs::remove_dir_all(&root).unwrap();
    assert!(matches!(checker(), Err(StateError::LockLost { .. })));
    let successor = locked(&store, &key("myapp", "dev")).await;
    assert!(matches!(lock.append(&[put("Two")]).await, Err(StateError::LockLost { .. })));
    assert!(matches!(lock.commit().await, Err(StateError::LockLost { .. })));
    lock.release().await.unwrap();
    assert_eq!(store.lock_info(&key("myapp", "dev")).await.unwrap(), Some(request("sam").info));
    successor.check().unwrap();
}

/// The same while the run is busy writing: the question does not wait for the write, nor is it answered blindly.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_lock_file_is_noticed_during_a_write() {
    let folder = tempfile::tempdir().unwrap();
    let (entered, writing) = std::sync::mpsc::channel();
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let tap: Tap = Arc::new(move |step| {
        if matches!(step, Step::Append(_)) {
            entered.send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
        }
        Ok(())
    });
    let store = LocalStore::open_watched(folder.path(), tap).unwrap();
    let lock: Arc<dyn StageLock> =
        store.lock(&key("myapp", "dev"), request("sam")).await.unwrap().into();
    let appending = tokio::spawn({
        let lock = Arc::clone(&lock);
        async move { lock.append(&[put("One")]).await }
    });
    writing.recv().unwrap();
    lock.check().unwrap();
    fs::remove_file(folder.path().join("locks/myapp/dev.lock")).unwrap();
    assert!(matches!(lock.check(), Err(StateError::LockLost { .. })));
    go_on.send(()).unwrap();
    appending.await.unwrap().unwrap();
    assert!(matches!(lock.append(&[put("Two")]).await, Err(StateError::LockLost { .. })));
}

/// Somebody who writes to the journal past the lock stops the run before it adds to what it does not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_line_in_the_journal_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let lock = locked(&store, &key("myapp", "dev")).await;
    lock.append(&[put("One")]).await.unwrap();
    let segment = folder.path().join("journal/myapp/dev/1-1.ndjson");
    let mut bytes = fs::read(&segment).unwrap();
    bytes.extend_from_slice(b"{}\n");
    fs::write(&segment, &bytes).unwrap();
    let refused = lock.append(&[put("Two")]).await;
    assert!(matches!(refused, Err(StateError::Io { .. })), "{refused:?}");
    assert_eq!(fs::read(&segment).unwrap(), bytes);
}

/// A path that is no folder, or may not be written, is an error that names the file and what was tried.
#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_cannot_be_written_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let store = open(&file.join("state"));
    let refused = store.lock(&key("myapp", "dev"), request("sam")).await.map(|_| ());
    match refused {
        Err(StateError::Io { action: "lock", file, .. }) => {
            assert!(file.ends_with("myapp/dev.lock"), "{file}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert!(store.realm(Some(Realm::from_bits([1; 16]))).await.is_err());
}

/// Where the file system cannot lock, nothing is written: two runs could not be kept apart.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_system_without_locks_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    two_stages(folder.path()).await;
    let tap: Tap = Arc::new(|step| match step {
        Step::Lock(_) => Err(io::Error::from(io::ErrorKind::Unsupported)),
        _ => Ok(()),
    });
    let store = LocalStore::open_watched(folder.path(), tap).unwrap();
    match store.lock(&key("myapp", "dev"), request("sam")).await.map(|_| ()) {
        Err(StateError::Io { action: "lock", source, .. }) => {
            assert_eq!(source.kind(), io::ErrorKind::Unsupported);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.stages().await.unwrap().len(), 2, "reading needs no lock");
}

/// A stage whose state is taken away begins anew, and one that is put back goes on; history stays as it was kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_taken_away_or_put_back_disturbs_no_history() {
    let folder = tempfile::tempdir().unwrap();
    let (store, key) = (open(folder.path()), key("myapp", "dev"));
    let state = folder.path().join("stages/myapp/dev/state.json");
    let history = |serial: u64| folder.path().join(format!("history/myapp/dev/{serial}.json"));
    let deploy = async |fqn: &str| {
        let lock = locked(&store, &key).await;
        lock.append(&[put(fqn)]).await.unwrap();
        let snapshot = lock.commit().await.unwrap();
        lock.release().await.unwrap();
        (snapshot.serial, snapshot.records.len())
    };
    assert_eq!(deploy("One").await, (1, 1));
    assert_eq!(deploy("Two").await, (2, 2));
    let kept = fs::read(history(1)).unwrap();
    fs::remove_file(&state).unwrap();
    assert_eq!(store.load(&key).await.unwrap(), None);
    assert_eq!(deploy("Three").await, (2, 1));
    assert_eq!(deploy("Four").await, (3, 2));
    fs::copy(history(1), &state).unwrap();
    assert_eq!(deploy("Five").await, (3, 2));
    assert_eq!(deploy("Six").await, (4, 3));
    assert_eq!(fs::read(history(1)).unwrap(), kept);
}
