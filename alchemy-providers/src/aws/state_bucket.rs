//! The bucket of a store of state: private, encrypted, versioned, old versions expiring. Made, or brought into that
//! shape; rules that others have put on it stay.

mod look;

use alchemy_engine::{ProviderError, ProviderErrorKind};
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint,
    BucketVersioningStatus, CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};

use super::AwsConnection;
use super::classify::classify;
use super::step::has_code;

pub use look::BucketLook;

/// Days for which an old version of a snapshot stays.
const KEPT_DAYS: i32 = 90;

/// Days for which an old version of a lock or of a journal's segment stays: locks are renewed every 10 seconds.
const SHORT_DAYS: i32 = 1;

/// What S3 says of a bucket that is not there.
const GONE: &[&str] = &["NoSuchBucket", "NotFound"];

/// What the names of our rules begin with.
const RULE: &str = "alchemy-state";

/// A bucket for state.
#[derive(Clone, Debug)]
pub struct StateBucket {
    /// Its name.
    pub bucket: String,
    /// Folder of the store in it, without slashes around it; may be empty.
    pub prefix: String,
    /// Where it is to be.
    pub region: String,
}

/// Where calls about the bucket go, and whose it must be ("Verifying bucket ownership with bucket owner condition").
struct Place {
    s3: aws_sdk_s3::Client,
    /// Not known at an endpoint that does not speak STS.
    account: Option<String>,
}

impl StateBucket {
    /// Makes the bucket if this account has none of its name, and sets it up; may be repeated. Gives whether it was
    /// made. Fails where the name belongs to somebody else.
    pub async fn make(&self, connection: &AwsConnection) -> Result<bool, ProviderError> {
        let s3 = connection.s3(&self.region);
        let place = Place { s3, account: account(connection).await? };
        let made = self.create(&place).await?;
        self.block_public_access(&place).await?;
        self.encrypt(&place).await?;
        self.keep_versions(&place).await?;
        self.let_versions_expire(&place).await?;
        Ok(made)
    }

    async fn create(&self, place: &Place) -> Result<bool, ProviderError> {
        let head = place.s3.head_bucket().bucket(&self.bucket);
        let head = head.set_expected_bucket_owner(place.account.clone()).send().await;
        match head.map_err(|error| classify("s3:HeadBucket", error)) {
            Ok(_) => return Ok(false),
            Err(error) if has_code(&error, GONE) => {}
            Err(error) => return Err(error),
        }
        let mut create = place.s3.create_bucket().bucket(&self.bucket);
        // CreateBucket (Amazon S3 API reference): us-east-1 is said by saying nothing.
        if self.region != "us-east-1" {
            let region = BucketLocationConstraint::from(self.region.as_str());
            let region = CreateBucketConfiguration::builder().location_constraint(region).build();
            create = create.create_bucket_configuration(region);
        }
        create.send().await.map_err(|error| classify("s3:CreateBucket", error))?;
        Ok(true)
    }

    async fn block_public_access(&self, place: &Place) -> Result<(), ProviderError> {
        let all = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        let put = place
            .s3
            .put_public_access_block()
            .bucket(&self.bucket)
            .public_access_block_configuration(all);
        let sent = put.set_expected_bucket_owner(place.account.clone()).send().await;
        sent.map(|_| ()).map_err(|error| classify("s3:PutPublicAccessBlock", error))
    }

