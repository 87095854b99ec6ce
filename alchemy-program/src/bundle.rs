//! Function code: every `Code` prop of a graph becomes a deterministic zip of one bundled module.
//!
//! The bundle is ESM, tree-shaken, with a source map; Node's built-ins and `@aws-sdk/*` (part of the Lambda runtime,
//! "Lambda runtimes" in the AWS Lambda developer guide) stay external; `alchemy/*` becomes inert. Same sources, same
//! bytes: on any machine and in any directory.

mod archive;
mod cache;
mod inert;
pub(crate) mod rolldown_run;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_core::{Catalog, Diagnostic, Expr, Graph, PropType, Resource, Span, Value};

use crate::Artifact;
use rolldown_run::BundleError;

/// Largest zip that `CreateFunction` takes directly ("Lambda quotas": deployment package 50 MB zipped).
const MAX_ZIP: usize = 50 * 1024 * 1024;

/// Where and how to bundle.
#[derive(Clone, Debug)]
pub struct BundleRequest<'a> {
    /// The program file, absolute: a relative `main` is looked up beside it.
    pub program: &'a Path,
    /// The project root, absolute.
    pub root: &'a Path,
    /// Folder for cached bundles, and the key that authenticates them; none: no cache.
    pub cache: Option<(&'a Path, [u8; 32])>,
}

/// What [`bundle_functions`] made.
#[derive(Clone, Debug, Default)]
pub struct Bundled {
    /// Artefacts by their SHA-256 (base64), as the `Code` props now hold it.
    pub artifacts: BTreeMap<String, Artifact>,
    /// Missing files, missing exports, syntax errors, too large zips.
    pub diagnostics: Vec<Diagnostic>,
}

/// One function's code to bundle.
struct Job {
    fqn: alchemy_core::Fqn,
    prop: &'static str,
    main: PathBuf,
    export: String,
    span: Option<Span>,
}

/// Bundles every function of `graph` and writes each artefact's SHA-256 into its `Code` prop.
///
/// Blocks; runs its own threads, so it may be called from an async context only through `spawn_blocking`.
pub fn bundle_functions(
    graph: &mut Graph,
    catalog: &Catalog,
    request: &BundleRequest<'_>,
) -> Bundled {
    let mut bundled = Bundled::default();
    let mut jobs = Vec::new();
    for resource in graph.resources.values() {
        jobs.extend(job(resource, catalog, request, &mut bundled.diagnostics));
    }
    let mut done: BTreeMap<(PathBuf, String), Result<Artifact, BundleError>> = BTreeMap::new();
    for job in &jobs {
        let key = (job.main.clone(), job.export.clone());
        let result = done.entry(key).or_insert_with(|| artifact(job, catalog, request));
        match result {
            Ok(artifact) => accept(graph, job, artifact, &mut bundled),
            Err(error) => bundled.diagnostics.push(refused(job, error)),
        }
    }
    bundled
}

/// What is wrong with functions' code at a first look: files that are not there. Bundles nothing.
pub fn missing_code(
    graph: &Graph,
    catalog: &Catalog,
    request: &BundleRequest<'_>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for resource in graph.resources.values() {
        if let Some(job) = job(resource, catalog, request, &mut found)
            && !job.main.is_file()
        {
            found.push(refused(&job, &BundleError::Missing));
        }
    }
    found
}

/// The `Code` prop of a resource that names a file, if it has one.
fn job(
    resource: &Resource,
    catalog: &Catalog,
    request: &BundleRequest<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Job> {
    let descriptor = catalog.get(&resource.ty)?;
    let prop = descriptor.props.iter().find(|p| p.ty == PropType::Code)?.name;
    let span = resource.prop_spans.get(prop).or(resource.span.as_ref()).cloned();
    let Some(main) = text_prop(resource, prop) else {
        if resource.props.contains_key(prop) {
            let summary = format!(
                "`{prop}` of `{}` must be a path that is known when the program runs",
                resource.fqn
            );
            let help = "give the path of a source file as text, or `import.meta.filename`";
            diagnostics.push(
                Diagnostic::error("code-not-a-path", summary)
                    .resource(&resource.fqn)
                    .at(span.as_ref(), "")
                    .help(help),
            );
        }
        return None;
    };
    let main = main_path(main, request);
    let export = text_prop(resource, "handler").unwrap_or("default").to_owned();
    Some(Job { fqn: resource.fqn.clone(), prop, main, export, span })
}

fn text_prop<'a>(resource: &'a Resource, prop: &str) -> Option<&'a str> {
    resource.props.get(prop)?.as_value()?.as_str()
}

