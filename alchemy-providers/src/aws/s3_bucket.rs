//! `AWS.S3.Bucket`.
//!
//! Rules from the Amazon S3 API reference, pages "CreateBucket" (location constraint; success on an own bucket in
//! us-east-1), "HeadBucket", "GetBucketTagging", "PutBucketTagging" (replaces the whole set), "DeleteBucket"; user guide
//! "Verifying bucket ownership with bucket owner condition".

mod emptying;
mod lifecycle;
mod run;
mod setting;
mod shapes;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Target, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_s3::types::Tag;

use self::run::Run;
use self::setting::{Place, SETTINGS};
use super::classify::classify;
use super::connection::AwsConnection;
use super::own_names::{list_prefix, may_be_ours};
use super::reading::Reading;
use super::step::{Claim, absent, ensure_ours, has_code, observed, refused};
use super::tags;
use super::wanted::Wanted;

const GONE: &[&str] = &["NoSuchBucket", "NotFound"];

/// The region whose buckets are made without a location constraint ("CreateBucket").
const CLASSIC: &str = "us-east-1";

/// Buckets.
#[derive(Debug)]
pub(super) struct BucketProvider {
    connection: Arc<AwsConnection>,
}

impl BucketProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    fn place(&self, target: &Target, name: &str) -> Place {
        Place {
            client: self.connection.s3(&target.region),
            bucket: name.to_owned(),
            account: target.account.clone(),
        }
    }

    async fn look(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let Some(name) = lookup.name.as_deref() else { return Ok(Observed::Absent) };
        let place = self.place(&lookup.target, name);
        let Some(tags) = look_up(&place, &lookup.target.region).await? else {
            return Ok(Observed::Absent);
        };
        let mut reading = Reading::new(&lookup.props);
        reading.put("bucketName", name);
        reading.put_tags(&tags);
        let mut unread = Vec::new();
        for setting in SETTINGS.iter().filter(|setting| setting.is_configured(&lookup.props)) {
            match setting.read(&place).await? {
                Some(found) => setting.put(&mut reading, found),
                None => unread.push(Value::from(setting.prop())),
            }
        }
        // Fixed when the bucket was made.
        if let Some(locked) = reading.known("objectLockEnabled") {
            reading.put("objectLockEnabled", locked.clone());
        }
        let attrs = attrs(name, &lookup.target);
        if !unread.is_empty() {
            reading.put("$unread", Value::List(unread));
        }
        Ok(Observed::Present { ownership: tags::ownership(&tags), config: reading.finish(), attrs })
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let name = request.name.as_deref().unwrap_or_default();
        let run = Run {
            place: self.place(&ctx.target, name),
            ctx,
            wanted: Wanted(&request.props),
            request,
        };
        let fresh = request.prior.is_none() && matches!(request.observed, Some(Observed::Absent));
        let found = if fresh { None } else { read_tags(&run.place).await? };
        match found {
            Some(tags) => run.update(&tags).await?,
            None => run.create().await?,
        }
        Ok(Applied { attrs: attrs(name, &ctx.target) })
    }
}

/// Name, ARN and host names follow from where the bucket is.
fn attrs(name: &str, target: &Target) -> BTreeMap<String, Value> {
    let (partition, dns_suffix) = (target.partition(), target.dns_suffix());
    let region = &target.region;
    let all = [
        ("bucketName", name.to_owned()),
        ("bucketArn", format!("arn:{partition}:s3:::{name}")),
        ("bucketDomainName", format!("{name}.s3.{dns_suffix}")),
        ("bucketRegionalDomainName", format!("{name}.s3.{region}.{dns_suffix}")),
        ("region", region.clone()),
        ("accountId", target.account.clone()),
    ];
    all.into_iter().map(|(key, value)| (key.to_owned(), Value::Str(value))).collect()
}

#[async_trait]
impl Provider for BucketProvider {
    async fn read(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        observed(self.look(lookup).await)
    }

    async fn reconcile(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        Box::pin(self.apply(ctx, request)).await
    }

