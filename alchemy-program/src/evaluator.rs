//! Evaluates one program again and again, for several stages each time.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use alchemy_core::Stage;

use crate::api::{EvaluateRequest, Evaluation};
use crate::evaluate::{Prepared, Shelf};
use crate::vm::thread::Ready;

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
    shelf: Shelf,
    /// The program as it was read last, if it could run.
    last: Option<Arc<Prepared>>,
    /// Heaps that wait for the next version, by stage.
    ready: Mutex<BTreeMap<Stage, Ready>>,
}

impl Evaluator {
    /// For the program of `request`, whose stage and overlay are replaced at each evaluation.
    pub fn new(request: EvaluateRequest) -> Self {
        let shelf = Shelf::new(&request);
        Self { request, shelf, last: None, ready: Mutex::default() }
    }

    /// Reads the program, with `overlay` over what is on disk. What has not changed since the last time is not read again.
    pub fn read(&mut self, overlay: &BTreeMap<PathBuf, String>) -> Reading<'_> {
        self.request.overlay.clone_from(overlay);
        let prepared = Prepared::new(&self.request, &mut self.shelf).map(Arc::new);
        self.last = prepared.as_ref().ok().cloned().or_else(|| self.last.take());
        Reading { prepared, request: &self.request, ready: &self.ready }
    }

    /// Makes a heap ready for the next evaluation of `stage`, and waits until it is. Loading packages is most of an
    /// evaluation's time, and nobody waits for it here. Heaps for stages other than `stages` are given up. Whether there is
    /// one then: not before the packages were read from the cache.
    pub fn make_ready(&self, stage: &Stage, stages: &[Stage]) -> bool {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.retain(|stage, _| stages.contains(stage));
        let Some(last) = &self.last else { return false };
        if ready.get(stage).is_some_and(|ready| last.fits(ready)) {
            return true;
        }
        let Some(made) = last.ready(&self.request, stage) else { return false };
        made.wait();
        ready.insert(stage.clone(), made);
        true
    }
}

/// A program's modules as they are now, for any stage.
pub struct Reading<'e> {
    prepared: Result<Arc<Prepared>, Box<Evaluation>>,
    request: &'e EvaluateRequest,
    ready: &'e Mutex<BTreeMap<Stage, Ready>>,
}

impl std::fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("program", &self.request.program).finish_non_exhaustive()
    }
}

impl Reading<'_> {
    /// Evaluates for one stage.
    pub fn evaluate(&self, stage: &Stage) -> Evaluation {
        match &self.prepared {
            Ok(prepared) => {
                let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner).remove(stage);
                prepared.evaluate(self.request, stage, ready)
            }
            Err(broken) => again(broken),
        }
    }

    /// Evaluates for each of `stages`, as many at once as the machine can, and gives what `then` makes of each, in order;
    /// nothing once `cancel` is cancelled.
    pub fn each<T: Send>(
        &self,
        stages: &[Stage],
        cancel: &Cancel,
        then: impl Fn(Evaluation, &Stage) -> T + Sync,
    ) -> Option<Vec<T>> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while !cancel.is_cancelled() {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(stage) = stages.get(number) else { break };
                done.push((number, then(self.evaluate(stage), stage)));
            }
            done
        };
        let helpers = thread::available_parallelism().map_or(1, NonZero::get).min(stages.len());
        let mut done = thread::scope(|scope| {
            let helpers: Vec<_> = (1..helpers).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for helper in helpers {
                done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done
        });
        done.sort_by_key(|(number, _)| *number);
        (done.len() == stages.len()).then(|| done.into_iter().map(|(_, it)| it).collect())
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
