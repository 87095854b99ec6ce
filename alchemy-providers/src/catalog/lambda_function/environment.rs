//! A function's environment: what is always in it, what may not be, how much fits.

use alchemy_core::{Descriptor, Diagnostic, Expr, Graph, Resource, Value};

use crate::catalog::finding;

/// Bytes of all keys and values together ("Lambda quotas": environment variables, 4 KB).
const LIMIT: usize = 4096;

/// Names that Lambda sets itself ("Working with Lambda environment variables": reserved environment variables).
const RESERVED: [&str; 19] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "AWS_LAMBDA_MAX_CONCURRENCY",
];

/// The variables that are always there.
const OURS: [&str; 2] = ["ALCHEMY_STACK_NAME", "ALCHEMY_STAGE"];

/// Adds stack and stage.
pub(super) fn complete(function: &mut Resource, graph: &Graph, found: &mut Vec<Diagnostic>) {
    let mut members = match function.props.remove("env") {
        None | Some(Expr::Value(Value::Null)) => std::collections::BTreeMap::new(),
        Some(Expr::Value(Value::Map(known))) => {
            known.into_iter().map(|(k, v)| (k, Expr::Value(v))).collect()
        }
        Some(Expr::Map(members)) => members,
        Some(other) => {
            if matches!(other, Expr::Value(Value::Secret(_))) {
                found.push(
                    finding::error(
                        "unknown-structure",
                        function,
                        "env",
                        "The names in `env` cannot be redacted".to_owned(),
                    )
                    .detail("The whole of `env` is redacted.")
                    .help("Redact the values, not the map."),
                );
            } else if !matches!(other, Expr::Value(_)) {
                found.push(
                    finding::error(
                        "unknown-structure",
                        function,
                        "env",
                        "The names in `env` must be known at plan time".to_owned(),
                    )
                    .detail("The whole of `env` is an output of another resource.")
                    .help("Write `env: { NAME: output }`: the values may be outputs."),
                );
            }
            // A wrong type is left for validation to report.
            function.props.insert("env".to_owned(), other);
            return;
        }
    };
    for name in OURS.into_iter().filter(|name| members.contains_key(*name)) {
        let path = format!("env.{name}");
        found.push(
            finding::error(
                "reserved-variable",
                function,
                &path,
                format!("`{name}` is set by alchemy"),
            )
            .help("Choose another name, or leave it out: it is always there."),
        );
    }
    let values = [graph.stack.as_str(), graph.stage.as_str()];
    members.extend(
        OURS.into_iter().zip(values).map(|(k, v)| (k.to_owned(), Expr::Value(Value::from(v)))),
    );
    function.props.insert("env".to_owned(), Expr::map(members));
}

/// Refuses reserved names and too much of it, as far as it is known.
pub(super) fn check(function: &Resource, own: &Descriptor, found: &mut Vec<Diagnostic>) {
    let known = finding::value(function, own, "env");
    let members: Vec<(&String, Option<&Value>)> = match (function.props.get("env"), &known) {
        (Some(Expr::Map(members)), _) => members.iter().map(|(k, v)| (k, v.as_value())).collect(),
        (_, Some(Value::Map(members))) => members.iter().map(|(k, v)| (k, Some(v))).collect(),
        _ => return,
    };
    for (name, _) in &members {
        check_name(function, name, found);
    }
    let size: usize = members.iter().map(|(name, value)| name.len() + value.map_or(0, size)).sum();
    if size > LIMIT {
        let summary =
            format!("The environment of `{}` has {size} bytes; Lambda takes {LIMIT}", function.fqn);
        found.push(
            finding::error("environment-too-large", function, "env", summary)
                .detail("Names and values count together (\"Lambda quotas\").")
                .help("Keep large settings in a file that `main` imports, or in an object that the function reads."),
        );
    }
}

fn size(value: &Value) -> usize {
    match value.exposed() {
        Value::Str(text) => text.len(),
        Value::Null => 0,
        other => other.to_json().len(),
    }
}

fn check_name(function: &Resource, name: &str, found: &mut Vec<Diagnostic>) {
    let path = format!("env.{name}");
    if RESERVED.contains(&name) {
        found.push(
            finding::error("reserved-variable", function, &path, format!("`{name}` is set by Lambda"))
                .help("Choose another name (\"Working with Lambda environment variables\" lists the reserved ones)."),
        );
        return;
    }
    let legal = name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !legal {
        found.push(
            finding::error(
                "variable-name",
                function,
                &path,
                format!("Lambda does not take the variable name `{name}`"),
            )
            .help("Begin with a letter, use letters, digits and `_`, at least two characters."),
        );
    }
}
