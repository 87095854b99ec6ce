//! `AWS.Lambda.EventSourceMapping`.
//!
//! Rules from the Lambda API reference, pages "CreateEventSourceMapping" (no client token; one mapping a function and
//! source), "GetEventSourceMapping", "ListEventSourceMappings", "UpdateEventSourceMapping",
//! "DeleteEventSourceMapping"; developer guide "Creating and configuring an Amazon SQS event source mapping".

mod mapping;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Ownership, ResourceType, Target, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_lambda::Client;

use self::mapping::{Mapping, Settings, attributes};
use super::classify::classify;
use super::connection::AwsConnection;
use super::lambda_tags;
use super::limits::{CONTROL_PLANE_AT_ONCE, MAPPING_GONE, MAPPING_SETTLED};
use super::reading::Reading;
use super::step::{
    Claim, Wait, absent, ensure_ours, ensure_parent_free, has_code, observed, permit, refused,
};
use super::tags;
use super::wanted::Wanted;

const GONE: &[&str] = &["ResourceNotFoundException"];
const BUSY: &[&str] = &["ResourceInUseException", "ResourceConflictException"];

/// Event source mappings.
#[derive(Debug)]
pub(super) struct MappingProvider {
    connection: Arc<AwsConnection>,
}

/// A mapping and whose it is: without tags it belongs to whom its function belongs to.
struct Tagged {
    mapping: Mapping,
    tags: BTreeMap<String, String>,
    ownership: Ownership,
    function: Ownership,
}

impl Tagged {
    fn ensure_ours(
        &self,
        call: &str,
        ctx: &StepContext,
        claim: Claim,
    ) -> Result<(), ProviderError> {
        let what = format!("the mapping {}", self.mapping.uuid);
        ensure_ours(call, &what, &self.ownership, &ctx.owner, claim)?;
        let function = format!("function {}", self.mapping.function_name());
        ensure_parent_free(call, &function, &self.function, &ctx.owner)
    }
}

impl MappingProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn look(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let client = self.connection.lambda(&lookup.target.region);
        let uuid = lookup.attrs.get("uuid").and_then(Value::as_str);
        let Some(mapping) = find(&client, uuid, Wanted(&lookup.props)).await? else {
            return Ok(Observed::Absent);
        };
        if mapping.is_going() {
            return Ok(Observed::Absent);
        }
        let found = with_tags(&client, mapping, &lookup.target).await?;
        let mut reading = Reading::new(&lookup.props);
        found.mapping.put(&mut reading);
        reading.put_tags(&found.tags);
        let attrs = attributes(&found.mapping, &lookup.target);
        Ok(Observed::Present { ownership: found.ownership, config: reading.finish(), attrs })
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let client = self.connection.lambda(&ctx.target.region);
        let wanted = Wanted(&request.props);
        let run = Run { client, ctx, wanted, settings: Settings::wanted(wanted) };
        let recorded = request
            .prior
            .as_ref()
            .and_then(|record| record.attrs.get("uuid"))
            .and_then(Value::as_str);
        let mapping = match find(&run.client, recorded, wanted).await? {
            Some(found) if found.is_going() => run.create_after(found, request).await?,
            Some(found) => run.update(found, request).await?,
            None => run.create(request).await?,
        };
        Ok(Applied { attrs: attributes(&mapping, &ctx.target) })
    }
}

/// One reconcile of one mapping.
struct Run<'a> {
    client: Client,
    ctx: &'a StepContext,
    wanted: Wanted<'a>,
    settings: Settings,
}

