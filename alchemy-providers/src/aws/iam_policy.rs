//! `AWS.IAM.Policy`: a managed policy.
//!
//! Rules from the IAM API reference, pages "CreatePolicy", "GetPolicy", "GetPolicyVersion", "CreatePolicyVersion",
//! "DeletePolicyVersion", "DeletePolicy" (only when detached and without other versions), "TagPolicy"; user guide
//! "Versioning IAM policies" (five versions at most).

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Found, Lookup, Observed, ResourceType, Target, Value};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{Policy, PolicyScopeType, PolicyVersion};

use super::classify::classify;
use super::connection::AwsConnection;
use super::document;
use super::iam_tags::{self, PATH, tag_list, tag_map};
use super::limits::{IAM_AT_ONCE, POLICY_VERSIONS};
use super::reading::Reading;
use super::step::{Claim, absent, ensure_ours, has_code, may_be_named, observed, permit};
use super::tags;
use super::wanted::Wanted;

const GONE: &[&str] = &["NoSuchEntity"];

/// Managed policies.
#[derive(Debug)]
pub(super) struct PolicyProvider {
    connection: Arc<AwsConnection>,
}

impl PolicyProvider {
    pub(super) fn new(connection: Arc<AwsConnection>) -> Self {
        Self { connection }
    }

    async fn look(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let Some(arn) =
            arn_of(lookup.name.as_deref(), &lookup.props, &lookup.attrs, &lookup.target)
        else {
            return Ok(Observed::Absent);
        };
        let client = self.connection.iam(&lookup.target.region);
        let Some(policy) = fetch(&client, &arn).await? else { return Ok(Observed::Absent) };
        let document = default_document(&client, &policy, &arn).await?;
        let tags = tag_map(policy.tags());
        let mut reading = Reading::new(&lookup.props);
        reading.put("policyName", policy.policy_name().unwrap_or_default());
        reading.put("path", policy.path().unwrap_or_default());
        reading.put_document("policyDocument", document);
        reading.put_unless("description", policy.description().unwrap_or_default(), "");
        reading.put_tags(&tags);
        Ok(Observed::Present {
            ownership: tags::ownership(&tags),
            config: reading.finish(),
            attrs: attributes(&policy),
        })
    }

    async fn apply(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let client = self.connection.iam(&ctx.target.region);
        let name = request.name.as_deref().unwrap_or_default();
        let no_attrs = BTreeMap::new();
        let attrs = request.prior.as_ref().map_or(&no_attrs, |record| &record.attrs);
        let arn = arn_of(Some(name), &request.props, attrs, &ctx.target).unwrap_or_default();
        let run = Run { client, ctx, name, arn, wanted: Wanted(&request.props), request };
        let fresh = request.prior.is_none() && matches!(request.observed, Some(Observed::Absent));
        let found = if fresh { None } else { fetch(&run.client, &run.arn).await? };
        let policy = match found {
            Some(policy) => run.update(policy).await?,
            None => run.create().await?,
        };
        Ok(Applied { attrs: attributes(&policy) })
    }
}

/// One reconcile of one policy.
struct Run<'a> {
    client: Client,
    ctx: &'a StepContext,
    name: &'a str,
    arn: String,
    wanted: Wanted<'a>,
    request: &'a ReconcileRequest,
}

