//! What a declared resource becomes.

use std::collections::BTreeMap;

use alchemy_core::{Expr, Graph, Value, dependency_edges};

use crate::programs::{Program, attr, fqn, known, photos};

fn ids(graph: &Graph) -> Vec<&str> {
    graph.resources.keys().map(alchemy_core::Fqn::as_str).collect()
}

#[test]
fn a_function_brings_its_log_group_role_url_and_permissions() {
    let graph = photos().expanded();
    assert_eq!(
        ids(&graph),
        [
            "Uploads",
            "Dead",
            "Jobs",
            "Api",
            "Api/LogGroup",
            "Api/Role",
            "Api/Url",
            "Api/UrlInvokeUrl",
            "Api/UrlInvoke",
            "JobsToApi",
            "JobsToApi/Policy",
        ]
    );
    let child = &graph.resources[&fqn("Api/LogGroup")];
    assert_eq!(child.parent, Some(fqn("Api")));
    assert_eq!(child.props["retention"], known(30));
    let outputs = BTreeMap::from([("url".to_owned(), attr("Api/Url", "functionUrl"))]);
    assert_eq!(graph.outputs, Expr::Map(outputs));
}

#[test]
fn stack_and_stage_are_always_in_the_environment() {
    let graph = photos().expanded();
    let Some(Expr::Map(env)) = graph.resources[&fqn("Api")].props.get("env") else {
        panic!("env waits for attributes")
    };
    assert_eq!(env["ALCHEMY_STACK_NAME"], known("photos"));
    assert_eq!(env["ALCHEMY_STAGE"], known("pr-147"));
    assert_eq!(env["QUEUE"], attr("Jobs", "queueUrl"));
}

#[test]
fn the_role_may_write_its_own_log_lines_and_nothing_else() {
    let graph = photos().expanded();
    let role = &graph.resources[&fqn("Api/Role")];
    let Some(Expr::Map(policies)) = role.props.get("inlinePolicies") else {
        panic!("waits for the log group")
    };
    let Expr::Map(document) = &policies["logs"] else { panic!("waits for the log group") };
    let Expr::List(statements) = &document["Statement"] else { panic!("waits for the log group") };
    let actions =
        Value::List(vec![Value::from("logs:CreateLogStream"), Value::from("logs:PutLogEvents")]);
    let resource = Expr::Concat(vec![attr("Api/LogGroup", "logGroupArn"), known(":*")]);
    let expected = BTreeMap::from([
        ("Effect".to_owned(), known("Allow")),
        ("Action".to_owned(), known(actions)),
        ("Resource".to_owned(), resource),
    ]);
    assert_eq!(statements, &[Expr::Map(expected)]);
}

#[test]
fn everything_a_function_needs_is_made_before_it() {
    let graph = photos().expanded();
    let edges = dependency_edges(&graph, &alchemy_providers::catalog()).expect("no cycle");
    let needs = |a: &str, b: &str| edges[&fqn(a)].contains(&fqn(b));
    assert!(
        needs("Api", "Api/LogGroup")
            && needs("Api", "Api/Role")
            && needs("Api/Role", "Api/LogGroup")
    );
    assert!(!needs("Api/LogGroup", "Api"));
    assert!(needs("Api/Url", "Api") && needs("Api/UrlInvoke", "Api"));
    assert!(needs("JobsToApi", "JobsToApi/Policy") && needs("JobsToApi/Policy", "Api/Role"));
}

#[test]
fn a_mapping_may_receive_from_exactly_its_queue() {
    let graph = photos().expanded();
    let policy = &graph.resources[&fqn("JobsToApi/Policy")];
    assert_eq!(policy.props["roleName"], attr("Api/Role", "roleName"));
    let mut mentioned = Vec::new();
    policy.props["policyDocument"]
        .each_attr(&mut |fqn, path| mentioned.push((fqn.as_str(), path.join("."))));
    assert_eq!(mentioned, [("Jobs", "queueArn".to_owned())]);
}

#[test]
fn a_plain_function_has_no_url_and_a_brought_role_is_left_alone() {
    let role = "arn:aws:iam::111111111111:role/mine";
    let program = Program::new()
        .with("Jobs", "AWS.SQS.Queue", [])
        .with("Api", "AWS.Lambda.Function", [("main", known("a.ts")), ("role", known(role))])
        .with(
            "Feed",
            "AWS.Lambda.EventSourceMapping",
            [
                ("functionName", attr("Api", "functionName")),
                ("eventSourceArn", attr("Jobs", "queueArn")),
            ],
        );
    assert_eq!(ids(&program.expanded()), ["Jobs", "Api", "Api/LogGroup", "Feed"]);
}

#[test]
fn statements_become_an_inline_policy_that_the_function_waits_for() {
    let statement = Value::map([
        ("Effect", Value::from("Allow")),
        ("Action", Value::from("s3:GetObject")),
        ("Resource", Value::from("*")),
    ]);
    let props =
        [("main", known("a.ts")), ("policyStatements", known(Value::List(vec![statement])))];
    let graph = Program::new().with("Api", "AWS.Lambda.Function", props).expanded();
    assert_eq!(ids(&graph), ["Api", "Api/LogGroup", "Api/Role", "Api/Policy"]);
    assert!(graph.resources[&fqn("Api")].depends_on.contains(&fqn("Api/Policy")));
}

#[test]
fn references_to_the_role_go_to_the_role() {
    let outputs = Expr::List(vec![
        attr("Api", "roleArn"),
        attr("Api", "roleName"),
        attr("Api", "functionUrl"),
    ]);
    let program = Program::new()
        .with("Api", "AWS.Lambda.Function", [("main", known("a.ts"))])
        .outputs(outputs);
    let expected = Expr::List(vec![
        attr("Api/Role", "roleArn"),
        attr("Api/Role", "roleName"),
        attr("Api", "functionUrl"),
    ]);
    assert_eq!(program.expanded().outputs, expected);
}
