//! `AWS.Logs.LogGroup`.
//!
//! Rules from the CloudWatch Logs API reference, pages "CreateLogGroup", "DescribeLogGroups", "PutRetentionPolicy",
//! "DeleteRetentionPolicy", "AssociateKmsKey", "ListTagsForResource", "DeleteLogGroup".

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{LogGroup, LogGroupClass};

use super::classify::classify;
use super::connection::AwsConnection;
use super::limits::LOG_GROUPS_AT_ONCE;
use super::own_names::list_prefix;
use super::reading::Reading;
use super::step::{Claim, absent, ensure_ours, has_code, may_be_named, observed, permit};
use super::tags;
use super::wanted::Wanted;

const GONE: &[&str] = &["ResourceNotFoundException"];

/// Where the groups of functions are.
const FUNCTIONS: &str = "/aws/lambda/";

/// Log groups.
#[derive(Debug)]
pub(super) struct LogGroupProvider {
    connection: Arc<AwsConnection>,
}

impl LogGroupProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn look(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let client = self.connection.logs(&lookup.target.region);
        let Some(name) = lookup.name.as_deref() else { return Ok(Observed::Absent) };
        let Some(group) = fetch(&client, name).await? else { return Ok(Observed::Absent) };
        Ok(Observed::Present {
            ownership: tags::ownership(&group.tags),
            config: config(&group, &lookup.props),
            attrs: attrs(&group.found),
        })
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let client = self.connection.logs(&ctx.target.region);
        let name = request.name.as_deref().unwrap_or_default();
        let run = Run { client, ctx, name, wanted: Wanted(&request.props), request };
        let fresh = request.prior.is_none() && matches!(request.observed, Some(Observed::Absent));
        let found = if fresh { None } else { fetch(&run.client, name).await? };
        let group = match found {
            Some(group) => run.update(group).await?,
            None => run.create().await?,
        };
        Ok(Applied { attrs: attrs(&group.found) })
    }
}

/// A log group as it was read.
#[derive(Debug)]
struct Group {
    found: LogGroup,
    tags: BTreeMap<String, String>,
}

/// The ARN without the `:*` that stands for its streams; tag calls refuse that form.
fn arn_of(group: &LogGroup) -> String {
    let arn = group.log_group_arn().or(group.arn()).unwrap_or_default();
    arn.strip_suffix(":*").unwrap_or(arn).to_owned()
}

fn attrs(group: &LogGroup) -> BTreeMap<String, Value> {
    let name = group.log_group_name().unwrap_or_default();
    BTreeMap::from([
        ("logGroupName".to_owned(), Value::from(name)),
        ("logGroupArn".to_owned(), Value::Str(arn_of(group))),
    ])
}

fn config(group: &Group, known: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut reading = Reading::new(known);
    if let Some(name) = group.found.log_group_name() {
        reading.put("logGroupName", name);
    }
    if let Some(days) = group.found.retention_in_days() {
        reading.put("retention", i64::from(days));
    }
    if let Some(key) = group.found.kms_key_id() {
        reading.put("kmsKeyId", key);
    }
    if let Some(class) = group.found.log_group_class() {
        reading.put_unless("logGroupClass", class.as_str(), "STANDARD");
    }
    reading.put_tags(&group.tags);
    reading.finish()
}

/// One reconcile of one log group.
struct Run<'a> {
    client: Client,
    ctx: &'a StepContext,
    name: &'a str,
    wanted: Wanted<'a>,
    request: &'a ReconcileRequest,
}

