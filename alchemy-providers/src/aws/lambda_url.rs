//! `AWS.Lambda.FunctionUrl`: one a function, owned by it.
//!
//! Rules from the Lambda API reference, pages "CreateFunctionUrlConfig", "GetFunctionUrlConfig",
//! "UpdateFunctionUrlConfig", "Cors"; developer guide "Creating and managing Lambda function URLs".

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Ownership, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{Cors, FunctionUrlAuthType, InvokeMode};

use super::classify::classify;
use super::connection::AwsConnection;
use super::lambda_tags::ensure_function_free;
use super::limits::CONTROL_PLANE_AT_ONCE;
use super::reading::Reading;
use super::step::{absent, has_code, observed, permit, refused};
use super::wanted::{Wanted, text_list, texts};

const GONE: &[&str] = &["ResourceNotFoundException"];
const DEFAULT_MODE: &str = "BUFFERED";

/// Function URLs.
#[derive(Debug)]
pub(super) struct FunctionUrlProvider {
    connection: Arc<AwsConnection>,
}

/// What `GetFunctionUrlConfig` shows, in normal form.
#[derive(Debug, PartialEq)]
struct Url {
    address: String,
    arn: String,
    auth_type: String,
    invoke_mode: String,
    /// Empty: no cross-origin rules.
    cors: BTreeMap<String, Value>,
}

impl FunctionUrlProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let client = self.connection.lambda(&ctx.target.region);
        let wanted = Wanted(&request.props);
        let function = function_of(&request.props, "lambda:CreateFunctionUrlConfig")?;
        ensure_function_free(&client, ctx, "lambda:CreateFunctionUrlConfig", &function).await?;
        let url = match fetch(&client, &function).await? {
            Some(url) => url,
            None => create(&client, ctx, &function, wanted).await?,
        };
        if url.fits(wanted) {
            return Ok(Applied { attrs: url.attributes(&function) });
        }
        update(&client, ctx, &function, wanted).await?;
        Ok(Applied { attrs: url.attributes(&function) })
    }
}

impl Url {
    fn fits(&self, wanted: Wanted<'_>) -> bool {
        self.auth_type == auth_type(wanted)
            && self.invoke_mode == invoke_mode(wanted)
            && self.cors == cors_members(&wanted.members("cors"))
    }

    fn config(&self, known: &BTreeMap<String, Value>, function: &str) -> BTreeMap<String, Value> {
        let mut reading = Reading::new(known);
        reading.put("functionName", function);
        reading.put_unless("authType", self.auth_type.as_str(), Value::Null);
        reading.put_unless("invokeMode", self.invoke_mode.as_str(), DEFAULT_MODE);
        let known_cors = Wanted(known).members("cors");
        match known.get("cors") {
            Some(given) if !known_cors.is_empty() && cors_members(&known_cors) == self.cors => {
                reading.put("cors", given.clone());
            }
            _ if self.cors.is_empty() => {}
            _ => reading.put("cors", Value::Map(self.cors.clone())),
        }
        reading.finish()
    }

    fn attributes(&self, function: &str) -> BTreeMap<String, Value> {
        let attrs = [
            ("functionUrl", self.address.as_str()),
            ("functionName", function),
            ("functionArn", &self.arn),
        ];
        attrs.into_iter().map(|(k, v)| (k.to_owned(), Value::str(v))).collect()
    }
}

