//! The door to the disk: files under the project root, and packages reached from it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::limits;

/// Reads files, an editor's open documents first.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    overlay: BTreeMap<PathBuf, String>,
    packages: BTreeSet<PathBuf>,
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// It lies outside.
    #[error("it lies outside the project, {}", root.display())]
    Outside {
        /// The project.
        root: PathBuf,
    },
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// It is a folder.
    #[error("it is a folder")]
    Folder,
    /// It has other bytes than text, from this one on.
    #[error("it is not UTF-8 text: byte {at} is not part of a character")]
    NotText {
        /// First wrong byte.
        at: usize,
        /// The text before it.
        before: String,
    },
    /// It is larger than any source file.
    #[error("it has {bytes} bytes; a source file may have {}", limits::FILE_BYTES)]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// The system says no.
    #[error("{0}")]
    Io(io::Error),
}

impl Files {
    /// Files of the project at `root`.
    pub(crate) fn new(root: &Path, overlay: &BTreeMap<PathBuf, String>) -> Self {
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        let overlay = overlay.iter().map(|(path, text)| (real(path), text.clone())).collect();
        Self { root, overlay, packages: BTreeSet::new() }
    }

    /// The project root, without links.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Lets the files of a package be read that a program reached by name, wherever its folder is.
    pub(crate) fn allow_package(&mut self, folder: &Path) {
        self.packages.insert(folder.to_path_buf());
    }

    /// The same for the package that `file` (without links) lies in: the nearest folder upwards with a `package.json`.
    pub(crate) fn allow_package_of(&mut self, file: &Path) {
        if in_packages(file) || self.packages.iter().any(|package| file.starts_with(package)) {
            return;
        }
        let mut folders = file.ancestors().skip(1);
        if let Some(folder) = folders.find(|folder| folder.join("package.json").is_file()) {
            self.packages.insert(folder.to_path_buf());
        }
    }

    /// Whether `path` (without links) is the project's own and not a package's.
    pub(crate) fn is_own(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
            && !in_packages(path)
            && !self.packages.iter().any(|p| path.starts_with(p))
    }

    /// Whether `path` (without links) may be read.
    pub(crate) fn may_read(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
            || in_packages(path)
            || self.packages.iter().any(|p| path.starts_with(p))
    }

    /// How spans name `path`: relative to the root, with `/`; absolute outside it.
    pub(crate) fn name(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        inside.to_string_lossy().replace('\\', "/")
    }

    /// The text of a source file, without a byte order mark.
    pub(crate) fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        let path = real(path);
        if !self.may_read(&path) {
            return Err(ReadError::Outside { root: self.root.clone() });
        }
        if let Some(text) = self.overlay.get(&path) {
            return Ok(without_mark(text).into());
        }
        let bytes = read_bytes(&path)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned();
            ReadError::NotText { at, before }
        })?;
        Ok(without_mark(&text).into())
    }

    /// The bytes of any file, for a program that reads it as data.
    pub(crate) fn read_data(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let path = real(path);
        if !self.may_read(&path) {
            return Err(ReadError::Outside { root: self.root.clone() });
        }
        match self.overlay.get(&path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => read_bytes(&path),
        }
    }

    /// `file`, `folder`, `outside`, or none if there is nothing.
    pub(crate) fn kind(&self, path: &Path) -> Option<&'static str> {
        let path = real(path);
        if !self.may_read(&path) {
            return Some("outside");
        }
        if self.overlay.contains_key(&path) {
            return Some("file");
        }
        let found = std::fs::metadata(&path).ok()?;
        Some(if found.is_dir() { "folder" } else { "file" })
    }

    /// Names in a folder, in order; folders end in `/`.
    pub(crate) fn list(&self, path: &Path) -> Result<Vec<String>, ReadError> {
        let path = real(path);
        if !self.may_read(&path) {
            return Err(ReadError::Outside { root: self.root.clone() });
        }
        let mut names = BTreeSet::new();
        for entry in std::fs::read_dir(&path).map_err(from_io)? {
            let entry = entry.map_err(from_io)?;
            let slash = if entry.path().is_dir() { "/" } else { "" };
            names.insert(format!("{}{slash}", entry.file_name().to_string_lossy()));
        }
        Ok(names.into_iter().collect())
    }
}

/// The `package.json` of a package that a resolver found, wherever it lies.
pub(crate) fn package_json(folder: &Path) -> Result<String, ReadError> {
    let bytes = read_bytes(&folder.join("package.json"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `path` without links and `..`, as far as it exists.
pub(crate) fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| {
        let mut clean = PathBuf::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    clean.pop();
                }
                part => clean.push(part),
            }
        }
        clean
    })
}

fn in_packages(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "node_modules")
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    let metadata = std::fs::metadata(path).map_err(from_io)?;
    if metadata.is_dir() {
        return Err(ReadError::Folder);
    }
    if metadata.len() > limits::FILE_BYTES {
        return Err(ReadError::TooLarge { bytes: metadata.len() });
    }
    std::fs::read(path).map_err(from_io)
}

fn from_io(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
        _ => ReadError::Io(error),
    }
}
