//! Bringing one queue to what is wanted of it.

use alchemy_engine::{ProviderError, ProviderErrorKind, ReconcileRequest, StepContext};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use super::attributes::{self, Former, Settings};
use super::{Queue, fetch, find};
use crate::aws::classify::classify;
use crate::aws::fresh::fresh_principal;
use crate::aws::halfway::may_be_halfway;
use crate::aws::step::{Claim, ensure_ours, has_code, permit, refused};
use crate::aws::tags;
use crate::aws::wanted::Wanted;

/// A queue of that name is there, with other attributes.
const EXISTS: &[&str] = &["QueueAlreadyExists", "QueueNameExists"];

/// One reconcile of one queue.
pub(super) struct Run<'a> {
    pub(super) client: Client,
    pub(super) ctx: &'a StepContext,
    pub(super) name: &'a str,
    pub(super) wanted: Wanted<'a>,
    pub(super) request: &'a ReconcileRequest,
}

impl Run<'_> {
    pub(super) async fn fetch(&self) -> Result<Option<Queue>, ProviderError> {
        match find(&self.client, self.name).await? {
            Some(url) => fetch(&self.client, url).await,
            None => Ok(None),
        }
    }

    pub(super) async fn create(&self) -> Result<Queue, ProviderError> {
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

    /// Refusals that pass: the minute after a deletion, a dead-letter queue or a principal that is not visible yet.
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
        fresh_principal(error)
    }

    fn not_visible(&self, call: &str) -> ProviderError {
        refused(ProviderErrorKind::NotYet, call, format!("queue {} is not visible yet", self.name))
    }

    pub(super) async fn update(&self, mut queue: Queue) -> Result<Queue, ProviderError> {
        let claim = Claim::of_reconcile(self.request);
        let what = format!("queue {}", self.name);
        let ownership = tags::ownership(&queue.tags);
        ensure_ours("sqs:ListQueueTags", &what, &ownership, &self.ctx.owner, claim)?;
        let former = Former {
            recorded: self.request.prior.as_ref().map(|record| Wanted(&record.props)),
            halfway: may_be_halfway(self.request, &ownership),
        };
        let changes = attributes::changes(self.wanted, former, &queue.settings);
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
