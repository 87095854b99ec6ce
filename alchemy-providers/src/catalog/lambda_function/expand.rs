//! The objects around a function: log group, role, inline policy, URL and the permissions a public URL needs.

use std::collections::BTreeMap;

use alchemy_core::{Expansion, Expr, Fqn, Resource, Value};

use super::environment;
use super::url::Wish;
use crate::catalog::iam_role_policy::{allow, document};
use crate::catalog::{
    child, finding, iam_role, iam_role_policy, lambda_function_url, lambda_permission,
    logs_log_group,
};

/// What a function needs to write its log lines into a group that is there
/// ("Sending Lambda function logs to CloudWatch Logs"), and no more: it cannot make the group again after destroy.
const LOG_ACTIONS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];

/// "Visualize Lambda function invocations using AWS X-Ray": execution role permissions. X-Ray names no resources.
const TRACE_ACTIONS: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

/// "Adding a dead-letter queue": execution role permissions.
const DEAD_LETTER_ACTIONS: [&str; 2] = ["sqs:SendMessage", "sns:Publish"];

pub(super) fn expand(function: &mut Resource, expansion: &mut Expansion<'_>) {
    environment::complete(function, expansion.graph, &mut expansion.diagnostics);
    let Some(log_group) = log_group(function, expansion) else { return };
    function.depends_on.insert(log_group.fqn.clone());
    if finding::given(function, "role") {
        refuse_statements(function, expansion);
        expansion.added.push(log_group);
    } else {
        let Some(role) = role(function, &log_group.fqn, expansion) else { return };
        expansion.added.push(log_group);
        own_role(function, role, expansion);
    }
    url(function, expansion);
}

/// The role that expansion makes for this function, unless the program brought its own.
pub(in crate::catalog) fn managed_role(function: &Resource) -> Option<Fqn> {
    let role = function.fqn.child("Role").ok()?;
    let managed = match function.props.get("role") {
        None | Some(Expr::Value(Value::Null)) => true,
        Some(expr) => *expr == child::attr(&role, "roleArn"),
    };
    (managed && function.ty.as_str() == super::TYPE).then_some(role)
}

fn log_group(function: &Resource, expansion: &mut Expansion<'_>) -> Option<Resource> {
    let mut group = child::of(function, "LogGroup", logs_log_group::TYPE, expansion)?;
    let name =
        vec![Expr::Value(Value::from("/aws/lambda/")), child::attr(&function.fqn, "functionName")];
    group.props.insert("logGroupName".to_owned(), Expr::Concat(name));
    let retention =
        function.props.get("logRetention").filter(|e| **e != Expr::Value(Value::Null)).cloned();
    let retention = retention.unwrap_or_else(|| Expr::Value(Value::from("30 days")));
    group.props.insert("retention".to_owned(), retention);
    copy_tags(function, &mut group);
    Some(group)
}

fn copy_tags(function: &Resource, child: &mut Resource) {
    if let Some(tags) = function.props.get("tags") {
        child.props.insert("tags".to_owned(), tags.clone());
    }
}

/// The role, with the right to write log lines as its inline policy `logs`.
fn role(function: &Resource, log_group: &Fqn, expansion: &mut Expansion<'_>) -> Option<Resource> {
    let mut role = child::of(function, "Role", iam_role::TYPE, expansion)?;
    let trust = Value::map([
        ("Effect", Value::from("Allow")),
        ("Action", Value::from("sts:AssumeRole")),
        ("Principal", Value::map([("Service", Value::from("lambda.amazonaws.com"))])),
    ]);
    let streams = vec![child::attr(log_group, "logGroupArn"), Expr::Value(Value::from(":*"))];
    let logs = document(vec![allow(&LOG_ACTIONS, Expr::Concat(streams))]);
    role.props = BTreeMap::from([
        ("assumeRolePolicyDocument".to_owned(), document(vec![Expr::Value(trust)])),
        ("inlinePolicies".to_owned(), Expr::map(BTreeMap::from([("logs".to_owned(), logs)]))),
    ]);
    copy_tags(function, &mut role);
    Some(role)
}

/// Makes the function run as `role`, with what it was promised.
fn own_role(function: &mut Resource, role: Resource, expansion: &mut Expansion<'_>) {
    let arn = child::attr(&role.fqn, "roleArn");
    function.props.insert("role".to_owned(), arn);
    for attribute in ["roleArn", "roleName"] {
        let key = (function.fqn.clone(), attribute.to_owned());
        expansion.alias_attrs.insert(key, (role.fqn.clone(), attribute.to_owned()));
    }
    let policy = policy(function, &role.fqn, expansion);
    expansion.added.push(role);
    if let Some(policy) = policy {
        function.depends_on.insert(policy.fqn.clone());
        expansion.added.push(policy);
    }
}

