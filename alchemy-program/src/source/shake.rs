//! `effect` and the library as one module that holds only what a program takes of them.
//!
//! A program uses a small part of the hundred modules it reaches, and loading modules is most of an evaluation's time.
//! So rolldown makes one module of them without what nobody asks for, and each module that was one becomes a front that
//! exports the names taken from it. What such a program declares is the same; other packages stay as they are.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookUsage, Plugin, PluginContext, SharedLoadPluginContext,
};
use rolldown::{
    AttachDebugInfo, BundlerOptions, CodeSplittingMode, CommentsOptions, ExperimentalOptions,
    InputItem, OutputFormat, Platform, RawMinifyOptions,
};
use rolldown_common::{Output, ResolvedExternal};

use super::demand::Names;
use super::walk::{Code, Module, ModuleGraph};
use crate::bundle::rolldown_run;
use crate::cache::Kept;

/// The one module.
pub(crate) const PACKAGES: &str = "alchemy:packages";
const ENTRY: &str = "alchemy:taken";
const PART: &str = "alchemy:part/";

/// `graph` with the modules `parts` made one, of which `taken` is used; none if that cannot be done.
pub(crate) fn shake(
    graph: &ModuleGraph,
    parts: &BTreeSet<String>,
    taken: &Names,
) -> Option<ModuleGraph> {
    let numbers: BTreeMap<&str, usize> =
        parts.iter().enumerate().map(|(number, id)| (id.as_str(), number)).collect();
    let mut sources = Vec::new();
    let mut outside = BTreeMap::new();
    for id in parts {
        let module = graph.modules.get(id)?;
        let Code::Text(text) = &module.code else { return None };
        let mut imports = BTreeMap::new();
        for (specifier, to) in &module.imports {
            let target = numbers.get(to.as_str()).map_or_else(
                || {
                    let name = format!("alchemy:outside/{}", outside.len());
                    Target::Outside(outside.entry(to.clone()).or_insert(name).clone())
                },
                |number| Target::Part(*number),
            );
            imports.insert(specifier.clone(), target);
        }
        sources.push(Source { text: Arc::clone(text), imports });
    }
    let fronts = Fronts { taken, keep: &graph.keep };
    let entry = fronts.entry(&numbers)?;
    let code = one(Parts { entry, sources })?;

    let mut shaken = ModuleGraph {
        own: graph.own.clone(),
        entry: graph.entry.clone(),
        diagnostics: graph.diagnostics.clone(),
        fresh: graph.fresh,
        fits: true,
        taken: Some(taken.clone()),
        ..ModuleGraph::default()
    };
    let stays = |id: &&String| !parts.contains(*id);
    for id in graph.modules.keys().filter(stays) {
        shaken.modules.insert(id.clone(), graph.modules[id].clone());
    }
    for id in graph.keep.keys().filter(stays) {
        shaken.keep.insert(id.clone(), graph.keep[id].clone());
    }
    for id in taken.keys() {
        let kept = fronts.kept(id)?;
        let code = Code::Text(fronts.code(id)?.into());
        let module =
            Module { code, path: kept.path.clone(), own: None, imports: kept.imports.clone() };
        shaken.modules.insert(id.clone(), module);
        shaken.keep.insert(id.clone(), kept);
    }
    let imports: BTreeMap<String, String> =
        outside.into_iter().map(|(id, name)| (name, id)).collect();
    let wanted = parts.iter().filter_map(|id| graph.keep.get(id));
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, names) in wanted.flat_map(|kept| &kept.wanted) {
        all.entry(id.clone()).or_default().extend(names.iter().cloned());
    }
    let files: Vec<PathBuf> =
        parts.iter().filter_map(|id| graph.modules.get(id)?.path.clone()).collect();
    let kept = Kept { imports: imports.clone(), wanted: all, files, ..Kept::default() };
    shaken.keep.insert(PACKAGES.to_owned(), kept);
    let module = Module { code: Code::Text(code.into()), path: None, own: None, imports };
    shaken.modules.insert(PACKAGES.to_owned(), module);
    Some(shaken)
}

/// The modules that stand for those that became one.
struct Fronts<'a> {
    taken: &'a Names,
    keep: &'a BTreeMap<String, Kept>,
}