impl Run<'_> {
    async fn create(&self) -> Result<Group, ProviderError> {
        match self.send_create().await {
            Ok(()) => self.complete().await,
            Err(error) if has_code(&error, &["ResourceAlreadyExistsException"]) => {
                self.complete().await
            }
            Err(error) => Err(error),
        }
    }

    /// What creation leaves out (retention), on a group that is there now.
    async fn complete(&self) -> Result<Group, ProviderError> {
        match fetch(&self.client, self.name).await? {
            Some(group) => self.update(group).await,
            None => Err(super::step::refused(
                ProviderErrorKind::NotYet,
                "logs:DescribeLogGroups",
                format!("log group {} is not visible yet", self.name),
            )),
        }
    }

    async fn send_create(&self) -> Result<(), ProviderError> {
        const CALL: &str = "logs:CreateLogGroup";
        permit(self.ctx, CALL)?;
        let tags = tags::for_object(&self.ctx.owner, &self.wanted.text_map("tags"));
        let class = self.wanted.text("logGroupClass").filter(|class| class != "STANDARD");
        let create = self
            .client
            .create_log_group()
            .log_group_name(self.name)
            .set_kms_key_id(self.wanted.text("kmsKeyId"));
        let create =
            create.set_log_group_class(class.map(|class| LogGroupClass::from(class.as_str())));
        let sent = create.set_tags(Some(tags.into_iter().collect())).send().await;
        sent.map(|_| ()).map_err(|e| classify(CALL, e))
    }

    async fn update(&self, group: Group) -> Result<Group, ProviderError> {
        let claim = Claim {
            recorded: self.request.prior.is_some(),
            untagged: self.request.may_adopt_untagged,
        };
        let what = format!("log group {}", self.name);
        ensure_ours(
            "logs:ListTagsForResource",
            &what,
            &tags::ownership(&group.tags),
            &self.ctx.owner,
            claim,
        )?;
        self.bring_retention(group.found.retention_in_days()).await?;
        self.bring_key(group.found.kms_key_id()).await?;
        self.bring_tags(&group).await?;
        Ok(group)
    }

    async fn bring_retention(&self, current: Option<i32>) -> Result<(), ProviderError> {
        match self.wanted.number("retention") {
            wanted if wanted == current => Ok(()),
            Some(days) => {
                const CALL: &str = "logs:PutRetentionPolicy";
                permit(self.ctx, CALL)?;
                let put = self
                    .client
                    .put_retention_policy()
                    .log_group_name(self.name)
                    .retention_in_days(days);
                put.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
            None => {
                const CALL: &str = "logs:DeleteRetentionPolicy";
                permit(self.ctx, CALL)?;
                let delete = self.client.delete_retention_policy().log_group_name(self.name);
                delete.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
        }
    }

    async fn bring_key(&self, current: Option<&str>) -> Result<(), ProviderError> {
        match self.wanted.text("kmsKeyId") {
            wanted if wanted.as_deref() == current => Ok(()),
            Some(key) => {
                const CALL: &str = "logs:AssociateKmsKey";
                permit(self.ctx, CALL)?;
                let associate =
                    self.client.associate_kms_key().log_group_name(self.name).kms_key_id(key);
                associate.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
            None => {
                const CALL: &str = "logs:DisassociateKmsKey";
                permit(self.ctx, CALL)?;
                let disassociate = self.client.disassociate_kms_key().log_group_name(self.name);
                disassociate.send().await.map(|_| ()).map_err(|e| classify(CALL, e))
            }
        }
    }

    async fn bring_tags(&self, group: &Group) -> Result<(), ProviderError> {
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), &group.tags);
        let arn = arn_of(&group.found);
        if !change.set.is_empty() {
            const CALL: &str = "logs:TagResource";
            permit(self.ctx, CALL)?;
            let tags = change.set.into_iter().collect();
            let sent =
                self.client.tag_resource().resource_arn(&arn).set_tags(Some(tags)).send().await;
            sent.map_err(|e| classify(CALL, e))?;
        }
        if !change.remove.is_empty() {
            const CALL: &str = "logs:UntagResource";
            permit(self.ctx, CALL)?;
            let sent = self
                .client
                .untag_resource()
                .resource_arn(&arn)
                .set_tag_keys(Some(change.remove))
                .send()
                .await;
            sent.map_err(|e| classify(CALL, e))?;
        }
        Ok(())
    }
}

