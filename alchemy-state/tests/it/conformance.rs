//! Every store of files passes the suite: on a good disk, and on one whose operations fail now and then.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_state::conformance::{
    Documents, Pair, all, all_are_listed, dead_holder_is_replaced_once,
    fenced_writer_writes_nothing, fill, retention, torn_tail_does_not_count,
};
use alchemy_state::{LocalStore, MemoryStore, StateStore};

use crate::again::{shaky_local, shaky_memory};

/// What opens a client of a folder.
type Open = fn(&Path) -> Arc<dyn StateStore>;

const LOCAL: [Open; 2] = [
    |root| Arc::new(LocalStore::open(root).unwrap().keeping(3)),
    |root| shaky_local(root.to_owned(), 3),
];

/// What opens a client of a store in memory.
type Client = fn(&MemoryStore) -> Arc<dyn StateStore>;

const MEMORY: [Client; 2] =
    [|store| Arc::new(store.client().keeping(3)), |store| shaky_memory(store.client().keeping(3))];

fn pair(open: Open, root: &Path) -> Pair {
    Pair { a: open(root), b: open(root) }
}

/// New folders below one.
fn folders(below: &Path) -> impl FnMut() -> PathBuf {
    let (mut count, below) = (0, below.to_owned());
    move || {
        count += 1;
        below.join(format!("store{count}")).join("state")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn local_store() {
    let folder = tempfile::tempdir().unwrap();
    let mut next = folders(folder.path());
    for open in LOCAL {
        all(|| pair(open, &next())).await;
        retention(pair(open, &next())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn memory_store() {
    for open in MEMORY {
        let fresh = || {
            let store = MemoryStore::new();
            Pair { a: open(&store), b: open(&store) }
        };
        all(fresh).await;
        retention(fresh()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn local_store_under_fifty_contenders() {
    let folder = tempfile::tempdir().unwrap();
    let mut next = folders(folder.path());
    for open in LOCAL {
        let root = next();
        let contenders = (0..50).map(|_| open(&root)).collect();
        dead_holder_is_replaced_once(open(&root), contenders).await;
    }
}

#[tokio::test(start_paused = true)]
async fn memory_store_under_fifty_contenders() {
    for open in MEMORY {
        let store = MemoryStore::new();
        let contenders = (0..50).map(|_| open(&store)).collect();
        dead_holder_is_replaced_once(open(&store), contenders).await;
    }
}

/// A lock on a file cannot be broken while its holder runs; it is lost with the file.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn local_store_fences() {
    let folder = tempfile::tempdir().unwrap();
    let mut next = folders(folder.path());
    for open in LOCAL {
        let root = next();
        let lock = root.join("locks/myapp/dev.lock");
        fenced_writer_writes_nothing(
            pair(open, &root),
            async |_| fs::remove_file(&lock).unwrap(),
            async || documents(&root),
        )
        .await;
    }
}

/// A process that has ended writes nothing, not even through what it still holds.
#[tokio::test(start_paused = true)]
async fn memory_store_fences() {
    for open in MEMORY {
        let store = MemoryStore::new();
        let first = store.client();
        let pair = Pair { a: Arc::new(first.clone()), b: open(&store) };
        fenced_writer_writes_nothing(pair, async |_| first.crash(), async || store.files()).await;
    }
}

const SEGMENT: &str = "journal/myapp/dev/1-1.ndjson";

/// Bytes that are missing at the end: from the last line's last mark to all but its beginning.
const CUTS: [usize; 3] = [2, 3, 300];

#[tokio::test(flavor = "multi_thread")]
async fn local_store_reads_a_torn_journal() {
    let folder = tempfile::tempdir().unwrap();
    let mut next = folders(folder.path());
    for open in LOCAL {
        for cut in CUTS {
            let root = next();
            let tear = async |_: &_| {
                let bytes = fs::read(root.join(SEGMENT)).unwrap();
                fs::write(root.join(SEGMENT), &bytes[..bytes.len() - cut]).unwrap();
            };
            torn_tail_does_not_count(pair(open, &root), tear).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn memory_store_reads_a_torn_journal() {
    for open in MEMORY {
        for cut in CUTS {
            let store = MemoryStore::new();
            let tear = async |_: &_| {
                let mut bytes = store.files()[SEGMENT].clone();
                bytes.truncate(bytes.len() - cut);
                store.tamper(SEGMENT, Some(bytes));
            };
            torn_tail_does_not_count(Pair { a: open(&store), b: open(&store) }, tear).await;
        }
    }
}

const MANY: usize = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_stages_are_listed() {
    let memory = MemoryStore::new();
    let store: Arc<dyn StateStore> = Arc::new(memory.client());
    fill(&store, MANY).await;
    for open in MEMORY {
        all_are_listed(&open(&memory), MANY).await;
    }
    // A folder with the same files; made without making each of them durable.
    let folder = tempfile::tempdir().unwrap();
    for (key, bytes) in memory.files() {
        let path = folder.path().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    for open in LOCAL {
        all_are_listed(&open(folder.path()), MANY).await;
    }
}

/// Every file below a folder, by its relative path.
fn documents(root: &Path) -> Documents {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let key = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(key, fs::read(&path).unwrap());
            }
        }
    }
    found
}
