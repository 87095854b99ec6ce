//! Evaluates one program again and again, for several stages each time.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use alchemy_core::Stage;

use crate::api::{EvaluateRequest, Evaluation};
use crate::evaluate::Prepared;

/// Ends an evaluation from outside. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// One that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }
    /// Ends what runs under it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    /// Whether it has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Evaluates one program for an editor.
#[derive(Debug)]
pub struct Evaluator {
    request: EvaluateRequest,
}

impl Evaluator {
    /// For the program of `request`, whose stage and overlay are replaced at each evaluation.
    pub fn new(request: EvaluateRequest) -> Self {
        Self { request }
    }

    /// Evaluates for `stages`, in order, with `overlay` over what is on disk. Ends early, with fewer evaluations, once
    /// `cancel` is cancelled.
    pub fn evaluate(
        &mut self,
        overlay: &BTreeMap<PathBuf, String>,
        stages: &[Stage],
        cancel: &Cancel,
    ) -> Vec<Evaluation> {
        self.request.overlay.clone_from(overlay);
        let prepared = match Prepared::new(&self.request) {
            Ok(prepared) => prepared,
            Err(broken) => return stages.iter().map(|_| again(&broken)).collect(),
        };
        let side_by_side = thread::available_parallelism().map_or(1, NonZero::get);
        let mut done = Vec::new();
        for group in stages.chunks(side_by_side) {
            if cancel.is_cancelled() {
                break;
            }
            let request =
                |stage: &Stage| EvaluateRequest { stage: stage.clone(), ..self.request.clone() };
            let run = |stage: &Stage| prepared.evaluate(&request(stage));
            if let [only] = group {
                done.push(run(only));
                continue;
            }
            thread::scope(|scope| {
                let run = &run;
                let running: Vec<_> =
                    group.iter().map(|stage| scope.spawn(move || run(stage))).collect();
                for one in running {
                    done.push(one.join().unwrap_or_else(|panic| resume_unwind(panic)));
                }
            });
        }
        done
    }
}

/// The same evaluation of a program that cannot run, for another stage.
fn again(broken: &Evaluation) -> Evaluation {
    Evaluation {
        graph: None,
        diagnostics: broken.diagnostics.clone(),
        session: Arc::clone(&broken.session),
        sources: broken.sources.clone(),
        state: broken.state.clone(),
    }
}
