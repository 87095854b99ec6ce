//! How to authenticate, where to.

use std::fmt;

/// A region, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRegion {
    /// Its code.
    pub code: String,
    /// Where it was named, for people: "`region` of profile `x`".
    pub from: String,
    /// Whether it is a region of another service than AWS, which may call it anything.
    pub elsewhere: bool,
}

impl NamedRegion {
    /// A region of AWS, named by `from`.
    pub fn of_aws(code: &str, from: String) -> Self {
        Self { code: code.to_owned(), from, elsewhere: false }
    }
}

/// What a profile says about AWS.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings {
    /// The region; else the environment's, the AWS profile's, or the machine's.
    pub region: Option<NamedRegion>,
    /// An endpoint of the user's own; else what `AWS_ENDPOINT_URL` and the AWS configuration say.
    pub endpoint_url: Option<String>,
    /// Where credentials come from.
    pub credentials: AwsCredentials,
    /// Whether the user named the profile: then it beats credentials and region found in the environment.
    pub explicit: bool,
}

/// Where credentials come from.
#[derive(Clone, Default)]
pub enum AwsCredentials {
    /// Wherever the SDK finds some: environment, shared files, SSO, web identity, container, machine.
    #[default]
    DefaultChain,
    /// A profile of the AWS configuration, of whatever kind.
    SharedProfile(String),
    /// A profile of the AWS configuration with SSO settings, after `aws sso login`.
    Sso(String),
    /// A role to take on.
    AssumeRole {
        /// Its ARN.
        role_arn: String,
        /// How the session is called in logs.
        session_name: Option<String>,
        /// What the role's trust policy may ask for.
        external_id: Option<String>,
        /// Profile of the AWS configuration that takes it on; else what the default chain finds.
        source_profile: Option<String>,
    },
    /// Keys.
    StaticKeys {
        /// Access key id.
        access_key_id: String,
        /// Secret access key.
        secret_access_key: String,
        /// Session token of temporary keys.
        session_token: Option<String>,
    },
}

impl AwsCredentials {
    /// The profile of the AWS configuration that counts, if one was named.
    pub(super) fn shared_profile(&self) -> Option<&str> {
        match self {
            Self::SharedProfile(name) | Self::Sso(name) => Some(name),
            Self::AssumeRole { source_profile, .. } => source_profile.as_deref(),
            Self::DefaultChain | Self::StaticKeys { .. } => None,
        }
    }
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DefaultChain => f.write_str("DefaultChain"),
            Self::SharedProfile(name) => write!(f, "SharedProfile({name:?})"),
            Self::Sso(name) => write!(f, "Sso({name:?})"),
            Self::AssumeRole { role_arn, .. } => write!(f, "AssumeRole({role_arn:?})"),
            Self::StaticKeys { access_key_id, .. } => {
                write!(f, "StaticKeys({access_key_id:?}, <redacted>)")
            }
        }
    }
}