impl Run<'_> {
    /// Waits for one that is being deleted.
    async fn create_after(
        &self,
        going: Mapping,
        request: &ReconcileRequest,
    ) -> Result<Mapping, ProviderError> {
        gone(&self.client, self.ctx, &going.uuid).await?;
        self.create(request).await
    }

    async fn create(&self, request: &ReconcileRequest) -> Result<Mapping, ProviderError> {
        match self.send_create().await {
            Ok(uuid) => self.settled(&uuid).await,
            // Made by an attempt whose answer was lost, or by somebody else: its tags tell.
            Err(error) if has_code(&error, &["ResourceConflictException"]) => {
                match find(&self.client, None, self.wanted).await? {
                    Some(found) => self.update(found, request).await,
                    None => Err(ProviderError { kind: ProviderErrorKind::Conflict, ..error }),
                }
            }
            Err(error) => Err(not_yet_allowed(error)),
        }
    }

    async fn send_create(&self) -> Result<String, ProviderError> {
        const CALL: &str = "lambda:CreateEventSourceMapping";
        let function = self.wanted.text("functionName").unwrap_or_default();
        lambda_tags::ensure_function_free(&self.client, self.ctx, CALL, &function).await?;
        permit(self.ctx, CALL)?;
        let settings = &self.settings;
        let tags = tags::for_object(&self.ctx.owner, &self.wanted.text_map("tags"));
        let create = self.client.create_event_source_mapping().function_name(function);
        let create = create
            .set_event_source_arn(self.wanted.text("eventSourceArn"))
            .enabled(settings.enabled)
            .set_batch_size(settings.batch_size)
            .set_maximum_batching_window_in_seconds(
                (settings.window > 0).then_some(settings.window),
            )
            .set_function_response_types(Some(settings.responses()))
            .set_filter_criteria(settings.has_filters().then(|| settings.filters()))
            .set_scaling_config(settings.has_scaling().then(|| settings.scaling()))
            .set_tags(Some(tags.into_iter().collect()));
        let created = create.send().await.map_err(|e| classify(CALL, e))?;
        Ok(created.uuid.unwrap_or_default())
    }

    async fn update(
        &self,
        found: Mapping,
        request: &ReconcileRequest,
    ) -> Result<Mapping, ProviderError> {
        const CALL: &str = "lambda:UpdateEventSourceMapping";
        let claim = Claim::of_reconcile(request);
        let found = with_tags(&self.client, found, &self.ctx.target).await?;
        found.ensure_ours(CALL, self.ctx, claim)?;
        let mut mapping = self.settled(&found.mapping.uuid).await?;
        if mapping.settings() != self.settings {
            permit(self.ctx, CALL)?;
            let settings = &self.settings;
            let update = self.client.update_event_source_mapping().uuid(&mapping.uuid);
            let update = settings.put_changes(update, &mapping.settings());
            update.send().await.map_err(|e| not_yet_allowed(busy(classify(CALL, e))))?;
            mapping = self.settled(&mapping.uuid).await?;
        }
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), &found.tags);
        lambda_tags::bring(&self.client, self.ctx, &mapping.arn(&self.ctx.target), change).await?;
        Ok(mapping)
    }

    /// Waits until it is enabled or disabled.
    async fn settled(&self, uuid: &str) -> Result<Mapping, ProviderError> {
        const CALL: &str = "lambda:GetEventSourceMapping";
        let mut wait = Wait::new(self.ctx, CALL, "the mapping to be ready", MAPPING_SETTLED);
        loop {
            match by_uuid(&self.client, uuid).await? {
                Some(mapping) if mapping.is_going() => {
                    return Err(refused(
                        ProviderErrorKind::Conflict,
                        CALL,
                        "the mapping is being deleted",
                    ));
                }
                Some(mapping) if !mapping.is_moving() => return Ok(mapping),
                _ => wait.pause().await?,
            }
        }
    }
}

