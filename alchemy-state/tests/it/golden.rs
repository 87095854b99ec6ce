//! Every format ever written: the files of `golden/v1` are what this version writes, byte for byte, and reads.
//!
//! `ALCHEMY_BLESS=1` writes them anew: for a format that was never released only.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_core::Realm;
use alchemy_state::conformance::{
    every_change, expected_after_every_change, key, put, record, request,
};
use alchemy_state::{LocalStore, LockRequest, MemoryStore, RealmOrigin, StageLock, StateStore};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden/v1")
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

#[tokio::test(start_paused = true)]
async fn what_is_written() {
    let store = MemoryStore::new();
    let _lock = write_every_kind(&store).await;
    let written = store.files();
    if std::env::var_os("ALCHEMY_BLESS").is_some() {
        write_folder(&golden(), &written);
    }
    let mut expected = BTreeMap::new();
    read_folder(&golden(), "", &mut expected);
    assert_eq!(written.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, bytes) in written {
        let then = &expected[&name];
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
            bytes == *then,
            "{name} differs from byte {place} on: a format that was released may not change; add a new one\n\
             now:  {}\nthen: {}",
            around(&bytes),
            around(then),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = BTreeMap::new();
    read_folder(&golden(), "", &mut files);
    write_folder(folder.path(), &files);
    let store: Arc<dyn StateStore> = Arc::new(LocalStore::open(folder.path()).unwrap());
    let realm = Realm::from_bits(*b"0123456789abcdef");
    assert_eq!(store.realm(None).await.unwrap(), Some((realm, RealmOrigin::Found)));
    let key = key("MyApp", "pr-147");
    let mut expected = expected_after_every_change(&key);
    expected.apply(&put("First"));
    for change in every_change() {
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
