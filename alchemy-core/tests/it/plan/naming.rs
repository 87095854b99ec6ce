//! Names that a program gives, computed ones above all, and names in several regions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use alchemy_core::{
    ClosureError, ClosureEvaluator, ClosureId, Diagnostic, Expr, Graph, Observations, Ownership,
    Plan, PlanInput, Secret, Value, plan,
};

use super::deploy::assert_plan;
use super::program::{fqn, hasher};
use super::world::{Object, World};

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
    let fifo = world.graph("Queue Mail\nQueue Jobs fifo=true queueName=x-+$Mail.name");
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

#[test]
fn an_object_of_the_same_name_in_another_region_is_another_object() {
    let mut world = World::new();
    world.deploy("Queue Jobs queueName=x");
    // Nothing of it has to be lost: both can be there.
    assert_plan(
        &world.deploy("Queue Jobs queueName=x region:us-east-1"),
        "
        0: replace Jobs #1 x: moves from eu-west-1 to us-east-1
        1: delete Jobs #0 x: replaced by a newer generation
        after replace Jobs #1",
    );
    // The names of buckets span regions.
    world.deploy("Bucket Photos bucketName=x");
    let text = world.deploy("Bucket Photos bucketName=x region:us-east-1");
    assert!(text.contains("error[replace-loses-data]"), "{text}");
}

/// The record of the object in the one region does not vouch for what is in the other.
#[test]
fn what_stands_under_the_name_in_the_other_region_is_looked_at() {
    let mut world = World::new();
    world.deploy("Function Api functionName=x");
    let (ty, _, name) = world.key_of("Api");
    let other = Object {
        ownership: Ownership::Untagged,
        config: BTreeMap::new(),
        attrs: BTreeMap::new(),
        readable: true,
    };
    world.cloud.insert((ty, "us-east-1".to_owned(), name), other);
    let text = world.deploy("Function Api functionName=x region:us-east-1");
    assert!(
        text.contains("error[not-ours]: Function `x` exists and carries no tags of alchemy"),
        "{text}"
    );
}
