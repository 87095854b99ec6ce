//! Calls about one role, in the words of the provider.

use alchemy_core::Value;
use alchemy_engine::{ProviderError, ProviderErrorKind, StepContext};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Role;

use crate::aws::classify::classify;
use crate::aws::document;
use crate::aws::step::{absent, has_code, permit};

const GONE: &[&str] = &["NoSuchEntity"];

/// The role of that name.
pub(super) async fn fetch(client: &Client, name: &str) -> Result<Option<Role>, ProviderError> {
    let answer =
        client.get_role().role_name(name).send().await.map_err(|e| classify("iam:GetRole", e));
    Ok(absent(answer, GONE)?.and_then(|answer| answer.role))
}

/// ARNs of the managed policies attached to it; none of a role that is not there.
pub(super) async fn attached(client: &Client, name: &str) -> Result<Vec<String>, ProviderError> {
    const CALL: &str = "iam:ListAttachedRolePolicies";
    let mut pages =
        client.list_attached_role_policies().role_name(name).into_paginator().items().send();
    let mut arns = Vec::new();
    while let Some(policy) = pages.next().await {
        match absent(policy.map_err(|e| classify(CALL, e)), GONE)? {
            Some(policy) => arns.extend(policy.policy_arn),
            None => break,
        }
    }
    Ok(arns)
}

/// Names of its inline policies; none of a role that is not there.
pub(in crate::aws) async fn inline_names(
    client: &Client,
    name: &str,
) -> Result<Vec<String>, ProviderError> {
    const CALL: &str = "iam:ListRolePolicies";
    let mut pages = client.list_role_policies().role_name(name).into_paginator().items().send();
    let mut names = Vec::new();
    while let Some(policy) = pages.next().await {
        match absent(policy.map_err(|e| classify(CALL, e)), GONE)? {
            Some(policy) => names.push(policy),
            None => break,
        }
    }
    Ok(names)
}

/// Detaches a managed policy; one that is not attached is success.
pub(super) async fn detach(
    client: &Client,
    ctx: &StepContext,
    name: &str,
    arn: &str,
) -> Result<(), ProviderError> {
    const CALL: &str = "iam:DetachRolePolicy";
    permit(ctx, CALL)?;
    let sent = client.detach_role_policy().role_name(name).policy_arn(arn).send().await;
    absent(sent.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
}

/// An inline policy's document; none if it or its role is not there.
pub(in crate::aws) async fn inline_policy(
    client: &Client,
    role: &str,
    policy: &str,
) -> Result<Option<Value>, ProviderError> {
    let answer = client.get_role_policy().role_name(role).policy_name(policy).send().await;
    let found = absent(answer.map_err(|e| classify("iam:GetRolePolicy", e)), GONE)?;
    Ok(found.map(|answer| document::from_text(&answer.policy_document)))
}

/// Writes an inline policy. Its role has been made: if it is not visible yet, try again.
pub(in crate::aws) async fn put_inline(
    client: &Client,
    ctx: &StepContext,
    role: &str,
    policy: &str,
    document: &Value,
) -> Result<(), ProviderError> {
    const CALL: &str = "iam:PutRolePolicy";
    permit(ctx, CALL)?;
    let put = client.put_role_policy().role_name(role).policy_name(policy);
    let sent = put.policy_document(document::to_text(document)).send().await;
    sent.map(|_| ()).map_err(|e| not_visible_yet(classify(CALL, e)))
}

/// Deletes an inline policy; its absence, and its role's, is success.
pub(in crate::aws) async fn delete_inline(
    client: &Client,
    ctx: &StepContext,
    role: &str,
    policy: &str,
) -> Result<(), ProviderError> {
    const CALL: &str = "iam:DeleteRolePolicy";
    permit(ctx, CALL)?;
    let sent = client.delete_role_policy().role_name(role).policy_name(policy).send().await;
    absent(sent.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
}

/// What has just been made is not visible everywhere at once.
pub(super) fn not_visible_yet(error: ProviderError) -> ProviderError {
    if has_code(&error, GONE) {
        ProviderError { kind: ProviderErrorKind::NotYet, ..error }
    } else {
        error
    }
}
