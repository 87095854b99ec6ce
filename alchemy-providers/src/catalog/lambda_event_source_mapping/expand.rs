//! The right to receive from the queue, as an inline policy of the function's role.

use std::collections::BTreeMap;

use alchemy_core::{Expansion, Expr, Fqn, Resource, Value};

use crate::catalog::{child, finding, iam_role_policy, lambda_function};

/// What Lambda does to a queue on the function's behalf ("Using Lambda with Amazon SQS": execution role permissions).
const ACTIONS: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

pub(super) fn expand(mapping: &mut Resource, expansion: &mut Expansion<'_>) {
    let Some(source) = mapping.props.get("eventSourceArn").filter(|arn| may_be_queue(arn)).cloned()
    else {
        return;
    };
    let function = finding::referred(
        mapping,
        "functionName",
        &["functionName", "functionArn"],
        expansion.graph,
    );
    let Some(role) = function.and_then(lambda_function::managed_role) else { return };
    let Some(policy) = policy(mapping, &role, source, expansion) else { return };
    mapping.depends_on.insert(policy.fqn.clone());
    expansion.added.push(policy);
}

fn policy(
    mapping: &Resource,
    role: &Fqn,
    source: Expr,
    expansion: &mut Expansion<'_>,
) -> Option<Resource> {
    let document = iam_role_policy::document(vec![iam_role_policy::allow(&ACTIONS, source)]);
    let mut policy = child::of(mapping, "Policy", iam_role_policy::TYPE, expansion)?;
    policy.props = BTreeMap::from([
        ("roleName".to_owned(), child::attr(role, "roleName")),
        ("policyDocument".to_owned(), document),
    ]);
    Some(policy)
}

/// Whether it is, or may turn out to be, the ARN of a queue. Only a literal of another service is surely none.
fn may_be_queue(source: &Expr) -> bool {
    match source {
        Expr::Value(Value::Str(arn)) => arn.split(':').nth(2) == Some("sqs"),
        Expr::Value(_) => false,
        _ => true,
    }
}
