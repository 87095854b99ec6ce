//! How a bucket of a store of state is set up, as far as one may read it.

use alchemy_engine::ProviderError;
use aws_sdk_s3::types::{BucketVersioningStatus, ExpirationStatus, LifecycleRule};

use super::{Place, StateBucket};
use crate::aws::AwsConnection;
use crate::aws::classify::classify;
use crate::aws::step::has_code;

/// What was read; each part by itself, since rights differ.
#[derive(Debug)]
pub struct BucketLook {
    /// Whether earlier versions of objects are kept.
    pub versions: Result<bool, ProviderError>,
    /// How new objects are encrypted; none if that is not set.
    pub encryption: Result<Option<String>, ProviderError>,
    /// Whether all public access is blocked.
    pub private: Result<bool, ProviderError>,
    /// The days after which earlier versions of locks, of journal segments and of everything else go; none: never.
    pub expiry: Result<[Option<i32>; 3], ProviderError>,
}

impl StateBucket {
    /// Reads the bucket's settings. Changes nothing.
    pub async fn look(&self, connection: &AwsConnection) -> BucketLook {
        let s3 = connection.s3(&self.region);
        BucketLook {
            versions: self.versions(&s3).await,
            encryption: self.encryption(&s3).await,
            private: self.private(&s3).await,
            // Only read: the bucket may be one of another account that is shared.
            expiry: self.rules(&Place { s3, account: None }).await.map(|rules| {
                ["locks/", "journal/", "stages/"].map(|part| days(&rules, &self.inside(part)))
            }),
        }
    }

    async fn versions(&self, s3: &aws_sdk_s3::Client) -> Result<bool, ProviderError> {
        let get = s3.get_bucket_versioning().bucket(&self.bucket).send().await;
        let answer = get.map_err(|error| classify("s3:GetBucketVersioning", error))?;
        Ok(answer.status == Some(BucketVersioningStatus::Enabled))
    }

    async fn encryption(&self, s3: &aws_sdk_s3::Client) -> Result<Option<String>, ProviderError> {
        let get = s3.get_bucket_encryption().bucket(&self.bucket).send().await;
        match get.map_err(|error| classify("s3:GetEncryptionConfiguration", error)) {
            Ok(answer) => {
                let all = answer.server_side_encryption_configuration;
                let rules = all.map(|all| all.rules).unwrap_or_default();
                let mut how = rules.into_iter().filter_map(|rule| {
                    let how = rule.apply_server_side_encryption_by_default?;
                    Some(how.sse_algorithm.as_str().to_owned())
                });
                Ok(how.next())
            }
            Err(error) if has_code(&error, &["ServerSideEncryptionConfigurationNotFoundError"]) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn private(&self, s3: &aws_sdk_s3::Client) -> Result<bool, ProviderError> {
        let get = s3.get_public_access_block().bucket(&self.bucket).send().await;
        match get.map_err(|error| classify("s3:GetBucketPublicAccessBlock", error)) {
            Ok(answer) => Ok(answer.public_access_block_configuration.is_some_and(|block| {
                [
                    block.block_public_acls,
                    block.ignore_public_acls,
                    block.block_public_policy,
                    block.restrict_public_buckets,
                ]
                .iter()
                .all(|on| *on == Some(true))
            })),
            Err(error) if has_code(&error, &["NoSuchPublicAccessBlockConfiguration"]) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Of several rules that hold for a place the shortest counts.
fn days(rules: &[LifecycleRule], place: &str) -> Option<i32> {
    let holding = rules.iter().filter(|rule| {
        let prefix = rule.filter().map_or(Some(""), |filter| filter.prefix());
        rule.status == ExpirationStatus::Enabled
            && prefix.is_some_and(|prefix| place.starts_with(prefix))
    });
    holding.filter_map(|rule| rule.noncurrent_version_expiration()?.noncurrent_days()).min()
}

#[cfg(test)]
mod tests {
    use super::days;
    use crate::aws::state_bucket::rule;

    #[test]
    fn the_shortest_rule_that_holds_counts() {
        let rule = |prefix: &str, days| {
            rule(prefix.to_owned(), prefix.to_owned(), days).expect("a good rule")
        };
        let rules = [rule("team/", 90), rule("team/locks/", 1), rule("other/", 7)];
        assert_eq!(days(&rules, "team/locks/"), Some(1));
        assert_eq!(days(&rules, "team/stages/"), Some(90));
        assert_eq!(days(&rules, "stages/"), None);
        assert_eq!(days(&[], "team/locks/"), None);
    }
}
