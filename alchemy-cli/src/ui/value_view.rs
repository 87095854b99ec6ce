//! Values as people read them: on one line, not too long, secrets hidden.

use alchemy_core::{Expr, Value};

use super::text::printable;

/// Longest value shown in full in a diff.
const SHOWN: usize = 80;

/// A value of an output, in full: text as it is, anything else as JSON.
pub(crate) fn value_text(value: &Value) -> String {
    match value {
        Value::Str(text) => printable(text),
        Value::Secret(_) => "<redacted>".to_owned(),
        other => printable(&other.to_json()),
    }
}

/// One side of a changed value.
pub(super) fn value_side(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::Secret(_) => "<redacted>".to_owned(),
        value => shorten(&value.to_json()),
    }
}

/// One side of a changed prop.
pub(super) fn side(expr: &Expr) -> String {
    match expr {
        Expr::Value(value) => value_side(value),
        partial => {
            let text = partial_text(partial);
            if text.is_empty() { "(known after apply)".to_owned() } else { shorten(&text) }
        }
    }
}

/// A value of which some part is not known yet; empty if nothing of it is.
fn partial_text(expr: &Expr) -> String {
    let inner = |expr: &Expr| match expr {
        Expr::Value(value) => value.to_json(),
        other => Some(partial_text(other))
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| "(known after apply)".to_owned()),
    };
    match expr {
        Expr::List(items) => format!("[{}]", items.iter().map(inner).collect::<Vec<_>>().join(",")),
        Expr::Map(members) => {
            let members = members
                .iter()
                .map(|(name, expr)| format!("{}:{}", Value::str(name).to_json(), inner(expr)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        _ => String::new(),
    }
}

fn shorten(text: &str) -> String {
    let text = printable(&text.replace('\n', "\\n"));
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use alchemy_core::{Fqn, Secret, SecretHasher};

    use super::*;

    #[test]
    fn sides_of_a_change() {
        let hasher = SecretHasher::new([7; 32]);
        let secret = Value::Secret(Secret::new(Value::str("hunter2"), &hasher));
        let unknown =
            Expr::Attr { fqn: Fqn::parse("Jobs").unwrap(), path: vec!["queueArn".to_owned()] };
        let nested = Expr::map(
            [("QUEUE".to_owned(), unknown.clone()), ("A".to_owned(), secret.clone().into())].into(),
        );
        for (expr, text) in [
            (Expr::Value(Value::Null), "not set"),
            (Value::int(30).into(), "30"),
            (Value::str("a\nb").into(), r#""a\nb""#),
            (secret.into(), "<redacted>"),
            (unknown, "(known after apply)"),
            (nested, r#"{"A":"<redacted>","QUEUE":(known after apply)}"#),
        ] {
            assert_eq!(side(&expr), text);
        }
        assert_eq!(side(&Value::str("x".repeat(500)).into()).chars().count(), SHOWN);
    }
}
