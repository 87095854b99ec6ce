//! A copy of the example, a home of its own, and the binary run in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{self, Failure, Result, say};
use crate::setup::Tools;

/// The account of developers and pull requests.
pub(super) const DEV: &str = "111111111111";
/// Production's account.
pub(super) const PROD: &str = "222222222222";

/// Where the demo happens.
pub(super) struct Scene {
    /// Everything it writes.
    pub(super) folder: PathBuf,
    /// Who runs it, as the default stage names them.
    pub(super) user: String,
    project: PathBuf,
    binary: PathBuf,
}

impl Scene {
    /// Copies the example into a fresh folder under the target folder.
    pub(super) fn new(tools: &Tools) -> Result<Self> {
        let target = process::target_folder()?;
        let folder = target.join("demo");
        let _ = fs::remove_dir_all(&folder);
        let project = folder.join("photos");
        copy(&process::root().join("examples/photos"), &project)?;
        std::os::unix::fs::symlink(tools.node.join("node_modules"), project.join("node_modules"))?;
        fs::create_dir_all(folder.join("home"))?;
        let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
        let plain =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let user = if plain { name } else { "sam".to_owned() };
        Ok(Self { folder, user, project, binary: target.join("debug/alchemy") })
    }

    /// Runs `alchemy ARGUMENTS` as a person would, its output shown.
    pub(super) fn alchemy(&self, url: &str, arguments: &[&str]) -> Result<()> {
        say(&format!("\n$ alchemy {}\n", arguments.join(" ")));
        let status = self.command(url, arguments).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("alchemy {}: {status}", arguments.join(" "))))
        }
    }

    /// Resource and physical name of every recorded object of a stage.
    pub(super) fn names(&self, url: &str, stage: &str) -> Result<Vec<(String, String)>> {
        let text =
            process::output(&mut self.command(url, &["state", "ls", "--stage", stage, "--json"]))?;
        let objects = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        Ok(objects
            .filter_map(|object| {
                let name = object["name"].as_str().unwrap_or("-");
                Some((object["resource"].as_str()?.to_owned(), name.to_owned()))
            })
            .collect())
    }

    fn command(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(&self.project)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.join("home"))
            .env("USER", &self.user)
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", DEV)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "node_modules" || name == ".alchemy" {
            continue;
        }
        let target = to.join(name);
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
