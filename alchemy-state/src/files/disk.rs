//! Files in a folder of a local file system.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::{AppendError, Files, Guard};

/// Files that are being written are called so until they have their name.
const TEMPORARY: &str = ".tmp-";

/// One elementary operation on the file system, told to a [`Tap`] before it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A folder is made.
    MakeFolder(PathBuf),
    /// The content of this file is written under a temporary name beside it.
    WriteTemporary(PathBuf),
    /// The content of this file is made durable, under its own or its temporary name.
    SyncFile(PathBuf),
    /// The temporary file gets this name.
    Name(PathBuf),
    /// The names in this folder are made durable.
    SyncFolder(PathBuf),
    /// An empty journal segment is made.
    CreateLog(PathBuf),
    /// Lines are added to this segment.
    Append(PathBuf),
    /// This file is removed.
    Remove(PathBuf),
    /// This file is locked, if it is free.
    Lock(PathBuf),
}

/// Watches every elementary operation; an error it returns takes the operation's place.
pub type Tap = Arc<dyn Fn(&Step) -> io::Result<()> + Send + Sync>;

/// A folder.
pub(crate) struct Disk {
    root: PathBuf,
    tap: Option<Tap>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Disk {
    /// The folder `root`, an absolute path; made by the first write.
    pub(crate) fn new(root: PathBuf, tap: Option<Tap>) -> Self {
        Self { root, tap }
    }
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, key: &str) -> PathBuf {
        key.split('/').fold(self.root.clone(), |path, part| path.join(part))
    }

    fn tell(&self, step: &Step) -> io::Result<()> {
        self.tap.as_ref().map_or(Ok(()), |tap| tap(step))
    }

    /// Makes a folder and those above it, each durable in the one that holds it.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let above = folder.parent().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        self.make_folder(above)?;
        self.tell(&Step::MakeFolder(folder.to_owned()))?;
        match private_folder().create(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
            Err(error) => Err(error),
            Ok(()) => self.sync_folder(above),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.tell(&Step::SyncFolder(folder.to_owned()))?;
        sync_folder(folder)
    }

    /// The complete content under a temporary name in the folder where it will stand, durable but for its name.
    fn write_temporary(&self, path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let (folder, name) = split(path)?;
        self.make_folder(folder)?;
        self.tell(&Step::WriteTemporary(path.to_owned()))?;
        let prefix = format!("{TEMPORARY}{name}-");
        let mut file = tempfile::Builder::new().prefix(&prefix).tempfile_in(folder)?;
        file.write_all(bytes)?;
        self.tell(&Step::SyncFile(path.to_owned()))?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn write_log(&self, path: &Path, at: u64, bytes: &[u8]) -> Result<(), AppendError> {
        let untouched = |source| AppendError { source, undone: true };
        let (folder, _) = split(path).map_err(untouched)?;
        let mut file = if at == 0 {
            self.make_folder(folder).map_err(untouched)?;
            self.tell(&Step::CreateLog(path.to_owned())).map_err(untouched)?;
            private_file().create_new(true).append(true).open(path).map_err(untouched)?
        } else {
            OpenOptions::new().append(true).open(path).map_err(untouched)?
        };
        let length = file.metadata().map_err(untouched)?.len();
        if length != at {
            let reason = format!(
                "its length is {length} bytes instead of {at}: somebody else has written to it"
            );
            return Err(untouched(io::Error::other(reason)));
        }
        let written = self
            .append_to(&mut file, path, bytes)
            .and_then(|()| if at == 0 { self.sync_folder(folder) } else { Ok(()) });
        written.map_err(|source| {
            let undone = if at == 0 {
                fs::remove_file(path).and_then(|()| sync_folder(folder))
            } else {
                file.set_len(at).and_then(|()| file.sync_all())
            };
            AppendError { source, undone: undone.is_ok() }
        })
    }

    fn append_to(&self, file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.tell(&Step::Append(path.to_owned()))?;
        file.write_all(bytes)?;
        self.tell(&Step::SyncFile(path.to_owned()))?;
        file.sync_data()
    }
}

impl Files for Disk {
    fn blocks(&self) -> bool {
        true
    }

