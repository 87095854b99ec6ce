//! Whose an object is: names given by hand, other stages, other checkouts, other accounts, lost state, people's hands.

use std::collections::BTreeMap;

use alchemy_core::{
    Fqn, Generation, Identity, NameUse, ResourceType, StackName, Stage, Value, physical_name,
};
use alchemy_tests::program::{Program, known};
use alchemy_tests::sim_cloud::{Fault, FaultPlan, Harshness, Object, ObjectKey};
use alchemy_tests::world::{RunEnd, RunOptions, SimStore, World};
use tokio::time::Instant;

const BUCKET: &str = "AWS.S3.Bucket";
const QUEUE: &str = "AWS.SQS.Queue";
const POLICY: &str = "AWS.IAM.Policy";

fn bucket(stage: &str) -> Program {
    Program::new(stage).with("Photos", BUCKET, vec![])
}

fn named(stage: &str) -> Program {
    bucket(stage).set("Photos", "bucketName", known("our-photos"))
}

/// The name that the bucket `Photos` of `dev` has in its generation.
fn generated(world: &World, generation: u32) -> String {
    let ty = ResourceType::new(BUCKET);
    let rule = match &world.catalog.get(&ty).expect("in the catalog").name {
        NameUse::Named { rule, .. } => Some(*rule),
        NameUse::Natural { .. } => None,
    };
    let identity = Identity {
        realm: world.realm.clone(),
        stack: StackName::parse("app").expect("legal"),
        stage: Stage::parse("dev").expect("legal"),
        fqn: Fqn::parse("Photos").expect("legal"),
        ty,
        generation: Generation(generation),
    };
    physical_name(&identity, &rule.expect("buckets have names"))
}

fn foreign_bucket(world: &World, account: &str, name: &str) -> ObjectKey {
    let key =
        ObjectKey { account: String::new(), ty: ResourceType::new(BUCKET), key: name.to_owned() };
    let now = Instant::now();
    let object = Object {
        id: "hand".to_owned(),
        account: account.to_owned(),
        name: Some(name.to_owned()),
        tags: None,
        made_by: None,
        config: BTreeMap::from([("bucketName".to_owned(), Value::from(name))]),
        attrs: BTreeMap::new(),
        created: now,
        changed: now,
        holds: true,
    };
    world.cloud.make_by_hand(key.clone(), object);
    key
}

