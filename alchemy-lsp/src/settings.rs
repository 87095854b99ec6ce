//! What the editor's settings say, section `alchemy`.

use std::path::PathBuf;

use serde::Deserialize;

/// The editor's settings. What is missing or empty counts as not set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// Stages to show besides those with state.
    pub stages: Vec<String>,
    /// The current stage.
    pub stage: Option<String>,
    /// The state store, as for `--state`.
    pub state: Option<String>,
    /// The profile, as for `--profile`.
    pub profile: Option<String>,
    /// Another environment file, as for `--env-file`.
    pub env_file: Option<PathBuf>,
}

impl Settings {
    /// Reads them, alone or inside their section. What is not of the right kind is as if it were not there.
    pub(crate) fn read(json: &serde_json::Value) -> Self {
        let section = json.get("alchemy").unwrap_or(json);
        let mut settings: Self = serde_json::from_value(section.clone()).unwrap_or_default();
        for text in [&mut settings.stage, &mut settings.state, &mut settings.profile] {
            text.take_if(|text| text.is_empty());
        }
        settings.env_file.take_if(|file| file.as_os_str().is_empty());
        settings
    }
}
