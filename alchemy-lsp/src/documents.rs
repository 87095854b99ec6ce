//! Open documents: their texts as the editor has them, and where a byte of an earlier text is now.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_program::Bytes;
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, Url};

use crate::position::{Encoding, Lines};

/// Edits that are remembered of a document. A place from before the oldest is not known any more.
const EDITS: usize = 4096;

/// One open document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// Its address.
    pub(crate) uri: Url,
    /// Its file, if it is one.
    pub(crate) path: Option<PathBuf>,
    /// The editor's number of this text.
    pub(crate) version: i32,
    /// Ours: one more at every change.
    pub(crate) revision: u64,
    /// The text.
    pub(crate) lines: Arc<Lines>,
    edits: VecDeque<Edit>,
}

#[derive(Clone, Copy, Debug)]
struct Edit {
    /// Revision that it made.
    revision: u64,
    start: u32,
    removed: u32,
    added: u32,
}

impl Document {
    fn new(uri: Url, version: i32, text: &str, encoding: Encoding) -> Self {
        let path = uri.to_file_path().ok();
        let lines = Arc::new(Lines::new(text.into(), encoding));
        Self { uri, path, version, revision: 0, lines, edits: VecDeque::new() }
    }

    fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        self.version = version;
        for change in changes {
            let old = Arc::clone(&self.lines.text);
            let (start, end) = match change.range {
                Some(range) => self.lines.bytes(range),
                None => (0, to_u32(old.len())),
            };
            let whole = [&old[..start as usize], &change.text, &old[end as usize..]].concat();
            self.note(&old, &whole);
            self.lines = Arc::new(Lines::new(whole.into(), encoding));
        }
    }

    /// Remembers the edits that make `new` of `old`, as small as they can be seen to be: a text that was sent as a whole
    /// moves no more than it must. Last ones first, so that each counts bytes that those after it leave alone.
    fn note(&mut self, old: &str, new: &str) {
        self.revision += 1;
        for (start, removed, added) in differences(old, new).into_iter().rev() {
            self.edits.push_back(Edit {
                revision: self.revision,
                start: to_u32(start),
                removed: to_u32(removed),
                added: to_u32(added),
            });
        }
        while self.edits.len() > EDITS {
            self.edits.pop_front();
        }
    }

    /// Where byte `at` of the text of `revision` is now; none if it was removed, or if that is too long ago.
    pub(crate) fn moved(&self, revision: u64, mut at: u32) -> Option<u32> {
        let first = self.edits.front().map_or(self.revision + 1, |edit| edit.revision);
        if revision > self.revision || revision + 1 < first {
            return None;
        }
        for edit in self.edits.iter().filter(|edit| edit.revision > revision) {
            if at >= edit.start + edit.removed && (edit.removed > 0 || at > edit.start) {
                at = at - edit.removed + edit.added;
            } else if at > edit.start {
                return None;
            }
        }
        Some(at)
    }

    /// Where a stretch is now; none if either end was removed.
    pub(crate) fn moved_bytes(&self, revision: u64, (start, end): Bytes) -> Option<Bytes> {
        let (start, end) = (self.moved(revision, start)?, self.moved(revision, end)?);
        (start <= end).then_some((start, end))
    }
}

/// All open documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    /// By address.
    pub(crate) open: BTreeMap<Url, Arc<Document>>,
    /// How positions are counted.
    pub(crate) encoding: Encoding,
}

impl Documents {
    /// Takes a document that the editor has opened.
    pub(crate) fn open(&mut self, uri: Url, version: i32, text: &str) {
        let document = Document::new(uri.clone(), version, text, self.encoding);
        self.open.insert(uri, Arc::new(document));
    }

    /// Changes a document. Changes of one that is not open are not looked at.
    pub(crate) fn change(
        &mut self,
        uri: &Url,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) {
        if let Some(document) = self.open.get_mut(uri) {
            Arc::make_mut(document).change(version, changes, self.encoding);
        }
    }

    /// Forgets a document.
    pub(crate) fn close(&mut self, uri: &Url) -> Option<Arc<Document>> {
        self.open.remove(uri)
    }

    /// The document of a file, whichever way the editor writes its address and whichever links lead there.
    pub(crate) fn of_file(&self, path: &Path) -> Option<&Arc<Document>> {
        let named = |document: &&Arc<Document>| document.path.as_deref() == Some(path);
        self.open.values().find(named).or_else(|| {
            let file = std::fs::canonicalize(path).ok()?;
            self.open.values().find(|document| {
                let real = document.path.as_ref().and_then(|path| std::fs::canonicalize(path).ok());
                real.as_ref() == Some(&file)
            })
        })
    }

    /// The address of a file: the editor's own, if it is open.
    pub(crate) fn uri(&self, path: &Path) -> Option<Url> {
        let open = self.of_file(path).map(|document| document.uri.clone());
        open.or_else(|| Url::from_file_path(path).ok())
    }

