//! `AWS.Lambda.Function`.
//!
//! Rules from the Lambda documentation: API reference pages "CreateFunction", "GetFunction",
//! "UpdateFunctionConfiguration", "UpdateFunctionCode", "DeleteFunction", "PutFunctionConcurrency", "TagResource";
//! developer guide "Lambda function states" (no update while one is in progress), "Lambda quotas" (50 MB zip,
//! 4 KB of environment), "Using tags on Lambda functions".

mod code;
mod run;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, ResourceType, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::FunctionConfiguration;

use self::code::Code;
use self::run::{Run, architecture_of};
use self::settings::{put_settings, variables_hidden};
use super::classify::classify;
use super::connection::AwsConnection;
use super::limits::{CONTROL_PLANE_AT_ONCE, FUNCTION_GONE};
use super::reading::Reading;
use super::step::{Claim, Wait, absent, ensure_ours, may_be_named, observed, permit};
use super::tags;
use super::wanted::{Wanted, text_list};

const GONE: &[&str] = &["ResourceNotFoundException"];
const DEFAULT_ARCHITECTURE: &str = "x86_64";

/// Functions from zipped code.
#[derive(Debug)]
pub(super) struct FunctionProvider {
    connection: Arc<AwsConnection>,
}

/// What `GetFunction` shows.
struct Function {
    config: FunctionConfiguration,
    tags: BTreeMap<String, String>,
    reserved: Option<i32>,
}

impl FunctionProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let client = self.connection.lambda(&ctx.target.region);
        let run =
            Run { client, ctx, name: name_of(request), wanted: Wanted(&request.props), request };
        let code = Code::find(ctx, run.wanted)?;
        let fresh = request.prior.is_none() && matches!(request.observed, Some(Observed::Absent));
        let found = if fresh { None } else { fetch(&run.client, run.name).await? };
        let config = match found {
            Some(function) => run.update(function, &code).await?,
            None => run.create(&code).await?,
        };
        Ok(Applied { attrs: attributes(&config) })
    }
}

#[async_trait]
impl Provider for FunctionProvider {
    async fn read(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let Some(name) = lookup.name.as_deref() else { return Ok(Observed::Absent) };
        let client = self.connection.lambda(&lookup.target.region);
        observed(fetch(&client, name).await.map(|found| match found {
            None => Observed::Absent,
            Some(function) => Observed::Present {
                ownership: tags::ownership(&function.tags),
                config: config_of(&function, &lookup.props),
                attrs: attributes(&function.config),
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
        const CALL: &str = "lambda:DeleteFunction";
        let Some(name) = request.record.name.as_deref() else { return Ok(()) };
        let client = self.connection.lambda(&request.record.target.region);
        let Some(function) = fetch(&client, name).await? else { return Ok(()) };
        let what = format!("function {name}");
        ensure_ours(
            CALL,
            &what,
            &tags::ownership(&function.tags),
            &ctx.owner,
            Claim::of_delete(request),
        )?;
        permit(ctx, CALL)?;
        let deleted = client
            .delete_function()
            .function_name(name)
            .send()
            .await
            .map_err(|e| classify(CALL, e));
        absent(deleted, GONE)?;
        let gone = format!("{what} to be gone");
        let mut wait = Wait::new(ctx, CALL, &gone, FUNCTION_GONE);
        while fetch(&client, name).await?.is_some() {
            wait.pause().await?;
        }
        Ok(())
    }

    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        const CALL: &str = "lambda:ListFunctions";
        let client = self.connection.lambda(&request.target.region);
        let mut pages = client.list_functions().into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(config) = pages.next().await {
            let config = config.map_err(|e| classify(CALL, e))?;
            let name = config.function_name().unwrap_or_default();
            if !may_be_named(name, &request.name_prefix) {
                continue;
            }
            let arn = config.function_arn().unwrap_or_default();
            if let Some(owner) = super::lambda_tags::owner_in(&client, arn, request).await? {
                let ty = ResourceType::new("AWS.Lambda.Function");
                found.push(Found { ty, name: name.to_owned(), owner, attrs: attributes(&config) });
            }
        }
        Ok(found)
    }

    fn concurrency(&self) -> Option<usize> {
        Some(CONTROL_PLANE_AT_ONCE)
    }
}

fn name_of(request: &ReconcileRequest) -> &str {
    request.name.as_deref().unwrap_or_default()
}

async fn fetch(client: &Client, name: &str) -> Result<Option<Function>, ProviderError> {
    let answer = client.get_function().function_name(name).send().await;
    let Some(answer) = absent(answer.map_err(|e| classify("lambda:GetFunction", e)), GONE)? else {
        return Ok(None);
    };
    Ok(answer.configuration.map(|config| Function {
        config,
        tags: answer.tags.unwrap_or_default().into_iter().collect(),
        reserved: answer.concurrency.and_then(|c| c.reserved_concurrent_executions),
    }))
}

fn config_of(function: &Function, known: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let config = &function.config;
    let mut reading = Reading::new(known);
    reading.put("functionName", config.function_name().unwrap_or_default());
    reading.put("main", config.code_sha256().unwrap_or_default());
    reading.put_unless("architecture", architecture_of(config), DEFAULT_ARCHITECTURE);
    put_settings(&mut reading, config);
    if let Some(limit) = function.reserved {
        reading.put("reservedConcurrentExecutions", i64::from(limit));
    }
    reading.put_tags(&function.tags);
    if variables_hidden(config) {
        reading.put("$unread", text_list(["env"]));
    }
    reading.finish()
}

fn attributes(config: &FunctionConfiguration) -> BTreeMap<String, Value> {
    let role = config.role().unwrap_or_default();
    let texts = [
        ("functionName", config.function_name().unwrap_or_default()),
        ("functionArn", config.function_arn().unwrap_or_default()),
        ("roleArn", role),
        ("roleName", role.rsplit('/').next().unwrap_or_default()),
    ];
    let attrs = texts.into_iter().map(|(k, v)| (k.to_owned(), Value::str(v)));
    // An address belongs to the URL that expansion makes.
    attrs.chain([("functionUrl".to_owned(), Value::Null)]).collect()
}
