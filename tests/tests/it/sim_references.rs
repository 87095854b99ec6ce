//! Outputs of one stage in another: resolved before the plan, recorded, noticed when they change.

use alchemy_core::Value;
use alchemy_tests::program::{Program, attr, known, members};
use alchemy_tests::sim_cloud::{Fault, FaultPlan, Harshness};
use alchemy_tests::world::{RunEnd, World};

const QUEUE: &str = "AWS.SQS.Queue";

fn backend(delay: &str) -> Program {
    let queue = vec![("delay", known(delay.to_owned()))];
    let outputs = members([("url", attr("Jobs", "queueUrl")), ("delay", known(delay.to_owned()))]);
    Program::new("staging").with("Jobs", QUEUE, queue).outputs(outputs)
}

/// A queue whose delay is what the stage `staging` says, and one that needs it.
fn frontend() -> Program {
    let policy = [("deadLetterTargetArn", attr("Mine", "queueArn")), ("maxReceiveCount", known(3))];
    Program::new("pr-1")
        .with("Mine", QUEUE, vec![])
        .using("Mine", "delay", ("staging", "delay"))
        .with("Other", QUEUE, vec![("redrivePolicy", members(policy))])
}

fn reasons(end: &RunEnd) -> Vec<String> {
    match end {
        RunEnd::Applied { plan, .. } => plan.steps.iter().map(|s| s.reason.clone()).collect(),
        other => vec![format!("{other:?}")],
    }
}

async fn recorded(world: &World) -> Vec<(String, Value)> {
    let snapshot = world.snapshot("pr-1").await.expect("deployed");
    snapshot.references.into_iter().map(|r| (r.output.to_string(), r.value)).collect()
}

const DELAY: &str = "output `delay` of stage `staging` of stack `app`";

#[tokio::test(start_paused = true)]
async fn a_changed_output_updates_what_uses_it_and_says_why() {
    let world = World::new(Harshness::calm(), 1);
    let refused = world.deploy(&frontend()).await.refusals();
    assert!(refused[0].starts_with("reference-missing"), "{refused:?}");
    assert!(world.deploy(&backend("5 seconds")).await.is_complete());
    assert!(world.deploy(&frontend()).await.is_complete());
    assert_eq!(recorded(&world).await, [(DELAY.to_owned(), Value::from("5 seconds"))]);
    assert_eq!(world.deploy(&frontend()).await.steps(), [""; 0]);

    assert!(world.deploy(&backend("9 seconds")).await.is_complete());
    let end = world.deploy(&frontend()).await;
    assert_eq!(end.steps(), ["update Mine"], "{end:?}");
    assert_eq!(reasons(&end), [format!("{DELAY} has changed")]);
    assert_eq!(recorded(&world).await, [(DELAY.to_owned(), Value::from("9 seconds"))]);
    assert_eq!(world.disagreements("pr-1").await, [""; 0]);

    assert!(world.destroy("staging").await.is_complete());
    let refused = world.deploy(&frontend()).await.refusals();
    assert!(refused[0].starts_with("reference-destroyed"), "{refused:?}");
    assert!(world.destroy("pr-1").await.is_complete(), "destroying needs no other stage");
    assert_eq!(recorded(&world).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_deploy_cut_short_has_recorded_what_it_uses_and_is_still_stale() {
    let world = World::new(Harshness::calm(), 2);
    assert!(world.deploy(&backend("5 seconds")).await.is_complete());
    world.cloud.set_faults(FaultPlan::at_call(1, Fault::CrashAfter));
    world.deploy(&frontend()).await;
    world.cloud.set_faults(FaultPlan::none());
    assert_eq!(recorded(&world).await.len(), 1, "known before the first call");
    assert!(world.deploy(&frontend()).await.is_complete());

    assert!(world.deploy(&backend("9 seconds")).await.is_complete());
    world.cloud.set_faults(FaultPlan::at_call(1, Fault::CrashBefore));
    world.deploy(&frontend()).await;
    world.cloud.set_faults(FaultPlan::none());
    assert_eq!(recorded(&world).await, [(DELAY.to_owned(), Value::from("5 seconds"))]);
    let end = world.deploy(&frontend()).await;
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(recorded(&world).await, [(DELAY.to_owned(), Value::from("9 seconds"))]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_used_is_no_longer_recorded() {
    let world = World::new(Harshness::calm(), 3);
    assert!(world.deploy(&backend("5 seconds")).await.is_complete());
    assert!(world.deploy(&frontend()).await.is_complete());
    let without = Program::new("pr-1").with("Mine", QUEUE, vec![]);
    assert!(world.deploy(&without).await.is_complete());
    assert_eq!(recorded(&world).await, []);
    let wrong = frontend().using("Other", "delay", ("staging", "dleay"));
    let refused = world.deploy(&wrong).await.refusals();
    assert!(refused[0].contains("It has: delay, url."), "{refused:?}");
    let own = frontend().using("Other", "delay", ("pr-1", "delay"));
    let refused = world.deploy(&own).await.refusals();
    assert!(refused[0].starts_with("reference-to-itself"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_redacted_output_stays_redacted_and_is_refused_without_its_value() {
    let world = World::new(Harshness::calm(), 4);
    let secret = world.secret("canary");
    let program = backend("5 seconds").outputs(members([("token", known(secret))]));
    assert!(world.deploy(&program).await.is_complete());
    let user = Program::new("pr-1").with("Mine", QUEUE, vec![]).using(
        "Mine",
        "delay",
        ("staging", "token"),
    );
    let refused = world.deploy(&user).await.refusals();
    assert!(refused[0].starts_with("reference-sealed"), "{refused:?}");
}
