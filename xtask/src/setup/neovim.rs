//! Neovim 0.10 or newer for the suite: the machine's own, else the next Debian's, unpacked inside the clone.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Failure, Result};

/// The release of Debian that has it.
const SUITE: &str = "trixie";
/// Where a Debian says which release it is, and where its packages come from.
const RELEASE: &str = "/etc/os-release";
const SOURCES: &[&str] = &["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];

/// Makes `folder/nvim`, or `folder/missing` with the reason why there is none. In CI there is no such excuse.
pub(super) fn install(folder: &Path) -> Result<()> {
    if folder.join("nvim").exists() {
        return Ok(());
    }
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    if let Some(own) = of_the_machine() {
        return Ok(symlink(own, folder.join("nvim"))?);
    }
    match sources() {
        Ok(sources) => unpack(folder, &sources),
        Err(reason) if std::env::var_os("CI").is_some_and(|value| !value.is_empty()) => Err(reason),
        Err(reason) => {
            process::say(&format!("setup: {reason}; its tests will be skipped\n"));
            Ok(fs::write(folder.join("missing"), format!("{reason}\n"))?)
        }
    }
}

/// The one in `PATH`, if it is new enough for inlay hints.
fn of_the_machine() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("nvim"))
        .find(|nvim| nvim.is_file())?;
    let said = process::output(Command::new(&found).arg("--version")).ok()?;
    let version = said.lines().next()?.strip_prefix("NVIM v")?;
    let mut numbers = version.split('.').map(str::parse::<u32>);
    let (major, minor) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    ((major, minor) >= (0, 10)).then_some(found)
}

/// This machine's list of package sources, its release replaced by the one we want.
fn sources() -> Result<String> {
    let none = |why: &str| Failure::new(format!("no Neovim 0.10 in PATH, and {why}"));
    if !["apt-get", "dpkg"].iter().all(|tool| Command::new(tool).arg("--version").output().is_ok())
    {
        return Err(none("no apt-get to fetch it"));
    }
    let release = fs::read_to_string(RELEASE).unwrap_or_default();
    let field = |name: &str| {
        release
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim_matches('"'))
    };
    let (Some("debian"), Some(codename)) = (field("ID="), field("VERSION_CODENAME=")) else {
        return Err(none("this is not a Debian"));
    };
    let list = SOURCES.iter().find_map(|file| fs::read_to_string(file).ok());
    Ok(list.ok_or_else(|| none("no list of package sources"))?.replace(codename, SUITE))
}

/// Downloads the packages with an apt that knows only `folder`, and unpacks them there; the machine's own are not touched.
fn unpack(folder: &Path, sources: &str) -> Result<()> {
    let apt = folder.join("apt");
    for part in ["lists/partial", "cache/archives/partial", "parts"] {
        fs::create_dir_all(apt.join(part))?;
    }
    let extension = if sources.contains("Types:") { "sources" } else { "list" };
    fs::write(apt.join("parts").join(format!("next.{extension}")), sources)?;
    fs::write(apt.join("status"), "")?;
    let shown = apt.display();
    let settings = format!(
        "Dir::Etc::sourcelist \"/dev/null\";\nDir::Etc::sourceparts \"{shown}/parts\";\nDir::State \"{shown}\";\n\
         Dir::State::lists \"{shown}/lists\";\nDir::State::status \"{shown}/status\";\nDir::Cache \"{shown}/cache\";\n\
         Debug::NoLocking \"true\";\nAPT::Sandbox::User \"\";\n"
    );
    fs::write(apt.join("apt.conf"), settings)?;
    let apt_get = |arguments: &[&str]| {
        process::run(process::command("apt-get", arguments).env("APT_CONFIG", apt.join("apt.conf")))
    };
    apt_get(&["update", "-qq"])?;
    apt_get(&["install", "-yqq", "--download-only", "--no-install-recommends", "neovim"])?;
    for entry in fs::read_dir(apt.join("cache/archives"))? {
        let package = entry?.path();
        if package.extension().is_some_and(|extension| extension == "deb") {
            process::output(process::command("dpkg", &["-x"]).arg(&package).arg(folder))?;
        }
    }
    fs::remove_dir_all(&apt)?;
    wrap(folder)
}

/// Writes the script that starts it with its own loader and libraries.
fn wrap(folder: &Path) -> Result<()> {
    let script = folder.join("nvim");
    let unfinished = folder.join("nvim.new");
    fs::write(&unfinished, WRAPPER)?;
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o755))?;
    process::output(Command::new(&unfinished).arg("--version"))?;
    Ok(fs::rename(unfinished, script)?)
}

const WRAPPER: &str = r#"#!/bin/sh
# Neovim with the C library it was built for.
here=$(cd "$(dirname "$0")" && pwd)
libraries=$(echo "$here"/usr/lib/*-linux-gnu*)
loader=$(echo "$libraries"/ld-linux*.so.*)
export VIMRUNTIME="$here/usr/share/nvim/runtime" LUA_PATH="$here/usr/share/lua/5.1/?.lua;;" LUA_CPATH="$libraries/lua/5.1/?.so;;"
exec "$loader" --library-path "$libraries" "$here/usr/bin/nvim" "$@"
"#;
