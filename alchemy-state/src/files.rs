//! What the store protocol needs of a place for files. A disk gives it, and a memory with faults for tests.

mod disk;
mod memory;

use std::fmt;
use std::io;

pub(crate) use disk::Disk;
pub use disk::{Step, Tap};
pub use memory::Fault;
pub(crate) use memory::MemoryFiles;

/// Files by relative key. Folders appear with their first file. Every change is durable when the call returns.
pub(crate) trait Files: Send + Sync + fmt::Debug {
    /// Whether calls may block the thread for long.
    fn blocks(&self) -> bool;
    /// A key as people know it.
    fn label(&self, key: &str) -> String;
    /// The bytes of a file, if it is there.
    fn read(&self, key: &str) -> io::Result<Option<Vec<u8>>>;
    /// Names of the files and folders in a folder, in order; none if it is not there.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;
    /// Writes a new file, all of it or nothing; `false` if there is one already.
    fn create(&self, key: &str, bytes: &[u8]) -> io::Result<bool>;
    /// Writes a file, all of it or nothing, in place of what was there.
    fn replace(&self, key: &str, bytes: &[u8]) -> io::Result<()>;
    /// Adds to a file whose length is `at`; with `at` 0 the file must not be there yet.
    fn append(&self, key: &str, at: u64, bytes: &[u8]) -> Result<(), AppendError>;
    /// Removes a file that may be there.
    fn remove(&self, key: &str) -> io::Result<()>;
    /// Removes what interrupted writes of `key` have left beside it. Only for a key that nobody else writes now.
    fn sweep(&self, key: &str) -> io::Result<()>;
    /// Locks a file (made if need be) against all others, processes or clients; none if it is locked.
    fn try_lock(&self, key: &str) -> io::Result<Option<Box<dyn Guard>>>;
    /// Whether somebody has locked the file.
    fn is_locked(&self, key: &str) -> io::Result<bool>;
    /// 128 bits that no other call gets.
    fn nonce(&self) -> io::Result<[u8; 16]>;
}

/// A held lock; given back when it is dropped.
pub(crate) trait Guard: Send + Sync + fmt::Debug {
    /// Fails when it is known, or possible, that the lock no longer excludes others.
    fn check(&self) -> Result<(), String>;
}

/// An append that did not happen.
#[derive(Debug)]
pub(crate) struct AppendError {
    /// The cause.
    pub(crate) source: io::Error,
    /// Whether the file is known to be as it was before.
    pub(crate) undone: bool,
}
