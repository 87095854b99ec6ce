//! `alchemy profile`.

use clap::{Args, Subcommand, ValueEnum};

/// `alchemy profile …`
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List profiles: those of alchemy and those of the AWS configuration
    #[command(visible_alias = "list")]
    Ls,
    /// Show how a profile authenticates; secrets are not printed
    Show(ProfileNameArgs),
    /// Write a new profile
    Create(ProfileCreateArgs),
    /// Delete a profile
    Delete(ProfileNameArgs),
}

/// A profile by name.
#[derive(Debug, Args)]
pub(crate) struct ProfileNameArgs {
    /// The profile
    #[arg(value_name = "PROFILE")]
    pub(crate) name: String,
}

/// How a profile authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// What the AWS SDK finds: environment, AWS configuration, container or instance role
    DefaultChain,
    /// A profile of the AWS configuration (`--aws-profile`)
    SharedProfile,
    /// Single sign-on through a profile of the AWS configuration (`--aws-profile`)
    Sso,
    /// A role (`--role-arn`), assumed from what the default chain or `--aws-profile` gives
    AssumeRole,
    /// An access key (`--access-key-id`, its secret from $AWS_SECRET_ACCESS_KEY)
    StaticKeys,
}

/// `alchemy profile create`
#[derive(Args)]
pub(crate) struct ProfileCreateArgs {
    /// The new profile
    #[arg(value_name = "PROFILE")]
    pub(crate) name: String,
    /// How it authenticates
    #[arg(long, value_enum, default_value_t = Method::DefaultChain)]
    pub(crate) method: Method,
    /// A profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) aws_profile: Option<String>,
    /// The role to assume
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// An access key's id
    #[arg(long, value_name = "ID")]
    pub(crate) access_key_id: Option<String>,
    /// Its secret; $AWS_SECRET_ACCESS_KEY keeps it out of the shell's history and the list of processes
    #[arg(long, value_name = "SECRET")]
    pub(crate) secret_access_key: Option<String>,
    /// The region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Send requests here instead of to AWS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// The account this profile must reach; another one stops before any change
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
}

impl std::fmt::Debug for ProfileCreateArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProfileCreateArgs").field("name", &self.name).finish_non_exhaustive()
    }
}