#[async_trait]
impl Provider for FunctionUrlProvider {
    async fn read(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let Some(function) = Wanted(&lookup.props).text("functionName") else {
            return Ok(Observed::Absent);
        };
        let client = self.connection.lambda(&lookup.target.region);
        observed(fetch(&client, &function).await.map(|found| match found {
            None => Observed::Absent,
            Some(url) => Observed::Present {
                ownership: Ownership::ByParent,
                config: url.config(&lookup.props, &function),
                attrs: url.attributes(&function),
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
        const CALL: &str = "lambda:DeleteFunctionUrlConfig";
        let Some(function) = Wanted(&request.record.props).text("functionName") else {
            return Ok(());
        };
        let client = self.connection.lambda(&request.record.target.region);
        ensure_function_free(&client, ctx, CALL, &function).await?;
        permit(ctx, CALL)?;
        let deleted = client.delete_function_url_config().function_name(&function).send().await;
        absent(deleted.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
    }

    async fn list(&self, _: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        Ok(Vec::new())
    }

    fn concurrency(&self) -> Option<usize> {
        Some(CONTROL_PLANE_AT_ONCE)
    }
}

async fn fetch(client: &Client, function: &str) -> Result<Option<Url>, ProviderError> {
    let answer = client.get_function_url_config().function_name(function).send().await;
    let found = absent(answer.map_err(|e| classify("lambda:GetFunctionUrlConfig", e)), GONE)?;
    Ok(found.map(|answer| Url {
        address: answer.function_url,
        arn: answer.function_arn,
        auth_type: answer.auth_type.as_str().to_owned(),
        invoke_mode: answer
            .invoke_mode
            .as_ref()
            .map_or(DEFAULT_MODE, InvokeMode::as_str)
            .to_owned(),
        cors: answer.cors.as_ref().map(cors_read).unwrap_or_default(),
    }))
}

async fn create(
    client: &Client,
    ctx: &StepContext,
    function: &str,
    wanted: Wanted<'_>,
) -> Result<Url, ProviderError> {
    const CALL: &str = "lambda:CreateFunctionUrlConfig";
    permit(ctx, CALL)?;
    let cors = wanted.members("cors");
    let create = client.create_function_url_config().function_name(function);
    let create = create.auth_type(FunctionUrlAuthType::from(auth_type(wanted).as_str()));
    let create = create.invoke_mode(InvokeMode::from(invoke_mode(wanted).as_str()));
    let create = create.set_cors((!cors.is_empty()).then(|| cors_sent(&cors)));
    match create.send().await.map_err(|e| classify(CALL, e)) {
        Ok(_) => {}
        // Made by an attempt whose answer was lost, or the function is being updated: the read tells.
        Err(error) if has_code(&error, &["ResourceConflictException"]) => {
            return fetch(client, function).await?.ok_or(error);
        }
        // It depends on its function, which has been made: not visible yet.
        Err(error) if has_code(&error, GONE) => {
            return Err(ProviderError { kind: ProviderErrorKind::NotYet, ..error });
        }
        Err(error) => return Err(error),
    }
    let message = format!("the URL of function {function} is not visible yet");
    fetch(client, function).await?.ok_or_else(|| refused(ProviderErrorKind::NotYet, CALL, message))
}

async fn update(
    client: &Client,
    ctx: &StepContext,
    function: &str,
    wanted: Wanted<'_>,
) -> Result<(), ProviderError> {
    const CALL: &str = "lambda:UpdateFunctionUrlConfig";
    permit(ctx, CALL)?;
    let update = client.update_function_url_config().function_name(function);
    let update = update.auth_type(FunctionUrlAuthType::from(auth_type(wanted).as_str()));
    let update = update.invoke_mode(InvokeMode::from(invoke_mode(wanted).as_str()));
    // Rules that are not sent stay; an empty set takes them away.
    let update = update.cors(cors_sent(&wanted.members("cors")));
    update.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
}

fn function_of(props: &BTreeMap<String, Value>, call: &str) -> Result<String, ProviderError> {
    Wanted(props).text("functionName").ok_or_else(|| {
        refused(ProviderErrorKind::Invalid, call, "the name of the function is not known")
    })
}

fn auth_type(wanted: Wanted<'_>) -> String {
    wanted.text("authType").unwrap_or_else(|| "AWS_IAM".to_owned())
}

fn invoke_mode(wanted: Wanted<'_>) -> String {
    wanted.text("invokeMode").unwrap_or_else(|| DEFAULT_MODE.to_owned())
}

/// Cross-origin rules without members that say nothing.
fn cors_members(given: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let silent = [Value::Null, Value::Bool(false), Value::int(0), Value::List(Vec::new())];
    given.iter().filter(|(_, v)| !silent.contains(v)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn cors_read(cors: &Cors) -> BTreeMap<String, Value> {
    let list = |texts: &Option<Vec<String>>| texts.as_ref().map_or(Value::Null, text_list);
    let members = [
        ("allowCredentials", cors.allow_credentials.map_or(Value::Null, Value::Bool)),
        ("allowHeaders", list(&cors.allow_headers)),
        ("allowMethods", list(&cors.allow_methods)),
        ("allowOrigins", list(&cors.allow_origins)),
        ("exposeHeaders", list(&cors.expose_headers)),
        ("maxAge", cors.max_age.map_or(Value::Null, |age| Value::int(age.into()))),
    ];
    cors_members(&members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

fn cors_sent(given: &BTreeMap<String, Value>) -> Cors {
    let list = |name: &str| given.get(name).map(texts);
    Cors::builder()
        .set_allow_credentials(given.get("allowCredentials").and_then(Value::as_bool))
        .set_allow_headers(list("allowHeaders"))
        .set_allow_methods(list("allowMethods"))
        .set_allow_origins(list("allowOrigins"))
        .set_expose_headers(list("exposeHeaders"))
        .set_max_age(
            given.get("maxAge").and_then(Value::as_int).and_then(|n| i32::try_from(n).ok()),
        )
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(cors: Option<&Cors>) -> Url {
        Url {
            address: "https://x.lambda-url/".into(),
            arn: "arn".into(),
            auth_type: "NONE".into(),
            invoke_mode: DEFAULT_MODE.into(),
            cors: cors.map(cors_read).unwrap_or_default(),
        }
    }

    fn props(cors: Value) -> BTreeMap<String, Value> {
        [("authType", Value::str("NONE")), ("functionName", Value::str("f")), ("cors", cors)]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect()
    }

    #[test]
    fn rules_sent_and_read_back_are_the_same() {
        let given = Value::map([
            ("allowOrigins", text_list(["*"])),
            ("maxAge", Value::int(60)),
            ("allowCredentials", Value::Bool(false)),
        ]);
        let props = props(given.clone());
        let read = url(Some(&cors_sent(&Wanted(&props).members("cors"))));
        assert!(read.fits(Wanted(&props)));
        assert_eq!(read.config(&props, "f")["cors"], given);
    }

    #[test]
    fn rules_that_are_not_given_any_more_are_a_difference() {
        let props = props(Value::Null);
        let rules = Cors::builder().allow_origins("https://a").build();
        assert!(!url(Some(&rules)).fits(Wanted(&props)));
        assert!(url(Some(&rules)).config(&props, "f").contains_key("cors"));
        assert!(url(None).fits(Wanted(&props)));
        assert!(!url(None).config(&props, "f").contains_key("cors"));
    }
}
