//! `AWS.S3.Bucket`.
//!
//! Rules from the Amazon S3 API reference, pages "CreateBucket" (location constraint; success on an own bucket in
//! us-east-1), "HeadBucket", "GetBucketTagging", "PutBucketTagging" (replaces the whole set), "DeleteBucket"; user guide
//! "Verifying bucket ownership with bucket owner condition".

mod emptying;
mod lifecycle;
mod setting;
mod shapes;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Ownership, Target, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership, Tag, Tagging,
};

use self::setting::{Place, SETTINGS, Setting};
use super::classify::classify;
use super::connection::AwsConnection;
use super::own_names::{list_prefix, may_be_ours};
use super::reading::Reading;
use super::step::{Claim, absent, ensure_ours, has_code, observed, permit, refused};
use super::tags;
use super::wanted::Wanted;
use crate::Partition;

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
    let Partition { name: partition, dns_suffix } = Partition::of_region(&target.region);
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

/// One reconcile of one bucket.
struct Run<'a> {
    place: Place,
    ctx: &'a StepContext,
    wanted: Wanted<'a>,
    request: &'a ReconcileRequest,
}

impl Run<'_> {
    async fn create(&self) -> Result<(), ProviderError> {
        match self.send_create().await {
            Ok(()) => {}
            Err(error) if has_code(&error, &["BucketAlreadyOwnedByYou"]) => {}
            Err(error) => return Err(error),
        }
        // Success does not say that the bucket is new: its tags do.
        let tags = read_tags(&self.place).await?.unwrap_or_default();
        if tags::ownership(&tags) == Ownership::Untagged {
            self.write_tags(&tags, true).await?;
            return self.bring_settings(|_| false).await;
        }
        self.update(&tags).await
    }

    async fn send_create(&self) -> Result<(), ProviderError> {
        const CALL: &str = "s3:CreateBucket";
        permit(self.ctx, CALL)?;
        let region = self.ctx.target.region.as_str();
        let location = (region != CLASSIC).then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region))
                .build()
        });
        let mut create = self.place.client.create_bucket().bucket(&self.place.bucket);
        create = create.set_create_bucket_configuration(location);
        if self.wanted.truth("objectLockEnabled") == Some(true) {
            create = create.object_lock_enabled_for_bucket(true);
        }
        if let Some(ownership) =
            self.wanted.text("objectOwnership").filter(|text| text != "BucketOwnerEnforced")
        {
            create = create.object_ownership(ObjectOwnership::from(ownership.as_str()));
        }
        create.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
    }

    async fn update(&self, tags: &BTreeMap<String, String>) -> Result<(), ProviderError> {
        self.ensure_ours(tags, self.request.may_adopt_untagged)?;
        self.write_tags(tags, false).await?;
        let prior = self.request.prior.as_ref();
        self.bring_settings(|setting| prior.is_none_or(|prior| setting.is_configured(&prior.props)))
            .await
    }

    fn ensure_ours(
        &self,
        tags: &BTreeMap<String, String>,
        untagged: bool,
    ) -> Result<(), ProviderError> {
        let claim = Claim { recorded: self.request.prior.is_some(), untagged };
        let what = format!("bucket {}", self.place.bucket);
        ensure_ours("s3:GetBucketTagging", &what, &tags::ownership(tags), &self.ctx.owner, claim)
    }

    /// Merges. After the first tags of a new bucket they are read again: another checkout may have made the bucket its
    /// own in the same moment.
    async fn write_tags(
        &self,
        current: &BTreeMap<String, String>,
        first: bool,
    ) -> Result<(), ProviderError> {
        const CALL: &str = "s3:PutBucketTagging";
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), current);
        if change.is_empty() {
            return Ok(());
        }
        permit(self.ctx, CALL)?;
        let mut all = current.clone();
        all.retain(|key, _| !change.remove.contains(key));
        all.extend(change.set);
        let tags =
            all.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok());
        let tagging = Tagging::builder().set_tag_set(Some(tags.collect())).build();
        let tagging =
            tagging.map_err(|e| refused(ProviderErrorKind::Invalid, CALL, e.to_string()))?;
        let put =
            self.place.client.put_bucket_tagging().bucket(&self.place.bucket).tagging(tagging);
        let sent = put.expected_bucket_owner(&self.place.account).send().await;
        sent.map_err(|e| not_visible(classify(CALL, e)))?;
        if first {
            let tags = read_tags(&self.place).await?.unwrap_or_default();
            self.ensure_ours(&tags, true)?;
        }
        Ok(())
    }

    /// Brings about what the program says, and what it said before. `may_be_set` says which settings may be other than
    /// a new bucket's: they are read first, and written only if they differ.
    async fn bring_settings(
        &self,
        may_be_set: impl Fn(Setting) -> bool,
    ) -> Result<(), ProviderError> {
        for setting in SETTINGS {
            let configured = setting.is_configured(&self.request.props);
            let recorded = self
                .request
                .prior
                .as_ref()
                .is_some_and(|prior| setting.is_configured(&prior.props));
            let wanted = setting.wanted(&self.request.props);
            let write = match (configured || recorded, may_be_set(setting)) {
                (false, _) => false,
                (true, false) => true,
                (true, true) => {
                    let found = setting.read(&self.place).await?;
                    found.is_none_or(|found| !setting.same(&found, &wanted))
                }
            };
            if write {
                permit(self.ctx, setting.call())?;
                setting.write(&self.place, &wanted).await.map_err(not_visible)?;
            }
        }
        Ok(())
    }
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
        self.apply(ctx, request).await
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
            Claim::of_record(record),
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

/// A bucket that was just made may not be visible to every call yet.
fn not_visible(error: ProviderError) -> ProviderError {
    if has_code(&error, GONE) {
        ProviderError { kind: ProviderErrorKind::NotYet, ..error }
    } else {
        error
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
