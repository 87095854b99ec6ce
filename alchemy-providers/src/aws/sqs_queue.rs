//! `AWS.SQS.Queue`.
//!
//! Rules from the Amazon SQS API reference, pages "CreateQueue" (60 s after a deletion; attributes of an existing
//! queue must match), "SetQueueAttributes", "GetQueueAttributes", "DeleteQueue" (up to 60 s), "TagQueue", "ListQueues".

mod attributes;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use self::attributes::Settings;
use super::classify::classify;
use super::connection::AwsConnection;
use super::limits::QUEUE_GONE;
use super::own_names::list_prefix;
use super::step::{
    Claim, Wait, absent, ensure_ours, has_code, may_be_named, observed, permit, refused,
};
use super::tags;
use super::wanted::Wanted;

/// How SQS says that there is no such queue, in its JSON and its query protocol.
const GONE: &[&str] = &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];

/// A queue of that name is there, with other attributes.
const EXISTS: &[&str] = &["QueueAlreadyExists", "QueueNameExists"];

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

/// One reconcile of one queue.
struct Run<'a> {
    client: Client,
    ctx: &'a StepContext,
    name: &'a str,
    wanted: Wanted<'a>,
    request: &'a ReconcileRequest,
}

impl Run<'_> {
    async fn fetch(&self) -> Result<Option<Queue>, ProviderError> {
        match find(&self.client, self.name).await? {
            Some(url) => fetch(&self.client, url).await,
            None => Ok(None),
        }
    }

    async fn create(&self) -> Result<Queue, ProviderError> {
        match self.send_create().await {
            // The answer does not tell a new queue from one that was there with the same attributes.
            Ok(url) => match fetch(&self.client, url).await? {
                Some(queue) => self.update(queue).await,
                None => Err(self.not_visible("sqs:GetQueueAttributes")),
            },
            Err(error) if has_code(&error, EXISTS) => match self.fetch().await? {
                Some(queue) => self.update(queue).await,
                None => Err(ProviderError { kind: ProviderErrorKind::NotYet, ..error }),
            },
            Err(error) => Err(error),
        }
    }

    async fn send_create(&self) -> Result<String, ProviderError> {
        const CALL: &str = "sqs:CreateQueue";
        permit(self.ctx, CALL)?;
        let settings = attributes::for_create(self.wanted);
        let settings = settings
            .into_iter()
            .map(|(name, value)| (QueueAttributeName::from(name.as_str()), value))
            .collect();
        let tags = tags::for_object(&self.ctx.owner, &self.wanted.text_map("tags"));
        let create =
            self.client.create_queue().queue_name(self.name).set_attributes(Some(settings));
        let sent = create.set_tags(Some(tags.into_iter().collect())).send().await;
        let created = sent.map_err(|e| self.passing(classify(CALL, e)))?;
        created.queue_url.ok_or_else(|| {
            refused(ProviderErrorKind::Transient, CALL, "the answer has no queue URL")
        })
    }

    /// Refusals that pass: the minute after a deletion, a dead-letter queue that is not visible yet.
    fn passing(&self, error: ProviderError) -> ProviderError {
        if error.kind == ProviderErrorKind::NotYet {
            (self.ctx.note)(format!(
                "a queue of this name was deleted less than 60 s ago: waiting to make {} again",
                self.name
            ));
            return error;
        }
        if error.message.contains("Dead letter target does not exist") {
            return ProviderError { kind: ProviderErrorKind::NotYet, ..error };
        }
        error
    }

    fn not_visible(&self, call: &str) -> ProviderError {
        refused(ProviderErrorKind::NotYet, call, format!("queue {} is not visible yet", self.name))
    }

    async fn update(&self, mut queue: Queue) -> Result<Queue, ProviderError> {
        let claim = Claim {
            recorded: self.request.prior.is_some(),
            untagged: self.request.may_adopt_untagged,
        };
        let what = format!("queue {}", self.name);
        ensure_ours(
            "sqs:ListQueueTags",
            &what,
            &tags::ownership(&queue.tags),
            &self.ctx.owner,
            claim,
        )?;
        let prior = self.request.prior.as_ref().map(|record| Wanted(&record.props));
        let changes = attributes::changes(self.wanted, prior, &queue.settings);
        if !changes.is_empty() {
            self.set(&queue.url, &changes).await?;
            queue.settings.extend(changes);
        }
        self.bring_tags(&queue).await?;
        Ok(queue)
    }

    async fn set(&self, url: &str, changes: &Settings) -> Result<(), ProviderError> {
        const CALL: &str = "sqs:SetQueueAttributes";
        permit(self.ctx, CALL)?;
        let changes = changes
            .iter()
            .map(|(name, value)| (QueueAttributeName::from(name.as_str()), value.clone()));
        let sent = self
            .client
            .set_queue_attributes()
            .queue_url(url)
            .set_attributes(Some(changes.collect()))
            .send()
            .await;
        sent.map_err(|e| self.passing(classify(CALL, e)))?;
        Ok(())
    }

    async fn bring_tags(&self, queue: &Queue) -> Result<(), ProviderError> {
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), &queue.tags);
        if !change.set.is_empty() {
            const CALL: &str = "sqs:TagQueue";
            permit(self.ctx, CALL)?;
            let tags = change.set.into_iter().collect();
            let sent =
                self.client.tag_queue().queue_url(&queue.url).set_tags(Some(tags)).send().await;
            sent.map_err(|e| classify(CALL, e))?;
        }
        if !change.remove.is_empty() {
            const CALL: &str = "sqs:UntagQueue";
            permit(self.ctx, CALL)?;
            let sent = self
                .client
                .untag_queue()
                .queue_url(&queue.url)
                .set_tag_keys(Some(change.remove))
                .send()
                .await;
            sent.map_err(|e| classify(CALL, e))?;
        }
        Ok(())
    }
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
            Claim::of_record(record),
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
