//! Makes a history that breaks a law smaller, until nothing can be left out.

use super::case::{Case, Operation};
use super::laws::Law;
use super::play::play;
use crate::world::Protection;

/// Most histories tried.
const TRIES: usize = 400;

/// The smallest history found that still breaks `law`.
pub fn shrink(case: &Case, law: Law, without: Option<Protection>) -> Case {
    let mut smallest = case.clone();
    let mut tries = 0;
    loop {
        let smaller = candidates(&smallest).into_iter().find(|candidate| {
            tries += 1;
            tries <= TRIES && breaks(candidate, law, without)
        });
        match smaller {
            Some(smaller) => smallest = smaller,
            None => return smallest,
        }
    }
}

fn breaks(case: &Case, law: Law, without: Option<Protection>) -> bool {
    play(case, without).is_err_and(|broken| broken.law == law)
}

/// The same history with one thing less, the largest things first.
fn candidates(case: &Case) -> Vec<Case> {
    let mut smaller = Vec::new();
    for at in 0..case.steps.len() {
        let mut less = case.clone();
        less.steps.remove(at);
        if let Some(first) = less.steps.get_mut(at) {
            first.together &= at > 0;
        }
        smaller.push(less);
    }
    if case.harsh {
        smaller.push(Case { harsh: false, ..case.clone() });
    }
    if case.remote {
        smaller.push(Case { remote: false, ..case.clone() });
    }
    for at in 0..case.steps.len() {
        let step = &case.steps[at];
        let mut with = |change: &dyn Fn(&mut super::case::Step)| {
            let mut less = case.clone();
            change(&mut less.steps[at]);
            smaller.push(less);
        };
        if step.together {
            with(&|step| step.together = false);
        }
        if step.abandoned {
            with(&|step| step.abandoned = false);
        }
        for number in 0..step.misfortunes.len() {
            with(&|step| {
                step.misfortunes.remove(number);
            });
        }
        let Operation::Deploy(sketch) = &step.operation else { continue };
        for line in 0..sketch.lines.len() {
            with(&|step| lines(step, |lines| drop(lines.remove(line))));
        }
        for (line, words) in sketch.lines.iter().map(|line| line.words.len()).enumerate() {
            for word in 0..words {
                with(&|step| lines(step, |lines| drop(lines[line].words.remove(word))));
            }
        }
    }
    smaller
}

fn lines(step: &mut super::case::Step, change: impl FnOnce(&mut Vec<crate::program::Line>)) {
    if let Operation::Deploy(sketch) = &mut step.operation {
        change(&mut sketch.lines);
    }
}

/// The history as a test that can be pasted into `tests/tests/it/sim_cases.rs` as it stands.
pub fn test_of(case: &Case, law: Law) -> String {
    let text = case.to_string().replace('\n', "\n        ");
    format!(
        "/// {law}.\n#[test]\nfn seed_{}() {{\n    alchemy_tests::sim::check(\n        \"\n        {text}\",\n    );\n}}\n",
        case.seed
    )
}
