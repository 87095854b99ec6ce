//! `AWS.Lambda.Function`.
//!
//! Rules from the Lambda documentation: API reference pages "CreateFunction", "GetFunction",
//! "UpdateFunctionConfiguration", "UpdateFunctionCode", "DeleteFunction", "PutFunctionConcurrency", "TagResource";
//! developer guide "Lambda function states" (no update while one is in progress), "Lambda quotas" (50 MB zip,
//! 4 KB of environment), "Using tags on Lambda functions".

mod code;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, ResourceType, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{
    Architecture, FunctionCode, FunctionConfiguration, LastUpdateStatus, Runtime, State,
};

use self::code::Code;
use self::settings::{
    changed, observed_settings, put_settings, update_of, variables_hidden, wanted_settings,
};
use super::classify::classify;
use super::connection::AwsConnection;
use super::limits::{CONTROL_PLANE_AT_ONCE, FUNCTION_GONE, FUNCTION_READY, REVISION_ATTEMPTS};
use super::reading::Reading;
use super::step::{
    Claim, Wait, absent, ensure_ours, has_code, may_be_named, observed, permit, refused,
};
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

/// One reconcile of one function.
struct Run<'a> {
    client: Client,
    ctx: &'a StepContext,
    name: &'a str,
    wanted: Wanted<'a>,
    request: &'a ReconcileRequest,
}

