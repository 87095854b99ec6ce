//! Tags of functions and event source mappings, and whose a function is.
//!
//! Lambda API reference: "ListTags", "TagResource", "UntagResource".

use std::collections::BTreeMap;

use alchemy_core::{Owner, Ownership};
use alchemy_engine::{ListRequest, ProviderError, StepContext};
use aws_sdk_lambda::Client;

use super::classify::classify;
use super::step::{absent, ensure_parent_free, permit};
use super::tags::{self, TagChange};

/// The tags of a function or mapping; none if it is gone.
pub(super) async fn read(
    client: &Client,
    arn: &str,
) -> Result<Option<BTreeMap<String, String>>, ProviderError> {
    let answer =
        client.list_tags().resource(arn).send().await.map_err(|e| classify("lambda:ListTags", e));
    let found = absent(answer, &["ResourceNotFoundException"])?;
    Ok(found.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
}

/// Writes what changes; no call if nothing does.
pub(super) async fn bring(
    client: &Client,
    ctx: &StepContext,
    arn: &str,
    change: TagChange,
) -> Result<(), ProviderError> {
    if !change.set.is_empty() {
        const CALL: &str = "lambda:TagResource";
        permit(ctx, CALL)?;
        let tags = change.set.into_iter().collect();
        let sent = client.tag_resource().resource(arn).set_tags(Some(tags)).send().await;
        sent.map_err(|e| classify(CALL, e))?;
    }
    if !change.remove.is_empty() {
        const CALL: &str = "lambda:UntagResource";
        permit(ctx, CALL)?;
        let sent =
            client.untag_resource().resource(arn).set_tag_keys(Some(change.remove)).send().await;
        sent.map_err(|e| classify(CALL, e))?;
    }
    Ok(())
}

/// The owner of the object behind `arn`, if it is of the stack and stage that are listed.
pub(super) async fn owner_in(
    client: &Client,
    arn: &str,
    request: &ListRequest,
) -> Result<Option<Owner>, ProviderError> {
    let found = read(client, arn).await?.unwrap_or_default();
    Ok(tags::owner_in(&found, &request.stack, &request.stage))
}

/// Refuses a function that carries the tags of another stage, stack or realm: its permissions, URL and mappings
/// belong to whom it belongs to.
pub(super) async fn ensure_function_free(
    client: &Client,
    ctx: &StepContext,
    call: &str,
    function: &str,
) -> Result<(), ProviderError> {
    let ownership = function_ownership(client, function).await?;
    ensure_parent_free(call, &format!("function {function}"), &ownership, &ctx.owner)
}

/// Whose a function is; one that is not there is untagged.
pub(super) async fn function_ownership(
    client: &Client,
    function: &str,
) -> Result<Ownership, ProviderError> {
    let answer = client.get_function().function_name(function).send().await;
    let found = absent(
        answer.map_err(|e| classify("lambda:GetFunction", e)),
        &["ResourceNotFoundException"],
    )?;
    let tags = found.and_then(|answer| answer.tags).unwrap_or_default().into_iter().collect();
    Ok(tags::ownership(&tags))
}
