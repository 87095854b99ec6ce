//! `AWS.IAM.RolePolicy`: an inline policy, owned by its role.
//!
//! Rules from the IAM API reference, pages "PutRolePolicy" (creates or replaces), "GetRolePolicy",
//! "DeleteRolePolicy".

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Ownership, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;

use super::connection::AwsConnection;
use super::document;
use super::iam_role::{delete_inline, inline_names, inline_policy, put_inline};
use super::iam_tags::ensure_role_free;
use super::limits::IAM_AT_ONCE;
use super::reading::Reading;
use super::step::{observed, refused};
use super::wanted::Wanted;

/// Inline policies of roles.
#[derive(Debug)]
pub(super) struct RolePolicyProvider {
    connection: Arc<AwsConnection>,
}

impl RolePolicyProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn look(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let Some((role, policy)) = key(lookup.name.as_deref(), &lookup.props) else {
            return Ok(Observed::Absent);
        };
        let client = self.connection.iam(&lookup.target.region);
        let Some(found) = inline_policy(&client, &role, &policy).await? else {
            return Ok(Observed::Absent);
        };
        let mut reading = Reading::new(&lookup.props);
        reading.put("policyName", policy.as_str());
        reading.put("roleName", role.as_str());
        reading.put_document("policyDocument", found);
        Ok(Observed::Present {
            ownership: Ownership::ByParent,
            config: reading.finish(),
            attrs: attributes(&role, &policy),
        })
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        const CALL: &str = "iam:PutRolePolicy";
        let Some((role, policy)) = key(request.name.as_deref(), &request.props) else {
            return Err(refused(
                ProviderErrorKind::Invalid,
                CALL,
                "the name of the role is not known",
            ));
        };
        let client = self.connection.iam(&ctx.target.region);
        ensure_role_free(&client, ctx, CALL, &role).await?;
        let document = Wanted(&request.props).value("policyDocument").unwrap_or_default();
        let current = inline_policy(&client, &role, &policy).await?;
        if !current.is_some_and(|current| document::same(&document, &current)) {
            put_inline(&client, ctx, &role, &policy, &document).await?;
        }
        Ok(Applied { attrs: attributes(&role, &policy) })
    }
}

#[async_trait]
impl Provider for RolePolicyProvider {
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
        let Some((role, policy)) = key(record.name.as_deref(), &record.props) else {
            return Ok(());
        };
        let client = self.connection.iam(&record.target.region);
        ensure_role_free(&client, ctx, "iam:DeleteRolePolicy", &role).await?;
        delete_inline(&client, ctx, &role, &policy).await
    }

    async fn list(&self, _: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        Ok(Vec::new())
    }

    async fn list_parts(&self, parent: &Lookup) -> Result<Vec<String>, ProviderError> {
        match Wanted(&parent.props).text("roleName") {
            Some(role) => inline_names(&self.connection.iam(&parent.target.region), &role).await,
            None => Ok(Vec::new()),
        }
    }

    fn concurrency(&self) -> Option<usize> {
        Some(IAM_AT_ONCE)
    }
}

/// Role and name of the policy.
fn key(name: Option<&str>, props: &BTreeMap<String, Value>) -> Option<(String, String)> {
    let policy = name.map(str::to_owned).or_else(|| Wanted(props).text("policyName"))?;
    Some((Wanted(props).text("roleName")?, policy))
}

fn attributes(role: &str, policy: &str) -> BTreeMap<String, Value> {
    let attrs = [("roleName", role), ("policyName", policy)];
    attrs.into_iter().map(|(k, v)| (k.to_owned(), Value::str(v))).collect()
}
