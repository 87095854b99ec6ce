//! Redacted values of a stage whose state is sealed: their digests are under a key that only the passphrase opens, which
//! an editor does not ask for. Whether one was changed cannot be told here, so none counts as changed.

use std::borrow::Cow;

use alchemy_core::{Expr, Graph, Snapshot, Value};

/// The graph, of a sealed stage with the recorded value in the place of each redacted one that is recorded as redacted.
pub(crate) fn as_recorded<'g>(graph: &'g Graph, snapshot: &Snapshot) -> Cow<'g, Graph> {
    if snapshot.key.is_none() {
        return Cow::Borrowed(graph);
    }
    let live = snapshot.live_records();
    let mut graph = graph.clone();
    for resource in graph.resources.values_mut() {
        let names = std::iter::once(&resource.fqn).chain(&resource.renamed_from);
        let mut records = names.filter_map(|fqn| live.get(fqn).copied());
        let Some(record) = records.find(|record| record.ty == resource.ty) else { continue };
        for (name, prop) in &mut resource.props {
            if let Some(recorded) = record.props.get(name) {
                put(prop, recorded);
            }
        }
    }
    Cow::Owned(graph)
}

fn put(wanted: &mut Expr, recorded: &Value) {
    // What is made of a redacted value is redacted too.
    let made = matches!(wanted, Expr::Call { .. } | Expr::Concat(_));
    if made && matches!(recorded, Value::Secret(_)) {
        *wanted = Expr::Value(recorded.clone());
        return;
    }
    match (wanted, recorded) {
        (Expr::Value(wanted), recorded) => put_value(wanted, recorded),
        (Expr::Map(wanted), Value::Map(recorded)) => {
            for (name, member) in wanted {
                if let Some(recorded) = recorded.get(name) {
                    put(member, recorded);
                }
            }
        }
        (Expr::List(wanted), Value::List(recorded)) => {
            wanted.iter_mut().zip(recorded).for_each(|(item, recorded)| put(item, recorded));
        }
        _ => {}
    }
}

fn put_value(wanted: &mut Value, recorded: &Value) {
    match (wanted, recorded) {
        (Value::Secret(wanted), Value::Secret(recorded)) => wanted.clone_from(recorded),
        (Value::Map(wanted), Value::Map(recorded)) => {
            for (name, member) in wanted {
                if let Some(recorded) = recorded.get(name) {
                    put_value(member, recorded);
                }
            }
        }
        (Value::List(wanted), Value::List(recorded)) => {
            wanted.iter_mut().zip(recorded).for_each(|(item, recorded)| put_value(item, recorded));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use alchemy_core::{ClosureId, Secret, SecretHasher};

    use super::*;

    fn secret(key: u8) -> Value {
        Value::Secret(Secret::new(Value::str("hunter2"), &SecretHasher::new([key; 32])))
    }

    fn filled(mut wanted: Expr, recorded: &Value) -> Expr {
        put(&mut wanted, recorded);
        wanted
    }

    #[test]
    fn redacted_values_are_as_recorded_wherever_they_stand() {
        let wanted = Value::map([
            ("key", secret(1)),
            ("list", Value::List(vec![Value::str("a"), secret(1)])),
            ("plain", Value::int(1)),
        ]);
        let recorded = Value::map([
            ("key", secret(2)),
            ("list", Value::List(vec![Value::str("b"), secret(2)])),
            ("plain", Value::int(2)),
        ]);
        let expected = Value::map([
            ("key", secret(2)),
            ("list", Value::List(vec![Value::str("a"), secret(2)])),
            ("plain", Value::int(1)),
        ]);
        assert_eq!(filled(Expr::Value(wanted), &recorded), Expr::Value(expected));
    }

    #[test]
    fn what_is_made_of_them_is_too() {
        let made = Expr::Concat(vec![Expr::Value(Value::str("x-")), Expr::Value(secret(1))]);
        let called = Expr::Call { closure: ClosureId(0), input: Box::new(Expr::Value(secret(1))) };
        for wanted in [made, called] {
            let partly = Expr::Map([("key".to_owned(), wanted)].into());
            let recorded = Value::map([("key", secret(2))]);
            let expected = Expr::Map([("key".to_owned(), Expr::Value(secret(2)))].into());
            assert_eq!(filled(partly, &recorded), expected);
        }
    }

    #[test]
    fn what_is_redacted_on_one_side_only_has_changed() {
        let plain = Value::str("hunter2");
        assert_eq!(filled(Expr::Value(secret(1)), &plain), Expr::Value(secret(1)));
        assert_eq!(filled(Expr::Value(plain.clone()), &secret(2)), Expr::Value(plain));
    }
}