#[tokio::test(start_paused = true)]
async fn a_name_of_another_stage_is_refused_before_any_change() {
    let world = World::new(Harshness::calm(), 1);
    assert!(world.deploy(&named("prod")).await.is_complete());
    for other in [world.clone(), world.other_store([8; 16])] {
        other.cloud.set_faults(FaultPlan::none());
        let end = other.deploy(&named("dev")).await;
        let text = end.refusals().join("\n");
        assert!(text.contains("prod") && text.contains("dev"), "{end:?}");
        assert_eq!(other.cloud.changing_calls(), 0);
    }
    assert_eq!(world.disagreements("prod").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_same_stage_of_another_checkout_is_refused() {
    let world = World::new(Harshness::calm(), 1);
    assert!(world.deploy(&bucket("dev")).await.is_complete());
    let end = world.other_store([8; 16]).deploy(&bucket("dev")).await;
    assert!(!end.refusals().is_empty(), "{end:?}");
    assert_eq!(world.disagreements("dev").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_object_without_tags_is_taken_over_only_when_asked() {
    let world = World::new(Harshness::calm(), 1);
    let key = foreign_bucket(&world, &world.target.account.clone(), "our-photos");
    let end = world.deploy(&named("dev")).await;
    assert!(format!("{end:?}").contains("--adopt") || !end.refusals().is_empty(), "{end:?}");
    assert!(world.cloud.objects()[&key].tags.is_none());
    let end =
        world.deploy_with(&named("dev"), RunOptions { adopt: true, ..RunOptions::default() }).await;
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(
        world.cloud.objects()[&key].tags.as_ref().map(|owner| owner.stage.as_str()),
        Some("dev")
    );
    // Now it is ours, and holds data that nobody allowed to be lost.
    let end = world.destroy("dev").await;
    assert!(!end.is_complete() && format!("{end:?}").contains("BucketNotEmpty"), "{end:?}");
    assert!(world.cloud.objects().contains_key(&key));
}

#[tokio::test(start_paused = true)]
async fn a_name_taken_in_another_account_is_left_for_the_next_generation() {
    let world = World::new(Harshness::calm(), 1);
    foreign_bucket(&world, "999999999999", &generated(&world, 0));
    let program = bucket("dev").with("Jobs", QUEUE, vec![]);
    let end = world.deploy(&program).await;
    assert!(!end.is_complete() && format!("{end:?}").contains("failed create Photos"), "{end:?}");
    let end = world.deploy(&program).await;
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(world.disagreements("dev").await, [""; 0]);
    let names: Vec<_> =
        world.objects_of("dev").into_values().filter_map(|object| object.name).collect();
    assert!(names.contains(&generated(&world, 1)), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn lost_state_is_rebuilt_from_names_and_tags_without_a_second_object() {
    let world = World::new(Harshness::calm(), 1);
    let program = Program::photos("dev", world.secret("canary"));
    assert!(world.deploy(&program).await.is_complete());
    let before: Vec<_> = world.cloud.objects().into_keys().collect();
    let forgetful = World { store: SimStore::in_files(), ..world.clone() };
    let end = forgetful.deploy(&program).await;
    assert!(end.is_complete(), "{end:?}");
    let after: Vec<_> = world.cloud.objects().into_keys().collect();
    assert_eq!(before, after, "{end:?}");
    assert_eq!(forgetful.disagreements("dev").await, [""; 0]);
    let end = forgetful.destroy("dev").await;
    assert!(end.is_complete(), "{end:?}");
    assert!(world.cloud.objects().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_people_do_by_hand_is_put_right() {
    let world = World::new(Harshness::calm(), 1);
    let program = Program::photos("dev", world.secret("canary"));
    assert!(world.deploy(&program).await.is_complete());
    let find = |ty: &str| {
        world.objects_of("dev").into_keys().find(|key| key.ty.as_str() == ty).expect("made")
    };
    world.cloud.by_hand(&find("AWS.Lambda.Function"), |object| {
        object.config.insert("memory".to_owned(), Value::int(1024));
    });
    world.cloud.delete_by_hand(&find(BUCKET));
    world.cloud.delete_by_hand(&find("AWS.Lambda.EventSourceMapping"));
    let end = world.deploy(&program).await;
    assert!(end.is_complete(), "{end:?}");
    let steps = end.steps();
    assert!(
        steps.contains(&"create Photos".to_owned())
            && steps.contains(&"create JobsToApi".to_owned()),
        "{steps:?}"
    );
    assert!(steps.contains(&"update Api".to_owned()), "{steps:?}");
    assert_eq!(world.disagreements("dev").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn retained_in_prod_destroyed_in_a_preview_and_adopted_again() {
    let world = World::new(Harshness::full(), 1);
    assert!(world.deploy(&bucket("pr-1")).await.is_complete());
    assert!(world.deploy(&bucket("prod").retained("Photos")).await.is_complete());
    assert!(world.destroy("pr-1").await.is_complete());
    let end = world.destroy("prod").await;
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(end.steps(), ["retain Photos"]);
    assert_eq!(world.objects_of("pr-1").len(), 0);
    assert_eq!(world.objects_of("prod").len(), 1);
    let before: Vec<_> = world.cloud.objects().into_keys().collect();
    let end = world.deploy(&bucket("prod").retained("Photos")).await;
    assert_eq!(end.steps(), ["adopt Photos"], "{end:?}");
    assert_eq!(world.cloud.objects().into_keys().collect::<Vec<_>>(), before);
    assert_eq!(world.disagreements("prod").await, [""; 0]);
}

/// A deploy that dies before it makes its bucket has written the intent: under a name given by hand that says nothing of
/// what stands there afterwards.
#[tokio::test(start_paused = true)]
async fn a_bucket_that_somebody_made_under_an_intended_name_is_theirs() {
    let world = World::new(Harshness::calm(), 1);
    world.cloud.set_faults(FaultPlan::at_call(1, Fault::CrashBefore));
    assert!(matches!(world.deploy(&named("dev")).await, RunEnd::Crashed));
    world.cloud.set_faults(FaultPlan::none());
    let key = foreign_bucket(&world, &world.target.account.clone(), "our-photos");
    let end = world.deploy(&named("dev")).await;
    assert!(end.refusals().join("\n").contains("not-ours"), "{end:?}");
    let end = world.destroy("dev").await;
    assert!(
        !end.is_complete() && format!("{end:?}").contains("alchemy state rm Photos"),
        "{end:?}"
    );
    assert!(!format!("{end:?}").contains("--adopt"), "{end:?}");
    assert_eq!(world.cloud.changing_calls(), 0);
    assert!(world.cloud.objects()[&key].tags.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_died_before_its_tags_is_finished_under_a_generated_name() {
    for (program, asks) in [(bucket("dev"), false), (named("dev"), true)] {
        let world = World::new(Harshness::calm(), 1);
        world.cloud.set_faults(FaultPlan::at_call(1, Fault::CrashAfter));
        assert!(matches!(world.deploy(&program).await, RunEnd::Crashed));
        world.cloud.set_faults(FaultPlan::none());
        let end = world.deploy(&program).await;
        assert_eq!(!end.refusals().is_empty(), asks, "{end:?}");
        let adopt = RunOptions { adopt: asks, ..RunOptions::default() };
        let end = world.deploy_with(&program, adopt).await;
        assert!(end.is_complete(), "{end:?}");
        assert_eq!(world.disagreements("dev").await, [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stage_whose_tags_somebody_removed_is_put_right_and_destroyed() {
    let world = World::new(Harshness::calm(), 1);
    let program = Program::photos("dev", world.secret("canary"));
    let strip = || {
        for key in world.cloud.objects().into_keys() {
            world.cloud.by_hand(&key, |object| object.tags = None);
        }
    };
    assert!(world.deploy(&program).await.is_complete());
    strip();
    let end = world.deploy(&program).await;
    assert!(end.is_complete() && !end.steps().is_empty(), "{end:?}");
    assert_eq!(world.disagreements("dev").await, [""; 0]);
    strip();
    let end = world.destroy("dev").await;
    assert!(end.is_complete() && world.cloud.objects().is_empty(), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn without_tags_an_object_of_a_name_given_by_hand_waits_for_a_word() {
    let world = World::new(Harshness::calm(), 1);
    assert!(world.deploy(&named("dev")).await.is_complete());
    let keys: Vec<_> = world.cloud.objects().into_keys().collect();
    world.cloud.by_hand(&keys[0], |object| object.tags = None);
    let end = world.deploy(&named("dev")).await;
    assert!(end.refusals().join("\n").contains("not-ours"), "{end:?}");
    let end = world.destroy("dev").await;
    assert!(!end.is_complete() && format!("{end:?}").contains("state rm"), "{end:?}");
    assert_eq!(world.cloud.objects().into_keys().collect::<Vec<_>>(), keys);
    let adopt = RunOptions { adopt: true, ..RunOptions::default() };
    let end = world.deploy_with(&named("dev"), adopt).await;
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(world.disagreements("dev").await, [""; 0]);
    let end = world.destroy("dev").await;
    assert!(end.is_complete() && world.cloud.objects().is_empty(), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn an_attribute_changed_by_hand_is_recorded_without_a_call() {
    let world = World::new(Harshness::calm(), 1);
    let allow = [("Effect", "Allow"), ("Action", "s3:ListAllMyBuckets"), ("Resource", "*")];
    let allow = Value::map(allow.map(|(name, value)| (name, Value::from(value))));
    let document = Value::map([("Version", Value::from("2012-10-17")), ("Statement", allow)]);
    let program =
        Program::new("dev").with("Reads", POLICY, vec![("policyDocument", known(document))]);
    assert!(world.deploy(&program).await.is_complete());
    world.cloud.set_faults(FaultPlan::none());
    for key in world.cloud.objects().into_keys() {
        world.cloud.by_hand(&key, |object| {
            object.attrs.insert("defaultVersionId".to_owned(), Value::from("v2"));
        });
    }
    let end = world.deploy(&program).await;
    assert_eq!(end.steps(), ["record Reads"], "{end:?}");
    assert_eq!(world.cloud.changing_calls(), 0);
    assert_eq!(world.disagreements("dev").await, [""; 0]);
    assert_eq!(world.deploy(&program).await.steps(), [""; 0]);
}

/// Kept objects are not left over, whether their type has names or not.
#[tokio::test(start_paused = true)]
async fn what_is_kept_is_not_left_over() {
    let world = World::new(Harshness::calm(), 1);
    let names = ["Photos", "Dead", "Jobs", "Api", "Worker", "JobsToApi"];
    let program = Program::photos("dev", world.secret("canary"));
    let program = names.iter().fold(program, |program, name| program.retained(name));
    assert!(world.deploy(&program).await.is_complete());
    let before: Vec<_> = world.cloud.objects().into_keys().collect();
    let end = world.destroy("dev").await;
    assert!(end.is_complete(), "{end:?}");
    assert!(end.steps().contains(&"retain JobsToApi".to_owned()), "{end:?}");
    assert_eq!(world.cloud.objects().into_keys().collect::<Vec<_>>(), before);
}

/// Its tags carry the id that it had when it was begun.
#[tokio::test(start_paused = true)]
async fn an_object_renamed_before_it_was_whole_is_finished_under_its_new_id() {
    let document =
        Value::map([("Version", Value::str("2012-10-17")), ("Statement", Value::List(Vec::new()))]);
    let program = bucket("dev").with("Audit", QUEUE, vec![]);
    let program = program.with("Access", POLICY, vec![("policyDocument", known(document))]);
    let renamed = program.clone().renamed("Photos", "Pictures");
    let renamed = renamed.renamed("Audit", "Trail").renamed("Access", "Entry");
    for call in 1.. {
        let world = World::new(Harshness::calm(), 1);
        world.cloud.set_faults(FaultPlan::at_call(call, Fault::CrashAfter));
        let whole = world.deploy(&program).await.is_complete();
        world.cloud.set_faults(FaultPlan::none());
        let end = world.deploy(&renamed).await;
        assert!(end.is_complete(), "call {call}: {end:?}");
        assert_eq!(world.disagreements("dev").await, [""; 0], "call {call}");
        if whole {
            assert!(call > 3, "nothing was interrupted");
            return;
        }
    }
}

/// With state, what it called the object is lost too; the program still says it.
#[tokio::test(start_paused = true)]
async fn an_object_that_state_lost_is_taken_over_under_its_new_id() {
    let world = World::new(Harshness::calm(), 1);
    let program = bucket("dev").with("Audit", QUEUE, vec![]);
    assert!(world.deploy(&program).await.is_complete());
    let before: Vec<_> = world.cloud.objects().into_keys().collect();
    let forgetful = World { store: SimStore::in_files(), ..world.clone() };
    let renamed = program.renamed("Photos", "Pictures").renamed("Audit", "Trail");
    let end = forgetful.deploy(&renamed).await;
    assert!(end.is_complete(), "{end:?}");
    let after: Vec<_> = world.cloud.objects().into_keys().collect();
    assert_eq!(before, after, "{end:?}");
    assert_eq!(forgetful.disagreements("dev").await, [""; 0]);
}