    fn label(&self, key: &str) -> String {
        self.path(key).display().to_string()
    }

    fn read(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        if_there(fs::read(self.path(key)))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let Some(entries) = if_there(fs::read_dir(self.path(folder)))? else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for entry in entries {
            // A name that is not Unicode is none of ours.
            if let Ok(name) = entry?.file_name().into_string()
                && !name.starts_with(TEMPORARY)
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn create(&self, key: &str, bytes: &[u8]) -> io::Result<bool> {
        let path = self.path(key);
        if path.try_exists()? {
            return Ok(false);
        }
        let file = self.write_temporary(&path, bytes)?;
        self.tell(&Step::Name(path.clone()))?;
        match file.persist_noclobber(&path) {
            Ok(_) => self.sync_folder(split(&path)?.0).map(|()| true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    }

    fn replace(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        let file = self.write_temporary(&path, bytes)?;
        self.tell(&Step::Name(path.clone()))?;
        file.persist(&path).map_err(|error| error.error)?;
        self.sync_folder(split(&path)?.0)
    }

    fn append(&self, key: &str, at: u64, bytes: &[u8]) -> Result<(), AppendError> {
        self.write_log(&self.path(key), at, bytes)
    }

    fn remove(&self, key: &str) -> io::Result<()> {
        let path = self.path(key);
        self.tell(&Step::Remove(path.clone()))?;
        match if_there(fs::remove_file(&path))? {
            Some(()) => self.sync_folder(split(&path)?.0),
            None => Ok(()),
        }
    }

    fn sweep(&self, key: &str) -> io::Result<()> {
        let path = self.path(key);
        let (folder, name) = split(&path)?;
        let prefix = format!("{TEMPORARY}{name}-");
        let Some(entries) = if_there(fs::read_dir(folder))? else { return Ok(()) };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)) {
                if_there(fs::remove_file(entry.path()))?;
            }
        }
        Ok(())
    }

    fn try_lock(&self, key: &str) -> io::Result<Option<Box<dyn Guard>>> {
        let path = self.path(key);
        self.make_folder(split(&path)?.0)?;
        let file =
            private_file().create(true).truncate(false).read(true).write(true).open(&path)?;
        let locking = self.tell(&Step::Lock(path.clone()));
        match locking.and_then(|()| fs2::FileExt::try_lock_exclusive(&file)) {
            Ok(()) => Ok(Some(Box::new(FileLock { file, path }))),
            Err(error) if is_contended(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is_locked(&self, key: &str) -> io::Result<bool> {
        let Some(file) = if_there(File::open(self.path(key)))? else { return Ok(false) };
        // Held only until `file` is closed; whoever asks for the lock in this moment asks again.
        match fs2::FileExt::try_lock_shared(&file) {
            Ok(()) => Ok(false),
            Err(error) if is_contended(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn nonce(&self) -> io::Result<[u8; 16]> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(bits)
    }
}

/// An exclusive lock on an open file; the system takes it back when the process ends, however it ends.
#[derive(Debug)]
struct FileLock {
    file: File,
    path: PathBuf,
}

impl Guard for FileLock {
    fn check(&self) -> Result<(), String> {
        match same_file(&self.file, &self.path) {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("{} was deleted or replaced", self.path.display())),
            Err(error) => Err(format!("{} cannot be read any more: {error}", self.path.display())),
        }
    }
}

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let Some(there) = if_there(fs::metadata(path))? else { return Ok(false) };
    let held = file.metadata()?;
    Ok(there.dev() == held.dev() && there.ino() == held.ino())
}

#[cfg(not(unix))]
fn same_file(_file: &File, path: &Path) -> io::Result<bool> {
    // A file that is open cannot be deleted here.
    path.try_exists()
}

fn is_contended(error: &io::Error) -> bool {
    error.raw_os_error() == fs2::lock_contended_error().raw_os_error()
}

fn split(path: &Path) -> io::Result<(&Path, &str)> {
    let name = path.file_name().and_then(|name| name.to_str());
    path.parent().zip(name).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
}

fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn private_folder() -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_folder() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

#[cfg(unix)]
fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    // Folders cannot be opened for that; the file system's own journal has to do.
    Ok(())
}