    /// The texts of all files among them.
    pub(crate) fn overlay(&self) -> BTreeMap<PathBuf, String> {
        let files = self
            .open
            .values()
            .filter_map(|document| Some((document.path.clone()?, document.lines.text.to_string())));
        files.collect()
    }

    /// Their revisions.
    pub(crate) fn revisions(&self) -> BTreeMap<Url, u64> {
        self.open.iter().map(|(uri, document)| (uri.clone(), document.revision)).collect()
    }
}

/// Where two texts differ, in order: byte of the old one, bytes removed, bytes added. Lines that are there once in both
/// hold them together.
fn differences(old: &str, new: &str) -> Vec<(usize, usize, usize)> {
    let (mut at, mut to) = (0, 0);
    let mut found = Vec::new();
    for (line, text) in anchors(old, new) {
        let (before, after) = (&old[at..line], &new[to..text]);
        found.extend(difference(before, after).map(|it| (at + it.0, it.1, it.2)));
        (at, to) = (line, text);
    }
    found.extend(difference(&old[at..], &new[to..]).map(|it| (at + it.0, it.1, it.2)));
    found
}

/// Beginnings of lines that both texts have exactly once, in the order of both. None for an edit that only adds or only
/// removes, which needs none.
fn anchors(old: &str, new: &str) -> Vec<(usize, usize)> {
    match difference(old, new) {
        Some((_, removed, added)) if removed.min(added) > 0 => {}
        _ => return Vec::new(),
    }
    let (old, new) = (once(old), once(new));
    let mut places: Vec<(usize, usize)> =
        old.iter().filter_map(|(line, at)| Some((*at, *new.get(line)?))).collect();
    places.sort_unstable();
    let mut last = None;
    places.retain(|(_, to)| {
        let later = last.is_none_or(|last| last < *to);
        if later {
            last = Some(*to);
        }
        later
    });
    places
}

/// The lines that a text has once, with their first bytes.
fn once(text: &str) -> BTreeMap<&str, usize> {
    let mut lines: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        lines.entry(line).and_modify(|seen| *seen = None).or_insert(Some(at));
        at += line.len();
    }
    lines.into_iter().filter_map(|(line, at)| Some((line, at?))).collect()
}

/// The smallest single edit that makes `new` of `old`: first byte, bytes removed, bytes added.
fn difference(old: &str, new: &str) -> Option<(usize, usize, usize)> {
    let start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let pairs = old.bytes().rev().zip(new.bytes().rev()).take(rest);
    let tail = pairs.take_while(|(a, b)| a == b).count();
    let (removed, added) = (old.len() - start - tail, new.len() - start - tail);
    (removed + added > 0).then_some((start, removed, added))
}

fn to_u32(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use tower_lsp::lsp_types::{Position, Range};

    use super::*;

    fn document(text: &str) -> Document {
        Document::new(Url::parse("file:///a.ts").unwrap(), 1, text, Encoding::Utf16)
    }

    fn change(start: u32, end: u32, text: &str) -> Vec<TextDocumentContentChangeEvent> {
        let at = |character| Position { line: 0, character };
        let range = Some(Range { start: at(start), end: at(end) });
        vec![TextDocumentContentChangeEvent { range, range_length: None, text: text.to_owned() }]
    }

    #[test]
    fn changes_are_applied_in_order_each_to_the_text_before_it() {
        let mut it = document("a😀b");
        let mut changes = change(1, 3, "");
        changes.extend(change(1, 1, "xy"));
        it.change(2, changes, Encoding::Utf16);
        assert_eq!(&*it.lines.text, "axyb");
        assert_eq!((it.version, it.revision), (2, 2));
    }

    #[test]
    fn places_move_with_the_text() {
        let mut it = document("one two three");
        it.change(2, change(4, 4, "new "), Encoding::Utf16);
        assert_eq!(it.moved(0, 4), Some(4), "text written at a place goes after it");
        assert_eq!(it.moved(0, 5), Some(9));
        it.change(3, change(4, 8, ""), Encoding::Utf16);
        assert_eq!(it.moved(0, 5), Some(5));
        assert_eq!(it.moved(1, 6), None, "its text was removed");
        assert_eq!(it.moved(1, 8), Some(4));
        assert_eq!(it.moved(3, 0), None, "no such text yet");
    }

    #[test]
    fn a_text_sent_as_a_whole_moves_only_what_differs() {
        let mut it = document("one two three");
        let whole = |text: &str| {
            let text = text.to_owned();
            vec![TextDocumentContentChangeEvent { range: None, range_length: None, text }]
        };
        it.change(2, whole("one 2 three"), Encoding::Utf16);
        assert_eq!(it.moved(0, 8), Some(6));
        assert_eq!(it.moved_bytes(0, (8, 13)), Some((6, 11)));
        let mut it = document("one\ntwo\nthree\nfour");
        it.change(2, whole("zero\none\nTWO\nthree\n4"), Encoding::Utf16);
        assert_eq!(it.moved(0, 1), Some(6), "inside of one");
        assert_eq!(it.moved(0, 9), Some(14), "inside of three");
    }
}
