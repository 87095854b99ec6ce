//! Positions: the only module that knows how the protocol counts them.
//!
//! Everywhere else a place is a byte of a text in UTF-8.

use std::sync::Arc;

use alchemy_program::Bytes;
use tower_lsp::lsp_types::{InitializeParams, Position, PositionEncodingKind, Range};

/// The unit in which the client counts columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 units, which every client knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// Bytes if the client can count them.
    pub(crate) fn agreed(params: &InitializeParams) -> Self {
        let general = params.capabilities.general.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_ref());
        let utf8 = offered.is_some_and(|kinds| kinds.contains(&PositionEncodingKind::UTF8));
        if utf8 { Self::Utf8 } else { Self::Utf16 }
    }

    /// As the protocol names it.
    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// A text with the beginnings of its lines.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    /// The text.
    pub(crate) text: Arc<str>,
    encoding: Encoding,
    starts: Vec<u32>,
}

impl Lines {
    /// Indexes a text. A line ends with a line feed, a carriage return, or both.
    pub(crate) fn new(text: Arc<str>, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = |at: usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = (0..bytes.len()).filter(|&at| ends(at)).map(|at| to_u32(at + 1));
        let starts = std::iter::once(0).chain(starts).collect();
        Self { text, encoding, starts }
    }

    /// The byte at a position. Past the end of a line or of the text it is the last one there; inside a character it is
    /// the character's first.
    pub(crate) fn byte(&self, position: Position) -> u32 {
        let Some(&start) = self.starts.get(position.line as usize) else {
            return to_u32(self.text.len());
        };
        let line = self.line(position.line as usize);
        let mut left = position.character as usize;
        for (at, c) in line.char_indices() {
            let width = self.encoding.width(c);
            if left < width {
                return start + to_u32(at);
            }
            left -= width;
        }
        start + to_u32(line.len())
    }

    /// The position of a byte; of one inside a character, that of the character.
    pub(crate) fn position(&self, byte: u32) -> Position {
        let mut byte = (byte as usize).min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let line = self.starts.partition_point(|&start| start as usize <= byte).max(1) - 1;
        let start = self.starts[line] as usize;
        let columns: usize = self.text[start..byte].chars().map(|c| self.encoding.width(c)).sum();
        Position { line: to_u32(line), character: to_u32(columns) }
    }

    /// The range of a stretch.
    pub(crate) fn range(&self, (start, end): Bytes) -> Range {
        Range { start: self.position(start), end: self.position(end.max(start)) }
    }

    /// The stretch of a range; an inverted one is turned round.
    pub(crate) fn bytes(&self, range: Range) -> Bytes {
        let (start, end) = (self.byte(range.start), self.byte(range.end));
        (start.min(end), start.max(end))
    }

    /// A line's text, without its end.
    fn line(&self, number: usize) -> &str {
        let start = self.starts[number] as usize;
        let end = self.starts.get(number + 1).map_or(self.text.len(), |&next| next as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }
}

/// Texts are bounded far below 4 GB by what a program may be made of.
fn to_u32(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, encoding: Encoding) -> Lines {
        Lines::new(text.into(), encoding)
    }

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_counted_in_the_agreed_unit() {
        let text = "a😀b\nß";
        let utf16 = lines(text, Encoding::Utf16);
        assert_eq!(utf16.byte(at(0, 3)), 5);
        assert_eq!(utf16.position(5), at(0, 3));
        let utf8 = lines(text, Encoding::Utf8);
        assert_eq!(utf8.byte(at(0, 5)), 5);
        assert_eq!(utf8.position(5), at(0, 5));
        assert_eq!(utf8.position(9), at(1, 2));
    }

    #[test]
    fn a_position_inside_a_character_is_its_beginning() {
        let text = "a😀b";
        assert_eq!(lines(text, Encoding::Utf16).byte(at(0, 2)), 1);
        assert_eq!(lines(text, Encoding::Utf8).byte(at(0, 3)), 1);
        assert_eq!(lines(text, Encoding::Utf16).position(3), at(0, 1));
    }

    #[test]
    fn positions_past_the_end_are_the_end() {
        let text = "ab\r\ncd\re";
        let lines = lines(text, Encoding::Utf16);
        assert_eq!(lines.byte(at(0, 99)), 2);
        assert_eq!(lines.byte(at(1, 99)), 6);
        assert_eq!(lines.byte(at(2, 99)), 8);
        assert_eq!(lines.byte(at(9, 0)), 8);
        assert_eq!(lines.position(99), at(2, 1));
    }

    #[test]
    fn every_boundary_survives_the_way_there_and_back() {
        let text = "// é😀\r\nconst a = \"ß\";\n\n\u{1d11e}x";
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = lines(text, encoding);
            for (byte, c) in text.char_indices().filter(|(_, c)| !"\r\n".contains(*c)) {
                let byte = to_u32(byte);
                assert_eq!(lines.byte(lines.position(byte)), byte, "{c:?} in {encoding:?}");
            }
        }
    }
}
