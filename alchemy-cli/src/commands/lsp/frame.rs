//! The editor's messages, one at a time, on their way to the server. Two things are seen to here, because the server's library
//! sees to neither: it goes on reading after `exit`, although the editor may wait for the process to end before it closes the
//! pipe; and it drops a message with half a surrogate pair in it, after which server and editor hold different texts.

use std::io::{self, BufRead, Read as _};

use serde_json::Value;

/// Longer messages are not looked into for `exit`, which has no parameters.
const LONGEST_EXIT: usize = 1024;
/// What stands for half a pair: one UTF-16 unit too, so that positions stay right.
const REPLACEMENT: &[u8; 4] = b"fffd";

/// A message as it is on the wire.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Frame {
    /// The next message; none at the end. What is not framed is passed on as it is, for the server to complain of.
    pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut frame = Self::default();
        let mut length = 0;
        loop {
            let begin = frame.head.len();
            if input.read_until(b'\n', &mut frame.head)? == 0 {
                return Ok((!frame.head.is_empty()).then_some(frame));
            }
            let line = frame.head[begin..].trim_ascii();
            if line.is_empty() {
                break;
            }
            length = content_length(line).unwrap_or(length);
        }
        input.take(length).read_to_end(&mut frame.body)?;
        frame.mend();
        Ok(Some(frame))
    }

    /// All its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        [&self.head[..], &self.body].concat()
    }

    /// Whether it is the editor's goodbye.
    pub(super) fn is_exit(&self) -> bool {
        self.body.len() <= LONGEST_EXIT
            && serde_json::from_slice::<Value>(&self.body)
                .is_ok_and(|message| message["method"] == "exit")
    }

    /// Replaces every escaped half of a surrogate pair that stands alone. The length stays the same.
    fn mend(&mut self) {
        let mut at = 0;
        while let Some(found) = self.body[at..].iter().position(|&byte| byte == b'\\') {
            at += found;
            at += match (unit(&self.body, at), unit(&self.body, at + 6)) {
                (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
                (Some(0xD800..=0xDFFF), _) => {
                    self.body[at + 2..at + 6].copy_from_slice(REPLACEMENT);
                    6
                }
                (Some(_), _) => 6,
                // Another escape, of a backslash perhaps.
                (None, _) => 2,
            };
            at = at.min(self.body.len());
        }
    }
}

/// The UTF-16 unit whose escape (`\ud83d`) begins at `at`.
fn unit(body: &[u8], at: usize) -> Option<u32> {
    let digits = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let text = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(text, 16).ok()
}

fn content_length(line: &[u8]) -> Option<u64> {
    let line = String::from_utf8_lossy(line);
    let (name, value) = line.split_once(':')?;
    name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXIT: &str = r#"{"jsonrpc":"2.0","method":"exit"}"#;

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    fn frames(stream: &str) -> Vec<Frame> {
        let mut input = stream.as_bytes();
        std::iter::from_fn(|| Frame::read(&mut input).unwrap()).collect()
    }

    #[test]
    fn messages_come_out_as_they_went_in() {
        let body = r#"{"method":"x","params":"\"é😀\\"}"#;
        let other = format!("content-length:{}\r\nContent-Type: x\r\n\r\n{EXIT}", EXIT.len());
        let stream = [framed(body), framed(""), other].concat();
        let frames = frames(&stream);
        assert_eq!(frames.iter().map(Frame::is_exit).collect::<Vec<_>>(), [false, false, true]);
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
        assert_eq!(String::from_utf8(bytes).unwrap(), stream);
    }

    #[test]
    fn only_exit_is_exit() {
        let quoted = r#"{"method":"other","params":{"text":"\"method\":\"exit\""}}"#;
        assert!(!frames(&framed(quoted))[0].is_exit());
        assert!(!frames(&framed("no JSON"))[0].is_exit());
    }

    #[test]
    fn what_is_cut_off_or_not_framed_is_passed_on() {
        for stream in
            ["Content-Length: 9\r\n\r\n{}", "Content-Le", "Content-Length: many\r\n\r\n", "\r\n"]
        {
            let bytes: Vec<u8> = frames(stream).iter().flat_map(Frame::bytes).collect();
            assert_eq!(bytes, stream.as_bytes(), "{stream:?}");
        }
    }

    #[test]
    fn half_a_pair_is_replaced_and_nothing_else() {
        for (from, to) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\uD83D\ud83d\uDE00""#, r#""\ufffd\ud83d\uDE00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\u0041\n\ud83dx""#, r#""\u0041\n\ufffdx""#),
            (r#""\ud83"#, r#""\ud83"#),
            ("\"\\", "\"\\"),
        ] {
            let mut frame = Frame { head: Vec::new(), body: from.as_bytes().to_vec() };
            frame.mend();
            assert_eq!(String::from_utf8(frame.body).unwrap(), to);
        }
    }
}
