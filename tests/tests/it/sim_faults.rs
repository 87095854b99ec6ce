//! Every changing call of a 15-resource deploy and of its destroy, struck by every fault: the next run heals without a
//! flag, and then the cloud's objects are exactly the state's records.

use std::time::Duration;

use alchemy_core::Event;
use alchemy_tests::program::{Program, known};
use alchemy_tests::sim_cloud::{Fault, FaultPlan, Harshness};
use alchemy_tests::world::{RunEnd, World};

/// What is struck.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Deploy,
    Update,
    Replace,
    Destroy,
}

fn program(world: &World) -> Program {
    Program::photos("pr-1", world.secret("canary"))
}

/// Changes that update, replace, add and remove.
fn edited(world: &World) -> Program {
    program(world)
        .set("Jobs", "delay", known("5 seconds"))
        .set("Dead", "fifo", known(false))
        .set("Api", "memory", known(256))
        .without("Worker")
        .with("Audit", "AWS.SQS.Queue", vec![])
}

/// Changes that need other objects, with dependents.
fn replaced(world: &World) -> Program {
    program(world).set("Photos", "objectLockEnabled", known(true)).set(
        "Photos",
        "versioning",
        known("Enabled"),
    )
}

/// A world in which `operation` is next.
async fn ready(operation: Operation, seed: u64) -> World {
    prepared(World::new(Harshness::calm(), seed), operation).await
}

async fn prepared(world: World, operation: Operation) -> World {
    if !matches!(operation, Operation::Deploy) {
        let end = world.deploy(&program(&world)).await;
        assert!(end.is_complete(), "{end:?}");
    }
    world.cloud.set_faults(FaultPlan::none());
    world
}

async fn run(operation: Operation, world: &World) -> RunEnd {
    match operation {
        Operation::Deploy => world.deploy(&program(world)).await,
        Operation::Update => world.deploy(&edited(world)).await,
        Operation::Replace => world.deploy(&replaced(world)).await,
        Operation::Destroy => world.destroy("pr-1").await,
    }
}

/// How many changing calls the undisturbed operation makes.
async fn calls(operation: Operation) -> u64 {
    let world = ready(operation, 1).await;
    let end = run(operation, &world).await;
    assert!(end.is_complete(), "{operation:?}: {end:?}");
    assert_eq!(world.disagreements("pr-1").await, [""; 0], "{operation:?}");
    world.cloud.changing_calls()
}

async fn sweep(operation: Operation) {
    let calls = calls(operation).await;
    assert!(calls >= 3, "{operation:?} makes only {calls} changing calls");
    for k in 1..=calls {
        for fault in Fault::ALL {
            let context = format!("{operation:?}, call {k} of {calls}, {fault:?}");
            let world = ready(operation, k).await;
            world.cloud.set_faults(FaultPlan::at_call(k, fault));
            let struck = run(operation, &world).await;
            match fault {
                Fault::CrashBefore | Fault::CrashAfter => {
                    assert!(matches!(struck, RunEnd::Crashed), "{context}: {struck:?}");
                }
                Fault::Fail => assert!(!struck.is_complete(), "{context}: {struck:?}"),
                // The run itself tries again.
                Fault::LoseReply | Fault::TimeOut => {
                    assert!(struck.is_complete(), "{context}: {struck:?}");
                }
                Fault::CrashLate => unreachable!("it is over when the run is"),
            }
            world.cloud.set_faults(FaultPlan::none());
            let healed = run(operation, &world).await;
            assert!(healed.is_complete(), "{context}: {healed:?}");
            assert_eq!(world.disagreements("pr-1").await, [""; 0], "{context}");
            let still = run(operation, &world).await;
            assert_eq!(still.steps(), [""; 0], "{context}: not a fixed point");
        }
    }
}

/// State is in a bucket, the machine dies, its lock is taken over: and only then its last call has its effect.
async fn late(operation: Operation) {
    for k in 1..=calls(operation).await {
        let context = format!("{operation:?}, call {k} has its effect late");
        let world = World::new(Harshness::calm(), k).remote(Duration::from_millis(30));
        let world = prepared(world, operation).await;
        world.cloud.set_faults(FaultPlan::at_call(k, Fault::CrashLate));
        let struck = run(operation, &world).await;
        assert!(matches!(struck, RunEnd::Crashed), "{context}: {struck:?}");
        world.cloud.set_faults(FaultPlan::none());
        let healed = run(operation, &world).await;
        assert!(healed.is_complete(), "{context}: {healed:?}");
        let waits = |event: &Event| matches!(event, Event::TakeOverWaiting { .. });
        assert_eq!(world.told.events().into_iter().filter(waits).count(), 1, "{context}");
        assert_eq!(world.disagreements("pr-1").await, [""; 0], "{context}");
        let still = run(operation, &world).await;
        assert_eq!(still.steps(), [""; 0], "{context}: not a fixed point");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_run_asked_for_may_still_happen_when_its_lock_is_taken_over() {
    for operation in [Operation::Deploy, Operation::Update, Operation::Replace, Operation::Destroy]
    {
        late(operation).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_deploy_struck_at_any_call_heals() {
    sweep(Operation::Deploy).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_struck_at_any_call_heals() {
    sweep(Operation::Update).await;
}

#[tokio::test(start_paused = true)]
async fn a_replacement_struck_at_any_call_heals() {
    sweep(Operation::Replace).await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_struck_at_any_call_heals() {
    sweep(Operation::Destroy).await;
}
