//! Bringing one role to its props.

use std::collections::BTreeSet;

use alchemy_core::Owner;
use alchemy_engine::{ProviderError, ProviderErrorKind, ReconcileRequest, StepContext};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Role;

use super::calls::{
    attached, delete_inline, detach, fetch, inline_names, inline_policy, not_visible_yet,
    put_inline,
};
use super::settings::{boundary, description, session, session_of};
use crate::aws::classify::classify;
use crate::aws::document;
use crate::aws::fresh::fresh_principal;
use crate::aws::halfway::may_be_halfway;
use crate::aws::iam_tags::{self, tag_list, tag_map};
use crate::aws::step::{Claim, ensure_ours, has_code, may_be_named, permit, refused};
use crate::aws::tags;
use crate::aws::wanted::Wanted;

/// One reconcile of one role.
pub(super) struct Run<'a> {
    pub(super) client: Client,
    pub(super) ctx: &'a StepContext,
    pub(super) name: &'a str,
    pub(super) wanted: Wanted<'a>,
    pub(super) request: &'a ReconcileRequest,
}

impl Run<'_> {
    /// Makes the role, or takes over what an interrupted attempt made.
    pub(super) async fn create(&self) -> Result<Role, ProviderError> {
        match self.send_create().await {
            Ok(role) => {
                self.bring_attached(BTreeSet::new()).await?;
                self.bring_inline(false, false).await?;
                Ok(role)
            }
            Err(error) if has_code(&error, &["EntityAlreadyExists"]) => {
                match fetch(&self.client, self.name).await? {
                    Some(role) => self.update(role).await,
                    None => Err(ProviderError { kind: ProviderErrorKind::NotYet, ..error }),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn send_create(&self) -> Result<Role, ProviderError> {
        const CALL: &str = "iam:CreateRole";
        permit(self.ctx, CALL)?;
        let tags = tags::for_object(&self.ctx.owner, &self.wanted.text_map("tags"));
        let description = description(self.wanted);
        let create = self.client.create_role().role_name(self.name);
        let create = create
            .set_path(self.wanted.text("path"))
            .assume_role_policy_document(self.trust())
            .set_description((!description.is_empty()).then_some(description))
            .max_session_duration(session(self.wanted))
            .set_permissions_boundary(self.wanted.text("permissionsBoundary"))
            .set_tags(Some(tag_list(&tags)));
        let created = create.send().await.map_err(|e| fresh_principal(classify(CALL, e)))?;
        created
            .role
            .ok_or_else(|| refused(ProviderErrorKind::Transient, CALL, "the answer has no role"))
    }

    fn trust(&self) -> String {
        self.wanted
            .value("assumeRolePolicyDocument")
            .map(|d| document::to_text(&d))
            .unwrap_or_default()
    }

    /// Brings an own role to the props.
    pub(super) async fn update(&self, role: Role) -> Result<Role, ProviderError> {
        let tags = tag_map(role.tags());
        let claim = Claim::of_reconcile(self.request);
        let what = format!("role {}", self.name);
        let ownership = tags::ownership(&tags);
        ensure_ours("iam:GetRole", &what, &ownership, &self.ctx.owner, claim)?;
        self.bring_trust(&role).await?;
        self.bring_basics(&role).await?;
        self.bring_boundary(&role).await?;
        let attached = attached(&self.client, self.name).await?;
        self.bring_attached(attached.into_iter().collect()).await?;
        self.bring_inline(true, may_be_halfway(self.request, &ownership)).await?;
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), &tags);
        iam_tags::bring_role(&self.client, self.ctx, self.name, change).await?;
        Ok(role)
    }

    async fn bring_trust(&self, role: &Role) -> Result<(), ProviderError> {
        const CALL: &str = "iam:UpdateAssumeRolePolicy";
        let current = document::from_text(role.assume_role_policy_document().unwrap_or_default());
        if document::same(
            &self.wanted.value("assumeRolePolicyDocument").unwrap_or_default(),
            &current,
        ) {
            return Ok(());
        }
        permit(self.ctx, CALL)?;
        let update = self.client.update_assume_role_policy().role_name(self.name);
        let sent = update.policy_document(self.trust()).send().await;
        sent.map(|_| ()).map_err(|e| fresh_principal(classify(CALL, e)))
    }

    /// `UpdateRole` gets both settings, since it may take one that is missing as not wanted; a description that is to
    /// be empty needs the call of its own.
    async fn bring_basics(&self, role: &Role) -> Result<(), ProviderError> {
        let (wanted_text, wanted_session) = (description(self.wanted), session(self.wanted));
        if session_of(role) != wanted_session {
            const CALL: &str = "iam:UpdateRole";
            permit(self.ctx, CALL)?;
            let update = self.client.update_role().role_name(self.name).description(&wanted_text);
            let sent = update.max_session_duration(wanted_session).send().await;
            sent.map_err(|e| classify(CALL, e))?;
        }
        if role.description().unwrap_or_default() != wanted_text {
            const CALL: &str = "iam:UpdateRoleDescription";
            permit(self.ctx, CALL)?;
            let update = self.client.update_role_description().role_name(self.name);
            let sent = update.description(&wanted_text).send().await;
            sent.map_err(|e| classify(CALL, e))?;
        }
        Ok(())
    }

    async fn bring_boundary(&self, role: &Role) -> Result<(), ProviderError> {
        let wanted = self.wanted.text("permissionsBoundary");
        match wanted {
            wanted if wanted.as_deref() == boundary(role) => Ok(()),
            Some(arn) => {
                const CALL: &str = "iam:PutRolePermissionsBoundary";
                permit(self.ctx, CALL)?;
                let put = self.client.put_role_permissions_boundary().role_name(self.name);
                put.permissions_boundary(arn)
                    .send()
                    .await
                    .map(|_| ())
                    .map_err(|e| classify(CALL, e))
            }
            None => {
                const CALL: &str = "iam:DeleteRolePermissionsBoundary";
                permit(self.ctx, CALL)?;
                let delete = self.client.delete_role_permissions_boundary().role_name(self.name);
                delete.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
        }
    }

    async fn bring_attached(&self, current: BTreeSet<String>) -> Result<(), ProviderError> {
        let wanted: BTreeSet<String> = self.wanted.texts("managedPolicyArns").into_iter().collect();
        for arn in wanted.difference(&current) {
            const CALL: &str = "iam:AttachRolePolicy";
            permit(self.ctx, CALL)?;
            let sent =
                self.client.attach_role_policy().role_name(self.name).policy_arn(arn).send().await;
            sent.map_err(|e| not_visible_yet(classify(CALL, e)))?;
        }
        for arn in current.difference(&wanted) {
            detach(&self.client, self.ctx, self.name, arn).await?;
        }
        Ok(())
    }

    /// Writes the inline policies that differ, and takes away those that an earlier version of the props had, or may
    /// have had where an attempt ended `halfway`.
    async fn bring_inline(&self, exists: bool, halfway: bool) -> Result<(), ProviderError> {
        let wanted = self.wanted.members("inlinePolicies");
        for (policy, document) in &wanted {
            let current =
                if exists { inline_policy(&self.client, self.name, policy).await? } else { None };
            if !current.is_some_and(|current| document::same(document, &current)) {
                put_inline(&self.client, self.ctx, self.name, policy, document).await?;
            }
        }
        let mut left = self.recorded_inline();
        if halfway {
            left.extend(self.inline_of_props().await?);
        }
        for policy in left.into_iter().filter(|policy| !wanted.contains_key(policy)) {
            delete_inline(&self.client, self.ctx, self.name, &policy).await?;
        }
        Ok(())
    }

    fn recorded_inline(&self) -> BTreeSet<String> {
        let prior = self.request.prior.as_ref();
        let before = prior.map(|record| Wanted(&record.props).members("inlinePolicies"));
        before.unwrap_or_default().into_keys().collect()
    }

    /// The inline policies that exist, but for those of `AWS.IAM.RolePolicy` resources.
    async fn inline_of_props(&self) -> Result<Vec<String>, ProviderError> {
        let mut names = inline_names(&self.client, self.name).await?;
        names.retain(|name| !may_be_generated(name, &self.ctx.owner));
        Ok(names)
    }
}

/// Length of the last part of a generated name.
const SUFFIX: usize = 10;

/// Whether a policy may be that of an `AWS.IAM.RolePolicy` resource of the stage: these have generated names only.
fn may_be_generated(name: &str, owner: &Owner) -> bool {
    let part = |text: &str| -> String {
        let legal = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        text.chars().map(legal).collect()
    };
    let prefix = format!("{}-{}-", part(&owner.stack), part(&owner.stage));
    let suffix = name.rsplit('-').next().unwrap_or_default();
    suffix.len() == SUFFIX && may_be_named(name, &prefix)
}

#[cfg(test)]
mod tests {
    use alchemy_core::{
        Fqn, Generation, Identity, Realm, StackName, Stage, name_rules, physical_name,
    };

    use super::*;

    #[test]
    fn policies_of_resources_are_told_from_those_of_props() {
        let owner = Owner {
            realm: "r".into(),
            stack: "MyApp".into(),
            stage: "pr-1".into(),
            id: "Role".into(),
            generation: 0,
        };
        let identity = |fqn: &str| Identity {
            realm: Realm::from_bits([1; 16]),
            stack: StackName::parse("MyApp").unwrap(),
            stage: Stage::parse("pr-1").unwrap(),
            fqn: Fqn::parse(fqn).unwrap(),
            ty: crate::aws::ty("AWS.IAM.RolePolicy"),
            generation: Generation(0),
        };
        let name = physical_name(&identity("Api/Policy"), &name_rules::IAM_ROLE_POLICY);
        assert!(may_be_generated(&name, &owner), "{name}");
        for name in ["logs", "myapp-pr_1-logs", "myapp-pr_2-api-7b2cxk4qm3"] {
            assert!(!may_be_generated(name, &owner), "{name}");
        }
    }
}
