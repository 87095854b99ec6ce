//! The engine's thread: evaluates, then answers calls of closures until its session is dropped.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use super::asked::Asked;
use super::machine::{Inputs, Machine};
use super::thrown::ScriptError;
use crate::limits;
use crate::source::files::Files;
use crate::source::walk::ModuleGraph;

/// What came of an evaluation.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The driver's report; or what the program exports instead of a stack.
    pub(crate) result: Result<Result<String, String>, ScriptError>,
    /// Where the program last yielded: number of its file, byte offset.
    pub(crate) mark: Option<(u32, u32)>,
    /// What it asked about its stage.
    pub(crate) asked: Asked,
    /// Bytecode of its modules, by id, if it was to be recorded.
    pub(crate) written: BTreeMap<String, Vec<u8>>,
}

/// A call of a closure.
struct Call {
    closure: u32,
    input: String,
    reply: Sender<Answer>,
}

/// What came of a call, and what was asked about the stage up to its end.
pub(crate) type Answer = (Result<String, ScriptError>, Asked);

/// The way to a program's thread; the thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    calls: Mutex<Sender<Call>>,
}

impl Line {
    /// Calls a closure with a JSON value and waits for the node of its result, as JSON.
    pub(crate) fn call(&self, closure: u32, input: String) -> Answer {
        self.ask(closure, input).unwrap_or_else(|| {
            let gone = ScriptError::Engine("the program's thread has ended".to_owned());
            (Err(gone), Asked::Everything)
        })
    }

    /// None if nobody answers.
    fn ask(&self, closure: u32, input: String) -> Option<Answer> {
        let (reply, answer) = channel();
        self.calls.lock().ok()?.send(Call { closure, input, reply }).ok()?;
        answer.recv().ok()
    }
}

/// A thread with a heap that is being filled, or has been, with everything but the project's own modules. It waits for a
/// program; and ends when this is dropped before.
#[derive(Debug)]
pub(crate) struct Ready {
    modules: Arc<ModuleGraph>,
    program: Sender<Program>,
    outcome: Receiver<Outcome>,
    calls: Sender<Call>,
    filled: Receiver<()>,
}

/// What to evaluate: its modules, and the files that it may read.
type Program = (Arc<ModuleGraph>, Arc<Files>);

/// The thread's ends of all channels.
struct Ends {
    program: Receiver<Program>,
    outcome: Sender<Outcome>,
    calls: Receiver<Call>,
    filled: Sender<()>,
}

impl Ready {
    /// Begins to fill a heap on a new thread, with the packages of `modules`; bytecode is recorded if `record`.
    pub(crate) fn new(
        inputs: Inputs,
        modules: &Arc<ModuleGraph>,
        record: bool,
    ) -> std::io::Result<Self> {
        let (program, own_program) = channel();
        let (own_outcome, outcome) = channel();
        let (calls, own_calls) = channel();
        let (own_filled, filled) = channel();
        let ends = Ends {
            program: own_program,
            outcome: own_outcome,
            calls: own_calls,
            filled: own_filled,
        };
        let graph = Arc::clone(modules);
        let run = move || serve(&inputs, &graph, record, &ends);
        let thread = thread::Builder::new().name("alchemy-program".to_owned());
        thread.stack_size(limits::THREAD_STACK_BYTES).spawn(run)?;
        Ok(Self { modules: Arc::clone(modules), program, outcome, calls, filled })
    }

    /// Waits until the heap is filled.
    pub(crate) fn wait(&self) {
        // It has ended early: evaluating says why.
        let _ = self.filled.recv();
    }

    /// Whether its heap can take the program of `modules`.
    pub(crate) fn fits(&self, modules: &ModuleGraph) -> bool {
        modules.has_packages_of(&self.modules)
    }

    /// Evaluates a program that fits.
    pub(crate) fn evaluate(
        self,
        modules: Arc<ModuleGraph>,
        files: Arc<Files>,
    ) -> (Outcome, Option<Line>) {
        // If the thread has ended, so has its outcome.
        let _ = self.program.send((modules, files));
        match self.outcome.recv() {
            Ok(outcome) => (outcome, Some(Line { calls: Mutex::new(self.calls) })),
            Err(_) => (failed("the program's thread ended early"), None),
        }
    }
}

/// Evaluates a program on a new thread.
pub(crate) fn evaluate(
    inputs: Inputs,
    modules: &Arc<ModuleGraph>,
    record: bool,
) -> (Outcome, Option<Line>) {
    let files = Arc::clone(&inputs.files);
    match Ready::new(inputs, modules, record) {
        Ok(ready) => ready.evaluate(Arc::clone(modules), files),
        Err(error) => (failed(&error.to_string()), None),
    }
}

fn failed(what: &str) -> Outcome {
    outcome(Err(ScriptError::Engine(what.to_owned())))
}

fn outcome(result: Result<Result<String, String>, ScriptError>) -> Outcome {
    Outcome { result, mark: None, asked: Asked::Everything, written: BTreeMap::new() }
}

fn serve(inputs: &Inputs, packages: &Arc<ModuleGraph>, record: bool, ends: &Ends) {
    let machine = Machine::new(inputs, packages, record);
    // Whoever is gone wants nothing any more: here and below.
    let _ = ends.filled.send(());
    let Ok((modules, files)) = ends.program.recv() else { return };
    let mut machine = match machine {
        Ok(machine) => machine,
        Err(error) => {
            let _ = ends.outcome.send(outcome(Err(error)));
            return;
        }
    };
    let entry = modules.entry.clone();
    machine.exchange(modules, files);
    let result = machine.evaluate(&entry);
    let good = matches!(result, Ok(Ok(_)));
    let (mark, asked, written) = (machine.mark(), machine.asked(), machine.written());
    let _ = ends.outcome.send(Outcome { result, mark, asked, written });
    if !good {
        return;
    }
    for Call { closure, input, reply } in &ends.calls {
        let _ = reply.send((machine.call(closure, &input), machine.asked()));
    }
}
