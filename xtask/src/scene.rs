//! A copy of the example, a home of its own, and the binary run in them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{self, Failure, Result, say};
use crate::setup::Tools;

/// The account of developers and pull requests.
pub(crate) const DEV: &str = "111111111111";
/// Production's account.
pub(crate) const PROD: &str = "222222222222";

/// Where the demo happens.
pub(crate) struct Scene {
    /// Everything it writes.
    pub(crate) folder: PathBuf,
    /// Who runs it, as the default stage names them.
    pub(crate) user: String,
    /// The copy of the example.
    pub(crate) project: PathBuf,
    /// The binary that was built.
    pub(crate) binary: PathBuf,
}

impl Scene {
    /// Copies the example into a fresh folder under the target folder, for whoever is at work, or for `user`.
    pub(crate) fn new(tools: &Tools, name: &str, user: Option<&str>) -> Result<Self> {
        let target = process::target_folder()?;
        let folder = target.join(name);
        let _ = fs::remove_dir_all(&folder);
        let project = folder.join("photos");
        copy(&process::root().join("examples/photos"), &project)?;
        std::os::unix::fs::symlink(tools.node.join("node_modules"), project.join("node_modules"))?;
        fs::create_dir_all(folder.join("home"))?;
        let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
        let plain =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let own = if plain { name } else { "sam".to_owned() };
        let user = user.map_or(own, str::to_owned);
        Ok(Self { folder, user, project, binary: target.join("debug/alchemy") })
    }

    /// Runs `alchemy ARGUMENTS` as a person would, its output shown.
    pub(crate) fn alchemy(&self, url: &str, arguments: &[&str]) -> Result<()> {
        say(&format!("\n$ alchemy {}\n", arguments.join(" ")));
        let status = self.command(url, arguments).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("alchemy {}: {status}", arguments.join(" "))))
        }
    }

    /// Resource and physical name of every recorded object of a stage.
    pub(crate) fn names(&self, url: &str, stage: &str) -> Result<Vec<(String, String)>> {
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

    /// `alchemy ARGUMENTS` in the project, in an environment that holds nothing by accident.
    pub(crate) fn command(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.project).env_clear().envs(self.variables(url));
        command
    }
    /// The whole environment of what runs here.
    pub(crate) fn variables(&self, url: &str) -> Vec<(&'static str, OsString)> {
        vec![
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", self.folder.join("home").into()),
            ("USER", self.user.clone().into()),
            ("AWS_ENDPOINT_URL", url.into()),
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_ACCESS_KEY_ID", DEV.into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
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
