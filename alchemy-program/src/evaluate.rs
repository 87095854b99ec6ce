//! Evaluation: files → modules → what the program declares → graph and diagnostics.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use alchemy_core::{ClosureEvaluator, Diagnostic, NoClosures, Stage};
use sha2::{Digest as _, Sha256};

use crate::api::{EvaluateRequest, Evaluation, ProgramSources};
use crate::assemble;
use crate::cache::{Pack, PackFile};
use crate::embedded::Embedded;
use crate::failure;
use crate::origin::Origins;
use crate::refusal;
use crate::session::Session;
use crate::shared::Made;
use crate::source::files::{self, Files, ReadError};
use crate::source::shake::shake;
use crate::source::walk::{ModuleGraph, Walk};
use crate::vm::machine::Inputs;
use crate::vm::thread::{self, Line, Outcome, Ready};
use crate::vm::thrown::ScriptError;
use crate::wire::Report;

/// Evaluates a program for one stage. Never fails as such: what is wrong is among the diagnostics, and then the graph,
/// if there is one, holds what could be declared (for an editor; nothing may be deployed from it).
pub fn evaluate(request: &EvaluateRequest) -> Evaluation {
    match Prepared::new(request, &mut Shelf::new(request)) {
        Ok(prepared) => prepared.evaluate(request, &request.stage, None).evaluation,
        Err(unreadable) => *unreadable,
    }
}

/// A program's modules, read and ready to run for any stage.
#[derive(Debug)]
pub(crate) struct Prepared {
    files: Arc<Files>,
    program: String,
    modules: Arc<ModuleGraph>,
    sources: ProgramSources,
    /// Where to keep what is compiled, until an evaluation takes that upon itself.
    pack: Mutex<Option<PackFile>>,
}

/// What evaluations of one program have in common.
#[derive(Debug)]
pub(crate) struct Shelf {
    embedded: Embedded,
    library: [u8; 32],
    pack: Option<Pack>,
}

impl Shelf {
    /// Of the program of `request`; holds nothing yet.
    pub(crate) fn new(request: &EvaluateRequest) -> Self {
        let embedded = Embedded::new(&request.catalog);
        let library = embedded.sum();
        Self { embedded, library, pack: None }
    }
}

impl Prepared {
    /// Reads everything that the program of `request` reaches; or says why it cannot run for any stage.
    pub(crate) fn new(
        request: &EvaluateRequest,
        shelf: &mut Shelf,
    ) -> Result<Self, Box<Evaluation>> {
        let mut files = Files::new(&request.root, &request.overlay);
        let program = files::real(&request.program);
        if !request.overlay.contains_key(&request.program)
            && let Some(error) = not_a_program(&files, &program)
        {
            let found = vec![refusal::unreadable(&files.name(&program), &error)];
            return Err(Box::new(without_graph(found, ProgramSources::new())));
        }
        let pack = request
            .cache
            .as_ref()
            .map(|folder| PackFile::new(folder, request.cache_key, &program, &shelf.library));
        shelf.pack = pack.as_ref().and_then(|pack| pack.open(shelf.pack.take()));
        let kept = shelf.pack.clone();
        let modules = Arc::new(walk(request, &mut files, &shelf.embedded, &program, kept));
        let sources = sources(&modules);
        if modules.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(Box::new(without_graph(in_order(modules.diagnostics.clone()), sources)));
        }
        let program = files.name(&program);
        let pack = Mutex::new(pack.filter(|_| modules.fresh));
        Ok(Self { files: Arc::new(files), program, modules, sources, pack })
    }

    /// A heap for `stage` that is being filled, if there is one that the next version of the program may fit; all else is as
    /// in `request`.
    pub(crate) fn ready(&self, request: &EvaluateRequest, stage: &Stage) -> Option<Ready> {
        // What is not from the cache will be another the next time.
        let kept = !self.modules.fresh;
        kept.then(|| Ready::new(self.inputs(request, stage), &self.modules, false).ok())?
    }

    /// Whether `ready` fits it.
    pub(crate) fn fits(&self, ready: &Ready) -> bool {
        ready.fits(&self.modules)
    }

    /// Runs the program for `stage`, in `ready` if it fits; all else is as in `request`.
    pub(crate) fn evaluate(
        &self,
        request: &EvaluateRequest,
        stage: &Stage,
        ready: Option<Ready>,
    ) -> Made {
        let modules = &self.modules;
        let pack = self.pack.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ready = ready.filter(|ready| pack.is_none() && self.fits(ready));
        let (outcome, line) = match ready {
            Some(ready) => ready.evaluate(Arc::clone(modules), Arc::clone(&self.files)),
            None => thread::evaluate(self.inputs(request, stage), modules, pack.is_some()),
        };
        let Outcome { result, mark, asked, written } = outcome;
        if let Some(pack) = pack {
            // A program that fails may have done so before all of them were compiled.
            if result.is_ok() || modules.keep.keys().all(|id| written.contains_key(id)) {
                keep(&pack, modules, written);
            }
        }
        let sources = self.sources.clone();
        let (evaluation, session) =
            assembled((request, stage), modules, sources, (result, mark), line);
        Made { evaluation, session, stage: stage.clone(), asked }
    }

    fn inputs(&self, request: &EvaluateRequest, stage: &Stage) -> Inputs {
        Inputs {
            now_ms: request.now_ms,
            seed: seed(stage, &self.program),
            stage: stage.to_string(),
            environment: request.environment.clone(),
            files: Arc::clone(&self.files),
        }
    }
}

