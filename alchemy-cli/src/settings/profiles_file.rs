//! `~/.alchemy/profiles.toml`: how each profile authenticates.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use alchemy_core::Diagnostic;
use serde::{Deserialize, Serialize};

use super::Surroundings;
use super::toml_error::place;
use crate::ui::printable;

/// All profiles.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfilesFile {
    /// By name.
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Profile>,
}

/// One profile: a section per provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// AWS.
    #[serde(default)]
    pub(crate) aws: AwsProfile,
}

/// How AWS is reached. Which members a method needs is checked by [`AwsProfile::check`].
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AwsProfile {
    /// `default-chain`, `shared-profile`, `sso`, `assume-role` or `static-keys`.
    #[serde(default)]
    pub(crate) method: AwsMethod,
    /// A profile of the AWS configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
    /// The role to assume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role_arn: Option<String>,
    /// An access key's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_key_id: Option<String>,
    /// Its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_access_key: Option<String>,
    /// Its session token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_token: Option<String>,
    /// The region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    /// Where requests go instead of to AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint_url: Option<String>,
    /// The account it must reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
}

/// How credentials are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AwsMethod {
    /// What the SDK finds.
    #[default]
    DefaultChain,
    /// A profile of the AWS configuration.
    SharedProfile,
    /// Single sign-on through a profile of the AWS configuration.
    Sso,
    /// A role.
    AssumeRole,
    /// An access key in this file.
    StaticKeys,
}

impl AwsMethod {
    /// As it is written in the file.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::DefaultChain => "default-chain",
            Self::SharedProfile => "shared-profile",
            Self::Sso => "sso",
            Self::AssumeRole => "assume-role",
            Self::StaticKeys => "static-keys",
        }
    }
}

impl std::fmt::Debug for AwsProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsProfile").field("method", &self.method).finish_non_exhaustive()
    }
}

impl AwsProfile {
    /// What the method needs and does not have, or has and does not use; in one sentence.
    pub(crate) fn check(&self) -> Result<(), String> {
        let method = self.method.word();
        let need = |name: &str, value: &Option<String>| {
            if value.as_deref().unwrap_or_default().is_empty() {
                Err(format!("method {method} needs {name}"))
            } else {
                Ok(())
            }
        };
        match self.method {
            AwsMethod::DefaultChain => {}
            AwsMethod::SharedProfile | AwsMethod::Sso => need("profile", &self.profile)?,
            AwsMethod::AssumeRole => need("role_arn", &self.role_arn)?,
            AwsMethod::StaticKeys => {
                need("access_key_id", &self.access_key_id)?;
                need("secret_access_key", &self.secret_access_key)?;
            }
        }
        if self.method != AwsMethod::StaticKeys
            && (self.access_key_id.is_some() || self.secret_access_key.is_some())
        {
            return Err(format!("method {method} does not use access keys"));
        }
        if self.method != AwsMethod::AssumeRole && self.role_arn.is_some() {
            return Err(format!("method {method} does not use role_arn"));
        }
        match &self.account {
            Some(account)
                if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) =>
            {
                Err(format!("account `{account}` is not 12 digits"))
            }
            _ => Ok(()),
        }
    }
}

impl AwsProfile {
    /// What is wrong with the region of a profile that is to be written. (One that is read is checked when it is used:
    /// an endpoint named elsewhere may call its region anything.)
    pub(crate) fn check_region(&self) -> Result<(), String> {
        let region = self.region.as_deref().filter(|_| self.endpoint_url.is_none());
        let checked = region.map_or(Ok(()), alchemy_core::check_region);
        let shown = printable(region.unwrap_or_default());
        checked.map_err(|error| format!("`{shown}` is no region: {}", error.with_suggestion()))
    }
}

impl ProfilesFile {
    /// Where it is.
    pub(crate) fn path(around: &Surroundings) -> PathBuf {
        around.alchemy_home().join("profiles.toml")
    }

    /// Reads it; a missing file holds no profiles.
    pub(crate) fn read(around: &Surroundings) -> Result<Self, Diagnostic> {
        let path = Self::path(around);
        let refuse = |why: String| {
            Diagnostic::error("profiles-file", format!("cannot read {}: {why}", path.display()))
                .help("each profile is a section [profiles.NAME.aws] with method, region, …; see `alchemy profile create --help`")
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(refuse(error.to_string())),
        };
        let file: Self = toml::from_str(&text).map_err(|error| refuse(place(&text, &error)))?;
        for (name, profile) in &file.profiles {
            profile.aws.check().map_err(|why| refuse(format!("profile `{name}`: {why}")))?;
        }
        Ok(file)
    }

    /// Replaces the file: temporary file, mode 0600, rename.
    pub(crate) fn write(&self, around: &Surroundings) -> Result<(), Diagnostic> {
        let path = Self::path(around);
        let refuse = |why: String| {
            Diagnostic::error("profiles-file", format!("cannot write {}: {why}", path.display()))
        };
        let text = toml::to_string_pretty(self).map_err(|error| refuse(error.to_string()))?;
        replace(&path, &text).map_err(|error| refuse(error.to_string()))
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let new = folder.join(format!(".profiles.{}.new", std::process::id()));
    fs::remove_file(&new)
        .or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}
