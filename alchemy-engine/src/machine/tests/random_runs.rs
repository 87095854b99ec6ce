//! Random plans, results and moments of failure: the machine always ends, and never breaks its promises on the way.

use std::collections::BTreeSet;

use alchemy_core::{Action, Step};

use super::bench::{Bench, step};
use crate::machine::{Input, StepFailure};
use crate::retry::SplitMix;

const RUNS: u64 = 2_000;

fn plan(random: &mut SplitMix) -> Vec<Step> {
    let count = 1 + random.below(12);
    let ids = (0..count).map(|id| u32::try_from(id).unwrap());
    ids.map(|id| {
        let after: Vec<u32> = (0..id).filter(|_| random.below(4) == 0).collect();
        step(id, Action::Create, &format!("R{id}"), &after)
    })
    .collect()
}

/// One thing that may happen now: an append ends, or one of the running steps does, or somebody interferes.
fn next(random: &mut SplitMix, appending: bool, running: &BTreeSet<u32>) -> Option<Input> {
    let failure = StepFailure::Failed { message: String::new(), kind: None };
    let pick = |random: &mut SplitMix| {
        running.iter().nth(usize::try_from(random.below(running.len() as u64)).unwrap())
    };
    let step = |id: u32, result| Input::Stepped { step: alchemy_core::StepId(id), result };
    match random.below(40) {
        0 => Some(Input::Cancel),
        1 if appending => Some(Input::AppendFailed { lock_lost: false }),
        2..=4 if !running.is_empty() => Some(step(*pick(random)?, Err(failure))),
        5 if !running.is_empty() => Some(step(*pick(random)?, Err(StepFailure::LockLost))),
        n if n < 20 && appending => Some(Input::Appended),
        _ if !running.is_empty() => Some(step(*pick(random)?, Ok(vec![]))),
        _ if appending => Some(Input::Appended),
        _ => None,
    }
}

#[test]
fn every_run_ends_and_keeps_order_and_bounds() {
    for seed in 0..RUNS {
        let mut random = SplitMix::new(seed);
        let steps = plan(&mut random);
        let limit = 1 + usize::try_from(random.below(4)).unwrap();
        let mut bench = Bench::new(steps.clone()).parallelism(limit);
        let (mut running, mut done, mut started) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut appending = false;
        let mut ends = 0;
        let mut input = Some(Input::Begin);
        while let Some(now) = input {
            match &now {
                Input::Appended | Input::AppendFailed { .. } => appending = false,
                Input::Stepped { step, result } => {
                    running.remove(&step.0);
                    if result.is_ok() {
                        done.insert(step.0);
                    }
                }
                _ => {}
            }
            for command in bench.on(now) {
                if let Some(name) = command.strip_prefix("run R") {
                    let id: u32 = name.parse().unwrap();
                    let needs = &steps[id as usize].after;
                    assert!(
                        needs.iter().all(|need| done.contains(&need.0)),
                        "seed {seed}: R{id} too early"
                    );
                    assert!(started.insert(id), "seed {seed}: R{id} twice");
                    running.insert(id);
                } else if command.starts_with("append") {
                    assert!(!appending, "seed {seed}: two appends in flight");
                    appending = true;
                } else if command.starts_with("finish") {
                    ends += 1;
                }
            }
            assert!(running.len() <= limit, "seed {seed}: more than {limit} at once");
            input = if ends > 0 { None } else { next(&mut random, appending, &running) };
            assert!(
                input.is_some() || ends == 1,
                "seed {seed}: stuck, {running:?} running, appending {appending}"
            );
        }
        assert!(running.is_empty(), "seed {seed}: ended with {running:?} in flight");
    }
}
