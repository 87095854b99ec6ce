//! The plan file as it is written: a line that says what it is and how it is summed, then the body, exactly as summed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use alchemy_core::{Basis, Diagnostic, SecretHasher, Seen, Value};
use serde::{Deserialize, Serialize};

use super::PlanKey;
use super::key::KeyJson;

/// Version of the file.
const FORMAT: u32 = 1;

/// The program that made it: another one may plan otherwise.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    #[serde(rename = "alchemyPlan")]
    format: u32,
    version: String,
    pub(super) key: KeyJson,
    pub(super) sum: String,
}

/// The rest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Body {
    pub(super) stack: String,
    pub(super) stage: String,
    pub(super) realm: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) serial: u64,
    pub(super) revision: String,
    pub(super) no_refresh: bool,
    pub(super) force: bool,
    pub(super) adopt: bool,
    pub(super) new_realm: bool,
    pub(super) sources: BTreeMap<String, String>,
    pub(super) packages: BTreeMap<String, String>,
    pub(super) graph: String,
    pub(super) others: String,
    pub(super) found: String,
    pub(super) seen: BTreeMap<String, SeenJson>,
    pub(super) plan_sum: String,
    /// As `--json` prints it: for people and their tools, never read back.
    pub(super) plan: serde_json::Value,
}

/// One object that was looked at.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeenJson {
    pub(super) resource: String,
    pub(super) sum: String,
}

impl Body {
    pub(super) fn basis(&self) -> Basis {
        let seen = self.seen.iter().map(|(uid, seen)| {
            let (resource, sum) = (seen.resource.clone(), seen.sum.clone());
            (uid.clone(), Seen { resource, sum })
        });
        Basis {
            graph: self.graph.clone(),
            others: self.others.clone(),
            found: self.found.clone(),
            seen: seen.collect(),
            steps: self.plan_sum.clone(),
        }
    }
}

/// The sum over a body's exact text.
pub(super) fn sum(hasher: &SecretHasher, text: &str) -> String {
    hasher.digest(&Value::str(text))
}

/// Writes beside and renames, for the owner's eyes: a plan shows everything of a stage but its secrets.
pub(super) fn write(path: &Path, key: &PlanKey, body: &Body) -> io::Result<()> {
    let text = serde_json::to_string_pretty(body)? + "\n";
    let header = Header {
        format: FORMAT,
        version: VERSION.to_owned(),
        key: key.json.clone(),
        sum: sum(&key.hasher, &text),
    };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    writeln!(file, "{}", serde_json::to_string(&header)?)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Reads header, body's text and body.
pub(super) fn read(path: &Path, shown: &str) -> Result<(Header, String, Body), Diagnostic> {
    let text = fs::read_to_string(path).map_err(|error| {
        Diagnostic::error("plan-file", format!("cannot read the plan {shown}: {error}"))
            .help("make one: `alchemy plan --out FILE`")
    })?;
    let (header, body) = text.split_once('\n').unwrap_or((&text, ""));
    let says: serde_json::Value = serde_json::from_str(header).unwrap_or_default();
    let Some(format) = says.get("alchemyPlan") else {
        return Err(Diagnostic::error("plan-file", format!("{shown} is not a plan"))
            .help("make one: `alchemy plan --out FILE`"));
    };
    let version = says.get("version").and_then(serde_json::Value::as_str).unwrap_or_default();
    if *format != FORMAT || version != VERSION {
        let summary = format!("{shown} was made by another version of alchemy");
        return Err(Diagnostic::error("plan-version", summary)
            .detail(format!(
                "It says plan format {format}, version {version}; this is format {FORMAT}, version {VERSION}."
            ))
            .help("apply it with the version that made it, or make a new plan"));
    }
    let header: Header =
        serde_json::from_str(header).map_err(|error| damaged(shown, &error.to_string()))?;
    let parsed = serde_json::from_str(body).map_err(|error| damaged(shown, &error.to_string()))?;
    Ok((header, body.to_owned(), parsed))
}

/// The refusal of a file that is not as it was written.
pub(super) fn damaged(shown: &str, why: &str) -> Diagnostic {
    Diagnostic::error("plan-damaged", format!("{shown} is not as it was written: {why}"))
        .detail("Nothing was changed.")
        .help("make a new plan: `alchemy plan --out FILE`")
}
