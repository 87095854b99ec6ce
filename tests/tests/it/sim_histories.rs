//! Random histories: programs follow programs, faults strike, stages work side by side.

use std::fmt;

use alchemy_tests::program::Program;
use alchemy_tests::random::Random;
use alchemy_tests::sim_cloud::{Fault, FaultPlan, Harshness};
use alchemy_tests::world::{RunEnd, World};

/// Histories with faults. `ALCHEMY_SIM_SEEDS` sets another number.
const HISTORIES: u64 = 100;
/// Histories of stages side by side, each also run alone.
const SIDE_BY_SIDE: u64 = 15;

fn seeds(default: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("ALCHEMY_SIM_SEEDS").ok().and_then(|text| text.parse().ok());
    0..asked.unwrap_or(default)
}

/// What happens to a stage.
#[derive(Clone, Debug)]
enum Operation {
    Deploy(Box<Program>),
    Destroy,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deploy(program) => write!(f, "deploy {program}"),
            Self::Destroy => f.write_str("destroy"),
        }
    }
}

fn operations(world: &World, stage: &str, random: &mut Random, count: u64) -> Vec<Operation> {
    let secret = world.secret("canary");
    let one = |random: &mut Random| {
        if random.once_in(5) {
            Operation::Destroy
        } else {
            Operation::Deploy(Box::new(Program::random(stage, &secret, random)))
        }
    };
    (0..count).map(|_| one(random)).collect()
}

async fn run(world: &World, stage: &str, operation: &Operation) -> RunEnd {
    match operation {
        Operation::Deploy(program) => world.deploy(program).await,
        Operation::Destroy => world.destroy(stage).await,
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_happened_the_next_run_heals() {
    for seed in seeds(HISTORIES) {
        let mut random = Random::new(seed);
        let harshness = if random.once_in(3) { Harshness::full() } else { Harshness::calm() };
        let world = World::new(harshness, seed);
        for (number, operation) in operations(&world, "dev", &mut random, 6).iter().enumerate() {
            let context = format!("seed {seed}, operation {number}: {operation}");
            if random.once_in(2) {
                let fault = *random.pick(&Fault::ALL).unwrap_or(&Fault::CrashAfter);
                world.cloud.set_faults(FaultPlan::at_call(1 + random.below(12), fault));
                run(&world, "dev", operation).await;
                world.cloud.set_faults(FaultPlan::none());
                // Sometimes something else is wanted after the accident.
                if random.once_in(3) {
                    continue;
                }
            }
            let end = run(&world, "dev", operation).await;
            assert!(end.is_complete(), "{context}\n{end:?}");
            assert_eq!(world.disagreements("dev").await, [""; 0], "{context}\n{:?}", end.steps());
            let still = run(&world, "dev", operation).await;
            assert!(
                still.is_complete() && still.steps().is_empty(),
                "{context}\nnot a fixed point: {still:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_stage_ends_as_if_alone() {
    let stages = ["dev_sam", "dev-sam", "pr_147", "prod"];
    for seed in seeds(SIDE_BY_SIDE) {
        let mut random = Random::new(seed);
        let together = World::new(Harshness::full(), seed);
        let plans: Vec<_> = stages
            .iter()
            .map(|stage| (*stage, operations(&together, stage, &mut random, 4)))
            .collect();
        let mut side_by_side = tokio::task::JoinSet::new();
        for (stage, operations) in plans.clone() {
            let world = together.clone();
            side_by_side.spawn(async move { history(&world, stage, &operations).await });
        }
        side_by_side.join_all().await;
        for (stage, operations) in &plans {
            let alone = World::new(Harshness::full(), seed);
            history(&alone, stage, operations).await;
            assert_eq!(
                together.portrait(stage).await,
                alone.portrait(stage).await,
                "seed {seed}, stage {stage}"
            );
            assert_eq!(together.disagreements(stage).await, [""; 0], "seed {seed}, stage {stage}");
        }
    }
}

async fn history(world: &World, stage: &str, operations: &[Operation]) {
    for operation in operations {
        let end = run(world, stage, operation).await;
        assert!(end.is_complete(), "stage {stage}: {operation}\n{end:?}");
    }
}
