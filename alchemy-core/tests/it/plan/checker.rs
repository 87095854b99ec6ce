//! The checker refuses broken plans, whoever made them.

use std::sync::Arc;

use alchemy_core::{Action, Graph, Ownership, Plan, RemovalPolicy, StepId, Uid, check_plan};

use super::world::World;

/// Breaks a good plan and gives what the checker says of it.
#[track_caller]
fn broken(world: &World, graph: Option<&Graph>, spoil: impl FnOnce(&mut Plan)) -> String {
    let (mut plan, seen) = world.plan(graph);
    let good = world.with_input(graph, &seen, |input| check_plan(input, plan.clone()));
    assert!(good.is_ok(), "the plan was not good: {}\n{:?}", plan.dump(), good.err());
    spoil(&mut plan);
    let found = world
        .with_input(graph, &seen, |input| check_plan(input, plan))
        .expect_err("a broken plan passes");
    found.into_iter().map(|d| d.detail).collect::<Vec<_>>().join("\n")
}

fn at(plan: &Plan, action: Action, fqn: &str) -> usize {
    plan.steps.iter().position(|s| s.action == action && s.fqn.as_str() == fqn).expect("a step")
}

fn drop_step(plan: &mut Plan, index: usize) {
    plan.steps.remove(index);
    for (place, step) in plan.steps.iter_mut().enumerate() {
        step.id = StepId(u32::try_from(place).expect("few"));
        step.after.retain(|id| id.0 as usize != index);
        step.after.iter_mut().filter(|id| id.0 as usize > index).for_each(|id| id.0 -= 1);
    }
}

/// A world with a role, its policy, a function and an orphan, and a graph that replaces the role.
fn replacing() -> (World, Graph) {
    let mut world = World::new();
    let program = |path: &str| {
        format!(
            "Role Role path={path}\nFunction Api role=$Role.arn\nPolicy P role=$Role.name policyName=p document=d"
        )
    };
    world.deploy(&format!("{}\nQueue Old", program("/")));
    let graph = world.graph(&program("/x/"));
    (world, graph)
}

#[test]
fn a_resource_or_record_left_out_is_found() {
    let (world, graph) = replacing();
    let said =
        broken(&world, Some(&graph), |plan| drop_step(plan, at(plan, Action::Update, "Api")));
    assert!(said.contains("Api is in the program and not in the plan"), "{said}");
    let said =
        broken(&world, Some(&graph), |plan| drop_step(plan, at(plan, Action::Delete, "Old")));
    assert!(said.contains("of Old is left out"), "{said}");
    let said = broken(&world, None, |plan| drop_step(plan, at(plan, Action::Delete, "Old")));
    assert!(said.contains("of Old is left out"), "{said}");
}

#[test]
fn a_resource_settled_twice_is_found() {
    let (world, graph) = replacing();
    let said = broken(&world, Some(&graph), |plan| {
        let fqn = plan.steps[at(plan, Action::Update, "Api")].fqn.clone();
        plan.untouched.push((fqn, "no changes".into()));
    });
    assert!(said.contains("Api is settled 2 times"), "{said}");
}

#[test]
fn wrong_orders_are_found() {
    let (world, graph) = replacing();
    let said = broken(&world, Some(&graph), |plan| {
        let index = at(plan, Action::Update, "Api");
        plan.steps[index].after.clear();
    });
    assert!(said.contains("does not wait for Role, which it depends on"), "{said}");
    let said = broken(&world, Some(&graph), |plan| {
        let index = at(plan, Action::Delete, "Role");
        plan.steps[index].after.clear();
    });
    assert!(said.contains("does not wait for the object that takes its place"), "{said}");
    assert!(said.contains("does not wait for Api, which uses it"), "{said}");
    let said = broken(&world, Some(&graph), |plan| {
        let (api, role) = (at(plan, Action::Update, "Api"), at(plan, Action::Replace, "Role"));
        plan.steps[role].after.push(StepId(u32::try_from(api).expect("few")));
    });
    assert!(said.contains("in a circle"), "{said}");
    let said = broken(&world, Some(&graph), |plan| plan.steps[0].after.push(StepId(99)));
    assert!(said.contains("waits for a step that is not there"), "{said}");
}

