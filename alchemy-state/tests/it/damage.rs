//! Damaged state is refused, or read as what it was; never as something else, and never written over.

use std::collections::BTreeMap;

use alchemy_core::Snapshot;
use alchemy_state::conformance::{every_change, key, put, request};
use alchemy_state::{Loaded, MemoryStore, StageKey, StateError, StateStore};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::{Builder, Runtime};

const STATE: &str = "stages/myapp/dev/state.json";
const SEGMENT: &str = "journal/myapp/dev/2-1.ndjson";

/// A stage with history, a snapshot and an open journal, and its state after each line of the journal.
struct Sample {
    runtime: Runtime,
    store: MemoryStore,
    key: StageKey,
    files: BTreeMap<String, Vec<u8>>,
    after_lines: Vec<Loaded>,
}

impl Sample {
    fn new() -> Self {
        let runtime =
            Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (key, store) = (key("myapp", "dev"), MemoryStore::new());
        let after_lines = runtime.block_on(write_sample(&store, &key));
        let files = store.files();
        assert!(files.contains_key(STATE) && files.contains_key(SEGMENT), "{:?}", files.keys());
        Self { runtime, store, key, files, after_lines }
    }

    fn whole(&self) -> &Loaded {
        self.after_lines.last().unwrap()
    }

    /// What the stage is read as with some files changed or taken away; then they are as before.
    fn read(&self, changes: &[(&str, Option<&[u8]>)]) -> Result<Option<Loaded>, StateError> {
        self.read_and(changes, |error| self.check_refused(changes, error))
    }

    /// The same for one of many places in a file: to try the lock and to compare all files takes longer, and is done
    /// at some of them.
    fn read_at(
        &self,
        place: usize,
        file: &str,
        bytes: &[u8],
    ) -> Result<Option<Loaded>, StateError> {
        let change = [(file, Some(bytes))];
        if place.is_multiple_of(32) { self.read(&change) } else { self.read_and(&change, |_| ()) }
    }

    fn read_and(
        &self,
        changes: &[(&str, Option<&[u8]>)],
        refused: impl FnOnce(&StateError),
    ) -> Result<Option<Loaded>, StateError> {
        for (file, bytes) in changes {
            self.store.tamper(file, bytes.map(<[u8]>::to_vec));
        }
        let loaded = self.runtime.block_on(self.store.load(&self.key));
        if let Err(error) = &loaded {
            refused(error);
        }
        for (file, _) in changes {
            self.store.tamper(file, self.files.get(*file).cloned());
        }
        loaded
    }

    /// Refused: the reason names a file, the lock is refused as well, and every byte stays as it is.
    fn check_refused(&self, changes: &[(&str, Option<&[u8]>)], error: &StateError) {
        let named = match error {
            StateError::Corrupt { file, reason } => {
                !reason.is_empty() && file.starts_with("memory:")
            }
            StateError::Newer { file, found, known } => {
                found > known && file.starts_with("memory:")
            }
            _ => false,
        };
        assert!(named, "{error:?}");
        assert!(self.runtime.block_on(self.store.lock(&self.key, request("sam"))).is_err());
        let mut expected = self.files.clone();
        for (file, bytes) in changes {
            match bytes {
                Some(bytes) => expected.insert((*file).to_owned(), bytes.to_vec()),
                None => expected.remove(*file),
            };
        }
        assert!(self.store.files() == expected, "a damaged store was written to");
    }
}

async fn write_sample(store: &MemoryStore, key: &StageKey) -> Vec<Loaded> {
    let lock = store.lock(key, request("sam")).await.unwrap();
    lock.append(&every_change()).await.unwrap();
    lock.commit().await.unwrap();
    lock.append(&[put("Second")]).await.unwrap();
    lock.commit().await.unwrap();
    lock.release().await.unwrap();
    let mut after_lines = vec![store.load(key).await.unwrap().unwrap()];
    let lock = store.lock(key, request("sam")).await.unwrap();
    for line in
        [vec![put("Third")], vec![put("Fourth"), put("Fifth")], every_change(), vec![put("Sixth")]]
    {
        lock.append(&line).await.unwrap();
        after_lines.push(store.load(key).await.unwrap().unwrap());
    }
    lock.release().await.unwrap();
    after_lines
}

fn cases(count: u32) -> TestRunner {
    let config =
        ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
}

/// Every byte of every file that counts, with one bit or all of them changed: each of them is noticed.
#[test]
fn every_changed_byte_is_refused() {
    let sample = Sample::new();
    let mut places = 0;
    for file in [STATE, SEGMENT] {
        let good = &sample.files[file];
        for place in 0..good.len() {
            let flip = if place % 3 == 0 { 0xff } else { 1 << (place % 8) };
            let mut bytes = good.clone();
            bytes[place] ^= flip;
            let read = sample.read_at(place, file, &bytes);
            assert!(read.is_err(), "{file}: byte {place} changed by {flip:#x} is not noticed");
            places += 1;
        }
    }
    assert!(places > 20_000, "{places}");
}