fn main_path(main: &str, request: &BundleRequest<'_>) -> PathBuf {
    let main = url::Url::parse(main)
        .ok()
        .filter(|url| url.scheme() == "file")
        .and_then(|url| url.to_file_path().ok())
        .unwrap_or_else(|| PathBuf::from(main));
    let beside = request.program.parent().unwrap_or(request.root);
    let joined = beside.join(main);
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

fn artifact(
    job: &Job,
    catalog: &Catalog,
    request: &BundleRequest<'_>,
) -> Result<Artifact, BundleError> {
    if !job.main.is_file() {
        return Err(BundleError::Missing);
    }
    let cache = request.cache.map(|(folder, key)| cache::CodeCache::new(folder, key, request.root));
    if let Some(hit) = cache.as_ref().and_then(|cache| cache.find(&job.main, &job.export)) {
        return Ok(hit);
    }
    let output =
        rolldown_run::run(&job.main, &job.export, request.root, &inert::module_text(catalog))?;
    let artifact = archive::zip(&output.files)?;
    if let Some(cache) = &cache {
        cache.keep(&job.main, &job.export, &output.inputs, &artifact);
    }
    Ok(artifact)
}

fn accept(graph: &mut Graph, job: &Job, artifact: &Artifact, bundled: &mut Bundled) {
    if artifact.zip.len() > MAX_ZIP {
        let size = artifact.zip.len() / (1024 * 1024);
        let summary = format!(
            "the code of `{}` is {size} MB zipped, more than the 50 MB that Lambda takes",
            job.fqn
        );
        let help = "import less, or leave large packages to a layer (`layers`)";
        bundled.diagnostics.push(
            Diagnostic::error("code-too-large", summary)
                .resource(&job.fqn)
                .at(job.span.as_ref(), "")
                .help(help),
        );
        return;
    }
    if let Some(resource) = graph.resources.get_mut(&job.fqn) {
        resource.props.insert(job.prop.to_owned(), Expr::Value(Value::str(&*artifact.sha256)));
    }
    bundled.artifacts.insert(artifact.sha256.clone(), artifact.clone());
}

fn refused(job: &Job, error: &BundleError) -> Diagnostic {
    let file = job.main.display();
    let mut detail = String::new();
    let (code, summary, help) = match error {
        BundleError::Missing => (
            "missing-handler-file",
            format!("`{}` has no code: there is no file {file}", job.fqn),
            format!(
                "write that file, or correct `{}`; a relative path is taken from the program's folder",
                job.prop
            ),
        ),
        BundleError::NoExport => (
            "missing-handler",
            format!(
                "{file} has no export `{}`, which `{}` names as its handler",
                job.export, job.fqn
            ),
            format!(
                "export it (`export const {} = async (event) => …`), or name another `handler`",
                if job.export == "default" { "handler" } else { &job.export }
            ),
        ),
        BundleError::NotAName => (
            "missing-handler",
            format!(
                "`{}`, which `{}` names as its handler, is no name of an export",
                job.export, job.fqn
            ),
            format!(
                "give the name of an export of {file}, for example `handler`; `{}` names the file",
                job.prop
            ),
        ),
        BundleError::Refused(message) => {
            detail.clone_from(message);
            (
                "bundle",
                format!("the code of `{}` cannot be bundled", job.fqn),
                format!("correct {file}, or what it imports"),
            )
        }
    };
    Diagnostic::error(code, summary)
        .detail(detail)
        .resource(&job.fqn)
        .at(job.span.as_ref(), "")
        .help(help)
}

/// Artefacts as the engine asks for them: bytes by SHA-256.
impl Bundled {
    /// The zip with this SHA-256 (base64).
    pub fn zip(&self, sha256: &str) -> Option<Arc<[u8]>> {
        self.artifacts.get(sha256).map(|artifact| Arc::clone(&artifact.zip))
    }
}
