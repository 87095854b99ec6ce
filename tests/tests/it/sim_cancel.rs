//! Ctrl-C once and twice, and a lock that gets lost: what is in flight ends, nothing else begins, the next run goes on.

use std::time::Duration;

use alchemy_core::Event;
use alchemy_engine::{ApplyReport, CancelToken};
use alchemy_tests::program::Program;
use alchemy_tests::sim_cloud::Harshness;
use alchemy_tests::world::{RunEnd, RunOptions, World};
use tokio::time::{Instant, sleep};

fn program(world: &World) -> Program {
    Program::photos("dev", world.secret("canary"))
}

fn report(end: RunEnd) -> ApplyReport {
    let text = format!("{end:?}");
    let report = if let RunEnd::Applied { report, .. } = end { Some(report) } else { None };
    *report.expect(&text)
}

async fn heals(world: &World) {
    let end = world.deploy(&program(world)).await;
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(world.disagreements("dev").await, [""; 0]);
}

/// Deploys; once `ready` says so of the events so far, cancels `times`.
async fn cancelled(world: &World, times: u32, ready: impl Fn(&[Event]) -> bool) -> RunEnd {
    let cancel = CancelToken::new();
    let options = RunOptions { cancel: cancel.clone(), parallelism: 3, ..RunOptions::default() };
    let program = program(world);
    let watch = async {
        while !ready(&world.told.events()) {
            sleep(Duration::from_millis(1)).await;
        }
        for _ in 0..times {
            cancel.cancel();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(world.deploy_with(&program, options), watch).0
}

fn finished(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::StepFinished(_))).count()
}

#[tokio::test(start_paused = true)]
async fn once_finishes_what_is_in_flight_and_saves() {
    for n in 0..14 {
        let world = World::new(Harshness::calm(), n);
        let end =
            cancelled(&world, 1, |events| finished(events) as u64 >= n && events.len() > 4).await;
        let events = world.told.events();
        let at = events.iter().position(|event| matches!(event, Event::Cancelling { .. }));
        let report = report(end);
        assert!(report.outcome.cancelled && report.committed, "{n}: {:?}", report.outcome);
        assert!(report.outcome.failed.is_empty(), "{n}: {:?}", report.outcome);
        let later = &events[at.expect("people are told")..];
        assert!(
            !later.iter().any(|event| matches!(event, Event::StepStarted(_))),
            "{n}: something started"
        );
        heals(&world).await;
    }
}

#[tokio::test(start_paused = true)]
async fn twice_stops_now_and_the_next_run_heals() {
    for n in 0..14 {
        let world = World::new(Harshness::calm(), n);
        let end =
            cancelled(&world, 2, |events| finished(events) as u64 >= n && events.len() > 4).await;
        let report = report(end);
        assert!(report.outcome.cancelled && !report.committed, "{n}: {:?}", report.outcome);
        heals(&world).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_waits_does_not_wait_on() {
    let world = World::new(Harshness { role_refusals: 100, ..Harshness::calm() }, 1);
    let waits =
        |events: &[Event]| events.iter().any(|event| matches!(event, Event::StepWaiting { .. }));
    let before = Instant::now();
    let report = report(cancelled(&world, 1, waits).await);
    assert!(report.outcome.cancelled && report.committed);
    assert!(before.elapsed() < Duration::from_secs(15), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn without_the_lock_nothing_begins() {
    for after in [1, 2, 5, 9, 14] {
        let world = World::new(Harshness::calm(), after);
        world.cloud.set_faults(alchemy_tests::sim_cloud::FaultPlan::none());
        let parallelism = 3;
        let options =
            RunOptions { lock_lost_after: Some(after), parallelism, ..RunOptions::default() };
        let end = world.deploy_with(&program(&world), options).await;
        let report = report(end);
        assert!(report.outcome.lock_lost && !report.committed, "{after}: {:?}", report.outcome);
        let calls = world.cloud.changing_calls();
        assert!(calls < after + parallelism as u64, "{after}: {calls} calls went out");
        heals(&world).await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_deploys_of_a_stage_the_second_sees_that_state_moved_on() {
    let world = World::new(Harshness::calm(), 1);
    let program = program(&world);
    let hasty = || RunOptions { plan_again: false, ..RunOptions::default() };
    let (one, two) =
        tokio::join!(world.deploy_with(&program, hasty()), world.deploy_with(&program, hasty()));
    let complete = [&one, &two].iter().filter(|end| end.is_complete()).count();
    assert_eq!(complete, 1, "{one:?}\n{two:?}");
    let stopped = if one.is_complete() { two } else { one };
    assert!(format!("{stopped:?}").contains("changed by somebody else"), "{stopped:?}");
    assert_eq!(world.disagreements("dev").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn of_two_deploys_of_a_stage_the_second_plans_again_and_has_nothing_to_do() {
    let world = World::new(Harshness::calm(), 1);
    let program = program(&world);
    let (one, two) = tokio::join!(world.deploy(&program), world.deploy(&program));
    assert!(one.is_complete() && two.is_complete(), "{one:?}\n{two:?}");
    assert!(one.steps().is_empty() != two.steps().is_empty(), "{one:?}\n{two:?}");
    assert_eq!(world.disagreements("dev").await, [""; 0]);
}
