//! A program's own thread: evaluates the newest job, one at a time, and sleeps when there is none.
//!
//! Jobs that come while one runs replace each other, so that typing never makes a queue. One that runs for long is ended
//! when a newer one comes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use alchemy_core::Stage;
use alchemy_program::{Cancel, EvaluateRequest, Evaluator};

use crate::Project;
use crate::evaluated::{Evaluated, Job, Session};

/// After this long, a job is ended when a newer one comes.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long nothing must have come before the next evaluation is made ready: until then an editor asks for what it shows.
const REST: Duration = Duration::from_millis(8);

/// Most sessions that wait for their end while somebody types without a rest.
const SPENT: usize = 24;

/// What a worker tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// A job is done.
    Done(Box<Evaluated>),
    /// Evaluating a job panicked, with this message.
    Panicked(u64, String),
}

#[derive(Debug, Default)]
struct Slot {
    next: Option<Job>,
    running: Option<(Instant, Cancel)>,
    /// What nobody is shown any more.
    past: Vec<Arc<Evaluated>>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Desk {
    slot: Mutex<Slot>,
    changed: Condvar,
}

impl Desk {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way to the thread, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    desk: Arc<Desk>,
}

impl Worker {
    /// A thread for a program, which gives its results to `tell`.
    pub(crate) fn start(
        project: Project,
        now_ms: u64,
        tell: impl Fn(Told) + Send + 'static,
    ) -> std::io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let shared = Arc::clone(&desk);
        let run = move || serve(&shared, &project, now_ms, &tell);
        thread::Builder::new().name("alchemy-evaluate".to_owned()).spawn(run)?;
        Ok(Self { desk })
    }

    /// The next thing to do; replaces one that was not begun.
    pub(crate) fn submit(&self, job: Job) {
        let mut slot = self.desk.slot();
        if let Some((since, cancel)) = &slot.running
            && since.elapsed() > PATIENCE
        {
            cancel.cancel();
        }
        slot.next = Some(job);
        self.desk.changed.notify_one();
    }

    /// Takes what is shown no more. Its end takes time, which whoever shows what is new needs more.
    pub(crate) fn retire(&self, past: impl IntoIterator<Item = Arc<Evaluated>>) {
        self.desk.slot().past.extend(past);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut slot = self.desk.slot();
        slot.closed = true;
        if let Some((_, cancel)) = &slot.running {
            cancel.cancel();
        }
        self.desk.changed.notify_one();
    }
}

/// What evaluations of a project share.
fn evaluator(project: &Project, now_ms: u64) -> Evaluator {
    Evaluator::new(EvaluateRequest {
        program: project.program.clone(),
        root: project.root.clone(),
        stage: project.stage.clone(),
        catalog: project.catalog.clone(),
        environment: project.environment.clone(),
        hasher: project.hasher.clone(),
        cache: project.cache.clone(),
        cache_key: project.cache_key,
        now_ms,
        overlay: std::collections::BTreeMap::new(),
    })
}

fn serve(desk: &Desk, project: &Project, now_ms: u64, tell: &dyn Fn(Told)) {
    let mut own = evaluator(project, now_ms);
    let mut stack = None;
    let mut stages: Vec<Stage> = Vec::new();
    let mut spent: Vec<Session> = Vec::new();
    loop {
        if spent.len() > SPENT || rests(desk, REST) {
            spent.clear();
            let past = std::mem::take(&mut desk.slot().past);
            drop(past);
        }
        let made = catch_unwind(AssertUnwindSafe(|| make_ready(desk, &own, &stages)));
        if made.is_err() {
            // The next job is evaluated from the beginning, and says what is wrong.
            own = evaluator(project, now_ms);
            stages.clear();
        }
        let Some((job, cancel)) = next(desk) else { return };
        let done = catch_unwind(AssertUnwindSafe(|| {
            Evaluated::new(&job, project, &mut own, stack.as_ref(), &cancel)
        }));
        desk.slot().running = None;
        match done {
            Ok(Some((evaluated, sessions))) => {
                stack = evaluated.stack.clone().or(stack);
                // Half-typed text shows the current stage only; the others come back with the next letters.
                if evaluated.is_whole() {
                    stages = evaluated.stages.iter().map(|view| view.stage.clone()).collect();
                }
                tell(Told::Done(Box::new(evaluated)));
                // Their end takes time, which whoever shows what is new needs more.
                spent.extend(sessions);
            }
            // Cancelled: a newer job is there.
            Ok(None) => {}
            Err(panic) => {
                own = evaluator(project, now_ms);
                tell(Told::Panicked(job.number, message(&*panic)));
            }
        }
    }
}

/// Prepares the next evaluation for `stages`, until a job comes.
fn make_ready(desk: &Desk, evaluator: &Evaluator, stages: &[Stage]) {
    for stage in stages {
        if !rests(desk, Duration::ZERO) {
            return;
        }
        evaluator.make_ready(stage, stages);
    }
}

/// Whether nothing comes for so long.
fn rests(desk: &Desk, pause: Duration) -> bool {
    let waits = |slot: &mut Slot| slot.next.is_none() && !slot.closed;
    let rest = desk.changed.wait_timeout_while(desk.slot(), pause, waits);
    rest.unwrap_or_else(PoisonError::into_inner).1.timed_out()
}

/// Waits for a job.
fn next(desk: &Desk) -> Option<(Job, Cancel)> {
    let mut slot = desk.slot();
    loop {
        if slot.closed {
            return None;
        }
        if let Some(job) = slot.next.take() {
            let cancel = Cancel::new();
            slot.running = Some((Instant::now(), cancel.clone()));
            return Some((job, cancel));
        }
        slot = desk.changed.wait(slot).unwrap_or_else(PoisonError::into_inner);
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}
