//! `AWS.SQS.Queue`.
//!
//! Rules from the Amazon SQS API reference, pages "CreateQueue" (60 s after a deletion; attributes of an existing
//! queue must match), "SetQueueAttributes", "GetQueueAttributes", "DeleteQueue" (up to 60 s), "TagQueue", "ListQueues".

mod attributes;
mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use self::attributes::Settings;
use self::run::Run;
use super::classify::classify;
use super::connection::AwsConnection;
use super::limits::QUEUE_GONE;
use super::own_names::list_prefix;
use super::step::{Claim, Wait, absent, ensure_ours, may_be_named, observed, permit};
use super::tags;
use super::wanted::Wanted;

/// How SQS says that there is no such queue, in its JSON and its query protocol.
const GONE: &[&str] = &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];

/// Queues.
#[derive(Debug)]
pub(super) struct QueueProvider {
    connection: Arc<AwsConnection>,
}

impl QueueProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn look(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let client = self.connection.sqs(&lookup.target.region);
        let known = lookup.attrs.get("queueUrl").and_then(Value::as_str);
        let url = match (known, lookup.name.as_deref()) {
            (Some(url), _) => Some(url.to_owned()),
            (None, Some(name)) => find(&client, name).await?,
            (None, None) => None,
        };
        let Some(url) = url else { return Ok(Observed::Absent) };
        let Some(queue) = fetch(&client, url).await? else { return Ok(Observed::Absent) };
        Ok(Observed::Present {
            ownership: tags::ownership(&queue.tags),
            config: attributes::config(&queue.settings, &queue.tags, &lookup.props),
            attrs: attrs(&queue),
        })
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let client = self.connection.sqs(&ctx.target.region);
        let name = request.name.as_deref().unwrap_or_default();
        let run = Run { client, ctx, name, wanted: Wanted(&request.props), request };
        let fresh = request.prior.is_none() && matches!(request.observed, Some(Observed::Absent));
        let found = if fresh { None } else { run.fetch().await? };
        let queue = match found {
            Some(queue) => run.update(queue).await?,
            None => run.create().await?,
        };
        Ok(Applied { attrs: attrs(&queue) })
    }
}

/// A queue as it was read.
#[derive(Debug)]
struct Queue {
    url: String,
    settings: Settings,
    tags: BTreeMap<String, String>,
}

fn attrs(queue: &Queue) -> BTreeMap<String, Value> {
    let arn = queue.settings.get("QueueArn").map_or("", String::as_str);
    let name = arn.rsplit(':').next().unwrap_or_default();
    let all = [("queueUrl", queue.url.as_str()), ("queueName", name), ("queueArn", arn)];
    all.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect()
}

#[async_trait]
impl Provider for QueueProvider {
    async fn read(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        observed(self.look(lookup).await)
    }

    async fn reconcile(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        self.apply(ctx, request).await
    }

    async fn delete(
        &self,
        ctx: &StepContext,
        request: &DeleteRequest,
    ) -> Result<(), ProviderError> {
        const CALL: &str = "sqs:DeleteQueue";
        let record = &request.record;
        let Some(name) = record.name.as_deref() else { return Ok(()) };
        let client = self.connection.sqs(&record.target.region);
        let Some(url) = find(&client, name).await? else { return Ok(()) };
        let Some(tags) = fetch_tags(&client, &url).await? else { return Ok(()) };
        let ownership = tags::ownership(&tags);
        ensure_ours(
            "sqs:ListQueueTags",
            &format!("queue {name}"),
            &ownership,
            &ctx.owner,
            Claim::of_delete(request),
        )?;
        permit(ctx, CALL)?;
        let sent = client.delete_queue().queue_url(&url).send().await;
        absent(sent.map_err(|e| classify(CALL, e)), GONE)?;
        let what = format!("queue {name} to be gone");
        let mut wait = Wait::new(ctx, "sqs:GetQueueUrl", &what, QUEUE_GONE);
        while find(&client, name).await?.is_some() {
            wait.pause().await?;
        }
        Ok(())
    }

    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        const CALL: &str = "sqs:ListQueues";
        let client = self.connection.sqs(&request.target.region);
        let first = list_prefix(&request.name_prefix);
        let mut urls = client
            .list_queues()
            .queue_name_prefix(first)
            .max_results(1000)
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(url) = urls.next().await {
            let url = url.map_err(|e| classify(CALL, e))?;
            let name = url.rsplit('/').next().unwrap_or_default().to_owned();
            if !may_be_named(&name, &request.name_prefix) {
                continue;
            }
            let tags = fetch_tags(&client, &url).await?.unwrap_or_default();
            if let Some(owner) = tags::owner_in(&tags, &request.stack, &request.stage) {
                let attrs = BTreeMap::from([("queueUrl".to_owned(), Value::from(url.as_str()))]);
                found.push(Found { ty: super::ty("AWS.SQS.Queue"), name, owner, attrs });
            }
        }
        Ok(found)
    }
}

async fn find(client: &Client, name: &str) -> Result<Option<String>, ProviderError> {
    let answer = client
        .get_queue_url()
        .queue_name(name)
        .send()
        .await
        .map_err(|e| classify("sqs:GetQueueUrl", e));
    Ok(absent(answer, GONE)?.and_then(|answer| answer.queue_url))
}

async fn fetch(client: &Client, url: String) -> Result<Option<Queue>, ProviderError> {
    let all =
        client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let (answer, tags) = tokio::join!(all.send(), fetch_tags(client, &url));
    let answer = absent(answer.map_err(|e| classify("sqs:GetQueueAttributes", e)), GONE)?;
    let (Some(answer), Some(tags)) = (answer, tags?) else { return Ok(None) };
    let settings = answer.attributes.unwrap_or_default().into_iter();
    let settings = settings.map(|(name, value)| (name.as_str().to_owned(), value)).collect();
    Ok(Some(Queue { url, settings, tags }))
}

async fn fetch_tags(
    client: &Client,
    url: &str,
) -> Result<Option<BTreeMap<String, String>>, ProviderError> {
    let answer = client
        .list_queue_tags()
        .queue_url(url)
        .send()
        .await
        .map_err(|e| classify("sqs:ListQueueTags", e));
    Ok(absent(answer, GONE)?.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
}