#[async_trait]
impl Provider for MappingProvider {
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
        const CALL: &str = "lambda:DeleteEventSourceMapping";
        let record = &request.record;
        let client = self.connection.lambda(&record.target.region);
        let uuid = record.attrs.get("uuid").and_then(Value::as_str);
        let Some(mapping) = find(&client, uuid, Wanted(&record.props)).await? else {
            return Ok(());
        };
        let uuid = mapping.uuid.clone();
        if !mapping.is_going() {
            let found = with_tags(&client, mapping, &record.target).await?;
            found.ensure_ours(CALL, ctx, Claim::of_delete(request))?;
            permit(ctx, CALL)?;
            let deleted = client.delete_event_source_mapping().uuid(&uuid).send().await;
            absent(deleted.map_err(|e| busy(classify(CALL, e))), GONE)?;
        }
        gone(&client, ctx, &uuid).await
    }

    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        let client = self.connection.lambda(&request.target.region);
        let mut pages = client.list_event_source_mappings().into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(answer) = pages.next().await {
            let mapping: Mapping =
                answer.map_err(|e| classify("lambda:ListEventSourceMappings", e))?.into();
            if mapping.is_going() {
                continue;
            }
            let arn = mapping.arn(&request.target);
            if let Some(owner) = lambda_tags::owner_in(&client, &arn, request).await? {
                let attrs = attributes(&mapping, &request.target);
                let ty = ResourceType::new("AWS.Lambda.EventSourceMapping");
                found.push(Found { ty, name: mapping.uuid, owner, attrs });
            }
        }
        Ok(found)
    }

    fn concurrency(&self) -> Option<usize> {
        Some(CONTROL_PLANE_AT_ONCE)
    }
}

/// By the recorded id, else by function and source.
async fn find(
    client: &Client,
    uuid: Option<&str>,
    props: Wanted<'_>,
) -> Result<Option<Mapping>, ProviderError> {
    if let Some(uuid) = uuid
        && let Some(mapping) = by_uuid(client, uuid).await?
    {
        return Ok(Some(mapping));
    }
    let (Some(function), Some(source)) = (props.text("functionName"), props.text("eventSourceArn"))
    else {
        return Ok(None);
    };
    let list =
        client.list_event_source_mappings().function_name(function).event_source_arn(&source);
    let mut pages = list.into_paginator().items().send();
    let mut going = None;
    while let Some(answer) = pages.next().await {
        let answer =
            absent(answer.map_err(|e| classify("lambda:ListEventSourceMappings", e)), GONE)?;
        let Some(mapping) = answer.map(Mapping::from) else { break };
        match mapping {
            mapping if mapping.source_arn != source => {}
            mapping if mapping.is_going() => going = Some(mapping),
            mapping => return Ok(Some(mapping)),
        }
    }
    Ok(going)
}

async fn by_uuid(client: &Client, uuid: &str) -> Result<Option<Mapping>, ProviderError> {
    let answer = client.get_event_source_mapping().uuid(uuid).send().await;
    let found = absent(answer.map_err(|e| classify("lambda:GetEventSourceMapping", e)), GONE)?;
    Ok(found.map(Mapping::from))
}

async fn with_tags(
    client: &Client,
    mapping: Mapping,
    target: &Target,
) -> Result<Tagged, ProviderError> {
    let tags = lambda_tags::read(client, &mapping.arn(target)).await?.unwrap_or_default();
    let own = tags::ownership(&tags);
    if own != Ownership::Untagged {
        return Ok(Tagged { mapping, tags, ownership: own, function: Ownership::Untagged });
    }
    let function = lambda_tags::function_ownership(client, mapping.function_name()).await?;
    let ownership = if function == Ownership::Untagged { own } else { Ownership::ByParent };
    Ok(Tagged { mapping, tags, ownership, function })
}

async fn gone(client: &Client, ctx: &StepContext, uuid: &str) -> Result<(), ProviderError> {
    const CALL: &str = "lambda:GetEventSourceMapping";
    let mut wait = Wait::new(ctx, CALL, "the mapping to be gone", MAPPING_GONE);
    while by_uuid(client, uuid).await?.is_some() {
        wait.pause().await?;
    }
    Ok(())
}

fn busy(error: ProviderError) -> ProviderError {
    if has_code(&error, BUSY) {
        ProviderError { kind: ProviderErrorKind::Conflict, ..error }
    } else {
        error
    }
}

/// The role has just been allowed to receive, and Lambda does not see it yet ("InvalidParameterValueException: The
/// provided execution role does not have permissions to call ReceiveMessage on SQS").
fn not_yet_allowed(error: ProviderError) -> ProviderError {
    let passing = ["execution role does not have permissions", "cannot be assumed"];
    let fresh = has_code(&error, &["InvalidParameterValueException"])
        && passing.iter().any(|text| error.message.contains(text));
    if fresh { ProviderError { kind: ProviderErrorKind::NotYet, ..error } } else { error }
}
