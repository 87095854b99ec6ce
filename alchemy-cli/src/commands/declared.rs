//! A program evaluated for a stage: functions bundled, the catalog's objects added, everything checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{Catalog, ClosureEvaluator, Diagnostic, Graph, SecretHasher, Stage};
use alchemy_engine::ArtifactStore;
use alchemy_program::{BundleRequest, EvaluateRequest, Evaluation, bundle_functions, evaluate};

use crate::clock;
use crate::failure::{Failure, Sources};
use crate::settings::Project;

/// What a program wants of a stage.
pub(crate) struct Declared {
    /// The expanded graph, props in normal form.
    pub(crate) graph: Graph,
    /// The program's closures.
    pub(crate) closures: Arc<dyn ClosureEvaluator>,
    /// Function code.
    pub(crate) artifacts: Arc<dyn ArtifactStore>,
    /// Texts that diagnostics point into.
    pub(crate) sources: Sources,
    /// Warnings.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The store that the program names, if it does.
    pub(crate) state: Option<String>,
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
    pub(crate) fn run(&self) -> Result<Declared, Failure> {
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
        let (expanded, findings) = self.catalog.expand(&graph, self.hasher);
        diagnostics.extend(bundled.diagnostics);
        diagnostics.extend(findings);
        refuse_errors(&diagnostics, &sources)?;
        let artifacts =
            bundled.artifacts.into_iter().map(|(sum, artifact)| (sum, artifact.zip)).collect();
        Ok(Declared {
            graph: expanded,
            closures: session,
            artifacts: Arc::new(Artifacts(artifacts)),
            sources,
            warnings: diagnostics,
            state,
        })
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