#[test]
fn a_dependency_left_out_or_unknown_is_found() {
    let (world, graph) = replacing();
    let said = broken(&world, Some(&graph), |plan| {
        let index = at(plan, Action::Update, "Api");
        plan.steps[index].deps.clear();
    });
    assert!(said.contains("Api mentions Role, but the plan records no dependency"), "{said}");
    let said = broken(&world, Some(&graph), |plan| {
        let index = at(plan, Action::Update, "Api");
        plan.steps[index].deps.push(Uid::new("nobody"));
    });
    assert!(said.contains("depends on nobody, which nobody knows"), "{said}");
}

#[test]
fn deleting_what_must_be_kept_is_found() {
    let mut world = World::new();
    world.deploy("Bucket Photos retain");
    let said = broken(&world, None, |plan| plan.steps[0].action = Action::Delete);
    assert!(said.contains("deletes what must be kept"), "{said}");
    let said = broken(&world, None, |plan| plan.steps[0].action = Action::Forget);
    assert!(said.contains("forgets an object that may be there"), "{said}");
}

#[test]
fn an_object_of_another_or_of_nobody_is_not_touched() {
    let mut world = World::new();
    world.deploy("Queue Jobs queueName=x");
    let key = world.key_of("Jobs");
    world.snapshot.records.clear();
    world.cloud.get_mut(&key).expect("there").ownership = Ownership::Untagged;
    let graph = world.graph("Queue Jobs queueName=x adopt");
    let said = broken(&world, Some(&graph), |plan| plan.steps[0].adopt = false);
    assert!(said.contains("takes over an object without being allowed to"), "{said}");
    let owner = alchemy_core::Owner {
        stage: "prod".into(),
        ..world.owner(&super::program::fqn("Jobs"), 0)
    };
    world.cloud.get_mut(&key).expect("there").ownership = Ownership::Tagged(owner);
    let (mut plan, seen) = world.plan(Some(&graph));
    plan.diagnostics.clear();
    let found = world
        .with_input(Some(&graph), &seen, |input| check_plan(input, plan))
        .expect_err("refused");
    assert!(found[0].detail.contains("changes an object of stage prod"), "{found:?}");
}

#[test]
fn two_objects_with_one_name_and_lost_data_are_found() {
    let mut world = World::new();
    world.deploy("Bucket Photos bucketName=x forceDestroy=true\nBucket Other");
    let graph = world.graph(
        "Bucket Photos bucketName=x forceDestroy=true kind=fast\nBucket Other versioned=true",
    );
    let said = broken(&world, Some(&graph), |plan| {
        let index = at(plan, Action::Update, "Other");
        plan.steps[index].name = Some("x".into());
    });
    assert!(said.contains("two objects of type Bucket would be x"), "{said}");
    let said = broken(&world, Some(&graph), |plan| {
        let index = at(plan, Action::Replace, "Photos");
        let prior = plan.steps[index].prior.as_mut().expect("the old record");
        Arc::make_mut(prior).props.remove("forceDestroy");
    });
    assert!(said.contains("loses data that the program did not give up"), "{said}");
}

#[test]
fn an_open_intent_must_be_taken_up_and_look_ups_be_made() {
    let mut world = World::new();
    world.deploy("Queue Jobs retain");
    world.record_of("Jobs").status = alchemy_core::Status::Updating;
    let graph = world.graph("Queue Jobs retain");
    let said = broken(&world, Some(&graph), |plan| {
        let step = plan.steps.remove(0);
        plan.untouched.push((step.fqn, "no changes".into()));
    });
    assert!(said.contains("the open intent of Jobs (Updating) is not taken up"), "{said}");
    assert_eq!(world.snapshot.records[&world.uid("Jobs")].removal, RemovalPolicy::Retain);
    let nothing = std::collections::BTreeMap::new();
    let early = world.with_input(Some(&graph), &nothing, alchemy_core::plan);
    let found = world
        .with_input(Some(&graph), &nothing, |input| check_plan(input, early))
        .expect_err("too early");
    assert!(found[0].detail.contains("1 look-ups were not made"), "{found:?}");
}