#[async_trait]
impl Provider for LogGroupProvider {
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
        const CALL: &str = "logs:DeleteLogGroup";
        let record = &request.record;
        let Some(name) = record.name.as_deref() else { return Ok(()) };
        let client = self.connection.logs(&record.target.region);
        let Some(group) = fetch(&client, name).await? else { return Ok(()) };
        let ownership = tags::ownership(&group.tags);
        let what = format!("log group {name}");
        ensure_ours(
            "logs:ListTagsForResource",
            &what,
            &ownership,
            &ctx.owner,
            Claim::of_record(record),
        )?;
        permit(ctx, CALL)?;
        let sent = client.delete_log_group().log_group_name(name).send().await;
        absent(sent.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
    }

    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        let client = self.connection.logs(&request.target.region);
        let first = list_prefix(&request.name_prefix);
        let mut found = own_groups(&client, request, &first).await?;
        found.extend(own_groups(&client, request, &format!("{FUNCTIONS}{first}")).await?);
        Ok(found)
    }

    fn concurrency(&self) -> Option<usize> {
        Some(LOG_GROUPS_AT_ONCE)
    }
}

async fn own_groups(
    client: &Client,
    request: &ListRequest,
    prefix: &str,
) -> Result<Vec<Found>, ProviderError> {
    let mut groups =
        client.describe_log_groups().log_group_name_prefix(prefix).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(group) = groups.next().await {
        let group = group.map_err(|e| classify("logs:DescribeLogGroups", e))?;
        let name = group.log_group_name().unwrap_or_default().to_owned();
        let readable = name.strip_prefix(FUNCTIONS).unwrap_or(&name);
        if !may_be_named(readable, &request.name_prefix) {
            continue;
        }
        let tags = fetch_tags(client, &arn_of(&group)).await?.unwrap_or_default();
        if let Some(owner) = tags::owner_in(&tags, &request.stack, &request.stage) {
            found.push(Found {
                ty: super::ty("AWS.Logs.LogGroup"),
                name,
                owner,
                attrs: attrs(&group),
            });
        }
    }
    Ok(found)
}

/// The group of exactly this name. It comes first among those that begin with it.
async fn fetch(client: &Client, name: &str) -> Result<Option<Group>, ProviderError> {
    let answer = client.describe_log_groups().log_group_name_prefix(name).send().await;
    let answer = answer.map_err(|e| classify("logs:DescribeLogGroups", e))?;
    let mut groups = answer.log_groups.unwrap_or_default().into_iter();
    let Some(found) = groups.find(|group| group.log_group_name() == Some(name)) else {
        return Ok(None);
    };
    let Some(tags) = fetch_tags(client, &arn_of(&found)).await? else { return Ok(None) };
    Ok(Some(Group { found, tags }))
}

async fn fetch_tags(
    client: &Client,
    arn: &str,
) -> Result<Option<BTreeMap<String, String>>, ProviderError> {
    let answer = client.list_tags_for_resource().resource_arn(arn).send().await;
    let answer = absent(answer.map_err(|e| classify("logs:ListTagsForResource", e)), GONE)?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(retention: Option<i32>, class: Option<&str>) -> Group {
        let found = LogGroup::builder()
            .log_group_name("/aws/lambda/f")
            .arn("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:*")
            .set_retention_in_days(retention)
            .set_log_group_class(class.map(LogGroupClass::from))
            .build();
        Group { found, tags: BTreeMap::new() }
    }

    #[test]
    fn the_arn_stands_for_the_group_not_its_streams() {
        let attrs = attrs(&group(None, None).found);
        assert_eq!(
            attrs["logGroupArn"],
            Value::from("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f")
        );
    }

    #[test]
    fn only_what_is_not_a_default_is_shown() {
        let name = ("logGroupName".to_owned(), Value::from("/aws/lambda/f"));
        let nothing = BTreeMap::new();
        assert_eq!(
            config(&group(None, Some("STANDARD")), &nothing),
            BTreeMap::from([name.clone()])
        );
        let expected = BTreeMap::from([
            name,
            ("retention".to_owned(), Value::int(30)),
            ("logGroupClass".to_owned(), Value::from("INFREQUENT_ACCESS")),
        ]);
        assert_eq!(config(&group(Some(30), Some("INFREQUENT_ACCESS")), &nothing), expected);
    }
}
