//! Streams that tests read back.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex};

use super::Streams;

/// What was printed on both streams.
#[derive(Clone, Default)]
pub(crate) struct Captured {
    out: Pipe,
    err: Pipe,
}

#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Pipe {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Captured {
    /// Streams that write here.
    pub(crate) fn streams(&self) -> Streams {
        Streams::new(Box::new(self.out.clone()), Box::new(self.err.clone()))
    }
    /// Standard output so far.
    pub(crate) fn out(&self) -> String {
        self.out.text()
    }
    /// Standard error so far.
    pub(crate) fn err(&self) -> String {
        self.err.text()
    }
}
