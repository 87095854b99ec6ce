//! A process may end between any two operations on the file system.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use alchemy_core::{Realm, Snapshot};
use alchemy_state::conformance::{key, locked, put, request};
use alchemy_state::{LocalStore, StateError, StateStore, Step, Tap};

/// What was there, with what had been acknowledged by then.
type Prefixes = Arc<Mutex<Vec<(PathBuf, usize)>>>;

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A tap that copies the store before every operation, and after a whole line half of it.
fn recorder(
    root: PathBuf,
    copies: PathBuf,
    acknowledged: Arc<Mutex<usize>>,
    prefixes: Prefixes,
) -> Tap {
    Arc::new(move |step| {
        let mut prefixes = prefixes.lock().unwrap();
        let done = *acknowledged.lock().unwrap();
        let mut keep = |spoil: Option<&Path>| {
            let copy = copies.join(prefixes.len().to_string());
            if root.exists() {
                copy_folder(&root, &copy);
            }
            if let Some(file) = spoil {
                let file = copy.join(file.strip_prefix(&root).unwrap());
                let bytes = fs::read(&file).unwrap();
                fs::write(&file, &bytes[..bytes.len() - 40]).unwrap();
            }
            prefixes.push((copy, done));
        };
        keep(None);
        if let Step::SyncFile(file) = step
            && file.extension().is_some_and(|extension| extension == "ndjson")
        {
            keep(Some(file));
        }
        Ok(())
    })
}

/// Two runs, the first of which does not commit. Every acknowledged append counts one.
async fn two_runs(root: &Path, tap: Tap, acknowledged: &Mutex<usize>) -> Snapshot {
    let store: Arc<dyn StateStore> = Arc::new(LocalStore::open_watched(root, tap).unwrap());
    let key = key("myapp", "dev");
    store.realm(Some(Realm::from_bits([1; 16]))).await.unwrap();
    let lock = locked(&store, &key).await;
    for fqn in ["One", "Two"] {
        lock.append(&[put(fqn)]).await.unwrap();
        *acknowledged.lock().unwrap() += 1;
    }
    drop(lock);
    let lock = locked(&store, &key).await;
    for fqn in ["Three", "Four"] {
        lock.append(&[put(fqn)]).await.unwrap();
        *acknowledged.lock().unwrap() += 1;
    }
    lock.commit().await.unwrap();
    lock.append(&[put("Five")]).await.unwrap();
    *acknowledged.lock().unwrap() += 1;
    let snapshot = lock.commit().await.unwrap();
    lock.release().await.unwrap();
    snapshot
}

/// Whatever prefix of the operations was done: what was acknowledged is there, at most one more, and work goes on.
#[tokio::test(flavor = "multi_thread")]
async fn every_prefix_of_the_operations_is_a_good_state() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("state");
    let (acknowledged, prefixes) = (Arc::new(Mutex::new(0)), Prefixes::default());
    let tap = recorder(
        root.clone(),
        folder.path().join("copies"),
        Arc::clone(&acknowledged),
        Arc::clone(&prefixes),
    );
    let end = two_runs(&root, tap, &acknowledged).await;
    assert_eq!((end.serial, end.records.len()), (3, 5));
    let prefixes = prefixes.lock().unwrap().clone();
    assert!(prefixes.len() > 60, "{}", prefixes.len());
    let key = key("myapp", "dev");
    for (copy, done) in prefixes {
        let store: Arc<dyn StateStore> = Arc::new(LocalStore::open(&copy).unwrap());
        let loaded =
            store.load(&key).await.unwrap_or_else(|error| panic!("{}: {error}", copy.display()));
        let left = loaded.map_or(0, |loaded| loaded.snapshot.records.len());
        assert!(
            (done..=done + 1).contains(&left),
            "{}: {done} acknowledged, {left} there",
            copy.display()
        );
        store.realm(Some(Realm::from_bits([2; 16]))).await.unwrap();
        let lock = locked(&store, &key).await;
        lock.append(&[put("After")]).await.unwrap();
        assert_eq!(lock.commit().await.unwrap().records.len(), left + 1);
        lock.release().await.unwrap();
        assert_eq!(temporary_files(&copy.join("stages/myapp/dev")), [""; 0], "{}", copy.display());
        let journal = fs::read_dir(copy.join("journal/myapp/dev")).unwrap().count();
        assert_eq!(journal, 0, "{}: segments are removed once they do not count", copy.display());
    }
}

fn temporary_files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(temporary_files(&entry.path()));
        } else if entry.file_name().to_string_lossy().starts_with(".tmp") {
            found.push(entry.path().display().to_string());
        }
    }
    found
}

