//! Roles, managed policies, inline policies.

use alchemy_core::Value;

use super::bench::{Bench, Object};
use super::{keep_the_laws, props, with};

pub(super) fn document(action: &str) -> Value {
    let statement = Value::map([
        ("Effect", Value::from("Allow")),
        ("Action", Value::List(vec![Value::from(action)])),
        ("Resource", Value::from("*")),
    ]);
    Value::map([
        ("Version", Value::from("2012-10-17")),
        ("Statement", Value::List(vec![statement])),
    ])
}

pub(super) fn trust(service: &str) -> Value {
    let statement = Value::map([
        ("Effect", Value::from("Allow")),
        ("Action", Value::from("sts:AssumeRole")),
        ("Principal", Value::map([("Service", Value::from(service))])),
    ]);
    Value::map([
        ("Version", Value::from("2012-10-17")),
        ("Statement", Value::List(vec![statement])),
    ])
}

pub(super) fn role(bench: &Bench, id: &str) -> Object {
    Object { ty: "AWS.IAM.Role", name: Some(bench.name(id)), listed: true }
}

async fn roles(bench: Bench) {
    let policy = Object { ty: "AWS.IAM.Policy", name: Some(bench.name("attached")), listed: true };
    let policy_props = props(&[
        ("policyName", Value::from(bench.name("attached"))),
        ("policyDocument", document("s3:GetObject")),
    ]);
    let attached = bench.reconcile(&policy, &policy_props, None).await.expect("a policy");
    let arn = attached.attrs["policyArn"].clone();

    let role = role(&bench, "role");
    let first = props(&[
        ("roleName", Value::from(bench.name("role"))),
        ("path", Value::from("/alchemy/")),
        ("assumeRolePolicyDocument", trust("lambda.amazonaws.com")),
        ("inlinePolicies", Value::map([("logs", document("logs:PutLogEvents"))])),
    ]);
    let rich = with(
        &first,
        &[
            ("description", Value::from("for people")),
            ("maxSessionDuration", Value::from(7200)),
            ("managedPolicyArns", Value::List(vec![arn.clone()])),
            ("permissionsBoundary", arn),
            ("tags", Value::map([("team", Value::from("a"))])),
        ],
    );
    let other = with(
        &rich,
        &[
            ("assumeRolePolicyDocument", trust("events.amazonaws.com")),
            ("inlinePolicies", Value::map([("queue", document("sqs:SendMessage"))])),
            ("tags", Value::map([("team", Value::from("b")), ("more", Value::from("x"))])),
        ],
    );
    keep_the_laws(&bench, &role, &[first, rich, other]).await;
    let record = bench.record(&policy, &policy_props, &attached.attrs);
    bench.delete(&policy, &record).await.expect("the policy goes");
}
laws!(roles);

async fn managed_policies_keep_five_versions(bench: Bench) {
    let policy = Object { ty: "AWS.IAM.Policy", name: Some(bench.name("policy")), listed: true };
    let first = props(&[
        ("policyName", Value::from(bench.name("policy"))),
        ("path", Value::from("/alchemy/")),
        ("policyDocument", document("s3:GetObject")),
    ]);
    let version =
        |n: usize| with(&first, &[("policyDocument", document(&format!("s3:Action{n}")))]);
    let mut versions = vec![first.clone()];
    versions.extend((0..6).map(version));
    versions.push(with(&first, &[("tags", Value::map([("team", Value::from("a"))]))]));
    keep_the_laws(&bench, &policy, &versions).await;
}
laws!(managed_policies_keep_five_versions);

async fn inline_policies(bench: Bench) {
    let role = role(&bench, "parent");
    let role_props = props(&[
        ("roleName", Value::from(bench.name("parent"))),
        ("assumeRolePolicyDocument", trust("lambda.amazonaws.com")),
    ]);
    let made = bench.reconcile(&role, &role_props, None).await.expect("a role");
    let policy =
        Object { ty: "AWS.IAM.RolePolicy", name: Some(bench.name("inline")), listed: false };
    let first = props(&[
        ("policyName", Value::from(bench.name("inline"))),
        ("roleName", Value::from(bench.name("parent"))),
        ("policyDocument", document("sqs:SendMessage")),
    ]);
    let second = with(&first, &[("policyDocument", document("sqs:ReceiveMessage"))]);
    keep_the_laws(&bench, &policy, &[first, second]).await;
    bench
        .delete(&role, &bench.record(&role, &role_props, &made.attrs))
        .await
        .expect("the role goes");
}
laws!(inline_policies);