impl Run<'_> {
    async fn create(&self) -> Result<Policy, ProviderError> {
        match self.send_create().await {
            Ok(policy) => Ok(policy),
            Err(error) if has_code(&error, &["EntityAlreadyExists"]) => {
                match fetch(&self.client, &self.arn).await? {
                    Some(policy) => self.update(policy).await,
                    // Names are unique in the account whatever their path: this one is another's.
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn send_create(&self) -> Result<Policy, ProviderError> {
        const CALL: &str = "iam:CreatePolicy";
        permit(self.ctx, CALL)?;
        let tags = tags::for_object(&self.ctx.owner, &self.wanted.text_map("tags"));
        let create =
            self.client.create_policy().policy_name(self.name).policy_document(self.document());
        let create = create
            .path(self.wanted.text("path").unwrap_or_else(|| PATH.to_owned()))
            .set_description(self.wanted.text("description").filter(|text| !text.is_empty()))
            .set_tags(Some(tag_list(&tags)));
        let created = create.send().await.map_err(|e| classify(CALL, e))?;
        created.policy.ok_or_else(|| {
            super::step::refused(ProviderErrorKind::Transient, CALL, "the answer has no policy")
        })
    }

    fn document(&self) -> String {
        self.wanted.value("policyDocument").map(|d| document::to_text(&d)).unwrap_or_default()
    }

    async fn update(&self, mut policy: Policy) -> Result<Policy, ProviderError> {
        let tags = tag_map(policy.tags());
        let claim = Claim::of_reconcile(self.request);
        let what = format!("policy {}", self.name);
        ensure_ours("iam:GetPolicy", &what, &tags::ownership(&tags), &self.ctx.owner, claim)?;
        let current = default_document(&self.client, &policy, &self.arn).await?;
        if !document::same(&self.wanted.value("policyDocument").unwrap_or_default(), &current) {
            policy.default_version_id = self.new_version().await?;
        }
        let change = tags::change(&self.ctx.owner, &self.wanted.text_map("tags"), &tags);
        iam_tags::bring_policy(&self.client, self.ctx, &self.arn, change).await?;
        Ok(policy)
    }

    /// Makes the document the default version, after making room for it.
    async fn new_version(&self) -> Result<Option<String>, ProviderError> {
        const CALL: &str = "iam:CreatePolicyVersion";
        let versions = versions(&self.client, &self.arn).await?;
        if let Some(oldest) = to_prune(&versions) {
            delete_version(&self.client, self.ctx, &self.arn, oldest).await?;
        }
        permit(self.ctx, CALL)?;
        let create = self.client.create_policy_version().policy_arn(&self.arn).set_as_default(true);
        let created =
            create.policy_document(self.document()).send().await.map_err(|e| classify(CALL, e))?;
        Ok(created.policy_version.and_then(|version| version.version_id))
    }
}

#[async_trait]
impl Provider for PolicyProvider {
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

    /// Its other versions go first. It is not detached from what others attached it to: that is a conflict.
    async fn delete(
        &self,
        ctx: &StepContext,
        request: &DeleteRequest,
    ) -> Result<(), ProviderError> {
        const CALL: &str = "iam:DeletePolicy";
        let record = &request.record;
        let Some(arn) =
            arn_of(record.name.as_deref(), &record.props, &record.attrs, &record.target)
        else {
            return Ok(());
        };
        let client = self.connection.iam(&record.target.region);
        let Some(policy) = fetch(&client, &arn).await? else { return Ok(()) };
        let what = format!("policy {}", policy.policy_name().unwrap_or(&arn));
        let ownership = tags::ownership(&tag_map(policy.tags()));
        ensure_ours(CALL, &what, &ownership, &ctx.owner, Claim::of_delete(request))?;
        for version in
            versions(&client, &arn).await?.iter().filter(|version| !version.is_default_version)
        {
            delete_version(&client, ctx, &arn, version.version_id().unwrap_or_default()).await?;
        }
        permit(ctx, CALL)?;
        let deleted =
            client.delete_policy().policy_arn(&arn).send().await.map_err(|e| classify(CALL, e));
        absent(deleted, GONE).map(|_| ())
    }

    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        const CALL: &str = "iam:ListPolicies";
        let client = self.connection.iam(&request.target.region);
        let list = client.list_policies().scope(PolicyScopeType::Local).path_prefix(PATH);
        let mut pages = list.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(policy) = pages.next().await {
            let policy = policy.map_err(|e| classify(CALL, e))?;
            let name = policy.policy_name().unwrap_or_default();
            if !may_be_named(name, &request.name_prefix) {
                continue;
            }
            let tags = iam_tags::of_policy(&client, policy.arn().unwrap_or_default()).await?;
            if let Some(owner) = tags::owner_in(&tags, &request.stack, &request.stage) {
                let ty = ResourceType::new("AWS.IAM.Policy");
                found.push(Found { ty, name: name.to_owned(), owner, attrs: attributes(&policy) });
            }
        }
        Ok(found)
    }

    fn concurrency(&self) -> Option<usize> {
        Some(IAM_AT_ONCE)
    }
}

/// The recorded ARN, or the one that name and path make.
fn arn_of(
    name: Option<&str>,
    props: &BTreeMap<String, Value>,
    attrs: &BTreeMap<String, Value>,
    target: &Target,
) -> Option<String> {
    if let Some(arn) = attrs.get("policyArn").and_then(Value::as_str) {
        return Some(arn.to_owned());
    }
    let path = Wanted(props).text("path").unwrap_or_else(|| PATH.to_owned());
    let partition = target.partition();
    Some(format!("arn:{partition}:iam::{}:policy{path}{}", target.account, name?))
}

async fn fetch(client: &Client, arn: &str) -> Result<Option<Policy>, ProviderError> {
    let answer =
        client.get_policy().policy_arn(arn).send().await.map_err(|e| classify("iam:GetPolicy", e));
    Ok(absent(answer, GONE)?.and_then(|answer| answer.policy))
}

async fn default_document(
    client: &Client,
    policy: &Policy,
    arn: &str,
) -> Result<Value, ProviderError> {
    let version = policy.default_version_id().unwrap_or_default();
    let answer = client.get_policy_version().policy_arn(arn).version_id(version).send().await;
    let found = absent(answer.map_err(|e| classify("iam:GetPolicyVersion", e)), GONE)?;
    let text = found.and_then(|answer| answer.policy_version).and_then(|version| version.document);
    Ok(text.map(|text| document::from_text(&text)).unwrap_or_default())
}

async fn versions(client: &Client, arn: &str) -> Result<Vec<PolicyVersion>, ProviderError> {
    let mut pages = client.list_policy_versions().policy_arn(arn).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(version) = pages.next().await {
        found.push(version.map_err(|e| classify("iam:ListPolicyVersions", e))?);
    }
    Ok(found)
}

async fn delete_version(
    client: &Client,
    ctx: &StepContext,
    arn: &str,
    version: &str,
) -> Result<(), ProviderError> {
    const CALL: &str = "iam:DeletePolicyVersion";
    permit(ctx, CALL)?;
    let sent = client.delete_policy_version().policy_arn(arn).version_id(version).send().await;
    absent(sent.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
}

/// The oldest version that is not the default, if there is no room for another. Ids are `v` and a number that grows.
fn to_prune(versions: &[PolicyVersion]) -> Option<&str> {
    if versions.len() < POLICY_VERSIONS {
        return None;
    }
    let number = |id: &str| id.trim_start_matches('v').parse::<u64>().unwrap_or(0);
    let others = versions.iter().filter(|version| !version.is_default_version);
    others.filter_map(PolicyVersion::version_id).min_by_key(|id| number(id))
}

fn attributes(policy: &Policy) -> BTreeMap<String, Value> {
    let attrs = [
        ("policyArn", policy.arn()),
        ("policyName", policy.policy_name()),
        ("policyId", policy.policy_id()),
        ("defaultVersionId", policy.default_version_id()),
    ];
    attrs.into_iter().map(|(k, v)| (k.to_owned(), Value::str(v.unwrap_or_default()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: &str, is_default: bool) -> PolicyVersion {
        PolicyVersion::builder().version_id(id).is_default_version(is_default).build()
    }

    #[test]
    fn the_oldest_other_version_makes_room() {
        let mut five: Vec<_> =
            ["v12", "v9", "v10", "v2", "v11"].map(|id| version(id, id == "v2")).into();
        assert_eq!(to_prune(&five), Some("v9"));
        five.pop();
        assert_eq!(to_prune(&five), None);
    }

    #[test]
    fn an_arn_follows_partition_path_and_name() {
        let target =
            Target { provider: "aws".into(), account: "1".into(), region: "us-gov-west-1".into() };
        let none = BTreeMap::new();
        let arn = |props: &BTreeMap<String, Value>, attrs: &BTreeMap<String, Value>| {
            arn_of(Some("p"), props, attrs, &target)
        };
        assert_eq!(arn(&none, &none).as_deref(), Some("arn:aws-us-gov:iam::1:policy/alchemy/p"));
        let path = BTreeMap::from([("path".to_owned(), Value::str("/"))]);
        assert_eq!(arn(&path, &none).as_deref(), Some("arn:aws-us-gov:iam::1:policy/p"));
        let recorded = BTreeMap::from([("policyArn".to_owned(), Value::str("arn:x"))]);
        assert_eq!(arn(&path, &recorded).as_deref(), Some("arn:x"));
        assert_eq!(arn_of(None, &none, &none, &target), None);
    }
}
