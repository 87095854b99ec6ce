//! Sees the editor's goodbye (`exit`) pass by: the server's library goes on reading until its input ends, and an editor may
//! wait for the process to end before it closes the pipe.

use serde_json::Value;

/// Longer messages are not looked into: `exit` has no parameters.
const LONGEST: usize = 1024;
/// What separates a message's head from its body.
const GAP: &[u8] = b"\r\n\r\n";

/// Follows the framing of the Language Server Protocol through a stream that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Farewell {
    /// The head so far, or a short body so far.
    kept: Vec<u8>,
    /// Bytes of the body that are still to come; none while in the head.
    left: Option<usize>,
    /// Whether the body is kept.
    short: bool,
}

impl Farewell {
    /// Whether `exit` ends in these bytes, which follow those of the last call.
    pub(super) fn said_in(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            bytes = match self.left {
                None => self.head(bytes),
                Some(left) => {
                    let (now, rest) = bytes.split_at(left.min(bytes.len()));
                    if self.body(now, left) {
                        return true;
                    }
                    rest
                }
            };
        }
        false
    }

    /// Takes bytes of a head, up to its end; gives what follows.
    fn head<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        for (index, &byte) in bytes.iter().enumerate() {
            self.kept.push(byte);
            if self.kept.ends_with(GAP) {
                let length = length(&self.kept);
                self.kept.clear();
                self.short = length <= LONGEST;
                self.left = (length > 0).then_some(length);
                return &bytes[index + 1..];
            }
        }
        // A head is two short lines: what is longer is not one, and its end is all that may matter.
        let keep = self.kept.len().min(LONGEST);
        self.kept.drain(..self.kept.len() - keep);
        &[]
    }

    /// Takes bytes of a body of which `left` are missing; whether it is complete and says goodbye.
    fn body(&mut self, bytes: &[u8], left: usize) -> bool {
        if self.short {
            self.kept.extend_from_slice(bytes);
        }
        if bytes.len() < left {
            self.left = Some(left - bytes.len());
            return false;
        }
        self.left = None;
        let body = std::mem::take(&mut self.kept);
        serde_json::from_slice::<Value>(&body).is_ok_and(|message| message["method"] == "exit")
    }
}

fn length(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head);
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    text.lines().find_map(field).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &str) -> Vec<u8> {
        format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    const EXIT: &str = r#"{"jsonrpc":"2.0","method":"exit"}"#;

    #[test]
    fn exit_is_seen_wherever_the_stream_is_cut() {
        let quoted =
            r#"{"jsonrpc":"2.0","method":"other","params":{"text":"\"method\":\"exit\""}}"#;
        let long = format!(r#"{{"method":"exit","params":"{}"}}"#, "x".repeat(LONGEST));
        let mut stream = [framed(quoted), framed(&long)].concat();
        let goodbye = format!("content-length:{}\r\nContent-Type: x\r\n\r\n{EXIT}", EXIT.len());
        stream.extend(goodbye.as_bytes());
        for size in 1..stream.len() {
            let mut farewell = Farewell::default();
            let seen: Vec<bool> =
                stream.chunks(size).map(|piece| farewell.said_in(piece)).collect();
            let (last, before) = seen.split_last().unwrap();
            assert!(*last && !before.contains(&true), "in pieces of {size}: {seen:?}");
        }
    }

    #[test]
    fn what_is_not_framed_is_passed_over() {
        let mut farewell = Farewell::default();
        assert!(!farewell.said_in(&b"x".repeat(10 * LONGEST)));
        assert!(!farewell.said_in(b"Content-Length: 0\r\n\r\n"));
        assert!(!farewell.said_in(b"Content-Length: many\r\n\r\n"));
        assert!(!farewell.said_in(&framed("no JSON")));
        assert!(farewell.said_in(&framed(EXIT)));
    }
}
