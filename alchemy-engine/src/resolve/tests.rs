//! Expressions completed at apply.

use alchemy_core::{ClosureError, ClosureId, Location};

use super::*;

/// Closure 0 adds an exclamation mark, closure 1 throws.
struct Closures;

impl ClosureEvaluator for Closures {
    fn call(&self, closure: ClosureId, input: &Value) -> Result<Value, ClosureError> {
        match closure.0 {
            0 => Ok(Value::Str(format!("{}!", input.as_str().unwrap_or_default()))),
            _ => Err(ClosureError {
                message: "boom".to_owned(),
                thrown: true,
                location: Some(Location { file: "alchemy.run.ts".to_owned(), line: 3, column: 5 }),
            }),
        }
    }
}

fn attr(path: &[&str]) -> Expr {
    let fqn = Fqn::parse(path[0]).unwrap();
    Expr::Attr { fqn, path: path[1..].iter().map(|part| (*part).to_owned()).collect() }
}

fn call(closure: u32, input: Expr) -> Expr {
    Expr::Call { closure: ClosureId(closure), input: Box::new(input) }
}

fn value(expr: &Expr) -> Result<Value, String> {
    let list = Value::List(vec![Value::from("first"), Value::from("second")]);
    let token = alchemy_core::Secret::new(Value::from("canary"), &SecretHasher::new([0; 32]));
    let jobs = BTreeMap::from([
        ("token".to_owned(), Value::Secret(token)),
        ("url".to_owned(), Value::from("https://q")),
        ("more".to_owned(), Value::map([("list", list)])),
    ]);
    let attrs = KnownAttrs::from([(Fqn::parse("Jobs").unwrap(), jobs)]);
    let hasher = SecretHasher::new([0; 32]);
    Resolver { attrs: &attrs, closures: &Closures, hasher: &hasher }.value(expr)
}

#[test]
fn attributes_members_and_closures() {
    let table = [
        (attr(&["Jobs", "url"]), Ok("\"https://q\"")),
        (attr(&["Jobs", "more", "list", "1"]), Ok("\"second\"")),
        (attr(&["Jobs", "more", "list", "7"]), Ok("null")),
        (attr(&["Jobs", "more", "nothing", "deeper"]), Ok("null")),
        (attr(&["Jobs", "other"]), Ok("null")),
        (attr(&["Jobs", "token", "inside"]), Ok("\"<redacted>\"")),
        (call(0, attr(&["Jobs", "url"])), Ok("\"https://q!\"")),
        (
            Expr::Concat(vec![Expr::Value(Value::from("at ")), attr(&["Jobs", "url"])]),
            Ok("\"at https://q\""),
        ),
        (attr(&["Later", "url"]), Err("Later.url is not known")),
        (call(0, attr(&["Later", "url"])), Err("Later.url is not known")),
        (
            call(1, attr(&["Jobs", "url"])),
            Err("a function of the program failed at alchemy.run.ts:3:5: boom"),
        ),
    ];
    for (expr, expected) in table {
        let found = value(&expr).map(|value| value.to_json());
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{expr:?}");
    }
}

#[test]
fn what_is_made_of_a_secret_is_one() {
    let hasher = SecretHasher::new([0; 32]);
    let secret =
        Expr::Value(Value::Secret(alchemy_core::Secret::new(Value::from("canary"), &hasher)));
    for expr in [call(0, secret.clone()), Expr::Concat(vec![Expr::Value(Value::from("x")), secret])]
    {
        let value = value(&expr).unwrap();
        assert!(value.has_secret() && !format!("{value:?}").contains("canary"), "{value:?}");
        assert!(value.exposed().to_json().contains("canary"));
    }
}

#[test]
fn closures_are_seen_wherever_they_hide() {
    let hidden = Expr::Map(BTreeMap::from([(
        "a".to_owned(),
        Expr::List(vec![call(0, attr(&["Jobs", "url"]))]),
    )]));
    assert!(has_closure(&hidden));
    assert!(!has_closure(&Expr::Concat(vec![attr(&["Jobs", "url"])])));
}
