//! One evaluation of a program for all its stages, and what an editor shows of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use alchemy_core::{ClosureEvaluator, Diagnostic, Fqn, Graph, Snapshot, StackName, Stage};
use alchemy_program::{
    BundleRequest, Bytes, Cancel, Evaluation, Evaluator, Outline, ProgramSources, missing_code,
};
use alchemy_state::StageKey;
use tower_lsp::lsp_types::Url;

use crate::Project;
use crate::findings::{self, Finding};
use crate::references;
use crate::stage_view::{Common, ResourceView, StageView};
use crate::state_view::{StageState, StateView};

/// Most stages that are evaluated at each change. A program with more previews than this shows the newest.
const STAGES: usize = 12;

/// What to evaluate.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// One more for each job of a program.
    pub(crate) number: u64,
    /// Texts over what is on disk.
    pub(crate) overlay: BTreeMap<PathBuf, String>,
    /// Revisions of the documents that they are of.
    pub(crate) revisions: BTreeMap<Url, u64>,
    /// The current stage.
    pub(crate) stage: Stage,
    /// Others to show: the default one, those of the settings.
    pub(crate) more: Vec<Stage>,
    /// What is known of the store.
    pub(crate) state: Arc<StateView>,
}

/// What came of a job.
#[derive(Clone, Debug)]
pub(crate) struct Evaluated {
    /// Of the job.
    pub(crate) number: u64,
    /// Of the job.
    pub(crate) revisions: BTreeMap<Url, u64>,
    /// The stack, if that far.
    pub(crate) stack: Option<StackName>,
    /// The stages; the current one is first.
    pub(crate) stages: Vec<StageView>,
    /// Texts that spans point into, by file.
    pub(crate) sources: ProgramSources,
    /// The project's own files, read.
    pub(crate) outlines: BTreeMap<String, Arc<Outline>>,
    /// What is wrong, for any stage.
    pub(crate) findings: Vec<Finding>,
    /// The store that the program names.
    pub(crate) named_store: Option<String>,
}

/// Where resources are declared: one call, which may declare several.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The file, as spans name it.
    pub(crate) file: String,
    /// The call.
    pub(crate) call: Bytes,
    /// Its first argument: the id.
    pub(crate) id: Bytes,
    /// The resources.
    pub(crate) resources: Vec<Fqn>,
}

impl Evaluated {
    /// Evaluates; none if it was cancelled. `stack` is what the program was called last. Also gives the programs' sessions,
    /// which take time to end.
    pub(crate) fn new(
        job: &Job,
        project: &Project,
        evaluator: &mut Evaluator,
        stack: Option<&StackName>,
        cancel: &Cancel,
    ) -> Option<(Self, Vec<Session>)> {
        let reading = evaluator.read(&job.overlay);
        let one = |evaluation, stage: &Stage| Run::new((job, project), evaluation, stage, stack);
        let run = |stages: &[Stage]| reading.each(stages, cancel, one);
        let current = std::slice::from_ref(&job.stage);
        let guess = [current, &others(job, stack)].concat();
        let mut runs = run(&guess)?;
        let (stack, whole) = (runs[0].stack.clone(), runs[0].graph);
        let mut stages = vec![job.stage.clone()];
        if whole {
            stages.extend(others(job, stack.as_ref()));
        }
        let missing: Vec<Stage> =
            stages.iter().filter(|stage| !guess.contains(stage)).cloned().collect();
        runs.extend(run(&missing)?);
        let (sources, named_store) = (runs[0].sources.clone(), runs[0].named_store.clone());
        let mut sessions = Vec::new();
        let mut views = BTreeMap::new();
        for run in runs {
            sessions.push(run.session);
            views.insert(run.view.stage.clone(), run.view);
        }
        let stages = stages.iter().filter_map(|stage| views.remove(stage)).collect();
        let outlines =
            sources.iter().map(|(file, text)| (file.clone(), Arc::new(Outline::new(file, text))));
        let mut evaluated = Self {
            number: job.number,
            revisions: job.revisions.clone(),
            stack,
            stages,
            outlines: outlines.collect(),
            sources,
            findings: Vec::new(),
            named_store,
        };
        evaluated.findings = findings::of(&evaluated, project);
        Some((evaluated, sessions))
    }

    /// The current stage.
    pub(crate) fn current(&self) -> Option<&StageView> {
        self.stages.first()
    }

    /// Whether the program could be evaluated for the current stage.
    pub(crate) fn is_whole(&self) -> bool {
        self.current().is_some_and(|stage| stage.whole)
    }