    async fn delete(
        &self,
        ctx: &StepContext,
        request: &DeleteRequest,
    ) -> Result<(), ProviderError> {
        let record = &request.record;
        let Some(name) = record.name.as_deref() else { return Ok(()) };
        let place = self.place(&record.target, name);
        let Some(tags) = read_tags(&place).await? else { return Ok(()) };
        let ownership = tags::ownership(&tags);
        ensure_ours(
            "s3:GetBucketTagging",
            &format!("bucket {name}"),
            &ownership,
            &ctx.owner,
            Claim::of_delete(request),
        )?;
        emptying::delete(ctx, &place, request.allow_data_loss).await
    }

    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        let client = self.connection.s3(&request.target.region);
        let mut found = Vec::new();
        for first in [list_prefix(&request.name_prefix), "x-".to_owned()] {
            let pages = client.list_buckets().prefix(first).bucket_region(&request.target.region);
            let mut buckets = pages.max_buckets(1000).into_paginator().send();
            while let Some(page) = buckets.next().await {
                let page = page.map_err(|e| classify("s3:ListBuckets", e))?;
                for name in page.buckets().iter().filter_map(|bucket| bucket.name()) {
                    if may_be_ours(name, &request.name_prefix) {
                        found.extend(self.own(request, name).await?);
                    }
                }
            }
        }
        found.sort_by(|a: &Found, b: &Found| a.name.cmp(&b.name));
        found.dedup_by(|a, b| a.name == b.name);
        Ok(found)
    }
}

impl BucketProvider {
    async fn own(&self, request: &ListRequest, name: &str) -> Result<Option<Found>, ProviderError> {
        let place = self.place(&request.target, name);
        let tags = match read_tags(&place).await {
            Ok(tags) => tags.unwrap_or_default(),
            // Somebody else's: not readable with these credentials.
            Err(error) if error.kind == ProviderErrorKind::Denied => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(owner) = tags::owner_in(&tags, &request.stack, &request.stage) else {
            return Ok(None);
        };
        let attrs = attrs(name, &request.target);
        Ok(Some(Found { ty: super::ty("AWS.S3.Bucket"), name: name.to_owned(), owner, attrs }))
    }
}

/// The bucket's tags, if it is there, ours to read and in this region.
async fn look_up(
    place: &Place,
    region: &str,
) -> Result<Option<BTreeMap<String, String>>, ProviderError> {
    const CALL: &str = "s3:HeadBucket";
    let head =
        place.client.head_bucket().bucket(&place.bucket).expected_bucket_owner(&place.account);
    let answer = match head.send().await {
        Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 404) => {
            return Ok(None);
        }
        Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 301) => {
            return Err(elsewhere(CALL, place, classify(CALL, error)));
        }
        answer => answer.map_err(|e| classify(CALL, e))?,
    };
    if answer.bucket_region().is_some_and(|found| found != region) {
        return Err(elsewhere(CALL, place, refused(ProviderErrorKind::Denied, CALL, "")));
    }
    read_tags(place).await
}

fn elsewhere(call: &str, place: &Place, error: ProviderError) -> ProviderError {
    ProviderError {
        kind: ProviderErrorKind::Denied,
        call: call.to_owned(),
        message: format!("bucket {} is in another region", place.bucket),
        advice: Some("Choose another name, or the region it is in.".to_owned()),
        ..error
    }
}

/// The bucket's tags; none if there is no bucket.
async fn read_tags(place: &Place) -> Result<Option<BTreeMap<String, String>>, ProviderError> {
    let get = place
        .client
        .get_bucket_tagging()
        .bucket(&place.bucket)
        .expected_bucket_owner(&place.account);
    let answer = match get.send().await.map_err(|e| classify("s3:GetBucketTagging", e)) {
        Err(error) if has_code(&error, &["NoSuchTagSet"]) => return Ok(Some(BTreeMap::new())),
        answer => absent(answer, GONE)?,
    };
    let tags = |tags: Vec<Tag>| tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    Ok(answer.map(|answer| tags(answer.tag_set)))
}
