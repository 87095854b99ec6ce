//! Ownership, public access, versioning, encryption and CORS as S3 shapes, and back.

use alchemy_core::Value;
use alchemy_engine::{ProviderError, ProviderErrorKind};
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    BucketVersioningStatus, CorsConfiguration, CorsRule, ObjectOwnership, OwnershipControls,
    OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    VersioningConfiguration,
};

use super::setting::Place;
use crate::aws::classify::classify;
use crate::aws::step::refused;
use crate::aws::wanted::{text_list, texts};

const BLOCKS: [&str; 4] =
    ["blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"];

/// What a new bucket blocks ("Blocking public access to your Amazon S3 storage").
pub(super) fn all_blocked() -> Value {
    Value::map(BLOCKS.map(|name| (name, Value::Bool(true))))
}

/// What a bucket without the setting blocks.
pub(super) fn nothing_blocked() -> Value {
    Value::map(BLOCKS.map(|name| (name, Value::Bool(false))))
}

/// A request that the SDK could not make of our values.
pub(super) fn unbuilt(call: &str, error: &BuildError) -> ProviderError {
    refused(ProviderErrorKind::Invalid, call, error.to_string())
}

fn member_text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn member_truth(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

pub(super) async fn read_ownership(place: &Place) -> Result<Value, ProviderError> {
    let get = place.client.get_bucket_ownership_controls().bucket(&place.bucket);
    let answer = get.expected_bucket_owner(&place.account).send().await;
    let answer = answer.map_err(|e| classify("s3:GetBucketOwnershipControls", e))?;
    let rule = answer.ownership_controls().and_then(|controls| controls.rules().first());
    Ok(rule.map_or(Value::Null, |rule| Value::from(rule.object_ownership().as_str())))
}

pub(super) async fn write_ownership(place: &Place, wanted: &Value) -> Result<(), ProviderError> {
    const CALL: &str = "s3:PutBucketOwnershipControls";
    let ownership = ObjectOwnership::from(wanted.as_str().unwrap_or_default());
    let rule = OwnershipControlsRule::builder().object_ownership(ownership).build();
    let controls = rule.and_then(|rule| OwnershipControls::builder().rules(rule).build());
    let controls = controls.map_err(|e| unbuilt(CALL, &e))?;
    let put = place
        .client
        .put_bucket_ownership_controls()
        .bucket(&place.bucket)
        .ownership_controls(controls);
    let sent = put.expected_bucket_owner(&place.account).send().await;
    sent.map(|_| ()).map_err(|e| classify(CALL, e))
}

pub(super) async fn read_block(place: &Place) -> Result<Value, ProviderError> {
    let get = place.client.get_public_access_block().bucket(&place.bucket);
    let answer = get.expected_bucket_owner(&place.account).send().await;
    let answer = answer.map_err(|e| classify("s3:GetPublicAccessBlock", e))?;
    Ok(answer.public_access_block_configuration().map_or_else(nothing_blocked, block_value))
}

fn block_value(block: &PublicAccessBlockConfiguration) -> Value {
    let members = [
        block.block_public_acls(),
        block.ignore_public_acls(),
        block.block_public_policy(),
        block.restrict_public_buckets(),
    ];
    Value::map(BLOCKS.into_iter().zip(members.map(|on| Value::Bool(on.unwrap_or(false)))))
}

fn block_shape(wanted: &Value) -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration::builder()
        .block_public_acls(member_truth(wanted, "blockPublicAcls"))
        .ignore_public_acls(member_truth(wanted, "ignorePublicAcls"))
        .block_public_policy(member_truth(wanted, "blockPublicPolicy"))
        .restrict_public_buckets(member_truth(wanted, "restrictPublicBuckets"))
        .build()
}

pub(super) async fn write_block(place: &Place, wanted: &Value) -> Result<(), ProviderError> {
    let put = place.client.put_public_access_block().bucket(&place.bucket);
    let put = put
        .public_access_block_configuration(block_shape(wanted))
        .expected_bucket_owner(&place.account);
    put.send().await.map(|_| ()).map_err(|e| classify("s3:PutPublicAccessBlock", e))
}

