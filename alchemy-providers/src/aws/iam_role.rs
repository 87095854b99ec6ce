//! `AWS.IAM.Role`.
//!
//! Rules from the IAM API reference, pages "CreateRole", "GetRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy",
//! "AttachRolePolicy", "PutRolePolicy", "PutRolePermissionsBoundary", "TagRole", "DeleteRole" (a role must have no
//! policies when it goes), "ListRoles" (tags are not listed); user guide "IAM identifiers" (paths).

mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, ResourceType, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Role;

use self::settings::{attributes, boundary, config, description, session, session_of};
use super::classify::classify;
use super::connection::AwsConnection;
use super::document;
use super::iam_tags::{self, tag_list, tag_map};
use super::limits::IAM_AT_ONCE;
use super::step::{Claim, absent, ensure_ours, has_code, may_be_named, observed, permit};
use super::tags;
use super::wanted::Wanted;

const GONE: &[&str] = &["NoSuchEntity"];

/// IAM roles.
#[derive(Debug)]
pub(super) struct RoleProvider {
    connection: Arc<AwsConnection>,
}

impl RoleProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn look(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let Some(name) = lookup.name.as_deref() else { return Ok(Observed::Absent) };
        let client = self.connection.iam(&lookup.target.region);
        let Some(role) = fetch(&client, name).await? else { return Ok(Observed::Absent) };
        let tags = tag_map(role.tags());
        let attached = attached(&client, name).await?;
        let mut inline = BTreeMap::new();
        for policy in Wanted(&lookup.props).members("inlinePolicies").into_keys() {
            if let Some(document) = inline_policy(&client, name, &policy).await? {
                inline.insert(policy, document);
            }
        }
        Ok(Observed::Present {
            ownership: tags::ownership(&tags),
            config: config(&role, &tags, attached, inline, &lookup.props),
            attrs: attributes(&role),
        })
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let client = self.connection.iam(&ctx.target.region);
        let name = request.name.as_deref().unwrap_or_default();
        let run = Run { client, ctx, name, wanted: Wanted(&request.props), request };
        let fresh = request.prior.is_none() && matches!(request.observed, Some(Observed::Absent));
        let found = if fresh { None } else { fetch(&run.client, name).await? };
        let role = match found {
            Some(role) => run.update(role).await?,
            None => run.create().await?,
        };
        Ok(Applied { attrs: attributes(&role) })
    }
}

/// One reconcile of one role.
struct Run<'a> {
    client: Client,
    ctx: &'a StepContext,
    name: &'a str,
    wanted: Wanted<'a>,
    request: &'a ReconcileRequest,
}