/// Nothing is named before its content is durable, nothing counts as done before its name is.
#[tokio::test(flavor = "multi_thread")]
async fn content_is_durable_before_its_name_and_names_before_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let steps = Arc::new(Mutex::new(Vec::<Step>::new()));
    let seen = Arc::clone(&steps);
    let tap: Tap = Arc::new(move |step| {
        seen.lock().unwrap().push(step.clone());
        Ok(())
    });
    let root = folder.path().join("state");
    let store = LocalStore::open_watched(&root, tap).unwrap();
    let lock = store.lock(&key("myapp", "dev"), request("sam")).await.unwrap();
    lock.append(&[put("One")]).await.unwrap();
    lock.commit().await.unwrap();
    let journal = root.join("journal/myapp/dev");
    let segment = |n: u32| journal.join(format!("1-{n}.ndjson"));
    steps.lock().unwrap().clear();
    lock.append(&[put("Two")]).await.unwrap();
    assert_eq!(
        std::mem::take(&mut *steps.lock().unwrap()),
        [
            Step::CreateLog(segment(2)),
            Step::Append(segment(2)),
            Step::SyncFile(segment(2)),
            Step::SyncFolder(journal.clone())
        ]
    );
    lock.append(&[put("Three")]).await.unwrap();
    assert_eq!(
        std::mem::take(&mut *steps.lock().unwrap()),
        [Step::Append(segment(2)), Step::SyncFile(segment(2))],
        "one write and one flush an append"
    );
    lock.commit().await.unwrap();
    let steps = std::mem::take(&mut *steps.lock().unwrap());
    let (history, state) =
        (root.join("history/myapp/dev/1.json"), root.join("stages/myapp/dev/state.json"));
    let place = |wanted: Step| steps.iter().position(|step| *step == wanted).unwrap();
    let order = [
        place(Step::WriteTemporary(history.clone())),
        place(Step::SyncFile(history.clone())),
        place(Step::Name(history.clone())),
        place(Step::SyncFolder(history.parent().unwrap().to_owned())),
        place(Step::WriteTemporary(state.clone())),
        place(Step::SyncFile(state.clone())),
        place(Step::Name(state.clone())),
        place(Step::SyncFolder(state.parent().unwrap().to_owned())),
        place(Step::Remove(segment(2))),
        place(Step::SyncFolder(journal)),
    ];
    assert!(order.is_sorted(), "{order:?}");
}

/// Any operation may fail once (disk full): nothing that was acknowledged is lost, and another run completes.
#[tokio::test(flavor = "multi_thread")]
async fn every_operation_may_fail() {
    let key = key("myapp", "dev");
    let mut failed = 0;
    for at in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let count = Mutex::new(0);
        let tap: Tap = Arc::new(move |_| {
            let mut count = count.lock().unwrap();
            *count += 1;
            if *count == at + 1 { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
        });
        let watched: Arc<dyn StateStore> =
            Arc::new(LocalStore::open_watched(folder.path(), tap).unwrap());
        let (acknowledged, result) = stubborn_run(&watched).await;
        let store: Arc<dyn StateStore> = Arc::new(LocalStore::open(folder.path()).unwrap());
        let left =
            store.load(&key).await.unwrap().map_or(0, |loaded| loaded.snapshot.records.len());
        assert!(left >= acknowledged, "operation {at}: {acknowledged} acknowledged, {left} there");
        let (_, again) = stubborn_run(&store).await;
        again.unwrap();
        let loaded = store.load(&key).await.unwrap().unwrap();
        assert_eq!(
            (loaded.snapshot.records.len(), loaded.interrupted),
            (4, false),
            "operation {at}"
        );
        match result {
            Ok(()) if at > 40 => break,
            Ok(()) => {}
            Err(error) => {
                failed += 1;
                let named = matches!(&error, StateError::Io { file, .. } if file.starts_with('/'));
                assert!(named, "operation {at}: {error:?}");
            }
        }
    }
    assert!(failed > 20, "{failed}");
}

/// Goes on after a failed append, as a run does that awaits what is in flight.
async fn stubborn_run(store: &Arc<dyn StateStore>) -> (usize, Result<(), StateError>) {
    let lock = match store.lock(&key("myapp", "dev"), request("sam")).await {
        Ok(lock) => lock,
        Err(error) => return (0, Err(error)),
    };
    let (mut acknowledged, mut first_error) = (0, None);
    for round in ["One", "Two", "Three", "Four"] {
        match lock.append(&[put(round)]).await {
            Ok(()) => acknowledged += 1,
            Err(error) => first_error = first_error.or(Some(error)),
        }
        if round == "Two"
            && let Err(error) = lock.commit().await
        {
            first_error = first_error.or(Some(error));
        }
    }
    for result in [lock.commit().await.map(|_| ()), lock.release().await] {
        if let Err(error) = result {
            first_error = first_error.or(Some(error));
        }
    }
    (acknowledged, first_error.map_or(Ok(()), Err))
}
