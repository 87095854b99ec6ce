//! A store that fails, crashes or tears at any of its writes: nothing is lost, the next run heals.

use alchemy_state::Fault;
use alchemy_tests::program::Program;
use alchemy_tests::sim_cloud::Harshness;
use alchemy_tests::world::{RunEnd, RunOptions, World};

const FAULTS: [Fault; 4] = [Fault::Fail, Fault::CrashBefore, Fault::CrashAfter, Fault::Torn];

async fn run(world: &World, destroy: bool, options: RunOptions) -> RunEnd {
    if destroy {
        return world.destroy_with("dev", options).await;
    }
    world.deploy_with(&Program::photos("dev", world.secret("canary")), options).await
}

/// Strikes every write in turn until a run no longer gets that far; gives how many there were.
async fn sweep(destroy: bool, fault: Fault) -> u64 {
    for write in 1.. {
        let world = World::new(Harshness::calm(), write);
        if destroy {
            assert!(run(&world, false, RunOptions::default()).await.is_complete());
        }
        let options = RunOptions { store_fault: Some((write, fault)), ..RunOptions::default() };
        let struck = run(&world, destroy, options).await;
        let healed = run(&world, destroy, RunOptions::default()).await;
        let context =
            format!("destroy: {destroy}, write {write}, {fault:?}: {struck:?}\nthen {healed:?}");
        assert!(healed.is_complete(), "{context}");
        assert_eq!(world.disagreements("dev").await, [""; 0], "{context}");
        if struck.is_complete() && healed.steps().is_empty() && write > 3 {
            return write;
        }
        assert!(write < 200, "the run writes for ever");
    }
    0
}

#[tokio::test(start_paused = true)]
async fn no_write_of_a_deploy_may_be_missed() {
    for fault in FAULTS {
        assert!(sweep(false, fault).await > 4, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_write_of_a_destroy_may_be_missed() {
    for fault in FAULTS {
        assert!(sweep(true, fault).await > 4, "{fault:?}");
    }
}
