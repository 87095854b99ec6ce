//! What a deploy writes to a remote store, by number of resources: requests, bytes and virtual time, beside what writing
//! the whole state after every change would cost. Store and cloud are simulated: 30 ms a request, up to 50 ms a call.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Duration;

use alchemy_tests::program::{Program, known};
use alchemy_tests::sim_cloud::Harshness;
use alchemy_tests::world::{RunOptions, World};
use tokio::time::Instant;

/// How long a request to the store takes.
const LATENCY: Duration = Duration::from_millis(30);

fn queues(count: u64) -> Program {
    (0..count).fold(Program::new("bench"), |program, number| {
        let props = vec![("visibilityTimeout", known("1 minute"))];
        program.with(&format!("Q{number}"), "AWS.SQS.Queue", props)
    })
}

async fn row(count: u64) -> String {
    let cloud = Harshness { latency_ms: 50, ..Harshness::calm() };
    let world = World::new(cloud, count).remote(LATENCY);
    let begun = Instant::now();
    let options = RunOptions { parallelism: 32, ..RunOptions::default() };
    let end = world.deploy_with(&queues(count), options).await;
    let took = begun.elapsed();
    let traffic = world.store.traffic();
    let files = world.store.files();
    let state = files.get("stages/app/bench/state.json").map_or(0, Vec::len) as u64;
    // After the i-th of n changes the state has i/n of its final size.
    let whole = state * (count + 1) / 2;
    let tenths = traffic.bytes * 10 / traffic.journal.max(1);
    format!(
        "{count} creates, {}in {:.1} s | {} writes, {} KB, {}.{} x the journal | 3 x | whole state per change: {count} writes, {} KB",
        if end.is_complete() { "" } else { "NOT COMPLETE, " },
        took.as_secs_f64(),
        traffic.writes,
        traffic.bytes / 1024,
        tenths / 10,
        tenths % 10,
        whole / 1024,
    )
}

fn main() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let Ok(runtime) = runtime else { return };
    println!("state writes (30 ms a request) | measured | budget | for comparison");
    for count in [100, 1_000, 10_000] {
        println!("{}", runtime.block_on(row(count)));
    }
}
