//! A program evaluated for a stage: functions bundled, the catalog's objects added, everything checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{
    Catalog, ClosureEvaluator, Diagnostic, Graph, OtherStages, Referenced, ReferencesUsed,
    SecretHasher, Snapshot, StackName, Stage, StageRef, WrappedKey, resolve_references,
};
use alchemy_engine::ArtifactStore;
use alchemy_program::{BundleRequest, EvaluateRequest, Evaluation, bundle_functions, evaluate};
use alchemy_state::{DataKey, Passphrase, StageKey, StateError, StateStore};

use super::state_failure::state_failure;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Sources};
use crate::runtime::block_on;
use crate::settings::Project;

/// A program that was evaluated, before the outputs of other stages that it uses are known.
pub(crate) struct Evaluated {
    /// As declared.
    graph: Graph,
    closures: Arc<dyn ClosureEvaluator>,
    artifacts: Arc<dyn ArtifactStore>,
    sources: Sources,
    warnings: Vec<Diagnostic>,
    /// The store that the program names, if it does.
    pub(crate) state: Option<String>,
}

/// What a program wants of a stage.
pub(crate) struct Declared {
    /// The expanded graph, props in normal form.
    pub(crate) graph: Graph,
    /// What it uses of other stages.
    pub(crate) references: ReferencesUsed,
    /// Those stages as they were read.
    pub(crate) others: OtherStages,
    /// The program's closures.
    pub(crate) closures: Arc<dyn ClosureEvaluator>,
    /// Function code.
    pub(crate) artifacts: Arc<dyn ArtifactStore>,
    /// Texts that diagnostics point into.
    pub(crate) sources: Sources,
    /// Warnings.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// What a program is evaluated with.
pub(crate) struct Evaluating<'a> {
    /// Where it is.
    pub(crate) project: &'a Project,
    /// The stage.
    pub(crate) stage: &'a Stage,
    /// The declared environment.
    pub(crate) environment: &'a BTreeMap<String, String>,
    /// Resource types.
    pub(crate) catalog: &'a Catalog,
    /// Digests secrets.
    pub(crate) hasher: &'a SecretHasher,
}

impl Evaluating<'_> {
    /// Evaluates. All findings of a phase are reported together; an error ends the command after its phase.
    pub(crate) fn run(&self) -> Result<Evaluated, Failure> {
        let cache = self.project.alchemy_folder().join("cache");
        // Bound to the machine's secret key, and not that key itself.
        let cache_key = *self.hasher.derive("alchemy: entries of the program cache");
        let Evaluation { graph, mut diagnostics, session, sources, state } =
            evaluate(&EvaluateRequest {
                program: self.project.program.clone(),
                root: self.project.root.clone(),
                stage: self.stage.clone(),
                catalog: self.catalog.clone(),
                environment: self.environment.clone(),
                hasher: self.hasher.clone(),
                cache: Some(cache.clone()),
                cache_key,
                now_ms: u64::try_from(clock::now().as_millisecond()).unwrap_or_default(),
                overlay: BTreeMap::new(),
            });
        refuse_errors(&diagnostics, &sources)?;
        let Some(mut graph) = graph else {
            diagnostics.push(Diagnostic::error("no-graph", "the program declares no stack"));
            return Err(Failure::refused(diagnostics, &sources));
        };
        let request = BundleRequest {
            program: &self.project.program,
            root: &self.project.root,
            cache: Some((&cache, cache_key)),
        };
        let bundled = bundle_functions(&mut graph, self.catalog, &request);
        diagnostics.extend(bundled.diagnostics);
        let artifacts =
            bundled.artifacts.into_iter().map(|(sum, artifact)| (sum, artifact.zip)).collect();
        Ok(Evaluated {
            graph,
            closures: session,
            artifacts: Arc::new(Artifacts(artifacts)),
            sources,
            warnings: diagnostics,
            state,
        })
    }

    /// Reads the stages that the program refers to, and completes the graph. `passphrase` opens what is redacted there.
    pub(crate) fn complete(
        &self,
        evaluated: Evaluated,
        store: &dyn StateStore,
        passphrase: Option<&Passphrase>,
    ) -> Result<Declared, Failure> {
        let Evaluated { graph, closures, artifacts, sources, mut warnings, .. } = evaluated;
        let others = if graph.references.is_empty() {
            OtherStages::default()
        } else {
            let others = block_on(read_others(&graph, store))?;
            opened(others, passphrase)?
        };
        let resolved = resolve_references(graph, &others, &*closures, self.hasher);
        let (graph, references) = resolved.map_err(|findings| {
            warnings.extend(findings);
            Failure::refused(warnings.clone(), &sources)
        })?;
        let (graph, findings) = self.catalog.expand(graph, self.hasher);
        warnings.extend(findings);
        refuse_errors(&warnings, &sources)?;
        Ok(Declared { graph, references, others, closures, artifacts, sources, warnings })
    }
}

