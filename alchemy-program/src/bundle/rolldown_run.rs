//! One run of rolldown, in process.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use oxc::syntax::identifier::is_identifier_name;
use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookUsage, Plugin, PluginContext, SharedLoadPluginContext,
};
use rolldown::{
    AttachDebugInfo, Bundler, BundlerOptions, CodeSplittingMode, ExperimentalOptions, InputItem,
    IsExternal, LegalComments, OutputFormat, Platform, SourceMapType,
};
use rolldown_common::Output;
use rolldown_error::BuildDiagnostic;

use super::archive::File;

const ENTRY: &str = "\0alchemy:handler";
const INERT: &str = "\0alchemy:inert";
const CHUNK: &str = "index.mjs";
const MAP: &str = "index.mjs.map";

/// Why there is no bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BundleError {
    /// The file is not there.
    Missing,
    /// The module does not export the handler.
    NoExport,
    /// The handler is not what an export can be called.
    NotAName,
    /// The bundler's own words.
    Refused(String),
}

/// What a run gave.
#[derive(Debug)]
pub(super) struct BundleRun {
    /// Files of the zip, in order.
    pub(super) files: Vec<File>,
    /// Every source file that was read, absolute.
    pub(super) inputs: Vec<PathBuf>,
}

/// Bundles `main` so that `index.mjs` exports its `export`.
pub(super) fn run(
    main: &Path,
    export: &str,
    root: &Path,
    inert: &str,
) -> Result<BundleRun, BundleError> {
    if !is_identifier_name(export) {
        return Err(BundleError::NotAName);
    }
    let entry = format!("export {{ {export} }} from {};", json_text(&main.to_string_lossy()));
    let inputs = Arc::new(Mutex::new(Vec::new()));
    let plugin = Arc::new(Modules { entry, inert: inert.to_owned(), inputs: Arc::clone(&inputs) });
    let output = generate(options(root), plugin).map_err(|errors| refused(&errors))?;
    let mut inputs = std::mem::take(&mut *inputs.lock().unwrap_or_else(PoisonError::into_inner));
    inputs.sort();
    inputs.dedup();
    Ok(BundleRun { files: files(&output), inputs })
}

/// One finding of the bundler: its kind, and its words with the place.
pub(crate) struct Finding {
    kind: String,
    text: String,
}

/// Runs rolldown to its end, on a thread of its own: it needs a runtime, and a runtime may not be started inside another.
pub(crate) fn generate(
    options: BundlerOptions,
    plugin: Arc<impl Plugin + 'static>,
) -> Result<Vec<Output>, Vec<Finding>> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| vec![Finding { kind: String::new(), text: error.to_string() }])?;
        let found = |errors: &[BuildDiagnostic]| errors.iter().map(finding).collect::<Vec<_>>();
        let mut bundler =
            Bundler::with_plugins(options, vec![plugin]).map_err(|errors| found(&errors))?;
        let output = runtime.block_on(bundler.generate()).map_err(|errors| found(&errors))?;
        Ok(output.assets)
    };
    std::thread::spawn(run).join().unwrap_or_else(|_| Err(vec![crashed()]))
}

fn files(assets: &[Output]) -> Vec<File> {
    let mut files = Vec::new();
    for asset in assets {
        if let Output::Chunk(chunk) = asset {
            files.push((chunk.filename.to_string(), chunk.code.clone().into_bytes()));
            if let Some(map) = &chunk.map {
                let mut map = map.clone();
                let sources: Vec<String> = map.get_sources().map(portable).collect();
                map.set_sources(sources);
                files.push((MAP.to_owned(), map.to_json_string().into_bytes()));
            }
        }
    }
    files
}

fn options(root: &Path) -> BundlerOptions {
    BundlerOptions {
        input: Some(vec![InputItem { name: Some("index".to_owned()), import: ENTRY.to_owned() }]),
        cwd: Some(root.to_owned()),
        dir: Some(root.to_string_lossy().into_owned()),
        entry_filenames: Some(CHUNK.to_owned().into()),
        platform: Some(Platform::Node),
        format: Some(OutputFormat::Esm),
        sourcemap: Some(SourceMapType::File),
        code_splitting: Some(CodeSplittingMode::Bool(false)),
        legal_comments: Some(LegalComments::None),
        external: Some(IsExternal::Fn(Some(Arc::new(|specifier, _, _| {
            let external = specifier.starts_with("@aws-sdk/") || specifier.starts_with("@smithy/");
            Box::pin(async move { Ok(external) })
        })))),
        experimental: Some(ExperimentalOptions {
            attach_debug_info: Some(AttachDebugInfo::None),
            ..ExperimentalOptions::default()
        }),
        ..BundlerOptions::default()
    }
}

/// A source path without what differs between machines: packages count from their `node_modules`.
fn portable(source: &str) -> String {
    match source.rfind("node_modules/") {
        Some(at) => source[at..].to_owned(),
        None => source.trim_start_matches('\0').to_owned(),
    }
}

fn finding(error: &BuildDiagnostic) -> Finding {
    let place = match error.to_diagnostic().get_primary_location() {
        Some((file, line, column, _)) => format!("{file}:{line}:{}: ", column + 1),
        None => String::new(),
    };
    Finding { kind: error.kind().to_string(), text: format!("{place}{error}") }
}

fn crashed() -> Finding {
    Finding {
        kind: String::new(),
        text: "the bundler failed unexpectedly; please report the file it was given".to_owned(),
    }
}

fn refused(findings: &[Finding]) -> BundleError {
    let from_entry = |f: &Finding| f.kind == "MISSING_EXPORT" && f.text.contains("alchemy:handler");
    if findings.iter().any(from_entry) {
        return BundleError::NoExport;
    }
    BundleError::Refused(findings.iter().map(|f| f.text.as_str()).collect::<Vec<_>>().join("\n"))
}

fn json_text(text: &str) -> String {
    alchemy_core::Value::str(text).to_json()
}

/// Serves the entry and the inert library, and notes every file that is read.
#[derive(Debug)]
struct Modules {
    entry: String,
    inert: String,
    inputs: Arc<Mutex<Vec<PathBuf>>>,
}

impl Plugin for Modules {
    fn name(&self) -> Cow<'static, str> {
        "alchemy".into()
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load
    }

    async fn resolve_id(
        &self,
        _: &PluginContext,
        args: &HookResolveIdArgs<'_>,
    ) -> HookResolveIdReturn {
        let library = args.specifier == "alchemy" || args.specifier.starts_with("alchemy/");
        let id = if args.specifier == ENTRY {
            ENTRY
        } else if library {
            INERT
        } else {
            return Ok(None);
        };
        Ok(Some(HookResolveIdOutput::from_id(id)))
    }

    async fn load(&self, _: SharedLoadPluginContext, args: &HookLoadArgs<'_>) -> HookLoadReturn {
        let code = match args.id {
            ENTRY => &self.entry,
            INERT => &self.inert,
            file => {
                let path = Path::new(file);
                if path.is_absolute() {
                    self.inputs
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(path.to_owned());
                }
                return Ok(None);
            }
        };
        Ok(Some(HookLoadOutput { code: code.as_str().into(), ..HookLoadOutput::default() }))
    }
}