impl Fronts<'_> {
    /// The module that another one's name stands for, if that is a front as well.
    fn inner(&self, id: &str, name: &str) -> Option<&String> {
        self.keep.get(id)?.namespaces.get(name).filter(|inner| self.taken.contains_key(*inner))
    }

    /// Exports everything that is taken, under names of its own.
    fn entry(&self, numbers: &BTreeMap<&str, usize>) -> Option<String> {
        let mut code = String::new();
        for (at, (id, names)) in self.taken.iter().enumerate() {
            let own: Vec<_> = names.iter().filter(|name| self.inner(id, name).is_none()).collect();
            if !own.iter().all(|name| is_name(name)) {
                return None;
            }
            let list: Vec<_> = own.iter().map(|name| format!("{name} as f{at}_{name}")).collect();
            let from = numbers.get(id.as_str())?;
            writeln!(code, "export {{ {} }} from \"{PART}{from}\";", list.join(", ")).ok()?;
        }
        Some(code)
    }

    fn code(&self, id: &str) -> Option<String> {
        let at = self.taken.keys().position(|other| other == id)?;
        let mut own = Vec::new();
        let mut code = String::new();
        for name in &self.taken[id] {
            match self.inner(id, name) {
                Some(inner) => {
                    writeln!(code, "export * as {name} from {inner:?};").ok()?;
                }
                None => own.push(format!("f{at}_{name} as {name}")),
            }
        }
        writeln!(code, "export {{ {} }} from {PACKAGES:?};", own.join(", ")).ok()?;
        Some(code)
    }

    fn kept(&self, id: &str) -> Option<Kept> {
        let kept = self.keep.get(id)?;
        let names = &self.taken[id];
        let mut imports = BTreeMap::from([(PACKAGES.to_owned(), PACKAGES.to_owned())]);
        let mut namespaces = BTreeMap::new();
        for name in names {
            if let Some(inner) = self.inner(id, name) {
                imports.insert(inner.clone(), inner.clone());
                namespaces.insert(name.clone(), inner.clone());
            }
        }
        let only = Some(names.clone());
        Some(Kept { imports, namespaces, only, wanted: BTreeMap::new(), ..kept.clone() })
    }
}

/// Whether a name can be written without quotes.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
}

/// Makes one module; none if the bundler has anything to say, or what it made would not mean the same.
fn one(parts: Parts) -> Option<String> {
    let assets = rolldown_run::generate(options(), Arc::new(parts)).ok()?;
    let mut chunks = assets.iter().filter_map(|asset| match asset {
        Output::Chunk(chunk) => Some(&chunk.code),
        Output::Asset(_) => None,
    });
    let code = chunks.next().filter(|_| chunks.next().is_none())?;
    (!code.contains("import.meta")).then(|| code.clone())
}

fn options() -> BundlerOptions {
    BundlerOptions {
        input: Some(vec![InputItem { name: Some("index".to_owned()), import: ENTRY.to_owned() }]),
        cwd: Some(PathBuf::from("/")),
        dir: Some("/".to_owned()),
        platform: Some(Platform::Node),
        format: Some(OutputFormat::Esm),
        code_splitting: Some(CodeSplittingMode::Bool(false)),
        minify: Some(RawMinifyOptions::Bool(false)),
        comments: Some(CommentsOptions { legal: false, annotation: false, jsdoc: false }),
        experimental: Some(ExperimentalOptions {
            attach_debug_info: Some(AttachDebugInfo::None),
            ..ExperimentalOptions::default()
        }),
        ..BundlerOptions::default()
    }
}

#[derive(Debug)]
enum Target {
    Part(usize),
    Outside(String),
}

#[derive(Debug)]
struct Source {
    text: Arc<str>,
    imports: BTreeMap<String, Target>,
}

/// Serves the modules as they were read, by number.
#[derive(Debug)]
struct Parts {
    entry: String,
    sources: Vec<Source>,
}

impl Parts {
    fn part(&self, id: &str) -> Option<&Source> {
        self.sources.get(id.strip_prefix(PART)?.parse::<usize>().ok()?)
    }
}

impl Plugin for Parts {
    fn name(&self) -> Cow<'static, str> {
        "alchemy-packages".into()
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load
    }

    async fn resolve_id(
        &self,
        _: &PluginContext,
        args: &HookResolveIdArgs<'_>,
    ) -> HookResolveIdReturn {
        if args.specifier == ENTRY || args.specifier.starts_with(PART) {
            return Ok(Some(HookResolveIdOutput::from_id(args.specifier)));
        }
        let importer = args.importer.and_then(|importer| self.part(importer));
        Ok(importer.and_then(|part| part.imports.get(args.specifier)).map(|target| match target {
            Target::Part(number) => HookResolveIdOutput::from_id(format!("{PART}{number}")),
            Target::Outside(name) => HookResolveIdOutput {
                external: Some(ResolvedExternal::Bool(true)),
                ..HookResolveIdOutput::from_id(name.as_str())
            },
        }))
    }

    async fn load(&self, _: SharedLoadPluginContext, args: &HookLoadArgs<'_>) -> HookLoadReturn {
        let code: &str = match self.part(args.id) {
            Some(part) => &part.text,
            None if args.id == ENTRY => &self.entry,
            None => return Ok(None),
        };
        Ok(Some(HookLoadOutput { code: code.into(), ..HookLoadOutput::default() }))
    }
}