/// A bucket that never had versioning keeps no versions, as one in which it is suspended.
pub(super) async fn read_versioning(place: &Place) -> Result<Value, ProviderError> {
    let get = place.client.get_bucket_versioning().bucket(&place.bucket);
    let answer = get.expected_bucket_owner(&place.account).send().await;
    let answer = answer.map_err(|e| classify("s3:GetBucketVersioning", e))?;
    let status = answer.status().unwrap_or(&BucketVersioningStatus::Suspended);
    Ok(Value::from(status.as_str()))
}

pub(super) async fn write_versioning(place: &Place, wanted: &Value) -> Result<(), ProviderError> {
    let status = BucketVersioningStatus::from(wanted.as_str().unwrap_or_default());
    let put = place.client.put_bucket_versioning().bucket(&place.bucket);
    let put =
        put.versioning_configuration(VersioningConfiguration::builder().status(status).build());
    let sent = put.expected_bucket_owner(&place.account).send().await;
    sent.map(|_| ()).map_err(|e| classify("s3:PutBucketVersioning", e))
}

pub(super) async fn read_encryption(place: &Place) -> Result<Value, ProviderError> {
    let get = place.client.get_bucket_encryption().bucket(&place.bucket);
    let answer = get.expected_bucket_owner(&place.account).send().await;
    let answer = answer.map_err(|e| classify("s3:GetBucketEncryption", e))?;
    let rules =
        answer.server_side_encryption_configuration().map(ServerSideEncryptionConfiguration::rules);
    Ok(rules.and_then(<[_]>::first).map_or(Value::Null, encryption_value))
}

fn encryption_value(rule: &ServerSideEncryptionRule) -> Value {
    let Some(default) = rule.apply_server_side_encryption_by_default() else { return Value::Null };
    let key = default.kms_master_key_id().map(|key| ("kmsMasterKeyId", Value::from(key)));
    let members = [
        ("sseAlgorithm", Value::from(default.sse_algorithm().as_str())),
        ("bucketKeyEnabled", Value::Bool(rule.bucket_key_enabled().unwrap_or(false))),
    ];
    Value::map(members.into_iter().chain(key))
}

/// Encryption with what counts when nothing is said: keys of S3 ("Setting default server-side encryption behavior for
/// Amazon S3 buckets").
pub(super) fn spelt_out(encryption: &Value) -> Value {
    if encryption.is_null() {
        Value::map([
            ("sseAlgorithm", Value::from("AES256")),
            ("bucketKeyEnabled", Value::Bool(false)),
        ])
    } else {
        encryption.clone()
    }
}

fn encryption_shape(wanted: &Value) -> Result<ServerSideEncryptionConfiguration, BuildError> {
    let algorithm = ServerSideEncryption::from(
        member_text(wanted, "sseAlgorithm").unwrap_or_default().as_str(),
    );
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(algorithm)
        .set_kms_master_key_id(member_text(wanted, "kmsMasterKeyId"))
        .build()?;
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(member_truth(wanted, "bucketKeyEnabled"))
        .build();
    ServerSideEncryptionConfiguration::builder().rules(rule).build()
}

/// Taking the setting away brings back keys of S3 ("DeleteBucketEncryption").
pub(super) async fn write_encryption(place: &Place, wanted: &Value) -> Result<(), ProviderError> {
    const CALL: &str = "s3:PutBucketEncryption";
    if wanted.is_null() {
        let delete = place.client.delete_bucket_encryption().bucket(&place.bucket);
        let sent = delete.expected_bucket_owner(&place.account).send().await;
        return sent.map(|_| ()).map_err(|e| classify("s3:DeleteBucketEncryption", e));
    }
    let shape = encryption_shape(wanted).map_err(|e| unbuilt(CALL, &e))?;
    let put = place
        .client
        .put_bucket_encryption()
        .bucket(&place.bucket)
        .server_side_encryption_configuration(shape);
    let sent = put.expected_bucket_owner(&place.account).send().await;
    sent.map(|_| ()).map_err(|e| classify(CALL, e))
}

