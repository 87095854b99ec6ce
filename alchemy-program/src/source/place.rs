//! Places: from bytes to lines and columns for people, and from what the engine runs back to what the user wrote.

use std::sync::Arc;

use alchemy_core::{Location, Span};

/// A text with the beginnings of its lines.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// As spans name it: relative to the project root.
    pub(crate) file: Arc<str>,
    /// All of it.
    pub(crate) source: Arc<str>,
    lines: Arc<[u32]>,
}

impl Text {
    /// Indexes `text`, which spans will name `file`.
    pub(crate) fn new(file: &str, text: Arc<str>) -> Self {
        let lines = line_starts(&text);
        Self { file: file.into(), source: text, lines }
    }

    /// The place of bytes `start..end`, cut to the text and to whole characters.
    pub(crate) fn span(&self, start: u32, end: u32) -> Span {
        let start = self.boundary(start);
        let end = self.boundary(end).max(start);
        let line = self.lines.partition_point(|&at| at <= start).max(1);
        let begin = self.lines[line - 1];
        let column = self.source[begin as usize..start as usize].chars().count() + 1;
        let location =
            Location { file: self.file.to_string(), line: to_u32(line), column: to_u32(column) };
        Span { location, start, end }
    }

    /// The byte at a 0-based line and a 0-based column in UTF-16 units.
    fn offset(&self, line: u32, column: u32) -> Option<u32> {
        let begin = *self.lines.get(line as usize)?;
        let rest = &self.source[begin as usize..];
        let mut units = 0;
        for (at, c) in rest.char_indices() {
            if units >= column || c == '\n' {
                return Some(begin + to_u32(at));
            }
            units += to_u32(c.len_utf16());
        }
        Some(to_u32(self.source.len()))
    }

    fn boundary(&self, at: u32) -> u32 {
        let mut at = (at as usize).min(self.source.len());
        while !self.source.is_char_boundary(at) {
            at -= 1;
        }
        to_u32(at)
    }
}

/// Where generated code comes from: the generated lines, and pairs of places in order of the generated one.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    code: Text,
    tokens: Vec<Token>,
}

/// Line and column (0-based, UTF-16) in the generated code, and in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Token {
    /// Generated.
    pub(crate) to: (u32, u32),
    /// Source.
    pub(crate) from: (u32, u32),
}

impl Mapping {
    /// A mapping of `code`.
    pub(crate) fn new(code: Arc<str>, mut tokens: Vec<Token>) -> Self {
        tokens.sort_unstable();
        Self { code: Text::new("", code), tokens }
    }

    /// The byte of `source` that the engine's 1-based line and column (in bytes) comes from.
    pub(crate) fn source_offset(&self, source: &Text, line: u32, column: u32) -> Option<u32> {
        let line = line.checked_sub(1)?;
        let begin = *self.code.lines.get(line as usize)?;
        let at = self.code.boundary(begin + column.saturating_sub(1));
        let column =
            to_u32(self.code.source[begin as usize..at.max(begin) as usize].encode_utf16().count());
        let next = self.tokens.partition_point(|token| token.to <= (line, column));
        let token = self.tokens.get(next.checked_sub(1)?)?;
        source.offset(token.from.0, token.from.1)
    }
}

/// The byte of `source` at the engine's 1-based line and column (in bytes), for code that runs as it was written.
pub(crate) fn plain_offset(source: &Text, line: u32, column: u32) -> Option<u32> {
    let begin = *source.lines.get(line.checked_sub(1)? as usize)?;
    Some(source.boundary(begin + column.saturating_sub(1)))
}

fn line_starts(text: &str) -> Arc<[u32]> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0).chain(breaks.map(|(at, _)| to_u32(at + 1))).collect()
}

/// Sizes of source texts are bounded far below 4 GB by `limits::FILE_BYTES`.
fn to_u32(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
