//! A redacted value reaches the service and nothing else.

use alchemy_tests::program::{Program, known};
use alchemy_tests::sim_cloud::{Fault, FaultPlan, Harshness};
use alchemy_tests::world::{RunEnd, RunOptions, World};

const CANARY: &str = "canary-7f3a9c-secret";

fn plan_text(end: &RunEnd) -> String {
    match end {
        RunEnd::Applied { plan, report, .. } => format!("{}{plan:?}{report:?}", plan.dump()),
        other => format!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn no_file_no_event_and_no_plan_shows_it() {
    let world = World::new(Harshness::full(), 3);
    let program = Program::photos("dev", world.secret(CANARY));
    let mut texts = Vec::new();
    world.cloud.set_faults(FaultPlan::at_call(9, Fault::CrashAfter));
    texts.push(plan_text(&world.deploy(&program).await));
    let after_crash = world.store.files();
    world.cloud.set_faults(FaultPlan::none());
    texts.push(plan_text(&world.deploy(&program).await));
    // Changed by hand: what was observed is compared, and shown.
    let key = world
        .objects_of("dev")
        .keys()
        .find(|key| key.ty.as_str() == "AWS.Lambda.Function")
        .cloned();
    assert!(world.cloud.by_hand(&key.expect("a function"), |object| {
        object.config.remove("env");
    }));
    texts.push(plan_text(&world.deploy(&program).await));
    let other = program.clone().set("Api", "memory", known(512));
    texts.push(plan_text(
        &world.deploy_with(&other, RunOptions { force: true, ..RunOptions::default() }).await,
    ));
    texts.push(format!("{:?}", world.told.events()));
    for files in [after_crash, world.store.files()] {
        assert!(!files.is_empty());
        texts.extend(files.into_values().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
    }
    assert!(texts.iter().all(|text| !text.contains(CANARY)));
    let sent = world
        .cloud
        .objects()
        .into_values()
        .any(|object| format!("{:?}", object.config).contains(CANARY));
    assert!(sent, "the service never got it");
}
