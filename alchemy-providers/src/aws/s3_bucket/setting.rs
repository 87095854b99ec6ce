//! A bucket's settings: each is read and written by calls of its own, and only if the program says something of it.

use std::collections::BTreeMap;

use alchemy_core::Value;
use alchemy_engine::ProviderError;
use aws_sdk_s3::Client;

use super::{lifecycle, shapes};
use crate::aws::classify::{UNREADABLE, classify};
use crate::aws::document;
use crate::aws::reading::Reading;
use crate::aws::step::has_code;

/// A bucket and who must own it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub client: Client,
    pub bucket: String,
    pub account: String,
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    Ownership,
    PublicAccessBlock,
    Versioning,
    Encryption,
    Cors,
    Lifecycle,
    Policy,
}

/// All settings, in the order in which they are brought about: a public policy needs the block lifted first.
pub(super) const SETTINGS: [Setting; 7] = [
    Setting::Ownership,
    Setting::PublicAccessBlock,
    Setting::Versioning,
    Setting::Encryption,
    Setting::Cors,
    Setting::Lifecycle,
    Setting::Policy,
];

impl Setting {
    /// The prop.
    pub(super) fn prop(self) -> &'static str {
        match self {
            Self::Ownership => "objectOwnership",
            Self::PublicAccessBlock => "publicAccessBlock",
            Self::Versioning => "versioning",
            Self::Encryption => "encryption",
            Self::Cors => "cors",
            Self::Lifecycle => "lifecycleRules",
            Self::Policy => "policy",
        }
    }

    /// The call that changes it.
    pub(super) fn call(self) -> &'static str {
        match self {
            Self::Ownership => "s3:PutBucketOwnershipControls",
            Self::PublicAccessBlock => "s3:PutPublicAccessBlock",
            Self::Versioning => "s3:PutBucketVersioning",
            Self::Encryption => "s3:PutBucketEncryption",
            Self::Cors => "s3:PutBucketCors",
            Self::Lifecycle => "s3:PutBucketLifecycleConfiguration",
            Self::Policy => "s3:PutBucketPolicy",
        }
    }

    /// What a new bucket has, in normal form; null for nothing.
    fn default(self) -> Value {
        match self {
            Self::Ownership => Value::from("BucketOwnerEnforced"),
            Self::PublicAccessBlock => shapes::all_blocked(),
            Self::Versioning => Value::from("Suspended"),
            Self::Cors | Self::Lifecycle => Value::List(Vec::new()),
            Self::Encryption | Self::Policy => Value::Null,
        }
    }

    /// What these props want of it.
    pub(super) fn wanted(self, props: &BTreeMap<String, Value>) -> Value {
        let given = props.get(self.prop()).map(Value::exposed).filter(|value| !value.is_null());
        given.unwrap_or_else(|| self.default())
    }

    /// Whether these props say something of it that a new bucket does not have anyway.
    pub(super) fn is_configured(self, props: &BTreeMap<String, Value>) -> bool {
        self.wanted(props) != self.default()
    }

    /// Whether two values mean the same.
    pub(super) fn same(self, found: &Value, wanted: &Value) -> bool {
        match self {
            Self::Policy => document::same(found, wanted),
            Self::Encryption => shapes::spelt_out(found) == shapes::spelt_out(wanted),
            _ => found == wanted,
        }
    }

    /// Shows what was read.
    pub(super) fn put(self, reading: &mut Reading<'_>, found: Value) {
        match self {
            Self::Policy if !found.is_null() => reading.put_document("policy", found),
            _ => reading.put_unless(self.prop(), found, self.default()),
        }
    }

    /// Reads it, in normal form; none if the answer could not be understood.
    pub(super) async fn read(self, place: &Place) -> Result<Option<Value>, ProviderError> {
        match self.ask(place).await {
            Err(error) if has_code(&error, self.unset()) => Ok(Some(self.missing())),
            Err(error) if has_code(&error, &[UNREADABLE]) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Reads what somebody wrote; none if nobody did, or if the answer could not be understood.
    pub(super) async fn read_written(self, place: &Place) -> Result<Option<Value>, ProviderError> {
        match self.ask(place).await {
            Err(error) if has_code(&error, self.unset()) || has_code(&error, &[UNREADABLE]) => {
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    async fn ask(self, place: &Place) -> Result<Value, ProviderError> {
        match self {
            Self::Ownership => shapes::read_ownership(place).await,
            Self::PublicAccessBlock => shapes::read_block(place).await,
            Self::Versioning => shapes::read_versioning(place).await,
            Self::Encryption => shapes::read_encryption(place).await,
            Self::Cors => shapes::read_cors(place).await,
            Self::Lifecycle => lifecycle::read(place).await,
            Self::Policy => read_policy(place).await,
        }
    }

    /// What it means that it was never set or was removed: a block that is not there blocks nothing.
    fn missing(self) -> Value {
        match self {
            Self::PublicAccessBlock => shapes::nothing_blocked(),
            other => other.default(),
        }
    }

    /// How S3 says that it is not set.
    fn unset(self) -> &'static [&'static str] {
        match self {
            Self::Ownership => &["OwnershipControlsNotFoundError"],
            Self::PublicAccessBlock => &["NoSuchPublicAccessBlockConfiguration"],
            Self::Versioning => &[],
            Self::Encryption => &["ServerSideEncryptionConfigurationNotFoundError"],
            Self::Cors => &["NoSuchCORSConfiguration"],
            Self::Lifecycle => &["NoSuchLifecycleConfiguration"],
            Self::Policy => &["NoSuchBucketPolicy"],
        }
    }

    /// Brings it to `wanted`.
    pub(super) async fn write(self, place: &Place, wanted: &Value) -> Result<(), ProviderError> {
        match self {
            Self::Ownership => shapes::write_ownership(place, wanted).await,
            Self::PublicAccessBlock => shapes::write_block(place, wanted).await,
            Self::Versioning => shapes::write_versioning(place, wanted).await,
            Self::Encryption => shapes::write_encryption(place, wanted).await,
            Self::Cors => shapes::write_cors(place, wanted).await,
            Self::Lifecycle => lifecycle::write(place, wanted).await,
            Self::Policy => write_policy(place, wanted).await,
        }
    }
}

async fn read_policy(place: &Place) -> Result<Value, ProviderError> {
    let get = place
        .client
        .get_bucket_policy()
        .bucket(&place.bucket)
        .expected_bucket_owner(&place.account);
    let answer = get.send().await.map_err(|e| classify("s3:GetBucketPolicy", e))?;
    Ok(answer.policy.map_or(Value::Null, |text| document::from_text(&text)))
}

async fn write_policy(place: &Place, wanted: &Value) -> Result<(), ProviderError> {
    if wanted.is_null() {
        let delete = place
            .client
            .delete_bucket_policy()
            .bucket(&place.bucket)
            .expected_bucket_owner(&place.account);
        return delete.send().await.map(|_| ()).map_err(|e| classify("s3:DeleteBucketPolicy", e));
    }
    let put =
        place.client.put_bucket_policy().bucket(&place.bucket).policy(document::to_text(wanted));
    let sent = put.expected_bucket_owner(&place.account).send().await;
    sent.map(|_| ()).map_err(|e| classify("s3:PutBucketPolicy", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_a_default_configures_nothing() {
        for setting in SETTINGS {
            let named = BTreeMap::from([(setting.prop().to_owned(), setting.default())]);
            assert!(!setting.is_configured(&named), "{setting:?}");
            assert!(!setting.is_configured(&BTreeMap::new()), "{setting:?}");
        }
        let versioned = BTreeMap::from([("versioning".to_owned(), Value::from("Enabled"))]);
        let configured: Vec<Setting> =
            SETTINGS.into_iter().filter(|s| s.is_configured(&versioned)).collect();
        assert_eq!(configured, [Setting::Versioning]);
    }

    #[test]
    fn defaults_are_those_of_the_catalog() {
        let catalog = crate::catalog();
        let bucket = catalog.get(&crate::aws::ty("AWS.S3.Bucket")).expect("in the catalog");
        for setting in SETTINGS {
            let prop = bucket.prop(setting.prop()).expect("a prop");
            assert_eq!(prop.default, setting.default(), "{setting:?}");
        }
    }

    #[test]
    fn a_removed_block_is_a_difference() {
        let setting = Setting::PublicAccessBlock;
        assert!(!setting.same(&setting.missing(), &setting.default()));
        let nothing = BTreeMap::new();
        let mut reading = Reading::new(&nothing);
        setting.put(&mut reading, setting.missing());
        assert_eq!(reading.finish()["publicAccessBlock"], shapes::nothing_blocked());
    }

    #[test]
    fn keys_of_s3_are_what_a_bucket_has_anyway() {
        let plain = Value::map([
            ("sseAlgorithm", Value::from("AES256")),
            ("bucketKeyEnabled", Value::Bool(false)),
        ]);
        assert!(Setting::Encryption.same(&plain, &Value::Null));
        let managed = Value::map([("sseAlgorithm", Value::from("aws:kms"))]);
        assert!(!Setting::Encryption.same(&managed, &Value::Null));
    }

    #[test]
    fn policies_are_compared_as_values() {
        let text = Value::from(r#"{"Version": "2012-10-17", "Statement": []}"#);
        let map = document::from_text(r#"{"Statement":[],"Version":"2012-10-17"}"#);
        assert!(Setting::Policy.same(&text, &map));
    }
}