    async fn encrypt(&self, place: &Place) -> Result<(), ProviderError> {
        const CALL: &str = "s3:PutBucketEncryption";
        let how = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::Aes256)
            .build();
        let all = how.and_then(|how| {
            let rule = ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(how)
                .build();
            ServerSideEncryptionConfiguration::builder().rules(rule).build()
        });
        let all = all.map_err(|error| unbuilt(CALL, &error))?;
        let put = place.s3.put_bucket_encryption().bucket(&self.bucket);
        let put = put.server_side_encryption_configuration(all);
        let sent = put.set_expected_bucket_owner(place.account.clone()).send().await;
        sent.map(|_| ()).map_err(|error| classify(CALL, error))
    }

    async fn keep_versions(&self, place: &Place) -> Result<(), ProviderError> {
        let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = place.s3.put_bucket_versioning().bucket(&self.bucket);
        let put = put.versioning_configuration(on);
        let sent = put.set_expected_bucket_owner(place.account.clone()).send().await;
        sent.map(|_| ()).map_err(|error| classify("s3:PutBucketVersioning", error))
    }

    /// Of two rules that hold for an object the shorter time counts ("Examples of S3 Lifecycle configurations",
    /// overlapping filters), so one rule for the whole store does for the rest.
    async fn let_versions_expire(&self, place: &Place) -> Result<(), ProviderError> {
        const CALL: &str = "s3:PutBucketLifecycleConfiguration";
        let name = |part: &str| format!("{RULE}:{}", self.inside(part));
        let others = self.rules(place).await?.into_iter().filter(|rule| {
            let id = rule.id().unwrap_or_default();
            !["locks/", "journal/", ""].iter().any(|part| id == name(part))
        });
        let ours = [("locks/", SHORT_DAYS), ("journal/", SHORT_DAYS), ("", KEPT_DAYS)]
            .map(|(part, days)| rule(name(part), self.inside(part), days));
        let ours: Result<Vec<_>, _> = ours.into_iter().collect();
        let all = ours.and_then(|ours| {
            let all = others.chain(ours).collect();
            BucketLifecycleConfiguration::builder().set_rules(Some(all)).build()
        });
        let all = all.map_err(|error| unbuilt(CALL, &error))?;
        let put = place.s3.put_bucket_lifecycle_configuration().bucket(&self.bucket);
        let put = put.lifecycle_configuration(all);
        let sent = put.set_expected_bucket_owner(place.account.clone()).send().await;
        sent.map(|_| ()).map_err(|error| classify(CALL, error))
    }

    /// A place of the store as the bucket knows it.
    fn inside(&self, part: &str) -> String {
        if self.prefix.is_empty() { part.to_owned() } else { format!("{}/{part}", self.prefix) }
    }

    async fn rules(&self, place: &Place) -> Result<Vec<LifecycleRule>, ProviderError> {
        let get = place.s3.get_bucket_lifecycle_configuration().bucket(&self.bucket);
        let get = get.set_expected_bucket_owner(place.account.clone()).send().await;
        match get.map_err(|error| classify("s3:GetBucketLifecycleConfiguration", error)) {
            Ok(answer) => Ok(answer.rules.unwrap_or_default()),
            // A bucket without rules says so with an error.
            Err(error) if has_code(&error, &["NoSuchLifecycleConfiguration"]) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// The account that the bucket must be of. An endpoint of the user's own may know none.
async fn account(connection: &AwsConnection) -> Result<Option<String>, ProviderError> {
    match connection.caller_identity().await {
        Ok(caller) => Ok(Some(caller.account).filter(|account| !account.is_empty())),
        Err(_) if connection.custom_endpoint() => Ok(None),
        Err(error) => Err(error),
    }
}

fn rule(id: String, prefix: String, days: i32) -> Result<LifecycleRule, BuildError> {
    LifecycleRule::builder()
        .id(id)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
        .noncurrent_version_expiration(
            NoncurrentVersionExpiration::builder().noncurrent_days(days).build(),
        )
        .expiration(LifecycleExpiration::builder().expired_object_delete_marker(true).build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(SHORT_DAYS).build(),
        )
        .build()
}

fn unbuilt(call: &str, error: &BuildError) -> ProviderError {
    ProviderError {
        kind: ProviderErrorKind::Invalid,
        call: call.to_owned(),
        code: None,
        message: error.to_string(),
        request_id: None,
        advice: None,
        retry_after: None,
    }
}