/// A journal that ends early is one that was not written further; a snapshot that ends early is refused.
#[test]
fn every_cut() {
    let sample = Sample::new();
    let segment = &sample.files[SEGMENT];
    for length in 0..segment.len() {
        let lines = segment[..length].split(|byte| *byte == b'\n').count() - 1;
        // A line that lacks nothing but its line feed counts: all of it was written.
        let lines = if segment[length] == b'\n' { lines + 1 } else { lines };
        let expected = &sample.after_lines[lines.saturating_sub(1)];
        let loaded = sample.read(&[(SEGMENT, Some(&segment[..length]))]).unwrap().unwrap();
        assert_eq!(loaded.snapshot, expected.snapshot, "cut after {length} bytes");
        assert!(loaded.interrupted);
    }
    let state = &sample.files[STATE];
    for length in 0..state.len() {
        assert!(
            sample.read(&[(STATE, Some(&state[..length]))]).is_err(),
            "cut after {length} bytes"
        );
    }
}

/// Pieces removed, doubled, overwritten, inserted, moved: refused, or read as a state that was there.
#[test]
fn any_damage_is_refused_or_irrelevant() {
    let sample = Sample::new();
    let before_lines: Vec<&Snapshot> =
        sample.after_lines.iter().map(|loaded| &loaded.snapshot).collect();
    let inserted = prop::collection::vec(any::<u8>(), 1..24);
    let damage = (any::<bool>(), 0..5_u8, any::<prop::sample::Index>(), 0..400_usize, inserted);
    cases(3_000)
        .run(&damage, |(of_journal, kind, at, length, insert)| {
            let file = if of_journal { SEGMENT } else { STATE };
            let good = &sample.files[file];
            let start = at.index(good.len());
            let end = (start + length).min(good.len());
            let (head, piece, tail) = (&good[..start], &good[start..end], &good[end..]);
            let bytes = match kind {
                0 => [head, tail].concat(),
                1 => [head, piece, piece, tail].concat(),
                2 => [head, &insert, piece, tail].concat(),
                3 => [head, &insert, tail].concat(),
                _ => [tail, piece, head].concat(),
            };
            let allowed: &[&Snapshot] =
                if of_journal { &before_lines } else { &[&sample.whole().snapshot] };
            if let Ok(loaded) = sample.read(&[(file, Some(&bytes))]) {
                let snapshot = loaded.expect("a stage does not vanish").snapshot;
                assert!(allowed.contains(&&snapshot), "read as a state that never was");
            }
            Ok(())
        })
        .unwrap();
}

/// Whole lines of the journal removed, doubled or moved.
#[test]
fn lines_out_of_order_are_refused() {
    let sample = Sample::new();
    let segment = String::from_utf8(sample.files[SEGMENT].clone()).unwrap();
    let lines: Vec<&str> = segment.split_inclusive('\n').collect();
    for i in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(i);
        let mut twice = lines.clone();
        twice.insert(i, lines[i]);
        let mut moved = lines.clone();
        moved.swap(i, (i + 1) % lines.len());
        // Without its last line a journal is a shorter journal.
        let changed =
            if i + 1 < lines.len() { vec![without, twice, moved] } else { vec![twice, moved] };
        for bytes in changed {
            assert!(
                sample.read(&[(SEGMENT, Some(bytes.concat().as_bytes()))]).is_err(),
                "line {i}"
            );
        }
    }
}

/// Whole files removed, or put in another's place.
#[test]
fn files_out_of_place_are_refused() {
    let sample = Sample::new();
    let read = |changes: &[(&str, Option<&[u8]>)]| match sample.read(changes) {
        Err(StateError::Corrupt { reason, .. }) => reason,
        other => panic!("{changes:?}: {other:?}"),
    };
    let (state, segment) = (sample.files[STATE].as_slice(), sample.files[SEGMENT].as_slice());
    let history = sample.files["history/myapp/dev/1.json"].as_slice();
    let stack = sample.files["stages/myapp/stack.json"].as_slice();
    let after = "journal/myapp/dev/3-1.ndjson";
    assert!(read(&[(STATE, None)]).contains("the state that it continues is missing"));
    assert!(read(&[(STATE, Some(history))]).contains("does not continue"));
    assert!(read(&[(after, Some(segment))]).contains("another segment's content"));
    let cut = &segment[..segment.len() - 30];
    assert!(read(&[(SEGMENT, Some(cut)), (after, Some(b"{"))]).contains("another segment follows"));
    assert!(
        read(&[(STATE, Some(stack))])
            .contains("it holds a stack document instead of a state document")
    );
    assert!(read(&[(SEGMENT, Some(state))]).contains("line 1"));
    sample.store.tamper("stages/myapp/prod/state.json", Some(state.to_vec()));
    let refused = sample.runtime.block_on(sample.store.load(&key("myapp", "prod")));
    assert!(
        matches!(&refused, Err(StateError::Corrupt { reason, .. }) if reason.contains("belongs to stage `dev`"))
    );
}

/// A document of a newer version is named as such, even if nothing but its number can be understood.
#[test]
fn newer_formats_are_named() {
    let sample = Sample::new();
    for newer in [&br#"{"format":3}"#[..], br#"{"format":7,"what":["ever"],"body":{"state":1}}"#] {
        for file in [STATE, SEGMENT] {
            let newer = [newer, b"\n"].concat();
            match sample.read(&[(file, Some(&newer))]) {
                Err(StateError::Newer { file: named, found, known: 2 }) => {
                    assert_eq!(named, format!("memory:{file}"));
                    assert!(found == 3 || found == 7);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
