//! `.alchemy/last.json`: what the last deploy from here used, for commands that need no program.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use alchemy_core::Diagnostic;
use serde::{Deserialize, Serialize};

use super::Project;

/// What is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Last {
    /// 1.
    pub(crate) format: u32,
    /// The stack deployed.
    pub(crate) stack: String,
    /// The store, if it was not the default one beside the program: a path, or a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) store: Option<String>,
}

/// Which format a file has.
#[derive(Deserialize)]
struct Format {
    format: u64,
}

impl Last {
    /// What was remembered beside this program; nothing if there is none or a newer version wrote it.
    pub(crate) fn read(project: &Project) -> Result<Option<Self>, Diagnostic> {
        let file = project.alchemy_folder().join("last.json");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&file, &error.to_string())),
        };
        let refuse = |error: serde_json::Error| unreadable(&file, &error.to_string());
        // What another format holds besides is not known here.
        let Format { format } = serde_json::from_str(&text).map_err(refuse)?;
        if format != 1 {
            return Ok(None);
        }
        serde_json::from_str(&text).map(Some).map_err(refuse)
    }

    /// Remembers it. Only a convenience: a folder that cannot be written is no failure.
    pub(crate) fn write(&self, project: &Project) {
        let folder = project.alchemy_folder();
        if fs::read(folder.join("last.json")).ok().is_some_and(|old| old == self.text().as_bytes())
        {
            return;
        }
        let written = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join("last.json.new"), self.text()));
        if written.is_ok() {
            fs::rename(folder.join("last.json.new"), folder.join("last.json")).ok();
        }
    }

    fn text(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn unreadable(file: &Path, why: &str) -> Diagnostic {
    Diagnostic::error("last-file", format!("cannot read {}: {why}", file.display()))
        .help("delete the file, and name the store with --state and the stack with --stack")
}
