//! The project: program, the packages it needs, the cache.

use std::fs;
use std::path::Path;

use alchemy_program::EffectPackage;

use super::finding::{Finding, Status};
use crate::settings::{Project, Surroundings};
use crate::ui::plural;

/// The program file. Whether it can be evaluated is found out by whoever does.
pub(super) fn program(around: &Surroundings, project: &Project) -> Finding {
    if project.program.is_file() {
        return Finding::good("program", around.shown(&project.program));
    }
    let text = format!("there is none at {}", around.shown(&project.program));
    Finding::new("program", Status::Warning, text)
        .help("`alchemy init` writes one; destroy, state and stage need none")
}

/// The `effect` that the program sees.
pub(super) fn effect(around: &Surroundings, project: &Project) -> Finding {
    match EffectPackage::of(&project.folder) {
        Some(EffectPackage { folder, version, fits: true }) => {
            Finding::good("effect", format!("{version} in {}", around.shown(&folder)))
        }
        Some(EffectPackage { folder, version, .. }) => {
            let text = format!("{version} in {} cannot run programs", around.shown(&folder));
            Finding::new("effect", Status::Bad, text).help("npm install effect@4")
        }
        None => {
            Finding::new("effect", Status::Bad, "it is not installed").help("npm install effect@4")
        }
    }
}

/// The cache folder, which may be deleted at any time.
pub(super) fn cache(around: &Surroundings, project: &Project) -> Finding {
    let folder = project.alchemy_folder().join("cache");
    let (files, bytes) = size(&folder);
    let shown = around.shown(&folder);
    if files == 0 {
        return Finding::good("cache", format!("{shown}, empty"));
    }
    let kilobytes = bytes.div_ceil(1024);
    Finding::good("cache", format!("{shown}, {}, {kilobytes} KiB", plural(files, "file")))
}

/// How many files there are below a folder, and how large they are together.
fn size(folder: &Path) -> (usize, u64) {
    let Ok(entries) = fs::read_dir(folder) else { return (0, 0) };
    let (mut files, mut bytes) = (0, 0);
    for entry in entries.flatten() {
        let Ok(about) = entry.metadata() else { continue };
        let (more, larger) = if about.is_dir() { size(&entry.path()) } else { (1, about.len()) };
        files += more;
        bytes += larger;
    }
    (files, bytes)
}