    /// A resource in the current stage; else in the first that has it.
    pub(crate) fn resource(&self, fqn: &Fqn) -> Option<&ResourceView> {
        self.stages.iter().find_map(|stage| stage.resources.get(fqn))
    }

    /// All places where resources are declared, in order of file and call.
    pub(crate) fn places(&self) -> Vec<Place> {
        let mut found: BTreeMap<(String, Bytes), Vec<Fqn>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for resource in self.stages.iter().flat_map(|stage| stage.resources.values()) {
            let Some(span) = &resource.span else { continue };
            if seen.insert(resource.fqn.clone()) {
                let key = (span.location.file.clone(), (span.start, span.end));
                found.entry(key).or_default().push(resource.fqn.clone());
            }
        }
        let places = found.into_iter().map(|((file, call), resources)| {
            let outlined = self.outlines.get(&file).and_then(|outline| outline.call(call));
            let first = outlined.and_then(|call| call.first.as_ref());
            let id = first.map_or((call.1, call.1), |(bytes, _)| *bytes);
            Place { file, call, id, resources }
        });
        places.collect()
    }
}

/// The stages to evaluate besides the current one.
fn others(job: &Job, stack: Option<&StackName>) -> Vec<Stage> {
    let mut stored: Vec<(Option<&str>, &Stage)> = Vec::new();
    for (key, state) in &job.state.stages {
        if Some(&key.stack) == stack
            && let StageState::Read(snapshot, _) = state
            && snapshot.destroyed_at.is_none()
        {
            stored.push((snapshot.deployed_at.as_deref(), &key.stage));
        }
    }
    // Newest first, where there are too many.
    stored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut chosen: Vec<Stage> = Vec::new();
    for stage in job.more.iter().chain(stored.into_iter().map(|(_, stage)| stage)) {
        if *stage != job.stage && !chosen.contains(stage) && chosen.len() + 1 < STAGES {
            chosen.push(stage.clone());
        }
    }
    chosen
}

/// A program's session, which is ended when this is dropped.
pub(crate) type Session = Arc<dyn ClosureEvaluator>;

/// What came of one stage.
struct Run {
    stack: Option<StackName>,
    graph: bool,
    sources: ProgramSources,
    named_store: Option<String>,
    session: Session,
    view: StageView,
}

impl Run {
    fn new(
        (job, project): (&Job, &Project),
        evaluation: Evaluation,
        stage: &Stage,
        last: Option<&StackName>,
    ) -> Self {
        let Evaluation { graph, diagnostics, session, sources, state: named_store } = evaluation;
        let stack = graph.as_ref().map(|graph| graph.stack.clone());
        let key = stack.as_ref().or(last).cloned();
        let key = key.map(|stack| StageKey { stack, stage: stage.clone() });
        let snapshot = key.as_ref().and_then(|key| job.state.snapshot(key).cloned());
        let known = key.is_some_and(|key| job.state.knows(&key));
        let has_graph = graph.is_some();
        let view = match graph {
            Some(graph) => {
                let common = common(job, project, known);
                let told = (snapshot, diagnostics);
                declared((job, project), common, graph, &*session, told)
            }
            None => StageView::broken(stage.clone(), diagnostics, snapshot),
        };
        Self { stack, graph: has_graph, sources, named_store, session, view }
    }
}

fn common<'a>(job: &'a Job, project: &'a Project, known: bool) -> Common<'a> {
    let region = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let region = region.iter().find_map(|name| project.environment.get(*name));
    Common {
        catalog: &project.catalog,
        hasher: &project.hasher,
        known,
        realm: job.state.realm.as_ref().filter(|_| known),
        region: region.map_or("us-east-1", String::as_str),
    }
}

/// A stage's view, with the outputs of other stages as far as they are known.
fn declared(
    (job, project): (&Job, &Project),
    common: Common<'_>,
    graph: Graph,
    session: &dyn ClosureEvaluator,
    (snapshot, diagnostics): (Option<Arc<Snapshot>>, Vec<Diagnostic>),
) -> StageView {
    let request = BundleRequest { program: &project.program, root: &project.root, cache: None };
    let missing = missing_code(&graph, &project.catalog, &request);
    let resolved = references::resolved(graph, &job.state, session, &project.hasher);
    let graph = (resolved.graph, &resolved.used);
    let mut view = StageView::new(common, graph, session, snapshot, diagnostics);
    if !resolved.complete {
        // It would be known to a deploy.
        view.diagnostics.retain(|found| found.code != "unknown-name");
    }
    if view.whole {
        view.diagnostics.extend(missing.into_iter().chain(resolved.findings));
    }
    view
}
