//! A stage from its first deploy to its destruction, in a harsh cloud.

use alchemy_tests::program::{Program, known};
use alchemy_tests::sim_cloud::Harshness;
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
