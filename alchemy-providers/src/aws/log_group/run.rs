//! Bringing one log group to what is wanted of it.

use alchemy_engine::{ProviderError, ProviderErrorKind, ReconcileRequest, StepContext};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::LogGroupClass;

use super::{Group, arn_of, fetch};
use crate::aws::classify::classify;
use crate::aws::step::{Claim, ensure_ours, has_code, permit, refused};
use crate::aws::tags;
use crate::aws::wanted::Wanted;

/// One reconcile of one log group.
pub(super) struct Run<'a> {
    pub(super) client: Client,
    pub(super) ctx: &'a StepContext,
    pub(super) name: &'a str,
    pub(super) wanted: Wanted<'a>,
    pub(super) request: &'a ReconcileRequest,
}

impl Run<'_> {
    pub(super) async fn create(&self) -> Result<Group, ProviderError> {
        match self.send_create().await {
            Ok(()) => self.complete().await,
            Err(error) if has_code(&error, &["ResourceAlreadyExistsException"]) => {
                self.complete().await
            }
            Err(error) => Err(error),
        }
    }

    /// What creation leaves out (retention), on a group that is there now.
    async fn complete(&self) -> Result<Group, ProviderError> {
        match fetch(&self.client, self.name).await? {
            Some(group) => self.update(group).await,
            None => Err(refused(
                ProviderErrorKind::NotYet,
                "logs:DescribeLogGroups",
                format!("log group {} is not visible yet", self.name),
            )),
        }
    }

    async fn send_create(&self) -> Result<(), ProviderError> {
        const CALL: &str = "logs:CreateLogGroup";
        permit(self.ctx, CALL)?;
        let tags = tags::for_object(&self.ctx.owner, &self.wanted.text_map("tags"));
        let class = self.wanted.text("logGroupClass").filter(|class| class != "STANDARD");
        let create = self
            .client
            .create_log_group()
            .log_group_name(self.name)
            .set_kms_key_id(self.wanted.text("kmsKeyId"));
        let create =
            create.set_log_group_class(class.map(|class| LogGroupClass::from(class.as_str())));
        let sent = create.set_tags(Some(tags.into_iter().collect())).send().await;
        sent.map(|_| ()).map_err(|e| classify(CALL, e))
    }

    pub(super) async fn update(&self, group: Group) -> Result<Group, ProviderError> {
        let claim = Claim::of_reconcile(self.request);
        let what = format!("log group {}", self.name);
        ensure_ours(
            "logs:ListTagsForResource",
            &what,
            &tags::ownership(&group.tags),
            &self.ctx.owner,
            claim,
        )?;
        self.bring_retention(group.found.retention_in_days()).await?;
        self.bring_key(group.found.kms_key_id()).await?;
        self.bring_tags(&group).await?;
        Ok(group)
    }

    async fn bring_retention(&self, current: Option<i32>) -> Result<(), ProviderError> {
        match self.wanted.number("retention") {
            wanted if wanted == current => Ok(()),
            Some(days) => {
                const CALL: &str = "logs:PutRetentionPolicy";
                permit(self.ctx, CALL)?;
                let put = self
                    .client
                    .put_retention_policy()
                    .log_group_name(self.name)
                    .retention_in_days(days);
                put.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
            None => {
                const CALL: &str = "logs:DeleteRetentionPolicy";
                permit(self.ctx, CALL)?;
                let delete = self.client.delete_retention_policy().log_group_name(self.name);
                delete.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
        }
    }

    async fn bring_key(&self, current: Option<&str>) -> Result<(), ProviderError> {
        match self.wanted.text("kmsKeyId") {
            wanted if wanted.as_deref() == current => Ok(()),
            Some(key) => {
                const CALL: &str = "logs:AssociateKmsKey";
                permit(self.ctx, CALL)?;
                let associate =
                    self.client.associate_kms_key().log_group_name(self.name).kms_key_id(key);
                associate.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
            None => {
                const CALL: &str = "logs:DisassociateKmsKey";
                permit(self.ctx, CALL)?;
                let disassociate = self.client.disassociate_kms_key().log_group_name(self.name);
                disassociate.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
        }
    }

    async fn bring_tags(&self, group: &Group) -> Result<(), ProviderError> {
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), &group.tags);
        let arn = arn_of(&group.found);
        if !change.set.is_empty() {
            const CALL: &str = "logs:TagResource";
            permit(self.ctx, CALL)?;
            let tags = change.set.into_iter().collect();
            let sent =
                self.client.tag_resource().resource_arn(&arn).set_tags(Some(tags)).send().await;
            sent.map_err(|e| classify(CALL, e))?;
        }
        if !change.remove.is_empty() {
            const CALL: &str = "logs:UntagResource";
            permit(self.ctx, CALL)?;
            let sent = self
                .client
                .untag_resource()
                .resource_arn(&arn)
                .set_tag_keys(Some(change.remove))
                .send()
                .await;
            sent.map_err(|e| classify(CALL, e))?;
        }
        Ok(())
    }
}