pub(super) async fn read_cors(place: &Place) -> Result<Value, ProviderError> {
    let get = place.client.get_bucket_cors().bucket(&place.bucket);
    let answer = get.expected_bucket_owner(&place.account).send().await;
    let answer = answer.map_err(|e| classify("s3:GetBucketCors", e))?;
    Ok(Value::List(answer.cors_rules().iter().map(cors_value).collect()))
}

fn cors_value(rule: &CorsRule) -> Value {
    let age = rule.max_age_seconds().map(|age| ("maxAge", Value::int(age.into())));
    let id = rule.id().map(|id| ("id", Value::from(id)));
    let lists = [
        ("allowedMethods", text_list(rule.allowed_methods())),
        ("allowedOrigins", text_list(rule.allowed_origins())),
        ("allowedHeaders", text_list(rule.allowed_headers())),
        ("exposeHeaders", text_list(rule.expose_headers())),
    ];
    Value::map(lists.into_iter().chain(age).chain(id))
}

fn cors_shape(wanted: &Value) -> Result<CorsRule, BuildError> {
    let list = |name: &str| wanted.get(name).map(texts).filter(|list| !list.is_empty());
    let age = wanted.get("maxAge").and_then(Value::as_int).and_then(|age| i32::try_from(age).ok());
    CorsRule::builder()
        .set_allowed_methods(list("allowedMethods"))
        .set_allowed_origins(list("allowedOrigins"))
        .set_allowed_headers(list("allowedHeaders"))
        .set_expose_headers(list("exposeHeaders"))
        .set_max_age_seconds(age)
        .set_id(member_text(wanted, "id"))
        .build()
}

pub(super) async fn write_cors(place: &Place, wanted: &Value) -> Result<(), ProviderError> {
    const CALL: &str = "s3:PutBucketCors";
    let rules = wanted.as_list().unwrap_or_default();
    if rules.is_empty() {
        let delete = place
            .client
            .delete_bucket_cors()
            .bucket(&place.bucket)
            .expected_bucket_owner(&place.account);
        return delete.send().await.map(|_| ()).map_err(|e| classify("s3:DeleteBucketCors", e));
    }
    let rules = rules.iter().map(cors_shape).collect::<Result<Vec<_>, _>>();
    let shape =
        rules.and_then(|rules| CorsConfiguration::builder().set_cors_rules(Some(rules)).build());
    let shape = shape.map_err(|e| unbuilt(CALL, &e))?;
    let put = place.client.put_bucket_cors().bucket(&place.bucket).cors_configuration(shape);
    let sent = put.expected_bucket_owner(&place.account).send().await;
    sent.map(|_| ()).map_err(|e| classify(CALL, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_values_are_inverse() {
        let mut block = nothing_blocked();
        if let Value::Map(members) = &mut block {
            members.insert("blockPublicPolicy".to_owned(), Value::Bool(true));
        }
        assert_eq!(block_value(&block_shape(&block)), block);

        let encryption = Value::map([
            ("sseAlgorithm", Value::from("aws:kms")),
            ("kmsMasterKeyId", Value::from("arn:k")),
            ("bucketKeyEnabled", Value::Bool(true)),
        ]);
        let shape = encryption_shape(&encryption).expect("complete");
        assert_eq!(encryption_value(&shape.rules()[0]), encryption);

        let cors = Value::map([
            ("allowedMethods", text_list(["GET", "PUT"])),
            ("allowedOrigins", text_list(["https://example.com"])),
            ("allowedHeaders", Value::List(Vec::new())),
            ("exposeHeaders", text_list(["ETag"])),
            ("maxAge", Value::int(600)),
        ]);
        assert_eq!(cors_value(&cors_shape(&cors).expect("complete")), cors);
    }
}
