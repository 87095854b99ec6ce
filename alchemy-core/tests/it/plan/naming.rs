//! Names that a program gives, computed ones above all.

use std::sync::atomic::{AtomicU32, Ordering};

use alchemy_core::{
    ClosureError, ClosureEvaluator, ClosureId, Diagnostic, Expr, Graph, Observations, Plan,
    PlanInput, Secret, Value, plan,
};

use super::program::{fqn, hasher};
use super::world::World;

/// What a plan finds wrong: code, resource, line and summary.
fn found(world: &World, graph: &Graph) -> Vec<String> {
    let (made, _) = world.plan(Some(graph));
    made.diagnostics.iter().map(shown).collect()
}

fn shown(found: &Diagnostic) -> String {
    let line = found.labels.first().map_or(0, |label| label.span.location.line);
    let resource = found.resource.as_ref().map_or("", alchemy_core::Fqn::as_str);
    format!("{line} {} {resource}: {}", found.code, found.summary)
}

#[test]
fn a_computed_name_must_be_one_that_the_service_takes() {
    let world = World::new();
    let jobs = |name: &str| {
        found(&world, &world.graph(&format!("Queue Mail\nQueue Jobs queueName={name}+$Mail.name")))
    };
    assert_eq!(jobs("x-"), [""; 0]);
    let refused = jobs("x.");
    assert_eq!(
        refused,
        [
            "2 bad-name Jobs: `queueName` of `Jobs` is no name that Queue takes: it may not contain `.`"
        ]
    );
    let fifo = world.graph("Queue Mail\nQueue Jobs fifo=true queueName=$Mail.name");
    assert_eq!(
        found(&world, &fifo),
        [
            "2 bad-name Jobs: `queueName` of `Jobs` is no name that Queue takes: it must end with `.fifo`"
        ]
    );
}

#[test]
fn what_decides_which_object_is_meant_may_not_be_redacted() {
    let mut world = World::new();
    world.deploy("Queue Mail");
    for (hidden, line, prop) in [
        (Value::str("hunter2"), "Queue A queueName=$Mail.id", "queueName"),
        (Value::str("hunter2"), "Queue A queueName=$Mail.name+!hunter2", "queueName"),
        (Value::Bool(true), "Queue A fifo=$Mail.id", "fifo"),
        (Value::str("hunter2"), "Mapping A function=$Mail.id source=x", "function"),
    ] {
        let secret = Value::Secret(Secret::new(hidden, &hasher()));
        world.record_of("Mail").attrs.insert("id".to_owned(), secret);
        let all = found(&world, &world.graph(&format!("Queue Mail\n{line}")));
        let expected = format!(
            "2 redacted-name A: `{prop}` of `A` is redacted, but it decides which object is meant"
        );
        assert_eq!(all, [expected], "{line}");
    }
    assert_eq!(found(&world, &world.graph("Queue Mail\nFunction F env.ID=$Mail.id")), [""; 0]);
}

/// A closure of a program that breaks its word: each answer is another.
#[derive(Default)]
struct NeverTheSame(AtomicU32);

impl ClosureEvaluator for NeverTheSame {
    fn call(&self, _: ClosureId, _: &Value) -> Result<Value, ClosureError> {
        Ok(Value::Str(format!("name-{}", self.0.fetch_add(1, Ordering::Relaxed))))
    }
}

#[test]
fn names_that_do_not_settle_are_refused() {
    let world = World::new();
    let mut graph = world.graph("Function Api\nQueue Logs redrive.target=$Api.name");
    let logs = Expr::Attr { fqn: fqn("Logs"), path: vec!["name".to_owned()] };
    let name = Expr::Call { closure: ClosureId(0), input: Box::new(logs) };
    graph.resources[&fqn("Api")].props.insert("functionName".to_owned(), name);
    let made: Plan = world.with_input(Some(&graph), &Observations::new(), |input| {
        plan(&PlanInput { closures: &NeverTheSame::default(), ..*input })
    });
    let all: Vec<_> = made.diagnostics.iter().map(shown).collect();
    assert_eq!(all, ["1 unsettled-name Api: the name of `Api` does not settle"]);
}
