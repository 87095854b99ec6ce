//! Bringing one bucket to what is wanted of it.

use std::collections::BTreeMap;

use alchemy_core::{Ownership, Value};
use alchemy_engine::{ProviderError, ProviderErrorKind, ReconcileRequest, StepContext};
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership, Tag, Tagging,
};

use super::setting::{Place, SETTINGS, Setting};
use super::{CLASSIC, GONE, read_tags};
use crate::aws::classify::classify;
use crate::aws::fresh::fresh_principal;
use crate::aws::halfway::may_be_halfway;
use crate::aws::step::{Claim, ensure_ours, has_code, permit, refused};
use crate::aws::tags;
use crate::aws::wanted::Wanted;

/// What a bucket's settings may be before they are brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// A new bucket's.
    New,
    /// What the record says.
    Recorded,
    /// Anything: it was somebody else's. What the program does not name stays.
    Foreign,
    /// Anything that an attempt wrote which then failed.
    Halfway,
}

/// One reconcile of one bucket.
pub(super) struct Run<'a> {
    pub(super) place: Place,
    pub(super) ctx: &'a StepContext,
    pub(super) wanted: Wanted<'a>,
    pub(super) request: &'a ReconcileRequest,
}

impl Run<'_> {
    pub(super) async fn create(&self) -> Result<(), ProviderError> {
        match self.send_create().await {
            Ok(()) => {}
            Err(error) if has_code(&error, &["BucketAlreadyOwnedByYou"]) => {}
            Err(error) => return Err(error),
        }
        // Success does not say that the bucket is new: its tags do.
        let tags = read_tags(&self.place).await?.unwrap_or_default();
        if tags::ownership(&tags) == Ownership::Untagged {
            self.write_tags(&tags, true).await?;
            return self.bring_settings(Before::New).await;
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

    pub(super) async fn update(
        &self,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), ProviderError> {
        self.ensure_ours(tags, self.request.may_adopt_untagged)?;
        self.write_tags(tags, false).await?;
        let before = match &self.request.prior {
            // Settings are written after the tags, so that ours are on a bucket with tags only.
            _ if may_be_halfway(self.request, &tags::ownership(tags)) => Before::Halfway,
            Some(_) => Before::Recorded,
            None => Before::Foreign,
        };
        self.bring_settings(before).await
    }

    fn ensure_ours(
        &self,
        tags: &BTreeMap<String, String>,
        untagged: bool,
    ) -> Result<(), ProviderError> {
        let claim = Claim { untagged, ..Claim::of_reconcile(self.request) };
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

    /// Brings about what the program says, and takes back what it said before.
    async fn bring_settings(&self, before: Before) -> Result<(), ProviderError> {
        for setting in SETTINGS {
            let wanted = setting.wanted(&self.request.props);
            if self.differs(setting, &wanted, before).await? {
                permit(self.ctx, setting.call())?;
                let written = setting.write(&self.place, &wanted).await;
                written.map_err(|e| fresh_principal(not_visible(e)))?;
            }
        }
        Ok(())
    }

    /// Whether a setting is to be written. What may be other than a new bucket's is read first.
    async fn differs(
        &self,
        setting: Setting,
        wanted: &Value,
        before: Before,
    ) -> Result<bool, ProviderError> {
        let configured = setting.is_configured(&self.request.props);
        let prior = self.request.prior.as_ref();
        let recorded = prior.is_some_and(|prior| setting.is_configured(&prior.props));
        let found = match before {
            Before::New => return Ok(configured || recorded),
            Before::Recorded if !recorded => return Ok(configured),
            Before::Foreign if !configured => return Ok(false),
            Before::Halfway if !configured && !recorded => {
                let left = setting.read_written(&self.place).await?;
                return Ok(left.is_some_and(|left| !setting.same(&left, wanted)));
            }
            _ => setting.read(&self.place).await?,
        };
        Ok(found.is_none_or(|found| !setting.same(&found, wanted)))
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
