//! `AWS.Lambda.Permission`: one statement of a function's resource policy.
//!
//! Rules from the Lambda API reference, pages "AddPermission", "RemovePermission", "GetPolicy"; developer guide
//! "Viewing resource-based IAM policies in Lambda" (how a statement shows what was asked for).

mod statement;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Ownership, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::FunctionUrlAuthType;

use self::statement::{config, find, fits};
use super::classify::classify;
use super::connection::AwsConnection;
use super::document;
use super::fresh::fresh_principal;
use super::lambda_tags::ensure_function_free;
use super::limits::CONTROL_PLANE_AT_ONCE;
use super::step::{absent, has_code, observed, permit, refused};
use super::wanted::Wanted;

const GONE: &[&str] = &["ResourceNotFoundException"];

/// Permissions of functions.
#[derive(Debug)]
pub(super) struct PermissionProvider {
    connection: Arc<AwsConnection>,
}

impl PermissionProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        const CALL: &str = "lambda:AddPermission";
        let client = self.connection.lambda(&ctx.target.region);
        let wanted = Wanted(&request.props);
        let function = wanted.text("functionName").unwrap_or_default();
        let Some(id) = statement_id(request.name.as_deref(), &request.props) else {
            return Err(refused(
                ProviderErrorKind::Invalid,
                CALL,
                "the permission has no statement id",
            ));
        };
        ensure_function_free(&client, ctx, CALL, &function).await?;
        let applied = Ok(Applied { attrs: attributes(&function, &id) });
        match fetch(&client, &function, &id).await? {
            Some(found) if fits(&found, wanted) => return applied,
            // A statement cannot be changed, only made anew.
            Some(_) => remove(&client, ctx, &function, &id).await?,
            None => {}
        }
        match add(&client, ctx, &function, &id, wanted).await {
            Ok(()) => applied,
            Err(error) if has_code(&error, &["ResourceConflictException"]) => {
                match fetch(&client, &function, &id).await? {
                    Some(found) if fits(&found, wanted) => applied,
                    _ => Err(ProviderError { kind: ProviderErrorKind::Conflict, ..error }),
                }
            }
            // It depends on its function, which has been made: not visible yet.
            Err(error) if has_code(&error, GONE) => {
                Err(ProviderError { kind: ProviderErrorKind::NotYet, ..error })
            }
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Provider for PermissionProvider {
    async fn read(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let function = Wanted(&lookup.props).text("functionName");
        let (Some(function), Some(id)) =
            (function, statement_id(lookup.name.as_deref(), &lookup.props))
        else {
            return Ok(Observed::Absent);
        };
        let client = self.connection.lambda(&lookup.target.region);
        observed(fetch(&client, &function, &id).await.map(|found| match found {
            None => Observed::Absent,
            Some(statement) => Observed::Present {
                ownership: Ownership::ByParent,
                config: config(&statement, &lookup.props, &function, &id),
                attrs: attributes(&function, &id),
            },
        }))
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
        let function = Wanted(&record.props).text("functionName");
        let (Some(function), Some(id)) =
            (function, statement_id(record.name.as_deref(), &record.props))
        else {
            return Ok(());
        };
        let client = self.connection.lambda(&record.target.region);
        ensure_function_free(&client, ctx, "lambda:RemovePermission", &function).await?;
        remove(&client, ctx, &function, &id).await
    }

    async fn list(&self, _: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        Ok(Vec::new())
    }

    async fn list_parts(&self, parent: &Lookup) -> Result<Vec<String>, ProviderError> {
        let Some(function) = Wanted(&parent.props).text("functionName") else {
            return Ok(Vec::new());
        };
        let client = self.connection.lambda(&parent.target.region);
        Ok(policy(&client, &function).await?.as_ref().map(statement::ids).unwrap_or_default())
    }

    fn concurrency(&self) -> Option<usize> {
        Some(CONTROL_PLANE_AT_ONCE)
    }
}

fn statement_id(name: Option<&str>, props: &BTreeMap<String, Value>) -> Option<String> {
    name.map(str::to_owned).or_else(|| Wanted(props).text("statementId"))
}

fn attributes(function: &str, id: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("statementId".to_owned(), Value::str(id)),
        ("functionName".to_owned(), Value::str(function)),
    ])
}

/// The statement of that id; none if it, the policy or the function is missing.
async fn fetch(client: &Client, function: &str, id: &str) -> Result<Option<Value>, ProviderError> {
    Ok(policy(client, function).await?.as_ref().and_then(|policy| find(policy, id)).cloned())
}

/// A function's resource policy; none if it or the function is missing.
async fn policy(client: &Client, function: &str) -> Result<Option<Value>, ProviderError> {
    let answer = client.get_policy().function_name(function).send().await;
    let found = absent(answer.map_err(|e| classify("lambda:GetPolicy", e)), GONE)?;
    Ok(found.and_then(|answer| answer.policy).map(|text| document::from_text(&text)))
}

async fn add(
    client: &Client,
    ctx: &StepContext,
    function: &str,
    id: &str,
    wanted: Wanted<'_>,
) -> Result<(), ProviderError> {
    const CALL: &str = "lambda:AddPermission";
    permit(ctx, CALL)?;
    let add = client.add_permission().function_name(function).statement_id(id);
    let add = add
        .set_action(wanted.text("action"))
        .set_principal(wanted.text("principal"))
        .set_source_arn(wanted.text("sourceArn"))
        .set_source_account(wanted.text("sourceAccount"))
        .set_principal_org_id(wanted.text("principalOrgId"))
        .set_event_source_token(wanted.text("eventSourceToken"))
        .set_function_url_auth_type(
            wanted.text("functionUrlAuthType").map(|t| FunctionUrlAuthType::from(t.as_str())),
        )
        .set_invoked_via_function_url(wanted.truth("invokedViaFunctionUrl").filter(|only| *only));
    add.send().await.map(|_| ()).map_err(|e| fresh_principal(classify(CALL, e)))
}

async fn remove(
    client: &Client,
    ctx: &StepContext,
    function: &str,
    id: &str,
) -> Result<(), ProviderError> {
    const CALL: &str = "lambda:RemovePermission";
    permit(ctx, CALL)?;
    let removed = client.remove_permission().function_name(function).statement_id(id).send().await;
    absent(removed.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
}
