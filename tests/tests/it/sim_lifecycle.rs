//! A stage from its first deploy to its destruction, in a harsh cloud.

use alchemy_tests::program::{Program, attr, known, members};
use alchemy_tests::sim_cloud::{Fault, FaultPlan, Harshness};
use alchemy_tests::world::{RunEnd, World};

fn steps(end: &RunEnd) -> Vec<String> {
    assert!(end.is_complete(), "{end:?}");
    end.steps()
}

#[tokio::test(start_paused = true)]
async fn a_life() {
    let world = World::new(Harshness::full(), 1);
    let program = Program::photos("pr-1", world.secret("canary"));
    let end = world.deploy(&program).await;
    assert_eq!(steps(&end).len(), 15, "{:?}", end.steps());
    assert_eq!(world.disagreements("pr-1").await, [""; 0]);

    let end = world.deploy(&program).await;
    assert_eq!(steps(&end), [""; 0]);

    let end = world.deploy(&program.clone().set("Jobs", "delay", known("5 seconds"))).await;
    assert_eq!(steps(&end), ["update Jobs"]);
    assert_eq!(world.disagreements("pr-1").await, [""; 0]);

    let end = world.deploy(&program).await;
    assert_eq!(steps(&end), ["update Jobs"]);

    let end = world.destroy("pr-1").await;
    assert_eq!(steps(&end).len(), 15, "{:?}", end.steps());
    assert_eq!(world.disagreements("pr-1").await, [""; 0]);
    assert!(world.cloud.objects().is_empty());
}

const BUCKET: &str = "AWS.S3.Bucket";
const QUEUE: &str = "AWS.SQS.Queue";

#[tokio::test(start_paused = true)]
async fn a_prop_that_is_no_longer_given_goes_back_to_its_default() {
    let world = World::new(Harshness::full(), 2);
    let plain = Program::new("dev").with("Jobs", QUEUE, vec![]);
    let given = plain.clone().set("Jobs", "delay", known("5 seconds"));
    steps(&world.deploy(&given).await);
    assert_eq!(steps(&world.deploy(&plain).await), ["update Jobs"]);
    let objects = world.objects_of("dev");
    let delays: Vec<_> = objects.values().map(|object| object.config["delay"].as_int()).collect();
    assert_eq!(delays, [Some(0)]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_moves_its_dependents_before_the_old_object_goes() {
    let world = World::new(Harshness::full(), 3);
    let env = |fqn: &str| members([("QUEUE", attr(fqn, "queueUrl"))]);
    let program = Program::new("dev").with("Jobs", QUEUE, vec![]).with(
        "Api",
        "AWS.Lambda.Function",
        vec![("main", known("sha")), ("env", env("Jobs"))],
    );
    steps(&world.deploy(&program).await);
    let end = world.deploy(&program.clone().set("Jobs", "fifo", known(true))).await;
    assert_eq!(steps(&end), ["replace Jobs", "update Api", "delete Jobs"]);
    assert_eq!(world.disagreements("dev").await, [""; 0]);
    let objects = world.objects_of("dev");
    let function =
        objects.values().find(|object| object.config.contains_key("env")).expect("a function");
    assert!(
        format!("{:?}", function.config["env"]).contains(".fifo"),
        "{:?}",
        function.config["env"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_rename_keeps_the_object() {
    let world = World::new(Harshness::calm(), 4);
    let program = Program::photos("dev", world.secret("canary"));
    steps(&world.deploy(&program).await);
    let before: Vec<_> = world.cloud.objects().into_keys().collect();
    let renamed = program.without("Worker").renamed("Photos", "Pictures").set(
        "Api",
        "env",
        members([("BUCKET", attr("Pictures", "bucketName"))]),
    );
    let renamed =
        renamed.set("Api", "policyStatements", known(alchemy_core::Value::List(Vec::new())));
    let end = world.deploy(&renamed).await;
    assert!(steps(&end).contains(&"rename Pictures".to_owned()), "{end:?}");
    let after: Vec<_> = world.cloud.objects().into_keys().collect();
    assert!(after.iter().all(|key| before.contains(key)), "{end:?}");
    assert!(after.iter().any(|key| key.ty.as_str() == BUCKET));
    assert_eq!(world.disagreements("dev").await, [""; 0]);
    steps(&world.destroy("dev").await);
    assert!(world.cloud.objects().is_empty());
}

#[tokio::test(start_paused = true)]
async fn under_a_fixed_name_data_is_not_lost_silently() {
    let world = World::new(Harshness::full(), 5);
    let program =
        Program::new("dev").with("Photos", BUCKET, vec![("bucketName", known("our-photos"))]);
    steps(&world.deploy(&program).await);
    let before: Vec<_> = world.cloud.objects().into_values().map(|object| object.created).collect();
    let locked = program.clone().set("Photos", "objectLockEnabled", known(true)).set(
        "Photos",
        "versioning",
        known("Enabled"),
    );
    let end = world.deploy(&locked).await;
    assert!(!end.refusals().is_empty(), "{end:?}");
    let after: Vec<_> = world.cloud.objects().into_values().map(|object| object.created).collect();
    assert_eq!(before, after);
    // The loss must have been allowed before it is made use of.
    let allowed = program.set("Photos", "forceDestroy", known(true));
    assert_eq!(steps(&world.deploy(&allowed).await), ["record Photos"]);
    let end = world.deploy(&locked.set("Photos", "forceDestroy", known(true))).await;
    assert_eq!(steps(&end), ["replace Photos", "delete Photos"]);
    assert_eq!(world.disagreements("dev").await, [""; 0]);
    assert_eq!(world.cloud.objects().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_refresh_an_unchanged_stage_needs_no_call() {
    let world = World::new(Harshness::calm(), 6);
    let program = Program::photos("dev", world.secret("canary"));
    steps(&world.deploy(&program).await);
    let events = world.told.events().len();
    let options = alchemy_tests::world::RunOptions { refresh: false, ..Default::default() };
    assert_eq!(steps(&world.deploy_with(&program, options).await), [""; 0]);
    let read = world.told.events().split_off(events);
    assert!(
        !read.iter().any(|event| matches!(event, alchemy_core::Event::ReadStarted { .. })),
        "{read:?}"
    );
}

/// A delete that was under way when its run died may have its effect at any time: what is wanted again meanwhile is made
/// under the next generation, and stays.
#[tokio::test(start_paused = true)]
async fn what_a_dying_run_was_deleting_is_made_again_under_the_next_generation() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        let world = World::new(Harshness::calm(), 3);
        let program =
            Program::new("dev").with("Jobs", QUEUE, vec![]).with("Photos", BUCKET, vec![]);
        assert!(world.deploy(&program).await.is_complete());
        let former = world.cloud.objects();
        world.cloud.set_faults(FaultPlan::at_call(1, fault));
        assert!(matches!(world.destroy("dev").await, RunEnd::Crashed));
        let end = world.deploy(&program).await;
        assert!(end.is_complete(), "{fault:?}: {end:?}");
        assert_eq!(world.disagreements("dev").await, [""; 0], "{fault:?}");
        let snapshot = world.snapshot("dev").await.expect("deployed");
        let generations = snapshot.records.values().map(|record| record.generation.0);
        assert_eq!(generations.collect::<Vec<_>>(), [1, 1], "{fault:?}");
        // The calls of the dead run arrive at last.
        for key in former.keys() {
            world.cloud.delete_by_hand(key);
        }
        assert_eq!(world.disagreements("dev").await, [""; 0], "{fault:?}");
    }
}
