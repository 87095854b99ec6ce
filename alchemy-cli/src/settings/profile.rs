//! Which profile, and where it is defined.

use std::collections::BTreeMap;

use alchemy_core::Diagnostic;

use super::aws_config::aws_profiles;
use super::profiles_file::AwsMethod;
use super::{AwsProfile, ProfilesFile, Surroundings};

/// The profile's name when nothing else is said.
const DEFAULT: &str = "default";

/// Where a profile is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfileOrigin {
    /// `profiles.toml`
    File,
    /// The AWS configuration.
    AwsConfiguration,
    /// Nowhere: `default` without a definition is the SDK's default chain.
    BuiltIn,
}

/// A profile that a command uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResolvedProfile {
    /// Its name.
    pub(crate) name: String,
    /// Whether `--profile` or `$ALCHEMY_PROFILE` named it: it then beats credentials found in the environment.
    pub(crate) explicit: bool,
    /// Where it is defined.
    pub(crate) origin: ProfileOrigin,
    /// How AWS is reached.
    pub(crate) aws: AwsProfile,
}

/// The profile's name: flag, `$ALCHEMY_PROFILE`, `default`; and whether it was named.
pub(crate) fn resolve_profile_name(
    flag: Option<&str>,
    environment: &BTreeMap<String, String>,
) -> (String, bool) {
    let variable =
        environment.get("ALCHEMY_PROFILE").map(String::as_str).filter(|name| !name.is_empty());
    match flag.or(variable) {
        Some(name) => (name.to_owned(), true),
        None => (DEFAULT.to_owned(), false),
    }
}

/// The profile a command uses. A name that is in neither place is refused, with what there is.
pub(crate) fn resolve_profile(
    around: &Surroundings,
    name: String,
    explicit: bool,
) -> Result<ResolvedProfile, Diagnostic> {
    let mut file = ProfilesFile::read(around)?;
    if let Some(profile) = file.profiles.remove(&name) {
        return Ok(ResolvedProfile {
            name,
            explicit,
            origin: ProfileOrigin::File,
            aws: profile.aws,
        });
    }
    if explicit && aws_profiles(around).contains(&name) {
        let aws = AwsProfile {
            method: AwsMethod::SharedProfile,
            profile: Some(name.clone()),
            ..AwsProfile::default()
        };
        return Ok(ResolvedProfile {
            name,
            explicit,
            origin: ProfileOrigin::AwsConfiguration,
            aws,
        });
    }
    if name == DEFAULT {
        return Ok(ResolvedProfile {
            name,
            explicit,
            origin: ProfileOrigin::BuiltIn,
            aws: AwsProfile::default(),
        });
    }
    Err(unknown(around, &name))
}

/// Every profile there is, with where it is defined, in order of their names.
pub(crate) fn known_profiles(
    around: &Surroundings,
) -> Result<Vec<(String, ProfileOrigin)>, Diagnostic> {
    let mut known: BTreeMap<_, _> = aws_profiles(around)
        .into_iter()
        .map(|name| (name, ProfileOrigin::AwsConfiguration))
        .collect();
    known.extend(
        ProfilesFile::read(around)?.profiles.into_keys().map(|name| (name, ProfileOrigin::File)),
    );
    known.entry(DEFAULT.to_owned()).or_insert(ProfileOrigin::BuiltIn);
    Ok(known.into_iter().collect())
}

/// The refusal of a profile that is nowhere.
fn unknown(around: &Surroundings, name: &str) -> Diagnostic {
    let known = known_profiles(around).unwrap_or_default();
    let names: Vec<_> = known.iter().map(|(name, _)| name.as_str()).collect();
    let error = Diagnostic::error(
        "unknown-profile",
        format!("there is no profile `{}`", crate::ui::excerpt(name)),
    )
    .detail(format!(
        "It is neither in {} nor in the AWS configuration. There is: {}.",
        ProfilesFile::path(around).display(),
        names.join(", ")
    ));
    match crate::ui::nearest(name, names.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => {
            error.help(format!("write it: `alchemy profile create {}`", crate::ui::excerpt(name)))
        }
    }
}