impl Run<'_> {
    async fn create(&self, code: &Code) -> Result<FunctionConfiguration, ProviderError> {
        match self.send_create(code).await {
            Ok(()) => {}
            Err(error) if has_code(&error, &["ResourceConflictException"]) => {
                let found = fetch(&self.client, self.name).await?;
                return match found {
                    Some(function) => self.update(function, code).await,
                    None => Err(ProviderError { kind: ProviderErrorKind::Conflict, ..error }),
                };
            }
            Err(error) => return Err(role_not_ready(error)),
        }
        let config = self.healthy().await?;
        self.bring_concurrency(None).await?;
        Ok(config)
    }

    async fn send_create(&self, code: &Code) -> Result<(), ProviderError> {
        const CALL: &str = "lambda:CreateFunction";
        let zip = code.blob(CALL)?;
        permit(self.ctx, CALL)?;
        let settings = wanted_settings(self.wanted);
        let architecture = Architecture::from(architecture(self.wanted).as_str());
        let dead_letter = &settings["deadLetterConfig"];
        let tags = tags::for_object(&self.ctx.owner, &self.wanted.text_map("tags"));
        let request = self
            .client
            .create_function()
            .function_name(self.name)
            .code(FunctionCode::builder().zip_file(zip).build())
            .architectures(architecture)
            .set_tags(Some(tags.into_iter().collect()))
            .handler(settings::text(&settings["handler"]))
            .runtime(Runtime::from(settings::text(&settings["runtime"])))
            .role(settings::text(&settings["role"]))
            .set_memory_size(settings::number(&settings["memory"]))
            .set_timeout(settings::number(&settings["timeout"]))
            .set_ephemeral_storage(settings::storage(&settings["ephemeralStorage"]))
            .environment(settings::environment(&settings["env"]))
            .tracing_config(settings::tracing(&settings["tracing"]))
            .set_layers(Some(super::wanted::texts(&settings["layers"])))
            .set_description(given(&settings["description"]))
            .set_kms_key_arn(given(&settings["kmsKeyArn"]))
            .set_dead_letter_config(
                dead_letter.get("targetArn").map(|_| settings::dead_letter(dead_letter)),
            );
        request.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
    }

    /// Brings an existing function to the props: settings first, so that new code finds its environment.
    async fn update(
        &self,
        mut function: Function,
        code: &Code,
    ) -> Result<FunctionConfiguration, ProviderError> {
        let claim = Claim {
            recorded: self.request.prior.is_some(),
            untagged: self.request.may_adopt_untagged,
        };
        for _ in 0..REVISION_ATTEMPTS {
            let ownership = tags::ownership(&function.tags);
            ensure_ours("lambda:GetFunction", &self.what(), &ownership, &self.ctx.owner, claim)?;
            match self.bring_code_and_settings(code).await {
                Err(error) if has_code(&error, &["PreconditionFailedException"]) => {
                    let found = fetch(&self.client, self.name).await?;
                    function = found.ok_or(error)?;
                }
                Err(error) => return Err(role_not_ready(error)),
                Ok(config) => {
                    self.bring_tags(&config, &function.tags).await?;
                    self.bring_concurrency(function.reserved).await?;
                    return Ok(config);
                }
            }
        }
        let message = format!("{} is being changed by somebody else at the same time", self.what());
        Err(refused(ProviderErrorKind::Conflict, "lambda:UpdateFunctionConfiguration", message))
    }

    async fn bring_code_and_settings(
        &self,
        code: &Code,
    ) -> Result<FunctionConfiguration, ProviderError> {
        let mut config = self.settled().await?;
        let wanted = wanted_settings(self.wanted);
        let mut names = changed(&wanted, &observed_settings(&config));
        if config.last_update_status() == Some(&LastUpdateStatus::Failed) {
            names = wanted.keys().copied().collect();
        }
        if !names.is_empty() {
            self.send_settings(&config, &wanted, &names).await?;
            config = self.healthy().await?;
        }
        let architecture = architecture(self.wanted);
        if config.code_sha256() != Some(&code.sha256) || architecture_of(&config) != architecture {
            self.send_code(&config, code, &architecture).await?;
            config = self.healthy().await?;
        }
        Ok(config)
    }

    async fn send_settings(
        &self,
        config: &FunctionConfiguration,
        wanted: &settings::Settings,
        names: &BTreeSet<&'static str>,
    ) -> Result<(), ProviderError> {
        const CALL: &str = "lambda:UpdateFunctionConfiguration";
        permit(self.ctx, CALL)?;
        let update = self.client.update_function_configuration().function_name(self.name);
        let update = update_of(update, wanted, names).set_revision_id(config.revision_id.clone());
        update.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
    }

    async fn send_code(
        &self,
        config: &FunctionConfiguration,
        code: &Code,
        architecture: &str,
    ) -> Result<(), ProviderError> {
        const CALL: &str = "lambda:UpdateFunctionCode";
        let zip = code.blob(CALL)?;
        permit(self.ctx, CALL)?;
        let update = self.client.update_function_code().function_name(self.name).zip_file(zip);
        let update = update.architectures(Architecture::from(architecture));
        let update = update.set_revision_id(config.revision_id.clone());
        update.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
    }

    async fn bring_tags(
        &self,
        config: &FunctionConfiguration,
        current: &BTreeMap<String, String>,
    ) -> Result<(), ProviderError> {
        let arn = config.function_arn().unwrap_or_default();
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), current);
        super::lambda_tags::bring(&self.client, self.ctx, arn, change).await
    }

    async fn bring_concurrency(&self, current: Option<i32>) -> Result<(), ProviderError> {
        let wanted = self.wanted.number("reservedConcurrentExecutions");
        match wanted {
            _ if wanted == current => Ok(()),
            Some(limit) => {
                const CALL: &str = "lambda:PutFunctionConcurrency";
                permit(self.ctx, CALL)?;
                let put = self.client.put_function_concurrency().function_name(self.name);
                let put = put.reserved_concurrent_executions(limit);
                put.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
            None => {
                const CALL: &str = "lambda:DeleteFunctionConcurrency";
                permit(self.ctx, CALL)?;
                let delete = self.client.delete_function_concurrency().function_name(self.name);
                delete.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
        }
    }

    /// Waits until no creation or update is in progress.
    async fn settled(&self) -> Result<FunctionConfiguration, ProviderError> {
        let what = self.what();
        let mut wait = Wait::new(self.ctx, "lambda:GetFunction", &what, FUNCTION_READY);
        loop {
            match fetch(&self.client, self.name).await? {
                Some(function) if is_settled(&function.config) => return Ok(function.config),
                _ => wait.pause().await?,
            }
        }
    }

    /// Waits like `settled` and refuses a function that ended up broken.
    async fn healthy(&self) -> Result<FunctionConfiguration, ProviderError> {
        let config = self.settled().await?;
        match failure(&config) {
            None => Ok(config),
            Some(reason) => {
                let message = format!("{} did not come up: {reason}", self.what());
                Err(refused(ProviderErrorKind::Invalid, "lambda:GetFunction", message))
            }
        }
    }

    fn what(&self) -> String {
        format!("function {}", self.name)
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
            Claim::of_record(&request.record),
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

fn given(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn architecture(wanted: Wanted<'_>) -> String {
    wanted.text("architecture").unwrap_or_else(|| DEFAULT_ARCHITECTURE.to_owned())
}

fn architecture_of(config: &FunctionConfiguration) -> String {
    config.architectures().first().map_or(DEFAULT_ARCHITECTURE, |a| a.as_str()).to_owned()
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

fn is_settled(config: &FunctionConfiguration) -> bool {
    config.state() != Some(&State::Pending)
        && config.last_update_status() != Some(&LastUpdateStatus::InProgress)
}

fn failure(config: &FunctionConfiguration) -> Option<String> {
    if config.state() == Some(&State::Failed) {
        return Some(config.state_reason().unwrap_or("no reason given").to_owned());
    }
    (config.last_update_status() == Some(&LastUpdateStatus::Failed))
        .then(|| config.last_update_status_reason().unwrap_or("no reason given").to_owned())
}

/// A fresh role takes some seconds until Lambda may use it ("InvalidParameterValueException: The role defined for
/// the function cannot be assumed by Lambda"; the same holds for its rights on a key).
fn role_not_ready(error: ProviderError) -> ProviderError {
    let passing = ["cannot be assumed", "invalid for CreateGrant"];
    let fresh = has_code(&error, &["InvalidParameterValueException"])
        && passing.iter().any(|text| error.message.contains(text));
    if fresh { ProviderError { kind: ProviderErrorKind::NotYet, ..error } } else { error }
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
