//! Every format ever written: this version reads the files of all `golden` folders, and writes those of the newest, byte
//! for byte. `v2` is a local store's, `v2-remote` a remote one's.
//!
//! `ALCHEMY_BLESS=1` writes them anew: for a format that was never released only.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{Change, Realm, Snapshot};
use alchemy_state::conformance::{self, every_change, key, put, record, request};
use alchemy_state::remote::{MemoryObjects, RemoteStore, SimHost};
use alchemy_state::{
    Liveness, LocalStore, LockRequest, LockState, MemoryStore, RealmOrigin, StageLock, StateStore,
};

fn golden(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(version)
}

/// Writes a document of every kind. The lock comes back, as it must be held for its file to be there.
async fn write_every_kind(store: &MemoryStore) -> Box<dyn StageLock> {
    store.realm(Some(Realm::from_bits(*b"0123456789abcdef"))).await.unwrap();
    let mut who = request("sam");
    who.info.ci_url = Some("https://ci.example/run/1".to_owned());
    let lock = store.lock(&key("MyApp", "pr-147"), LockRequest { ..who }).await.unwrap();
    lock.append(&[put("First")]).await.unwrap();
    lock.commit().await.unwrap();
    lock.append(&every_change()).await.unwrap();
    lock.commit().await.unwrap();
    lock.append(&every_change()[..9]).await.unwrap();
    lock.append(&every_change()[9..]).await.unwrap();
    lock
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

fn write_folder(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Holds what is written against the files of `version`.
fn compare(version: &str, written: &BTreeMap<String, Vec<u8>>) {
    if std::env::var_os("ALCHEMY_BLESS").is_some() {
        write_folder(&golden(version), written);
    }
    let mut expected = BTreeMap::new();
    read_folder(&golden(version), "", &mut expected);
    assert_eq!(written.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, bytes) in written {
        let then = &expected[name];
        let place = bytes
            .iter()
            .zip(then)
            .position(|(now, then)| now != then)
            .unwrap_or(bytes.len().min(then.len()));
        let around = |text: &[u8]| {
            String::from_utf8_lossy(&text[place.saturating_sub(200)..text.len().min(place + 80)])
                .into_owned()
        };
        assert!(
            bytes == then,
            "{name} differs from byte {place} on: a format that was released may not change; add a new one\n\
             now:  {}\nthen: {}",
            around(bytes),
            around(then),
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_written() {
    let store = MemoryStore::new();
    let _lock = write_every_kind(&store).await;
    compare("v2", &store.files());
}

/// The lock object held and free, a segment, the end of an epoch, the note of the probe.
#[tokio::test(start_paused = true)]
async fn what_is_written_to_a_remote_store() {
    let (objects, key) = (MemoryObjects::new(), key("MyApp", "pr-147"));
    let client = |machine: &str| {
        RemoteStore::new(Arc::new(objects.clone()), Arc::new(SimHost::new(machine)))
    };
    let store = client("golden-1");
    store.realm(Some(Realm::from_bits(*b"0123456789abcdef"))).await.unwrap();
    let lock = store.lock(&key, request("sam")).await.unwrap();
    lock.append(&[put("First")]).await.unwrap();
    lock.commit().await.unwrap();
    lock.append(&[put("Second")]).await.unwrap();
    let patient = LockRequest { wait: Duration::from_mins(5), ..request("eve") };
    drop(lock);
    let _held = client("golden-2").lock(&key, patient).await.unwrap();
    let other = conformance::key("MyApp", "free");
    store.lock(&other, request("sam")).await.unwrap().release().await.unwrap();
    let written = objects.all().into_iter().map(|(name, bytes)| (name, bytes.to_vec())).collect();
    compare("v2-remote", &written);
}

#[tokio::test(start_paused = true)]
async fn what_is_read_from_a_remote_store() {
    let mut files = BTreeMap::new();
    read_folder(&golden("v2-remote"), "", &mut files);
    let objects = MemoryObjects::new();
    for (name, bytes) in files {
        objects.tamper(&name, Some(bytes.into()));
    }
    let host = Arc::new(SimHost::new("golden-3"));
    let store = RemoteStore::new(Arc::new(objects), host);
    let key = key("MyApp", "pr-147");
    let loaded = store.load(&key).await.unwrap().unwrap();
    assert_eq!((loaded.snapshot.serial, loaded.snapshot.records.len()), (1, 2));
    assert!(loaded.interrupted);
    let LockState::Held(held) = store.lock_state(&key).await.unwrap() else {
        panic!("it is held");
    };
    assert_eq!((held.epoch, held.liveness), (2, Liveness::Unknown));
    assert_eq!(held.info, Some(request("eve").info));
    let free = store.lock_state(&conformance::key("MyApp", "free")).await.unwrap();
    assert_eq!(free, LockState::Free);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read() {
    read_version("v1", &|change| !matches!(change, Change::Key(_) | Change::References(_))).await;
    read_version("v2", &|_| true).await;
}

/// Reads the files of `version`, in which `sayable` changes could be written.
async fn read_version(version: &str, sayable: &dyn Fn(&Change) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut files = BTreeMap::new();
    read_folder(&golden(version), "", &mut files);
    write_folder(folder.path(), &files);
    let store: Arc<dyn StateStore> = Arc::new(LocalStore::open(folder.path()).unwrap());
    let realm = Realm::from_bits(*b"0123456789abcdef");
    assert_eq!(store.realm(None).await.unwrap(), Some((realm, RealmOrigin::Found)));
    let key = key("MyApp", "pr-147");
    let every = || every_change().into_iter().filter(|change| sayable(change));
    let mut expected = Snapshot::new(key.stack.clone(), key.stage.clone());
    for change in std::iter::once(put("First")).chain(every()).chain(every()) {
        expected.apply(&change);
    }
    expected.serial = 2;
    let loaded = store.load(&key).await.unwrap().unwrap();
    assert!(loaded.interrupted);
    assert_eq!(loaded.snapshot, expected);
    let lock = store.lock(&key, request("sam")).await.unwrap();
    expected.serial = 3;
    assert_eq!(lock.commit().await.unwrap(), expected);
    let kept = fs::read(folder.path().join("history/myapp/pr-147/2.json")).unwrap();
    assert_eq!(kept, files["stages/myapp/pr-147/state.json"], "history keeps the exact bytes");
    assert!(expected.records.contains_key(&record("First", 0).uid));
}
