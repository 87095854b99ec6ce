//! Modules of packages and of the library, kept between runs as the engine's bytecode: one file a program. Of `effect` and
//! the library it holds what the program takes, and the names of the rest.
//!
//! A file is used only if it carries a sum under a key that is not in the cache's folder, and a module in it only
//! while the file it was made from has the size and time it had then. The folder may be removed at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::source::demand::Names;

/// Bump when the engine, the parser or what is kept changes.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/rquickjs-0.14.0/oxc-0.146/2");

/// Bytes of a file's sum.
const SUM: usize = 32;

/// What is kept of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The file it comes from; none for a module of the library.
    pub(crate) path: Option<PathBuf>,
    /// Ids of the modules it imports, by specifier.
    pub(crate) imports: BTreeMap<String, String>,
    /// Names it takes of modules that are made up, by their ids.
    pub(crate) wanted: BTreeMap<String, BTreeSet<String>>,
    /// Names it exports.
    pub(crate) exports: BTreeSet<String>,
    /// Of these, those that are other modules as a whole, with their ids.
    pub(crate) namespaces: BTreeMap<String, String>,
    /// Whether it may export more.
    pub(crate) open: bool,
    /// Of what it exports, what its code holds; none if all of it.
    pub(crate) only: Option<BTreeSet<String>>,
    /// More files that it was made from.
    pub(crate) files: Vec<PathBuf>,
    /// Where its bytecode is in the file's body: start and length.
    pub(crate) code: (usize, usize),
}

/// The state of a file or folder that modules depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    path: PathBuf,
    size: u64,
    time: u128,
}

#[derive(Serialize, Deserialize)]
struct Header {
    stamps: Vec<Stamp>,
    modules: BTreeMap<String, Kept>,
}

/// Kept modules, ready for use.
#[derive(Clone, Debug)]
pub(crate) struct Pack {
    modules: Arc<BTreeMap<String, Kept>>,
    stamps: Arc<[Stamp]>,
    file: Stamp,
    bytes: Arc<[u8]>,
    body: usize,
}

/// Bytecode inside a pack.
#[derive(Clone, Debug)]
pub(crate) struct Bytecode {
    bytes: Arc<[u8]>,
    range: Range<usize>,
}

impl Bytecode {
    /// The bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    /// Whether these are the same bytes, in the same place.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes) && self.range == other.range
    }
}

impl Pack {
    /// Whether the files that its modules were made from are as they were then.
    fn is_fresh(&self) -> bool {
        self.stamps.iter().all(|stamp| stamp_of(&stamp.path).as_ref() == Some(stamp))
    }

    /// What is held of modules that are kept in part.
    pub(crate) fn held(&self) -> Names {
        let parts = self.modules.iter();
        parts.filter_map(|(id, kept)| Some((id.clone(), kept.only.clone()?))).collect()
    }

    /// A module and its bytecode.
    pub(crate) fn module(&self, id: &str) -> Option<(&Kept, Bytecode)> {
        let kept = self.modules.get(id)?;
        let start = self.body + kept.code.0;
        Some((kept, Bytecode { bytes: Arc::clone(&self.bytes), range: start..start + kept.code.1 }))
    }
}

/// The pack of one program.
#[derive(Clone, Debug)]
pub(crate) struct PackFile {
    file: PathBuf,
    key: [u8; SUM],
}

impl PackFile {
    /// In `folder`, for `program`, under `key`; `library` is the text of the library it was made with.
    pub(crate) fn new(folder: &Path, key: [u8; SUM], program: &Path, library: &[u8; SUM]) -> Self {
        let name = Sha256::new()
            .chain_update(VERSION)
            .chain_update(library)
            .chain_update(program.to_string_lossy().as_bytes());
        let name = &HEXLOWER.encode(&name.finalize())[..32];
        Self { file: folder.join("modules").join(name), key }
    }

    /// What was kept, if it is whole, ours and of the packages as they are now; `known` is what was opened before.
    pub(crate) fn open(&self, known: Option<Pack>) -> Option<Pack> {
        let file = stamp_of(&self.file)?;
        let known = known.filter(|known| known.file == file);
        known.or_else(|| self.read(file)).filter(Pack::is_fresh)
    }

    fn read(&self, file: Stamp) -> Option<Pack> {
        let bytes: Arc<[u8]> = fs::read(&self.file).ok()?.into();
        let (sum, rest) = bytes.split_at_checked(SUM)?;
        self.sum(rest).verify_slice(sum).ok()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let header: Header = serde_json::from_slice(rest.get(..length)?).ok()?;
        let body = SUM + 8 + length;
        let inside = |kept: &Kept| body + kept.code.0 + kept.code.1 <= bytes.len();
        header.modules.values().all(inside).then(|| Pack {
            modules: Arc::new(header.modules),
            stamps: header.stamps.into(),
            file,
            bytes,
            body,
        })
    }

    /// Keeps modules with their bytecode. A cache that cannot be written is no error.
    pub(crate) fn keep(&self, modules: BTreeMap<String, (Kept, Vec<u8>)>) {
        let mut body = Vec::new();
        let mut kept = BTreeMap::new();
        let mut paths = BTreeSet::new();
        for (id, (mut module, code)) in modules {
            module.code = (body.len(), code.len());
            body.extend_from_slice(&code);
            for path in module.path.iter().chain(&module.files) {
                paths.insert(path.clone());
                paths.extend(package_folders(path));
            }
            kept.insert(id, module);
        }
        let Some(stamps) = paths.iter().map(|path| stamp_of(path)).collect::<Option<Vec<_>>>()
        else {
            return;
        };
        let Ok(header) = serde_json::to_vec(&Header { stamps, modules: kept }) else { return };
        let length = u64::try_from(header.len()).unwrap_or(u64::MAX).to_le_bytes();
        let rest = [&length[..], &header, &body].concat();
        let bytes = [&self.sum(&rest).finalize().into_bytes()[..], &rest].concat();
        let half = self.file.with_extension(format!("{}.part", std::process::id()));
        let folder = self.file.parent().unwrap_or(&self.file);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&half, bytes));
        if written.and_then(|()| fs::rename(&half, &self.file)).is_err() {
            // Nothing is lost but time.
            let _ = fs::remove_file(half);
        }
    }

    fn sum(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mut sum =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        sum.update(VERSION.as_bytes());
        sum.update(bytes);
        sum
    }
}

/// Size and time of a file; of a folder only the time, which changes when something is added to it or removed.
fn stamp_of(path: &Path) -> Option<Stamp> {
    let found = fs::metadata(path).ok()?;
    let time = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some(Stamp {
        path: path.to_path_buf(),
        size: if found.is_dir() { 0 } else { found.len() },
        time,
    })
}

/// The package folder that a file lies in, and the `node_modules` around it: installing changes one or the other.
fn package_folders(path: &Path) -> Vec<PathBuf> {
    let Some(modules) = path
        .ancestors()
        .find(|folder| folder.file_name().is_some_and(|name| name == "node_modules"))
    else {
        return Vec::new();
    };
    let inner = path.strip_prefix(modules).unwrap_or(path);
    let scoped = inner.to_string_lossy().starts_with('@');
    let package =
        modules.join(inner.components().take(if scoped { 2 } else { 1 }).collect::<PathBuf>());
    vec![modules.to_path_buf(), package.join("package.json"), package]
}
