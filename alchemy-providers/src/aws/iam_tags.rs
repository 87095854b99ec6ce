//! Tags of roles and policies.
//!
//! IAM API reference: "TagRole", "UntagRole", "ListRoleTags", "TagPolicy", "UntagPolicy", "ListPolicyTags".

use std::collections::BTreeMap;

use alchemy_engine::{ProviderError, StepContext};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;

use super::classify::classify;
use super::step::{absent, ensure_parent_free, permit};
use super::tags::{self, TagChange};
pub(super) use crate::catalog::IAM_PATH as PATH;

const GONE: &[&str] = &["NoSuchEntity"];

/// Tags as a map.
pub(super) fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// A map as tags.
pub(super) fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
        .collect()
}

/// The tags of a role; none of one that is gone.
pub(super) async fn of_role(
    client: &Client,
    name: &str,
) -> Result<BTreeMap<String, String>, ProviderError> {
    let mut pages = client.list_role_tags().role_name(name).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(tag) = pages.next().await {
        match absent(tag.map_err(|e| classify("iam:ListRoleTags", e)), GONE)? {
            Some(tag) => found.push(tag),
            None => break,
        }
    }
    Ok(tag_map(&found))
}

/// The tags of a managed policy; none of one that is gone.
pub(super) async fn of_policy(
    client: &Client,
    arn: &str,
) -> Result<BTreeMap<String, String>, ProviderError> {
    let mut pages = client.list_policy_tags().policy_arn(arn).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(tag) = pages.next().await {
        match absent(tag.map_err(|e| classify("iam:ListPolicyTags", e)), GONE)? {
            Some(tag) => found.push(tag),
            None => break,
        }
    }
    Ok(tag_map(&found))
}

/// Writes what changes on a role; no call if nothing does.
pub(super) async fn bring_role(
    client: &Client,
    ctx: &StepContext,
    name: &str,
    change: TagChange,
) -> Result<(), ProviderError> {
    if !change.set.is_empty() {
        const CALL: &str = "iam:TagRole";
        permit(ctx, CALL)?;
        let sent =
            client.tag_role().role_name(name).set_tags(Some(tag_list(&change.set))).send().await;
        sent.map_err(|e| classify(CALL, e))?;
    }
    if !change.remove.is_empty() {
        const CALL: &str = "iam:UntagRole";
        permit(ctx, CALL)?;
        let sent =
            client.untag_role().role_name(name).set_tag_keys(Some(change.remove)).send().await;
        sent.map_err(|e| classify(CALL, e))?;
    }
    Ok(())
}

/// Writes what changes on a managed policy; no call if nothing does.
pub(super) async fn bring_policy(
    client: &Client,
    ctx: &StepContext,
    arn: &str,
    change: TagChange,
) -> Result<(), ProviderError> {
    if !change.set.is_empty() {
        const CALL: &str = "iam:TagPolicy";
        permit(ctx, CALL)?;
        let sent =
            client.tag_policy().policy_arn(arn).set_tags(Some(tag_list(&change.set))).send().await;
        sent.map_err(|e| classify(CALL, e))?;
    }
    if !change.remove.is_empty() {
        const CALL: &str = "iam:UntagPolicy";
        permit(ctx, CALL)?;
        let sent =
            client.untag_policy().policy_arn(arn).set_tag_keys(Some(change.remove)).send().await;
        sent.map_err(|e| classify(CALL, e))?;
    }
    Ok(())
}

/// Refuses a role that carries the tags of another stage, stack or realm: its inline policies belong to whom it
/// belongs to.
pub(super) async fn ensure_role_free(
    client: &Client,
    ctx: &StepContext,
    call: &str,
    role: &str,
) -> Result<(), ProviderError> {
    let answer =
        client.get_role().role_name(role).send().await.map_err(|e| classify("iam:GetRole", e));
    let found = absent(answer, GONE)?.and_then(|answer| answer.role);
    let found = found.map(|role| tag_map(role.tags())).unwrap_or_default();
    ensure_parent_free(call, &format!("role {role}"), &tags::ownership(&found), &ctx.owner)
}
