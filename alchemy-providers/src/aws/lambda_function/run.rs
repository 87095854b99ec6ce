//! Bringing one function to its props.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::Value;
use alchemy_engine::{ProviderError, ProviderErrorKind, ReconcileRequest, StepContext};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{
    Architecture, FunctionCode, FunctionConfiguration, LastUpdateStatus, Runtime, State,
};

use super::code::Code;
use super::settings::{self, changed, observed_settings, update_of, wanted_settings};
use super::{DEFAULT_ARCHITECTURE, Function, fetch};
use crate::aws::classify::classify;
use crate::aws::lambda_tags;
use crate::aws::limits::{FUNCTION_READY, REVISION_ATTEMPTS};
use crate::aws::step::{Claim, Wait, ensure_ours, has_code, permit, refused};
use crate::aws::tags;
use crate::aws::wanted::{Wanted, texts};

/// One reconcile of one function.
pub(super) struct Run<'a> {
    pub(super) client: Client,
    pub(super) ctx: &'a StepContext,
    pub(super) name: &'a str,
    pub(super) wanted: Wanted<'a>,
    pub(super) request: &'a ReconcileRequest,
}

impl Run<'_> {
    /// Makes the function, or takes over what an interrupted attempt made.
    pub(super) async fn create(&self, code: &Code) -> Result<FunctionConfiguration, ProviderError> {
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
            .set_layers(Some(texts(&settings["layers"])))
            .set_description(given(&settings["description"]))
            .set_kms_key_arn(given(&settings["kmsKeyArn"]))
            .set_dead_letter_config(
                dead_letter.get("targetArn").map(|_| settings::dead_letter(dead_letter)),
            );
        let sent = request.customize().config_override(code.patience()).send().await;
        sent.map(|_| ()).map_err(|e| classify(CALL, e))
    }

    /// Brings an existing function to the props: settings first, so that new code finds its environment.
    pub(super) async fn update(
        &self,
        mut function: Function,
        code: &Code,
    ) -> Result<FunctionConfiguration, ProviderError> {
        let claim = Claim::of_reconcile(self.request);
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
        let sent = update.customize().config_override(code.patience()).send().await;
        sent.map(|_| ()).map_err(|e| classify(CALL, e))
    }

    async fn bring_tags(
        &self,
        config: &FunctionConfiguration,
        current: &BTreeMap<String, String>,
    ) -> Result<(), ProviderError> {
        let arn = config.function_arn().unwrap_or_default();
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), current);
        lambda_tags::bring(&self.client, self.ctx, arn, change).await
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

fn given(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn architecture(wanted: Wanted<'_>) -> String {
    wanted.text("architecture").unwrap_or_else(|| DEFAULT_ARCHITECTURE.to_owned())
}

/// The processor a function runs on.
pub(super) fn architecture_of(config: &FunctionConfiguration) -> String {
    config.architectures().first().map_or(DEFAULT_ARCHITECTURE, |a| a.as_str()).to_owned()
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
