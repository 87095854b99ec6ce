//! `AWS.Logs.LogGroup`.
//!
//! Rules from the CloudWatch Logs API reference, pages "CreateLogGroup", "DescribeLogGroups", "PutRetentionPolicy",
//! "DeleteRetentionPolicy", "AssociateKmsKey", "ListTagsForResource", "DeleteLogGroup".

mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::LogGroup;

use self::run::Run;
use super::classify::classify;
use super::connection::AwsConnection;
use super::limits::LOG_GROUPS_AT_ONCE;
use super::own_names::list_prefix;
use super::reading::Reading;
use super::step::{Claim, absent, ensure_ours, may_be_named, observed, permit};
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
            Claim::of_delete(request),
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
    use aws_sdk_cloudwatchlogs::types::LogGroupClass;

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