/// Reads the modules; a cache is used as far as it holds what the program takes. Where one is to be made, modules of
/// `effect` and of the library become one that holds only this, and what an earlier one held.
fn walk(
    request: &EvaluateRequest,
    files: &mut Files,
    embedded: &Embedded,
    program: &Path,
    kept: Option<Pack>,
) -> ModuleGraph {
    let earlier = kept.as_ref().map(Pack::held).unwrap_or_default();
    let mut modules = Walk::new(files, embedded, program, kept).run(program);
    if !modules.fits {
        modules = Walk::new(files, embedded, program, None).run(program);
    }
    let broken = modules.diagnostics.iter().any(Diagnostic::is_error);
    if request.cache.is_none() || !modules.fresh || broken || modules.parts.is_empty() {
        return modules;
    }
    let Some(taken) = modules.taken_with(&earlier) else { return modules };
    shake(&modules, &modules.parts, &taken).unwrap_or(modules)
}

type Ran = (Result<Result<String, String>, ScriptError>, Option<(u32, u32)>);

/// What a run has declared and what was found in it.
fn assembled(
    (request, stage): (&EvaluateRequest, &Stage),
    modules: &Arc<ModuleGraph>,
    sources: ProgramSources,
    (result, mark): Ran,
    line: Option<Line>,
) -> (Evaluation, Option<Arc<Session>>) {
    let origins = Origins::new(Arc::clone(modules));
    let mut diagnostics = modules.diagnostics.clone();
    let report = match result {
        Ok(Ok(report)) => serde_json::from_str::<Report>(&report),
        Ok(Err(instead)) => {
            diagnostics.push(failure::not_a_stack(&origins, &instead));
            return (without_graph(in_order(diagnostics), sources), None);
        }
        Err(error) => {
            diagnostics.push(failure::script(&origins, mark, &error));
            return (without_graph(in_order(diagnostics), sources), None);
        }
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            let summary = format!("the library's report cannot be read: {error}");
            diagnostics.push(Diagnostic::error("internal", summary).help(failure::REPORT));
            return (without_graph(diagnostics, sources), None);
        }
    };
    diagnostics.extend(failure::reported(&origins, mark, &report));
    let state = report.stack.as_ref().and_then(|stack| stack.state.clone());
    let graph = assemble::graph((request, stage), &origins, &report, &mut diagnostics);
    let hasher = request.hasher.clone();
    let own = line.map(|line| Arc::new(Session { line, origins, hasher }));
    let session: Arc<dyn ClosureEvaluator> = match &own {
        Some(own) => Arc::clone(own) as _,
        None => Arc::new(NoClosures),
    };
    (Evaluation { graph, diagnostics: in_order(diagnostics), session, sources, state }, own)
}

/// Keeps what was compiled for the next run.
fn keep(pack: &PackFile, modules: &ModuleGraph, mut written: BTreeMap<String, Vec<u8>>) {
    let both = modules
        .keep
        .iter()
        .filter_map(|(id, kept)| Some((id.clone(), (kept.clone(), written.remove(id)?))));
    pack.keep(both.collect());
}

fn not_a_program(files: &Files, program: &Path) -> Option<ReadError> {
    files.read(program).err()
}

fn without_graph(diagnostics: Vec<Diagnostic>, sources: ProgramSources) -> Evaluation {
    Evaluation { graph: None, diagnostics, session: Arc::new(NoClosures), sources, state: None }
}

fn sources(modules: &ModuleGraph) -> ProgramSources {
    let own = modules.modules.values().filter_map(|module| module.own.as_ref());
    own.map(|own| (own.text.file.to_string(), Arc::clone(&own.text.source))).collect()
}

/// Errors and warnings in the order of their places.
fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|found| {
        found.labels.first().map(|label| (label.span.location.file.clone(), label.span.start))
    });
    diagnostics
}

/// Seeds `Math.random` by program and stage.
fn seed(stage: &Stage, program: &str) -> u32 {
    let sum = Sha256::new()
        .chain_update(program.as_bytes())
        .chain_update([0])
        .chain_update(stage.as_str().as_bytes())
        .finalize();
    u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]])
}
