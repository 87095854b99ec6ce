//! Objects without tags, objects without names, and what is seen of objects that nobody wanted to change.

use alchemy_core::{Found, Ownership, Plan, ResourceType, Snapshot, Status, Value};

use super::deploy::assert_plan;
use super::program::fqn;
use super::world::World;

const MAPPED: &str = "Function Api\nQueue Jobs\nMapping M function=$Api.name source=$Jobs.arn";

/// A world whose first deploy died when everything was made and nothing was tagged.
fn half_made(program: &str) -> World {
    let mut world = World::new();
    let checked = world.checked(Some(&world.graph(program))).expect("a plan");
    let mut whole = world.clone();
    whole.apply(&checked);
    world.begin(&checked);
    world.cloud = whole.cloud;
    strip(&mut world);
    world
}

fn strip(world: &mut World) {
    world.cloud.values_mut().for_each(|object| object.ownership = Ownership::Untagged);
}

/// The mapping as a list call shows it.
fn listed(world: &World) -> Found {
    Found {
        ty: ResourceType::new("Mapping"),
        name: "found-by-its-key".to_owned(),
        owner: world.owner(&fqn("M"), 0),
        attrs: world.cloud[&world.key_of("M")].attrs.clone(),
    }
}

#[test]
fn what_an_interrupted_create_left_without_tags_is_ours_under_a_generated_name_only() {
    assert_plan(
        &half_made("Queue Jobs").deploy("Queue Jobs"),
        "0: create Jobs #0 finishes an interrupted create",
    );
    let mut by_hand = half_made("Queue Jobs queueName=x");
    let text = by_hand.deploy("Queue Jobs queueName=x");
    assert!(
        text.contains("error[not-ours]: Queue `x` exists and carries no tags of alchemy"),
        "{text}"
    );
    assert_plan(
        &by_hand.deploy("Queue Jobs queueName=x adopt"),
        "0: create Jobs #0 x: finishes an interrupted create",
    );
}

#[test]
fn a_name_made_of_the_parents_generated_name_is_as_good() {
    let program = |name: &str| {
        format!("Function Api {name}\nQueue Api/Logs queueName=logs-+$Api.name parent:Api")
    };
    let mut world = half_made(&program(""));
    let text = world.deploy(&program(""));
    assert!(text.contains("create Api/Logs #0") && !text.contains("error"), "{text}");
    strip(&mut world);
    assert_eq!(world.deploy(&program("")).matches("its tags are gone").count(), 2);
    let text = half_made(&program("functionName=f")).deploy(&program("functionName=f"));
    assert!(text.contains("error[not-ours]: Queue `logs-f` exists"), "{text}");
}

#[test]
fn an_object_without_a_name_is_known_by_its_id_when_its_tags_are_gone() {
    let mut world = World::new();
    world.deploy(MAPPED);
    let key = world.key_of("M");
    world.cloud.get_mut(&key).expect("there").ownership = Ownership::Untagged;
    let mut another = world.clone();
    assert_plan(
        &world.deploy(MAPPED),
        "
        0: update M #0: its tags are gone
        keep Api: no changes
        keep Jobs: no changes",
    );
    let object = another.cloud.get_mut(&key).expect("there");
    object.attrs.insert("uuid".to_owned(), Value::str("another"));
    let text = another.deploy(MAPPED);
    assert!(text.contains("error[not-ours]"), "{text}");
}

#[test]
fn kept_objects_without_tags_are_taken_back_under_a_generated_name_only() {
    for (name, refused) in [("", false), ("bucketName=x", true)] {
        let mut world = World::new();
        let program = format!("Bucket Photos retain {name}");
        world.deploy(&program);
        world.destroy();
        strip(&mut world);
        let text = world.deploy(&program);
        assert_eq!(text.contains("error[not-ours]"), refused, "{text}");
        assert!(text.contains("adopt Photos"), "{text}");
    }
}

#[test]
fn an_adopted_object_without_a_name_is_not_unknown() {
    let mut world = World::new();
    world.deploy(MAPPED);
    world.found = vec![listed(&world)];
    let (stack, stage) = (world.snapshot.stack.clone(), world.snapshot.stage.clone());
    world.snapshot = Snapshot::new(stack, stage);
    let (made, _) = world.plan(Some(&world.graph(MAPPED)));
    assert!(made.dump().contains("adopt M #0") && made.diagnostics.is_empty(), "{}", made.dump());
    // Only what the program does not want is unknown.
    let (made, _) = world.plan(Some(&world.graph("Function Api\nQueue Jobs")));
    assert!(made.dump().contains("warning[unknown-objects]"), "{}", made.dump());
}

#[test]
fn a_half_made_object_without_a_name_is_deleted_once() {
    let mut world = World::new();
    world.deploy(MAPPED);
    world.found = vec![listed(&world)];
    let record = world.record_of("M");
    record.status = Status::Creating;
    record.attrs.clear();
    let checked = world.checked(None).expect("a plan");
    let of_mapping = |plan: &Plan| plan.steps.iter().filter(|s| s.fqn.as_str() == "M").count();
    assert_eq!(of_mapping(checked.plan()), 1);
}

#[test]
fn an_attribute_that_changed_in_the_cloud_is_recorded_and_passed_on() {
    let mut world = World::new();
    let program = "Function Api\nFunction Other env.V=$Api.version";
    world.deploy(program);
    let key = world.key_of("Api");
    let object = world.cloud.get_mut(&key).expect("there");
    object.attrs.insert("version".to_owned(), Value::str("published-by-hand"));
    let text = world.deploy(program);
    assert!(
        text.contains("its attributes have changed") && text.contains("update Other"),
        "{text}"
    );
    assert_eq!(world.record_of("Api").attrs["version"], Value::str("published-by-hand"));
    // Without a look nothing is known to have changed.
    world.refresh = false;
    assert!(world.deploy(program).contains("keep Api: no changes"));
}
