//! Lifecycle rules as S3 shapes, and back. Days only: dates and object sizes are no part of the catalog.

use alchemy_core::Value;
use alchemy_engine::ProviderError;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
    Transition, TransitionStorageClass,
};

use super::setting::Place;
use super::shapes::unbuilt;
use crate::aws::classify::classify;

pub(super) async fn read(place: &Place) -> Result<Value, ProviderError> {
    let get = place.client.get_bucket_lifecycle_configuration().bucket(&place.bucket);
    let answer = get.expected_bucket_owner(&place.account).send().await;
    let answer = answer.map_err(|e| classify("s3:GetBucketLifecycleConfiguration", e))?;
    Ok(Value::List(answer.rules().iter().map(value).collect()))
}

pub(super) async fn write(place: &Place, wanted: &Value) -> Result<(), ProviderError> {
    const CALL: &str = "s3:PutBucketLifecycleConfiguration";
    let rules = wanted.as_list().unwrap_or_default();
    if rules.is_empty() {
        let delete = place.client.delete_bucket_lifecycle().bucket(&place.bucket);
        let sent = delete.expected_bucket_owner(&place.account).send().await;
        return sent.map(|_| ()).map_err(|e| classify("s3:DeleteBucketLifecycle", e));
    }
    let rules = rules.iter().map(shape).collect::<Result<Vec<_>, _>>();
    let all = rules
        .and_then(|rules| BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build());
    let all = all.map_err(|e| unbuilt(CALL, &e))?;
    let put = place
        .client
        .put_bucket_lifecycle_configuration()
        .bucket(&place.bucket)
        .lifecycle_configuration(all);
    let sent = put.expected_bucket_owner(&place.account).send().await;
    sent.map(|_| ()).map_err(|e| classify(CALL, e))
}

fn days(rule: &Value, name: &str) -> Option<i32> {
    rule.get(name)?.as_int().and_then(|days| i32::try_from(days).ok())
}

fn shape(rule: &Value) -> Result<LifecycleRule, BuildError> {
    let enabled = rule.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let prefix = rule.get("prefix").and_then(Value::as_str).unwrap_or_default();
    let transitions = rule.get("transitions").and_then(Value::as_list).unwrap_or_default();
    let transitions: Vec<Transition> = transitions.iter().map(transition_shape).collect();
    LifecycleRule::builder()
        .set_id(rule.get("id").and_then(Value::as_str).map(str::to_owned))
        .status(if enabled { ExpirationStatus::Enabled } else { ExpirationStatus::Disabled })
        .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
        .set_expiration(
            days(rule, "expiration").map(|days| LifecycleExpiration::builder().days(days).build()),
        )
        .set_noncurrent_version_expiration(
            days(rule, "noncurrentVersionExpiration")
                .map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build()),
        )
        .set_abort_incomplete_multipart_upload(days(rule, "abortIncompleteMultipartUpload").map(
            |days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build(),
        ))
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .build()
}

fn transition_shape(transition: &Value) -> Transition {
    let class = transition.get("storageClass").and_then(Value::as_str).unwrap_or_default();
    Transition::builder()
        .set_days(days(transition, "after"))
        .storage_class(TransitionStorageClass::from(class))
        .build()
}

fn value(rule: &LifecycleRule) -> Value {
    let number =
        |name: &'static str, days: Option<i32>| days.map(|days| (name, Value::int(days.into())));
    let expiration = rule.expiration().and_then(LifecycleExpiration::days);
    let noncurrent =
        rule.noncurrent_version_expiration().and_then(NoncurrentVersionExpiration::noncurrent_days);
    let abort = rule.abort_incomplete_multipart_upload();
    let abort = abort.and_then(AbortIncompleteMultipartUpload::days_after_initiation);
    let prefix = rule.filter().and_then(LifecycleRuleFilter::prefix).unwrap_or_default();
    let always = [
        ("id", Value::from(rule.id().unwrap_or_default())),
        ("enabled", Value::Bool(*rule.status() == ExpirationStatus::Enabled)),
        ("prefix", Value::from(prefix)),
        ("transitions", Value::List(rule.transitions().iter().map(transition_value).collect())),
    ];
    let given = [
        number("expiration", expiration),
        number("noncurrentVersionExpiration", noncurrent),
        number("abortIncompleteMultipartUpload", abort),
    ];
    Value::map(always.into_iter().chain(given.into_iter().flatten()))
}

fn transition_value(transition: &Transition) -> Value {
    let class = transition.storage_class().map_or("", TransitionStorageClass::as_str);
    Value::map([
        ("after", Value::int(transition.days().unwrap_or_default().into())),
        ("storageClass", Value::from(class)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_survive_the_way_there_and_back() {
        let transition =
            Value::map([("after", Value::int(30)), ("storageClass", Value::from("GLACIER"))]);
        let rule = Value::map([
            ("id", Value::from("old")),
            ("enabled", Value::Bool(false)),
            ("prefix", Value::from("logs/")),
            ("transitions", Value::List(vec![transition])),
            ("expiration", Value::int(365)),
            ("noncurrentVersionExpiration", Value::int(7)),
        ]);
        assert_eq!(value(&shape(&rule).expect("complete")), rule);
    }
}