/// The inline policy with `policyStatements` and what other props need; none if nothing is needed.
fn policy(function: &Resource, role: &Fqn, expansion: &mut Expansion<'_>) -> Option<Resource> {
    let mut statements = match function.props.get("policyStatements") {
        Some(Expr::Value(Value::List(items))) => items.iter().cloned().map(Expr::Value).collect(),
        Some(Expr::List(items)) => items.clone(),
        Some(Expr::Attr { .. } | Expr::Ref(_) | Expr::Call { .. }) => {
            let summary = "The list `policyStatements` must be known at plan time".to_owned();
            expansion.diagnostics.push(
                finding::error("unknown-structure", function, "policyStatements", summary)
                    .help("Write the statements down: what is inside them may be outputs."),
            );
            return None;
        }
        // Not given, or of a wrong type, which validation reports.
        _ => Vec::new(),
    };
    if function.props.get("tracing") == Some(&Expr::Value(Value::from("Active"))) {
        statements.push(allow(&TRACE_ACTIONS, Expr::Value(Value::from("*"))));
    }
    if let Some(target) = dead_letter_target(function) {
        statements.push(allow(&DEAD_LETTER_ACTIONS, target));
    }
    if statements.is_empty() {
        return None;
    }
    let mut policy = child::of(function, "Policy", iam_role_policy::TYPE, expansion)?;
    policy.props = BTreeMap::from([
        ("roleName".to_owned(), child::attr(role, "roleName")),
        ("policyDocument".to_owned(), document(statements)),
    ]);
    Some(policy)
}

fn dead_letter_target(function: &Resource) -> Option<Expr> {
    match function.props.get("deadLetterConfig")? {
        Expr::Value(config) => config.get("targetArn").cloned().map(Expr::Value),
        Expr::Map(config) => config.get("targetArn").cloned(),
        _ => None,
    }
}

fn refuse_statements(function: &Resource, expansion: &mut Expansion<'_>) {
    if finding::given(function, "policyStatements") {
        let summary = "`policyStatements` and `role` do not go together".to_owned();
        expansion.diagnostics.push(
            finding::error("statements-of-foreign-role", function, "policyStatements", summary)
                .detail("A role that you bring is not changed.")
                .help("Give the role its permissions where it is made, or leave `role` out."),
        );
    }
}

fn url(function: &Resource, expansion: &mut Expansion<'_>) {
    let wish = match Wish::of(function) {
        Ok(wish) => wish,
        Err(diagnostic) => {
            expansion.diagnostics.push(*diagnostic);
            return;
        }
    };
    let public = wish.is_public();
    let Wish::On(settings) = wish else { return };
    let Some(mut url) = child::of(function, "Url", lambda_function_url::TYPE, expansion) else {
        return;
    };
    url.props = settings;
    url.props.insert("functionName".to_owned(), child::attr(&function.fqn, "functionName"));
    let key = (function.fqn.clone(), "functionUrl".to_owned());
    expansion.alias_attrs.insert(key, (url.fqn.clone(), "functionUrl".to_owned()));
    expansion.added.push(url);
    if public {
        public_permissions(function, expansion);
    }
}

/// "Control access to Lambda function URLs": a public URL needs both InvokeFunctionUrl and InvokeFunction.
fn public_permissions(function: &Resource, expansion: &mut Expansion<'_>) {
    let both = [
        ("UrlInvokeUrl", "lambda:InvokeFunctionUrl", ("functionUrlAuthType", Value::from("NONE"))),
        ("UrlInvoke", "lambda:InvokeFunction", ("invokedViaFunctionUrl", Value::Bool(true))),
    ];
    for (id, action, (condition, value)) in both {
        let Some(mut permission) = child::of(function, id, lambda_permission::TYPE, expansion)
        else {
            return;
        };
        permission.props = BTreeMap::from([
            ("functionName".to_owned(), child::attr(&function.fqn, "functionName")),
            ("action".to_owned(), Expr::Value(Value::from(action))),
            ("principal".to_owned(), Expr::Value(Value::from("*"))),
            (condition.to_owned(), Expr::Value(value)),
        ]);
        expansion.added.push(permission);
    }
}
