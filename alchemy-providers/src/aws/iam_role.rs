//! `AWS.IAM.Role`.
//!
//! Rules from the IAM API reference, pages "CreateRole", "GetRole", "UpdateRole", "UpdateRoleDescription",
//! "UpdateAssumeRolePolicy", "AttachRolePolicy", "PutRolePolicy", "PutRolePermissionsBoundary", "TagRole", "DeleteRole" (a role must have no
//! policies when it goes), "ListRoles" (tags are not listed); user guide "IAM identifiers" (paths).

mod calls;
mod run;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, ResourceType};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ReconcileRequest, StepContext,
};
use async_trait::async_trait;

use self::calls::{attached, detach, fetch};
pub(super) use self::calls::{delete_inline, inline_names, inline_policy, put_inline};
use self::run::Run;
use self::settings::{attributes, config};
use super::classify::classify;
use super::connection::AwsConnection;
use super::iam_tags::{self, tag_map};
use super::limits::IAM_AT_ONCE;
use super::step::{Claim, absent, ensure_ours, may_be_named, observed, permit};
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
        ensure_ours(CALL, &what, &ownership, &ctx.owner, Claim::of_delete(request))?;
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
