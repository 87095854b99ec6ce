//! Bundles kept between runs: found by entry, valid while every file that went in has the same contents.
//!
//! An entry is used only if it carries a sum under a key that is not in the cache's folder: a cache that somebody
//! else wrote to cannot put code into a function.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Artifact;

/// Files beside the program that may change what a bundle holds without being part of it.
const SETTINGS: &[&str] = &["package.json", "package-lock.json", "tsconfig.json"];

/// Bump when the bundler or its options change.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/rolldown-1.2.5/1");

/// The first line of an entry; the zip follows.
#[derive(Serialize, Deserialize)]
struct Header {
    mac: String,
    inputs: Vec<(String, String)>,
}

/// Kept bundles of one project.
pub(super) struct CodeCache<'a> {
    folder: PathBuf,
    key: [u8; 32],
    root: &'a Path,
}

impl<'a> CodeCache<'a> {
    pub(super) fn new(folder: &Path, key: [u8; 32], root: &'a Path) -> Self {
        Self { folder: folder.join("code"), key, root }
    }

    /// The bundle made from `main` before, if nothing that went in has changed.
    pub(super) fn find(&self, main: &Path, export: &str) -> Option<Artifact> {
        let bytes = fs::read(self.file(main, export)).ok()?;
        let end = bytes.iter().position(|&b| b == b'\n')?;
        let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
        let zip = &bytes[end + 1..];
        let mac = HEXLOWER.decode(header.mac.as_bytes()).ok()?;
        self.mac(main, export, &header.inputs, zip).verify_slice(&mac).ok()?;
        let fresh =
            header.inputs.iter().all(|(path, sum)| content_sum(&self.root.join(path)) == *sum);
        let sha256 = BASE64.encode(&Sha256::digest(zip));
        fresh.then(|| Artifact { sha256, zip: zip.into() })
    }

    /// Keeps a bundle. A cache that cannot be written is no error.
    pub(super) fn keep(&self, main: &Path, export: &str, inputs: &[PathBuf], artifact: &Artifact) {
        let settings = SETTINGS.iter().map(|name| self.root.join(name));
        let inputs: Vec<(String, String)> = inputs
            .iter()
            .cloned()
            .chain(settings)
            .map(|path| (path.to_string_lossy().into_owned(), content_sum(&path)))
            .collect();
        let mac = HEXLOWER
            .encode(&self.mac(main, export, &inputs, &artifact.zip).finalize().into_bytes());
        let Ok(mut bytes) = serde_json::to_vec(&Header { mac, inputs }) else { return };
        bytes.push(b'\n');
        bytes.extend_from_slice(&artifact.zip);
        let file = self.file(main, export);
        let half = file.with_extension(format!("{}.part", std::process::id()));
        let written = fs::create_dir_all(&self.folder).and_then(|()| fs::write(&half, bytes));
        if written.and_then(|()| fs::rename(&half, file)).is_err() {
            let _ = fs::remove_file(half);
        }
    }

    fn file(&self, main: &Path, export: &str) -> PathBuf {
        let sum = Sha256::digest(format!("{VERSION}\n{}\n{export}", main.display()));
        self.folder.join(&HEXLOWER.encode(&sum)[..32])
    }

    fn mac(
        &self,
        main: &Path,
        export: &str,
        inputs: &[(String, String)],
        zip: &[u8],
    ) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        for text in [VERSION, &main.to_string_lossy(), export] {
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        for text in inputs.iter().flat_map(|(path, sum)| [path, sum]) {
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        mac.update(zip);
        mac
    }
}

/// The file's SHA-256; a file that is not there has a sum of its own.
fn content_sum(path: &Path) -> String {
    fs::read(path)
        .map_or_else(|_| "absent".to_owned(), |bytes| HEXLOWER.encode(&Sha256::digest(bytes)))
}
