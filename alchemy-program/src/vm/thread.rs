//! The engine's thread: evaluates, then answers calls of closures until its session is dropped.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use super::machine::{Inputs, Machine};
use super::thrown::ScriptError;
use crate::limits;
use crate::source::walk::ModuleGraph;

/// What came of an evaluation.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The driver's report; or what the program exports instead of a stack.
    pub(crate) result: Result<Result<String, String>, ScriptError>,
    /// Where the program last yielded: number of its file, byte offset.
    pub(crate) mark: Option<(u32, u32)>,
    /// Bytecode of its modules, by id, if it was to be recorded.
    pub(crate) written: BTreeMap<String, Vec<u8>>,
}

/// A call of a closure.
struct Call {
    closure: u32,
    input: String,
    reply: Sender<Result<String, ScriptError>>,
}

/// The way to a program's thread; the thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    calls: Mutex<Sender<Call>>,
}

impl Line {
    /// Calls a closure with a JSON value and waits for the node of its result, as JSON.
    pub(crate) fn call(&self, closure: u32, input: String) -> Result<String, ScriptError> {
        let (reply, answer) = channel();
        let gone = || ScriptError::Engine("the program's thread has ended".to_owned());
        let calls = self.calls.lock().map_err(|_| gone())?;
        calls.send(Call { closure, input, reply }).map_err(|_| gone())?;
        drop(calls);
        answer.recv().map_err(|_| gone())?
    }
}

/// Evaluates a program on a new thread.
pub(crate) fn evaluate(
    inputs: Inputs,
    modules: Arc<ModuleGraph>,
    record: bool,
) -> (Outcome, Option<Line>) {
    let (calls, requests) = channel();
    let (report, outcome) = channel();
    let run = move || serve(&inputs, &modules, record, &report, &requests);
    let name = "alchemy-program".to_owned();
    let failed = |what: String| Outcome {
        result: Err(ScriptError::Engine(what)),
        mark: None,
        written: BTreeMap::new(),
    };
    if let Err(error) =
        thread::Builder::new().name(name).stack_size(limits::THREAD_STACK_BYTES).spawn(run)
    {
        return (failed(error.to_string()), None);
    }
    match outcome.recv() {
        Ok(outcome) => (outcome, Some(Line { calls: Mutex::new(calls) })),
        Err(_) => (failed("the program's thread ended early".to_owned()), None),
    }
}

fn serve(
    inputs: &Inputs,
    modules: &Arc<ModuleGraph>,
    record: bool,
    report: &Sender<Outcome>,
    requests: &Receiver<Call>,
) {
    let mut machine = match Machine::new(inputs, modules, record) {
        Ok(machine) => machine,
        Err(error) => {
            // Nobody listens any more only if the caller is gone too.
            let _ =
                report.send(Outcome { result: Err(error), mark: None, written: BTreeMap::new() });
            return;
        }
    };
    let result = machine.evaluate(&modules.entry);
    let good = matches!(result, Ok(Ok(_)));
    let _ = report.send(Outcome { result, mark: machine.mark(), written: machine.written() });
    if !good {
        return;
    }
    for Call { closure, input, reply } in requests {
        let _ = reply.send(machine.call(closure, &input));
    }
}