impl Evaluated {
    /// The stack's name.
    pub(crate) fn stack(&self) -> &StackName {
        &self.graph.stack
    }
}

impl Declared {
    /// Refuses if a stage that the program refers to is no longer as it was read.
    pub(crate) async fn refuse_changed_others(
        &self,
        store: &dyn StateStore,
    ) -> Result<(), Failure> {
        for (of, then) in &self.others.read {
            let now = read_one(of, store).await?;
            if now.as_ref().map(Referenced::of).as_ref() != Some(then) {
                let summary = format!("the outputs of {of} have changed since the plan was made");
                let found = Diagnostic::error("reference-changed", summary)
                    .detail("The plan uses them. Nothing was changed.")
                    .help("run the same command again");
                return Err(Failure::new(Exit::Locked, found));
            }
        }
        Ok(())
    }
}

/// What was read of other stages, and the keys that their outputs may be sealed under.
#[derive(Default)]
struct Others {
    stages: OtherStages,
    keys: Vec<(StageRef, WrappedKey)>,
}

/// What the stages say that a graph refers to; if one is not there, also which are.
async fn read_others(graph: &Graph, store: &dyn StateStore) -> Result<Others, Failure> {
    let mut others = Others::default();
    for of in graph.references.keys() {
        if let Some(snapshot) = read_one(of, store).await? {
            others.stages.read.insert(of.clone(), Referenced::of(&snapshot));
            others.keys.extend(snapshot.key.map(|key| (of.clone(), key)));
        }
    }
    if others.stages.read.len() < graph.references.len() {
        let stages = store.stages().await.map_err(|error| state_failure(&error))?;
        let each = stages.into_iter().map(|stage| stage.key);
        others.stages.known =
            each.map(|StageKey { stack, stage }| StageRef { stack, stage }).collect();
    }
    Ok(others)
}

/// With the plain values of redacted outputs, where a passphrase opens them. A wrong one is refused.
fn opened(mut others: Others, passphrase: Option<&Passphrase>) -> Result<OtherStages, Failure> {
    for (of, wrapped) in others.keys {
        let (Some(passphrase), Some(Referenced::Outputs(outputs))) =
            (passphrase, others.stages.read.get_mut(&of))
        else {
            continue;
        };
        if !outputs.has_secret() {
            continue;
        }
        let plain = DataKey::unlock(&key_of(&of), &wrapped, passphrase)
            .and_then(|key| key.opened_outputs(outputs));
        *outputs = plain.map_err(|error| {
            Diagnostic::error(
                "reference-sealed",
                format!("the outputs of {of} cannot be opened: {error}"),
            )
            .help("set $ALCHEMY_PASSPHRASE to the passphrase that the stage was deployed with")
        })?;
    }
    Ok(others.stages)
}

fn key_of(of: &StageRef) -> StageKey {
    StageKey { stack: of.stack.clone(), stage: of.stage.clone() }
}

async fn read_one(of: &StageRef, store: &dyn StateStore) -> Result<Option<Snapshot>, Failure> {
    match store.load(&key_of(of)).await {
        Ok(loaded) => Ok(loaded.map(|loaded| loaded.snapshot)),
        // Another stack has the name in other letters: what is there is shown.
        Err(StateError::CaseClash { .. }) => Ok(None),
        Err(error) => Err(state_failure(&error)),
    }
}

/// Stops if there is an error; warnings go along with it.
fn refuse_errors(diagnostics: &[Diagnostic], sources: &Sources) -> Result<(), Failure> {
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::refused(diagnostics.to_vec(), sources));
    }
    Ok(())
}

/// Zips by SHA-256.
struct Artifacts(BTreeMap<String, Arc<[u8]>>);

impl ArtifactStore for Artifacts {
    fn get(&self, sha256: &str) -> Option<Arc<[u8]>> {
        self.0.get(sha256).map(Arc::clone)
    }
}
