//! The catalog of resource types, usable without any SDK, and (feature `aws`) their AWS providers.
//! Prints nothing, reads no flag.
#![forbid(unsafe_code)]

#[cfg(feature = "aws")]
mod aws;
mod catalog;

#[cfg(feature = "aws")]
pub use aws::{
    AwsConnection, AwsCredentials, AwsKeys, AwsSettings, BucketLook, CallerIdentity,
    MISSING_REGION, NamedRegion, StateBucket, registry,
};
pub use catalog::catalog;
