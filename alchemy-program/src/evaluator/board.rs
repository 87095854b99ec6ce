//! What is to be done for several stages, by as many threads as the machine runs at once: a few evaluations, and for each
//! stage what is shown of the one that stands for it, as soon as there is one.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use alchemy_core::Stage;

use super::Cancel;
use crate::shared::Made;

/// What is left to do.
pub(super) struct Board<'s> {
    stages: &'s [Stage],
    left: Mutex<Left<'s>>,
    changed: Condvar,
}

struct Left<'s> {
    /// Stages to evaluate for, the first one last.
    evaluations: Vec<&'s Stage>,
    /// How many evaluations have begun and not ended.
    running: usize,
    made: Vec<Arc<Made>>,
    /// Numbers of the stages that are not shown yet, in order.
    stages: Vec<usize>,
}

/// One thing to do.
enum Task<'s> {
    Evaluate(&'s Stage),
    Show(usize, Arc<Made>),
    /// Of a stage that no evaluation stands for.
    Both(usize),
}

impl<'s> Board<'s> {
    /// All of `stages` are to be shown; evaluations for `first` stand for them, as far as that can be foretold.
    pub(super) fn new(stages: &'s [Stage], mut first: Vec<&'s Stage>) -> Self {
        first.reverse();
        let left = Left {
            evaluations: first,
            running: 0,
            made: Vec::new(),
            stages: (0..stages.len()).collect(),
        };
        Self { stages, left: Mutex::new(left), changed: Condvar::new() }
    }

    /// Does all of it; gives what was shown for each stage, in order, and nothing once `cancel` is cancelled.
    pub(super) fn done<T: Send>(
        &self,
        cancel: &Cancel,
        evaluate: impl Fn(&Stage) -> Made + Sync,
        show: impl Fn(Arc<Made>, &Stage) -> T + Sync,
    ) -> Option<Vec<T>> {
        let work = || {
            let mut shown = Vec::new();
            while let Some(task) = self.next(cancel) {
                match task {
                    Task::Evaluate(stage) => self.made(|| evaluate(stage)),
                    Task::Show(number, made) => {
                        shown.push((number, show(made, &self.stages[number])));
                    }
                    Task::Both(number) => {
                        let stage = &self.stages[number];
                        shown.push((number, show(Arc::new(evaluate(stage)), stage)));
                    }
                }
            }
            shown
        };
        let helpers = thread::available_parallelism().map_or(1, NonZero::get);
        let helpers = helpers.min(self.stages.len());
        let mut shown = thread::scope(|scope| {
            let helpers: Vec<_> = (1..helpers).map(|_| scope.spawn(work)).collect();
            let mut shown = work();
            for helper in helpers {
                shown.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            shown
        });
        shown.sort_by_key(|(number, _)| *number);
        let all = shown.len() == self.stages.len();
        all.then(|| shown.into_iter().map(|(_, it)| it).collect())
    }

    fn made(&self, evaluate: impl FnOnce() -> Made) {
        let _ended = Ended(self);
        let made = Arc::new(evaluate());
        self.left().made.push(made);
    }

    /// What to do next; waits while that depends on an evaluation.
    fn next(&self, cancel: &Cancel) -> Option<Task<'s>> {
        let mut left = self.left();
        loop {
            if cancel.is_cancelled() {
                return None;
            }
            if let Some(stage) = left.evaluations.pop() {
                left.running += 1;
                return Some(Task::Evaluate(stage));
            }
            if let Some(task) = left.show(self.stages) {
                return Some(task);
            }
            if left.running == 0 {
                let rest = (!left.stages.is_empty()).then(|| left.stages.remove(0));
                return rest.map(Task::Both);
            }
            left = self.changed.wait(left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn left(&self) -> MutexGuard<'_, Left<'s>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'s> Left<'s> {
    /// The next stage to show, if there is an evaluation that stands for one. The last to be shown of an evaluation gets it
    /// for itself, and need not copy.
    fn show(&mut self, stages: &'s [Stage]) -> Option<Task<'s>> {
        let standing =
            |number: usize| self.made.iter().position(|made| made.stands_for(&stages[number]));
        let mut next = self.stages.iter().enumerate();
        let (at, made) = next.find_map(|(at, number)| Some((at, standing(*number)?)))?;
        let rest = &self.stages[at + 1..];
        let wanted = self.running > 0 || rest.iter().any(|it| standing(*it) == Some(made));
        let number = self.stages.remove(at);
        let made = if wanted { Arc::clone(&self.made[made]) } else { self.made.swap_remove(made) };
        Some(Task::Show(number, made))
    }
}

/// Says that an evaluation has ended, even in a panic: others may wait for it.
struct Ended<'b, 's>(&'b Board<'s>);

impl Drop for Ended<'_, '_> {
    fn drop(&mut self) {
        self.0.left().running -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use alchemy_core::NoClosures;

    use super::*;
    use crate::api::{Evaluation, ProgramSources};
    use crate::vm::asked::Asked;

    fn stages(names: &[&str]) -> Vec<Stage> {
        names.iter().map(|name| Stage::parse(name).unwrap()).collect()
    }

    /// Of a program that asks whether it is `prod`.
    fn made(stage: &Stage) -> Made {
        let evaluation = Evaluation {
            graph: None,
            diagnostics: Vec::new(),
            session: Arc::new(NoClosures),
            sources: ProgramSources::new(),
            state: None,
        };
        let asked = Asked::Texts(["prod".to_owned()].into());
        Made { evaluation, session: None, stage: stage.clone(), asked }
    }

    fn shown(all: &[Stage], first: &[Stage]) -> Vec<String> {
        let show = |made: Arc<Made>, stage: &Stage| format!("{stage} by {}", made.stage);
        Board::new(all, first.iter().collect()).done(&Cancel::new(), made, show).unwrap()
    }

    #[test]
    fn each_stage_is_shown_once_by_one_that_stands_for_it_in_order() {
        let all = stages(&["dev_sam", "pr-1", "prod", "staging"]);
        for _ in 0..100 {
            let first = stages(&["dev_sam", "prod"]);
            let expected =
                ["dev_sam by dev_sam", "pr-1 by dev_sam", "prod by prod", "staging by dev_sam"];
            assert_eq!(shown(&all, &first), expected);
            // What was foretold may be wrong: then there are more evaluations.
            assert_eq!(shown(&all, &first[..1]), expected);
            assert_eq!(shown(&all, &[])[2], "prod by prod");
        }
    }

    #[test]
    fn what_is_cancelled_gives_nothing() {
        let all = stages(&["dev_sam", "prod"]);
        let cancel = Cancel::new();
        let evaluate = |stage: &Stage| {
            cancel.cancel();
            made(stage)
        };
        let done = Board::new(&all, all.iter().collect()).done(&cancel, evaluate, |_, _| ());
        assert!(done.is_none());
    }

    #[test]
    fn a_panic_ends_those_who_wait_for_what_it_ended() {
        let all = stages(&["dev_sam", "pr-1", "prod"]);
        for bad in &all {
            let evaluate = |stage: &Stage| {
                assert!(stage != bad, "as meant");
                made(stage)
            };
            let first = vec![&all[0], &all[2]];
            let done = || Board::new(&all, first).done(&Cancel::new(), evaluate, |_, _| ());
            let ended = catch_unwind(AssertUnwindSafe(done));
            assert_eq!(ended.is_err(), *bad != all[1], "{bad}");
        }
    }
}
