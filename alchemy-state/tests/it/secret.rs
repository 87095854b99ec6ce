//! The key of redacted values.

use std::collections::BTreeSet;
use std::fs;

use alchemy_state::{StateError, secret_key};

#[test]
fn made_once_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("not").join("yet");
    let keys: BTreeSet<[u8; 32]> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| secret_key(&home).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(keys.len(), 1, "all first calls get the same key");
    assert_eq!(Some(&secret_key(&home).unwrap()), keys.first());
    assert_ne!(secret_key(&folder.path().join("other")).unwrap(), secret_key(&home).unwrap());
    let names: Vec<_> =
        fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["secret.key"], "nothing else is left behind");
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    secret_key(&home).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(home.clone()), mode(home.join("secret.key"))), (0o700, 0o600));
}

#[test]
fn what_is_no_key_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.key");
    for text in ["", "\n", "12", &"0".repeat(63), &"g".repeat(64), &"0".repeat(66)] {
        fs::write(&file, text).unwrap();
        let refused = secret_key(folder.path());
        assert!(matches!(refused, Err(StateError::Corrupt { .. })), "{text:?}: {refused:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}
