//! Evaluates one program again and again, for several stages each time.

mod board;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use alchemy_core::Stage;

use self::board::Board;
use crate::api::{EvaluateRequest, Evaluation};
use crate::evaluate::{Prepared, Shelf};
use crate::shared::Made;
use crate::vm::asked::Asked;
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
    /// The same without the overlay, for closures that outlive a reading.
    lasting: Arc<EvaluateRequest>,
    shelf: Shelf,
    /// The program as it was read last, if it could run.
    last: Option<Arc<Prepared>>,
    /// Heaps that wait for the next version, by stage.
    ready: Mutex<BTreeMap<Stage, Ready>>,
    /// What the program asked about each stage that it was evaluated for last.
    asked: Mutex<BTreeMap<Stage, Asked>>,
}

impl Evaluator {
    /// For the program of `request`, whose stage and overlay are replaced at each evaluation.
    pub fn new(request: EvaluateRequest) -> Self {
        let shelf = Shelf::new(&request);
        let lasting = Arc::new(request.clone());
        Self {
            request,
            lasting,
            shelf,
            last: None,
            ready: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// Reads the program, with `overlay` over what is on disk. What has not changed since the last time is not read again.
    pub fn read(&mut self, overlay: &BTreeMap<PathBuf, String>) -> Reading<'_> {
        self.request.overlay.clone_from(overlay);
        let prepared = Prepared::new(&self.request, &mut self.shelf).map(Arc::new);
        self.last = prepared.as_ref().ok().cloned().or_else(|| self.last.take());
        Reading { prepared, evaluator: self }
    }

    /// Makes a heap ready for the next evaluation of `stage`, and waits until it is. Loading packages is most of an
    /// evaluation's time, and nobody waits for it here. Heaps for stages other than `stages` are given up. Whether there is
    /// one then: not before the packages were read from the cache, and not for a stage that another one's evaluation stood for
    /// the last time.
    pub fn make_ready(&self, stage: &Stage, stages: &[Stage]) -> bool {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.retain(|stage, _| stages.contains(stage));
        if !self.representatives(stages).contains(&stage) {
            return false;
        }
        let Some(last) = &self.last else { return false };
        if ready.get(stage).is_some_and(|ready| last.fits(ready)) {
            return true;
        }
        let Some(made) = last.ready(&self.request, stage) else { return false };
        made.wait();
        ready.insert(stage.clone(), made);
        true
    }

    /// Of `stages`, those whose evaluations stand for all, if the program asks what it asked the last time.
    fn representatives<'s>(&self, stages: &'s [Stage]) -> Vec<&'s Stage> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<&Stage> = Vec::new();
        for stage in stages {
            let stands = |one: &&&Stage| asked.get(**one).is_some_and(|it| it.alike(one, stage));
            if !found.iter().any(|one| stands(&one)) {
                found.push(stage);
            }
        }
        found
    }

    fn evaluate(&self, prepared: &Prepared, stage: &Stage) -> Made {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner).remove(stage);
        let made = prepared.evaluate(&self.request, stage, ready);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(stage.clone(), made.asked.clone());
        made
    }
}

/// A program's modules as they are now, for any stage.
pub struct Reading<'e> {
    prepared: Result<Arc<Prepared>, Box<Evaluation>>,
    evaluator: &'e Evaluator,
}

impl std::fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let program = &self.evaluator.request.program;
        f.debug_struct("Reading").field("program", program).finish_non_exhaustive()
    }
}

impl Reading<'_> {
    /// Evaluates for one stage.
    pub fn evaluate(&self, stage: &Stage) -> Evaluation {
        match &self.prepared {
            Ok(prepared) => self.evaluator.evaluate(prepared, stage).evaluation,
            Err(broken) => broken.as_ref().clone(),
        }
    }

    /// Evaluates for each of `stages`, as many at once as the machine can, and gives what `then` makes of each, in order;
    /// nothing once `cancel` is cancelled. One evaluation serves for all stages that it stands for.
    pub fn each<T: Send>(
        &self,
        stages: &[Stage],
        cancel: &Cancel,
        then: impl Fn(Evaluation, &Stage) -> T + Sync,
    ) -> Option<Vec<T>> {
        let prepared = match &self.prepared {
            Ok(prepared) => prepared,
            Err(broken) => {
                return all(stages, cancel, |stage| then(broken.as_ref().clone(), stage));
            }
        };
        let evaluate = |stage: &Stage| self.evaluator.evaluate(prepared, stage);
        let show = |made, stage: &Stage| then(self.shown(prepared, made, stage), stage);
        let first = self.evaluator.representatives(stages);
        Board::new(stages, first).done(cancel, evaluate, show)
    }

    /// The evaluation for `stage`, for which `made` stands.
    fn shown(&self, prepared: &Arc<Prepared>, made: Arc<Made>, stage: &Stage) -> Evaluation {
        let made = Arc::try_unwrap(made).unwrap_or_else(|shared| shared.as_ref().clone());
        // The modules are read: what lay over them is not asked for again.
        let request = Arc::clone(&self.evaluator.lasting);
        let (prepared, own) = (Arc::clone(prepared), stage.clone());
        made.of(stage, move || prepared.evaluate(&request, &own, None).evaluation)
    }
}

/// What `work` makes of each of `items`, in order; nothing once `cancel` is cancelled.
fn all<T>(items: &[Stage], cancel: &Cancel, work: impl Fn(&Stage) -> T) -> Option<Vec<T>> {
    items.iter().map(|item| (!cancel.is_cancelled()).then(|| work(item))).collect()
}
