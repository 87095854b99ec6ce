//! Values: what lies inside them, and how they read in a text.

use alchemy_core::{Expr, NoClosures, Secret, SecretHasher, Value};

fn path(text: &str) -> Vec<String> {
    text.split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_path_leads_through_members_and_items_and_never_into_a_secret() {
    let secret =
        Secret::new(Value::map([("user", Value::from("jane"))]), &SecretHasher::new([1; 32]));
    let list =
        Value::List(vec![Value::from("first"), Value::map([("inner", Value::from("deep"))])]);
    let value = Value::map([("list", list), ("login", Value::Secret(secret))]);
    let table = [
        ("list.0", Some("\"first\"")),
        ("list.1.inner", Some("\"deep\"")),
        ("list.2", None),
        ("list.first", None),
        ("list.0.more", None),
        ("other", None),
        ("login", Some("\"<redacted>\"")),
        ("login.user", Some("\"<redacted>\"")),
    ];
    for (steps, expected) in table {
        let found = value.at(&path(steps)).map(Value::to_json);
        assert_eq!(found.as_deref(), expected, "{steps}");
    }
    assert_eq!(value.at(&[]), Some(&value));
}

/// What a program would read if it had made the text itself.
#[test]
fn numbers_in_texts_read_as_in_javascript() {
    let table = [
        (1e21, "n=1e+21"),
        (1e-7, "n=1e-7"),
        (-0.0, "n=0"),
        (512.0, "n=512"),
        (0.5, "n=0.5"),
        (1e20, "n=100000000000000000000"),
    ];
    for (number, expected) in table {
        let parts = vec![Expr::Value(Value::from("n=")), Expr::Value(Value::Num(number))];
        let text =
            Expr::Concat(parts).resolve(&|_, _| None, &NoClosures, &SecretHasher::new([1; 32]));
        assert_eq!(text, Ok(Expr::Value(Value::from(expected))));
    }
}