impl Run<'_> {
    async fn create(&self) -> Result<Role, ProviderError> {
        match self.send_create().await {
            Ok(role) => {
                self.bring_attached(BTreeSet::new()).await?;
                self.bring_inline(false).await?;
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
        created.role.ok_or_else(|| {
            super::step::refused(ProviderErrorKind::Transient, CALL, "the answer has no role")
        })
    }

    fn trust(&self) -> String {
        self.wanted
            .value("assumeRolePolicyDocument")
            .map(|d| document::to_text(&d))
            .unwrap_or_default()
    }

    async fn update(&self, role: Role) -> Result<Role, ProviderError> {
        let tags = tag_map(role.tags());
        let claim = Claim {
            recorded: self.request.prior.is_some(),
            untagged: self.request.may_adopt_untagged,
        };
        let what = format!("role {}", self.name);
        ensure_ours("iam:GetRole", &what, &tags::ownership(&tags), &self.ctx.owner, claim)?;
        self.bring_trust(&role).await?;
        self.bring_basics(&role).await?;
        self.bring_boundary(&role).await?;
        let attached = attached(&self.client, self.name).await?;
        self.bring_attached(attached.into_iter().collect()).await?;
        self.bring_inline(true).await?;
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

    /// Writes the inline policies that differ, and takes away those that an earlier version of the props had. Others
    /// (of `AWS.IAM.RolePolicy` resources) are not looked at.
    async fn bring_inline(&self, exists: bool) -> Result<(), ProviderError> {
        let wanted = self.wanted.members("inlinePolicies");
        for (policy, document) in &wanted {
            let current =
                if exists { inline_policy(&self.client, self.name, policy).await? } else { None };
            if !current.is_some_and(|current| document::same(document, &current)) {
                put_inline(&self.client, self.ctx, self.name, policy, document).await?;
            }
        }
        let before = self
            .request
            .prior
            .as_ref()
            .map(|record| Wanted(&record.props).members("inlinePolicies"));
        for policy in
            before.unwrap_or_default().into_keys().filter(|policy| !wanted.contains_key(policy))
        {
            delete_inline(&self.client, self.ctx, self.name, &policy).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Provider for RoleProvider {
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

    /// What hangs on an own role is its own: policies are detached, inline policies deleted.
    async fn delete(
        &self,
        ctx: &StepContext,
        request: &DeleteRequest,
    ) -> Result<(), ProviderError> {
        const CALL: &str = "iam:DeleteRole";
        let Some(name) = request.record.name.as_deref() else { return Ok(()) };
        let client = self.connection.iam(&request.record.target.region);
        let Some(role) = fetch(&client, name).await? else { return Ok(()) };
        let ownership = tags::ownership(&tag_map(role.tags()));
        let what = format!("role {name}");
        ensure_ours(CALL, &what, &ownership, &ctx.owner, Claim::of_record(&request.record))?;
        for arn in attached(&client, name).await? {
            detach(&client, ctx, name, &arn).await?;
        }
        for policy in inline_names(&client, name).await? {
            delete_inline(&client, ctx, name, &policy).await?;
        }
        permit(ctx, CALL)?;
        let deleted =
            client.delete_role().role_name(name).send().await.map_err(|e| classify(CALL, e));
        absent(deleted, GONE).map(|_| ())
    }

    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        const CALL: &str = "iam:ListRoles";
        let client = self.connection.iam(&request.target.region);
        let mut pages =
            client.list_roles().path_prefix(iam_tags::PATH).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(role) = pages.next().await {
            let role = role.map_err(|e| classify(CALL, e))?;
            if !may_be_named(role.role_name(), &request.name_prefix) {
                continue;
            }
            let tags = iam_tags::of_role(&client, role.role_name()).await?;
            if let Some(owner) = tags::owner_in(&tags, &request.stack, &request.stage) {
                let ty = ResourceType::new("AWS.IAM.Role");
                found.push(Found {
                    ty,
                    name: role.role_name().to_owned(),
                    owner,
                    attrs: attributes(&role),
                });
            }
        }
        Ok(found)
    }

    fn concurrency(&self) -> Option<usize> {
        Some(IAM_AT_ONCE)
    }
}

async fn fetch(client: &Client, name: &str) -> Result<Option<Role>, ProviderError> {
    let answer =
        client.get_role().role_name(name).send().await.map_err(|e| classify("iam:GetRole", e));
    Ok(absent(answer, GONE)?.and_then(|answer| answer.role))
}

/// ARNs of the managed policies attached to it; none of a role that is not there.
async fn attached(client: &Client, name: &str) -> Result<Vec<String>, ProviderError> {
    const CALL: &str = "iam:ListAttachedRolePolicies";
    let mut pages =
        client.list_attached_role_policies().role_name(name).into_paginator().items().send();
    let mut arns = Vec::new();
    while let Some(policy) = pages.next().await {
        match absent(policy.map_err(|e| classify(CALL, e)), GONE)? {
            Some(policy) => arns.extend(policy.policy_arn),
            None => break,
        }
    }
    Ok(arns)
}

async fn inline_names(client: &Client, name: &str) -> Result<Vec<String>, ProviderError> {
    const CALL: &str = "iam:ListRolePolicies";
    let mut pages = client.list_role_policies().role_name(name).into_paginator().items().send();
    let mut names = Vec::new();
    while let Some(policy) = pages.next().await {
        match absent(policy.map_err(|e| classify(CALL, e)), GONE)? {
            Some(policy) => names.push(policy),
            None => break,
        }
    }
    Ok(names)
}

async fn detach(
    client: &Client,
    ctx: &StepContext,
    name: &str,
    arn: &str,
) -> Result<(), ProviderError> {
    const CALL: &str = "iam:DetachRolePolicy";
    permit(ctx, CALL)?;
    let sent = client.detach_role_policy().role_name(name).policy_arn(arn).send().await;
    absent(sent.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
}

/// An inline policy's document; none if it or its role is not there.
pub(super) async fn inline_policy(
    client: &Client,
    role: &str,
    policy: &str,
) -> Result<Option<Value>, ProviderError> {
    let answer = client.get_role_policy().role_name(role).policy_name(policy).send().await;
    let found = absent(answer.map_err(|e| classify("iam:GetRolePolicy", e)), GONE)?;
    Ok(found.map(|answer| document::from_text(&answer.policy_document)))
}

/// Writes an inline policy. Its role has been made: if it is not visible yet, try again.
pub(super) async fn put_inline(
    client: &Client,
    ctx: &StepContext,
    role: &str,
    policy: &str,
    document: &Value,
) -> Result<(), ProviderError> {
    const CALL: &str = "iam:PutRolePolicy";
    permit(ctx, CALL)?;
    let put = client.put_role_policy().role_name(role).policy_name(policy);
    let sent = put.policy_document(document::to_text(document)).send().await;
    sent.map(|_| ()).map_err(|e| not_visible_yet(classify(CALL, e)))
}

/// Deletes an inline policy; its absence, and its role's, is success.
pub(super) async fn delete_inline(
    client: &Client,
    ctx: &StepContext,
    role: &str,
    policy: &str,
) -> Result<(), ProviderError> {
    const CALL: &str = "iam:DeleteRolePolicy";
    permit(ctx, CALL)?;
    let sent = client.delete_role_policy().role_name(role).policy_name(policy).send().await;
    absent(sent.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
}

fn not_visible_yet(error: ProviderError) -> ProviderError {
    if has_code(&error, GONE) {
        ProviderError { kind: ProviderErrorKind::NotYet, ..error }
    } else {
        error
    }
}

/// "Troubleshoot IAM": a principal that has just been made is refused in a trust policy until it is visible everywhere.
fn fresh_principal(error: ProviderError) -> ProviderError {
    let fresh = has_code(&error, &["MalformedPolicyDocument"])
        && error.message.contains("Invalid principal");
    if fresh { ProviderError { kind: ProviderErrorKind::NotYet, ..error } } else { error }
}
