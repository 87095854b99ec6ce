//! Statements of a resource policy, read back as the props that made them.

use std::collections::BTreeMap;

use alchemy_core::Value;

use super::super::reading::Reading;
use super::super::wanted::Wanted;

/// Props that show as a condition, with the condition's key.
const CONDITIONS: [(&str, &str); 6] = [
    ("sourceArn", "aws:SourceArn"),
    ("sourceAccount", "aws:SourceAccount"),
    ("principalOrgId", "aws:PrincipalOrgID"),
    ("eventSourceToken", "lambda:EventSourceToken"),
    ("functionUrlAuthType", "lambda:FunctionUrlAuthType"),
    ("invokedViaFunctionUrl", "lambda:InvokedViaFunctionUrl"),
];

/// The statement of that id.
pub(super) fn find<'a>(policy: &'a Value, id: &str) -> Option<&'a Value> {
    let statements = policy.get("Statement")?.as_list()?;
    statements.iter().find(|statement| statement.get("Sid").and_then(Value::as_str) == Some(id))
}

/// The ids of all statements.
pub(super) fn ids(policy: &Value) -> Vec<String> {
    let statements = policy.get("Statement").and_then(Value::as_list).unwrap_or_default();
    let id = |statement: &Value| Some(statement.get("Sid")?.as_str()?.to_owned());
    statements.iter().filter_map(id).collect()
}

/// Whether a statement grants what the props ask for, no more and no less.
pub(super) fn fits(statement: &Value, wanted: Wanted<'_>) -> bool {
    let found = props_of(statement, wanted.0);
    ["action", "principal"].into_iter().chain(CONDITIONS.map(|(prop, _)| prop)).all(|prop| {
        let not_asked =
            |value: &Value| prop == "invokedViaFunctionUrl" && *value == Value::Bool(false);
        wanted.value(prop).filter(|value| !not_asked(value)) == found.get(prop).cloned()
    })
}

/// What a read shows of it.
pub(super) fn config(
    statement: &Value,
    known: &BTreeMap<String, Value>,
    function: &str,
    id: &str,
) -> BTreeMap<String, Value> {
    let mut reading = Reading::new(known);
    reading.put("functionName", function);
    reading.put("statementId", id);
    for (prop, value) in props_of(statement, known) {
        reading.put(prop, value);
    }
    if reading.known("invokedViaFunctionUrl") == Some(&Value::Bool(false)) {
        reading.put_missing("invokedViaFunctionUrl", false);
    }
    reading.finish()
}

fn props_of(statement: &Value, known: &BTreeMap<String, Value>) -> BTreeMap<&'static str, Value> {
    let mut found = BTreeMap::new();
    if let Some(action) = statement.get("Action") {
        found.insert("action", single(action));
    }
    let wanted = Wanted(known).text("principal");
    if let Some(principal) =
        statement.get("Principal").and_then(|p| principal(p, wanted.as_deref()))
    {
        found.insert("principal", Value::Str(principal));
    }
    let operators = statement.get("Condition").and_then(Value::as_map).into_iter().flatten();
    for (key, value) in operators.filter_map(|(_, keys)| keys.as_map()).flatten() {
        if let Some((prop, _)) = CONDITIONS.iter().find(|(_, name)| name.eq_ignore_ascii_case(key))
        {
            found.insert(*prop, condition(prop, value));
        }
    }
    found
}

/// `{"Service": "s3.amazonaws.com"}`, `"*"`, `{"AWS": "arn:…:root"}`: as the prop says it. An account's number comes
/// back as the ARN of its root.
fn principal(shown: &Value, wanted: Option<&str>) -> Option<String> {
    let text = match shown {
        Value::Map(kinds) => single(kinds.values().next()?),
        other => single(other),
    };
    let text = text.as_str()?;
    let account = text.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next());
    Some(match (wanted, account) {
        (Some(wanted), Some(account)) if wanted == account => wanted.to_owned(),
        _ => text.to_owned(),
    })
}

fn condition(prop: &str, value: &Value) -> Value {
    let value = single(value);
    match (prop, value.as_str()) {
        ("invokedViaFunctionUrl", Some(text)) => Value::Bool(text.eq_ignore_ascii_case("true")),
        _ => value,
    }
}

fn single(value: &Value) -> Value {
    match value.as_list() {
        Some([only]) => only.clone(),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::document::from_text;
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> BTreeMap<String, Value> {
        pairs.iter().map(|&(k, v)| (k.to_owned(), Value::str(v))).collect()
    }

    #[test]
    fn a_public_url_statement_reads_as_its_props() {
        let policy = from_text(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"s1","Effect":"Allow","Principal":"*",
            "Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:eu-west-1:1:function:f",
            "Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}]}"#,
        );
        let mut wanted = props(&[("action", "lambda:InvokeFunction"), ("principal", "*")]);
        let found = find(&policy, "s1").unwrap();
        assert!(!fits(found, Wanted(&wanted)));
        wanted.insert("invokedViaFunctionUrl".into(), Value::Bool(true));
        assert!(fits(found, Wanted(&wanted)));
        let read = config(found, &wanted, "f", "s1");
        assert_eq!(wanted.iter().filter(|(k, v)| read.get(*k) != Some(v)).count(), 0);
        assert!(find(&policy, "s2").is_none());
        assert_eq!(ids(&policy), ["s1"]);
    }

    #[test]
    fn services_accounts_and_conditions_read_as_their_props() {
        let statement = from_text(
            r#"{"Sid":"s","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},
            "Action":["lambda:InvokeFunction"],
            "Condition":{"StringEquals":{"AWS:SourceAccount":"1"},"ArnLike":{"AWS:SourceArn":"arn:x"}}}"#,
        );
        let wanted = props(&[
            ("action", "lambda:InvokeFunction"),
            ("principal", "123456789012"),
            ("sourceAccount", "1"),
            ("sourceArn", "arn:x"),
        ]);
        assert!(fits(&statement, Wanted(&wanted)));
        let other = props(&[("action", "lambda:InvokeFunction"), ("principal", "210987654321")]);
        assert!(!fits(&statement, Wanted(&other)));
    }
}
