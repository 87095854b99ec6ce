//! Redacted values: digests under one key and another, walks that reach every leaf.

use std::collections::BTreeMap;

use alchemy_core::{
    ClosureError, ClosureEvaluator, ClosureId, Expr, Fqn, Secret, SecretHasher, Value,
};

fn hasher(key: u8) -> SecretHasher {
    SecretHasher::new([key; 32])
}

fn secret(text: &str, key: u8) -> Value {
    Value::Secret(Secret::new(Value::str(text), &hasher(key)))
}

fn digest(value: &Value) -> &str {
    if let Value::Secret(secret) = value { secret.digest() } else { "not a secret" }
}

/// RFC 4231, test case 2, with the key padded to 32 bytes (HMAC pads with zeros itself, so the answer is the same).
#[test]
fn digests_are_hmac_sha_256() {
    let mut key = [0; 32];
    key[..4].copy_from_slice(b"Jefe");
    let derived = SecretHasher::new(key).derive("what do ya want for nothing?");
    assert_eq!(
        data_encoding::HEXLOWER.encode(derived.as_slice()),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[test]
fn another_key_gives_another_digest_and_forgets_the_ciphertext() {
    let Value::Secret(old) = secret("hunter2", 1) else { unreachable!() };
    let old = old.with_ciphertext("text");
    let new = old.digested(&hasher(2));
    assert_eq!((new.ciphertext(), old.ciphertext()), (None, Some("text")));
    assert_eq!(Value::Secret(new.clone()), secret("hunter2", 2));
    assert_ne!(old, new);
    let known = Secret::sealed(old.digest().to_owned()).with_ciphertext("text");
    let same = known.digested(&hasher(2));
    assert_eq!(
        (same.digest(), same.ciphertext()),
        (old.digest(), Some("text")),
        "not known in plain"
    );
}

#[test]
fn a_walk_sees_every_leaf_with_its_path() {
    let value = Value::map([
        ("a", Value::List(vec![Value::Null, secret("one", 1)])),
        ("b", Value::map([("c.d", secret("two", 1))])),
    ]);
    let mut seen = Vec::new();
    let plain: Result<Value, ()> = value.with_secrets(&mut Vec::new(), &mut |path, secret| {
        seen.push(path.join("/"));
        Ok(secret.expose().cloned().unwrap_or_default())
    });
    assert_eq!(seen, ["a/1", "b/c.d"]);
    assert_eq!(plain.unwrap().to_json(), r#"{"a":[null,"one"],"b":{"c.d":"two"}}"#);
    let refused = value.with_secrets(&mut Vec::new(), &mut |path, _| Err(path.to_vec()));
    assert_eq!(refused.unwrap_err(), ["a", "1"]);
}

/// A closure whose result is redacted by the program itself, under the key it was evaluated with.
struct Redacting;

impl ClosureEvaluator for Redacting {
    fn call(&self, _: ClosureId, _: &Value) -> Result<Value, ClosureError> {
        Ok(secret("made", 1))
    }
}

#[test]
fn every_part_of_an_expression_takes_the_key_it_is_resolved_with() {
    let leaf = || Expr::Value(secret("hunter2", 1));
    let open = Expr::Attr { fqn: Fqn::parse("Jobs").unwrap(), path: vec!["arn".to_owned()] };
    let expr = Expr::Map(BTreeMap::from([
        ("call".to_owned(), Expr::Call { closure: ClosureId(0), input: Box::new(open.clone()) }),
        ("list".to_owned(), Expr::List(vec![open.clone(), leaf()])),
        ("text".to_owned(), Expr::Concat(vec![open.clone(), leaf()])),
        ("value".to_owned(), leaf()),
    ]));
    assert!(expr.has_secret() && !open.has_secret());
    let lookup = |_: &Fqn, _: &[String]| Some(Value::str("x"));
    let resolved = expr.digested(&hasher(2)).resolve(&lookup, &Redacting, &hasher(2)).unwrap();
    let resolved = resolved.into_value().unwrap();
    assert_eq!(digest(resolved.get("call").unwrap()), digest(&secret("made", 2)));
    assert_eq!(resolved.get("list").unwrap().as_list().unwrap()[1], secret("hunter2", 2));
    assert_eq!(*resolved.get("text").unwrap(), secret("xhunter2", 2));
    assert_eq!(*resolved.get("value").unwrap(), secret("hunter2", 2));
}

/// A closure that redacts a part of its result only.
struct HalfRedacting;

impl ClosureEvaluator for HalfRedacting {
    fn call(&self, _: ClosureId, input: &Value) -> Result<Value, ClosureError> {
        let open = || input.clone();
        Ok(Value::Map(BTreeMap::from([
            ("list".to_owned(), Value::List(vec![open(), secret("made", 1)])),
            ("open".to_owned(), open()),
            ("own".to_owned(), secret("made", 1)),
        ])))
    }
}

#[test]
fn all_that_is_made_of_a_redacted_value_is_redacted() {
    let call = |input| Expr::Call { closure: ClosureId(0), input: Box::new(Expr::Value(input)) };
    let made = |input| {
        let resolved = call(input).resolve(&|_, _| None, &HalfRedacting, &hasher(1));
        resolved.unwrap().into_value().unwrap().to_json()
    };
    let hidden = "\"<redacted>\"";
    assert_eq!(
        made(secret("hunter2", 1)),
        format!("{{\"list\":[{hidden},{hidden}],\"open\":{hidden},\"own\":{hidden}}}")
    );
    assert_eq!(
        made(Value::str("x")),
        format!("{{\"list\":[\"x\",{hidden}],\"open\":\"x\",\"own\":{hidden}}}")
    );
}

/// A closure that throws what it was called with, or runs out of fuel.
struct Throwing;

impl ClosureEvaluator for Throwing {
    fn call(&self, closure: ClosureId, input: &Value) -> Result<Value, ClosureError> {
        let thrown = closure.0 < 2;
        let message = match closure.0 {
            0 => format!("RangeError: {} is too long", input.to_json()),
            1 => input.to_json(),
            _ => "it does not end".to_owned(),
        };
        Err(ClosureError { message, thrown, location: None })
    }
}

#[test]
fn what_a_program_throws_over_a_redacted_value_is_redacted() {
    let message = |closure: u32, input: Value| {
        let call = Expr::Call { closure: ClosureId(closure), input: Box::new(Expr::Value(input)) };
        call.resolve(&|_, _| None, &Throwing, &hasher(1)).unwrap_err().message
    };
    let input = || Value::List(vec![secret("hunter2", 1)]);
    assert_eq!(
        message(0, input()),
        "RangeError: <redacted>, as it was thrown over a redacted value"
    );
    assert_eq!(message(1, input()), "Error: <redacted>, as it was thrown over a redacted value");
    assert_eq!(message(2, input()), "it does not end");
    assert_eq!(message(0, Value::str("open")), "RangeError: \"open\" is too long");
}

#[test]
fn a_hasher_knows_digests_of_the_key_before_it() {
    let Value::Secret(old) = secret("hunter2", 1) else { unreachable!() };
    let (now, plain) = (hasher(2).after(&hasher(1)), Value::str("hunter2"));
    assert!(now.matches(&old, &plain) && !now.matches(&old, &Value::str("hunter3")));
    assert!(!hasher(2).matches(&old, &plain) && !now.without_former().matches(&old, &plain));
    assert_eq!(now.digest(&plain), hasher(2).digest(&plain), "new digests are of the new key");
}
