//! What the editor's settings say, section `alchemy`.

use std::path::PathBuf;

use serde_json::Value;

/// The editor's settings. What is missing or empty counts as not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Stages to show besides those with state.
    pub stages: Vec<String>,
    /// The current stage.
    pub stage: Option<String>,
    /// The state store, as for `--state`. Not set while the folder is not trusted.
    pub state: Option<String>,
    /// The profile, as for `--profile`. Not set while the folder is not trusted.
    pub profile: Option<String>,
    /// Another environment file, as for `--env-file`.
    pub env_file: Option<PathBuf>,
    /// Whether the user trusts what lies in the folder. If not, its programs' state is the default folder beside each
    /// and nothing else: whatever names a store could have the user's keys used on it.
    pub trusted: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let (stage, state, profile) = (None, None, None);
        Self { stages: Vec::new(), stage, state, profile, env_file: None, trusted: true }
    }
}

impl Settings {
    /// Reads them, alone or inside their section, each by itself: what is not of the right kind is as if it were not
    /// there. `trusted` says what counts where nothing is said of trust; anything but a plain yes is a no.
    pub(crate) fn read(json: &Value, trusted: bool) -> Self {
        let section = json.get("alchemy").unwrap_or(json);
        let text = |name: &str| {
            let text = section.get(name)?.as_str()?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        let trusted = match section.get("trusted") {
            None | Some(Value::Null) => trusted,
            Some(said) => *said == Value::Bool(true),
        };
        let stages = section.get("stages").and_then(Value::as_array).into_iter().flatten();
        Self {
            stages: stages.filter_map(Value::as_str).map(str::to_owned).collect(),
            stage: text("stage"),
            state: text("state").filter(|_| trusted),
            profile: text("profile").filter(|_| trusted),
            env_file: text("envFile").map(PathBuf::from),
            trusted,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_of_a_wrong_kind_leaves_the_others() {
        let told = json!({ "alchemy": {
            "stages": ["prod", 7, "pr-7"], "stage": 7, "state": ["s3://b"], "profile": "work", "envFile": "",
        } });
        let read = Settings::read(&told, true);
        assert_eq!(read.stages, ["prod", "pr-7"]);
        assert_eq!((&read.stage, &read.state, &read.env_file), (&None, &None, &None));
        assert_eq!(read.profile.as_deref(), Some("work"));
        assert_eq!(Settings::read(&json!({ "stages": "prod" }), true), Settings::default());
    }

    #[test]
    fn without_trust_neither_store_nor_profile_counts() {
        let told = |trusted: Value| json!({ "stage": "prod", "state": "s3://b", "profile": "work", "trusted": trusted });
        for no in [json!(false), json!("false"), json!(0)] {
            let read = Settings::read(&told(no), true);
            assert_eq!((read.trusted, read.state, read.profile), (false, None, None));
            assert_eq!(read.stage.as_deref(), Some("prod"));
        }
        let read = Settings::read(&told(json!(true)), false);
        assert_eq!((read.trusted, read.state.as_deref()), (true, Some("s3://b")));
    }

    #[test]
    fn who_says_nothing_of_trust_changes_nothing_of_it() {
        assert!(Settings::read(&json!({ "stage": "prod" }), true).trusted);
        assert!(!Settings::read(&Value::Null, false).trusted);
    }
}
