//! Bringing one bucket to what is wanted of it.

use std::collections::BTreeMap;

use alchemy_core::Ownership;
use alchemy_engine::{ProviderError, ProviderErrorKind, ReconcileRequest, StepContext};
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership, Tag, Tagging,
};

use super::setting::{Place, SETTINGS, Setting};
use super::{CLASSIC, GONE, read_tags};
use crate::aws::classify::classify;
use crate::aws::step::{Claim, ensure_ours, has_code, permit, refused};
use crate::aws::tags;
use crate::aws::wanted::Wanted;

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

    pub(super) async fn update(
        &self,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), ProviderError> {
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

/// A bucket that was just made may not be visible to every call yet.
fn not_visible(error: ProviderError) -> ProviderError {
    if has_code(&error, GONE) {
        ProviderError { kind: ProviderErrorKind::NotYet, ..error }
    } else {
        error
    }
}
