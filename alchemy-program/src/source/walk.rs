//! The module graph: every module a program reaches, read, stripped of types, its imports resolved.

mod taken;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_core::Diagnostic;

use super::builtin;
use super::common_js::{self, CommonJs, Seen};
use super::demand::Names;
use super::files::Files;
use super::place::{Mapping, Text};
use super::resolve::{Imports, Resolved, package_name};
use super::transform::{Chain, Import, Transformed, Treatment, transform};
use crate::cache::{Bytecode, Kept, Pack};
use crate::embedded::Embedded;
use crate::limits;
use crate::refusal;

/// A module as the engine gets it.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// What it does.
    pub(crate) code: Code,
    /// The file it comes from.
    pub(crate) path: Option<PathBuf>,
    /// Its source and the way back to it, for the project's own files.
    pub(crate) own: Option<Own>,
    /// Ids of the modules it imports, by specifier.
    pub(crate) imports: BTreeMap<String, String>,
}

/// A module's code.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    /// JavaScript.
    Text(Arc<str>),
    /// As the engine wrote it on another run.
    Bytecode(Bytecode),
}

impl Code {
    /// Whether it is the same code as `other`; of bytecode, in the same place.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(own), Self::Text(other)) => own == other,
            (Self::Bytecode(own), Self::Bytecode(other)) => own.is(other),
            (Self::Text(_), Self::Bytecode(_)) | (Self::Bytecode(_), Self::Text(_)) => false,
        }
    }
}

/// What is kept of a file of the project.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// The source.
    pub(crate) text: Text,
    /// The way back to it.
    pub(crate) mapping: Option<Mapping>,
}

/// All modules of a program, by id: a file's path, a module's name for our own and Node's.
#[derive(Debug, Default)]
pub(crate) struct ModuleGraph {
    /// By id.
    pub(crate) modules: BTreeMap<String, Module>,
    /// Ids of the project's own files, in the order of their numbers.
    pub(crate) own: Vec<String>,
    /// The program's id.
    pub(crate) entry: String,
    /// What is wrong.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What to keep of the modules that are not the project's own, besides their code.
    pub(crate) keep: BTreeMap<String, Kept>,
    /// Whether some of these were not kept before.
    pub(crate) fresh: bool,
    /// Whether modules that were kept in part hold all that is taken of them.
    pub(crate) fits: bool,
    /// What is taken of the modules of `effect` and of the library, if that can be told.
    pub(crate) taken: Option<Names>,
    /// These modules, while each is by itself.
    pub(crate) parts: BTreeSet<String>,
}

/// What one module takes from inert ones: the names to make up, by module.
type Wanted = BTreeMap<String, BTreeSet<String>>;

/// Walks a program.
pub(crate) struct Walk<'a, 'e> {
    files: &'a mut Files,
    embedded: &'e Embedded,
    imports: Imports<'e>,
    kept: Option<Pack>,
    graph: ModuleGraph,
    exports: BTreeMap<String, Exports>,
    queue: VecDeque<Pending>,
    wanted: Wanted,
    taken: Vec<(String, Import)>,
    chains: Vec<(String, Vec<Chain>)>,
    common_js: BTreeMap<String, CommonJs>,
}

/// A module to read, and who asks for it.
struct Pending {
    id: String,
    target: Resolved,
}

/// What a module offers: its own names, and whether there may be more.
#[derive(Debug, Default)]
struct Exports {
    names: BTreeSet<String>,
    namespaces: BTreeMap<String, String>,
    open: bool,
}

impl<'a, 'e> Walk<'a, 'e> {
    /// A walk that begins at `program`.
    pub(crate) fn new(
        files: &'a mut Files,
        embedded: &'e Embedded,
        program: &Path,
        kept: Option<Pack>,
    ) -> Self {
        let home = program.parent().unwrap_or(program);
        let imports = Imports::new(home, embedded);
        Self {
            files,
            embedded,
            imports,
            kept,
            graph: ModuleGraph::default(),
            exports: BTreeMap::new(),
            queue: VecDeque::new(),
            wanted: Wanted::new(),
            taken: Vec::new(),
            chains: Vec::new(),
            common_js: BTreeMap::new(),
        }
    }

    /// Reads everything that `program` (without links) reaches.
    pub(crate) fn run(mut self, program: &Path) -> ModuleGraph {
        if let Some(folder) = self.imports.shadowed_package() {
            self.graph.diagnostics.push(refusal::shadowed(&self.files.name(&folder)));
        }
        self.graph.entry = self.enqueue(Resolved::File(program.to_path_buf()));
        for root in Embedded::ROOTS {
            self.enqueue(Resolved::Embedded((*root).to_owned()));
        }
        while let Some(Pending { id, target }) = self.queue.pop_front() {
            if self.graph.modules.len() > limits::MODULES {
                self.graph.diagnostics.push(refusal::too_many_modules(&id));
                break;
            }
            self.load(&id, &target);
        }
        self.make_inert();
        self.make_common_js();
        self.check_names();
        self.drop_repeated();
        self.see_what_is_taken();
        self.graph
    }

    /// The id of a target, queued the first time it is seen.
    fn enqueue(&mut self, target: Resolved) -> String {
        let id = match &target {
            Resolved::Embedded(name) => name.clone(),
            Resolved::Node(name) => format!("node:{name}"),
            Resolved::Inert(name) => format!("inert:{name}"),
            Resolved::File(path) => path.to_string_lossy().into_owned(),
        };
        if !self.exports.contains_key(&id) {
            self.exports.insert(id.clone(), Exports { open: true, ..Exports::default() });
            self.queue.push_back(Pending { id: id.clone(), target });
        }
        id
    }

    fn load(&mut self, id: &str, target: &Resolved) {
        match target {
            Resolved::Embedded(_) | Resolved::File(_) if self.take_kept(id) => {}
            Resolved::Embedded(name) => {
                let source = self.embedded.source(name).unwrap_or_default();
                self.load_library(id, source);
            }
            Resolved::Node(name) => {
                if let Some(source) = builtin::node_source(name) {
                    self.load_library(id, source);
                }
            }
            Resolved::Inert(_) => {}
            Resolved::File(path) => self.load_file(id, path),
        }
    }

    /// A module of the library, whose source is ours and known to be well formed.
    fn load_library(&mut self, id: &str, source: &str) {
        if let Ok(module) = transform(Path::new("library.js"), source, Treatment::Package) {
            self.add(id, None, None, module);
        }
    }

    fn load_file(&mut self, id: &str, path: &Path) {
        let own = self.files.is_own(path);
        let name = self.files.name(path);
        let text = match self.files.read(path) {
            Ok(text) => text,
            Err(error) => {
                self.graph.diagnostics.push(refusal::unreadable(&name, &error));
                return;
            }
        };
        let text = Text::new(&name, text);
        if is_json(path) {
            self.load_json(id, path, text, own);
            return;
        }
        let number = u32::try_from(self.graph.own.len()).unwrap_or(u32::MAX);
        let treatment = if own { Treatment::Own(number) } else { Treatment::Package };
        match transform(path, &text.source, treatment) {
            Ok(module) if !own && !module.is_module && common_js::may_be(path) => {
                self.add_common_js(id, path, &text, &module);
            }
            Ok(module) => {
                let kept = own.then(|| Own { text, mapping: module.mapping.clone() });
                if own {
                    self.graph.own.push(id.to_owned());
                }
                self.add(id, Some(path), kept, module);
            }
            Err(errors) => {
                let found = errors.iter().map(|error| refusal::syntax(&text, error));
                self.graph.diagnostics.extend(found);
                if own {
                    self.graph.modules.insert(id.to_owned(), broken(path, text));
                }
            }
        }
    }

    /// Data is a source of the program's like any other file, but has no number: nothing in it can be gone through.
    fn load_json(&mut self, id: &str, path: &Path, text: Text, own: bool) {
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&text.source) {
            self.graph.diagnostics.push(refusal::bad_json(&text, &error));
            if own {
                self.graph.modules.insert(id.to_owned(), broken(path, text));
            }
            return;
        }
        let module = Module {
            code: Code::Text(format!("export default {};\n", text.source).into()),
            path: Some(path.to_path_buf()),
            own: own.then_some(Own { text, mapping: None }),
            imports: BTreeMap::new(),
        };
        self.exports.insert(
            id.to_owned(),
            Exports { names: BTreeSet::from(["default".to_owned()]), ..Exports::default() },
        );
        self.graph.modules.insert(id.to_owned(), module);
    }

    fn add(&mut self, id: &str, path: Option<&Path>, own: Option<Own>, found: Transformed) {
        let mut imports: BTreeMap<String, String> = BTreeMap::new();
        let mut wanted = Wanted::new();
        let lean = own.is_some() && without_config(&found);
        for import in &found.imports {
            if own.is_some() {
                self.taken.push((id.to_owned(), import.clone()));
            }
            if let Some(to) = imports.get(&import.specifier).cloned() {
                want(&mut wanted, &to, import, &found.code);
                continue;
            }
            match self.imports.resolve(self.files, path, &import.specifier) {
                Ok(target) => {
                    let target = if lean && import.specifier == "alchemy" {
                        Resolved::Embedded(Embedded::LEAN.to_owned())
                    } else {
                        target
                    };
                    let to = self.enqueue(target);
                    want(&mut wanted, &to, import, &found.code);
                    imports.insert(import.specifier.clone(), to);
                }
                Err(problem) => {
                    let place = own.as_ref().map(|own| own.text.span(import.span.0, import.span.1));
                    let by = path.map_or_else(
                        || "the alchemy library".to_owned(),
                        |path| self.files.name(path),
                    );
                    let found = refusal::unresolved(&by, place.as_ref(), import, &problem);
                    if !self.graph.diagnostics.contains(&found) {
                        self.graph.diagnostics.push(found);
                    }
                }
            }
        }
        let namespaces = found
            .namespaces
            .iter()
            .filter_map(|(name, from)| Some((name.clone(), imports.get(from)?.clone())));
        let namespaces = namespaces.collect();
        let offers = Exports {
            names: found.exports.into_iter().collect(),
            namespaces,
            open: found.exports_all,
        };
        if own.is_some() {
            self.chains.push((id.to_owned(), found.chains));
        } else if !is_made_up(id) {
            self.graph.fresh = true;
            let kept = Kept {
                path: path.map(Path::to_path_buf),
                imports: imports.clone(),
                wanted: wanted.clone(),
                exports: offers.names.clone(),
                namespaces: offers.namespaces.clone(),
                open: offers.open,
                ..Kept::default()
            };
            self.graph.keep.insert(id.to_owned(), kept);
        }
        self.exports.insert(id.to_owned(), offers);
        self.add_wanted(&wanted);
        let module = Module {
            code: Code::Text(found.code),
            path: path.map(Path::to_path_buf),
            own,
            imports,
        };
        self.graph.modules.insert(id.to_owned(), module);
    }

    fn add_common_js(&mut self, id: &str, path: &Path, text: &Text, found: &Transformed) {
        let mut requires = BTreeMap::new();
        for specifier in &found.requires {
            if let Some(target) = self.imports.resolve_require(self.files, path, specifier) {
                requires.insert(specifier.clone(), self.enqueue(target));
            }
        }
        self.common_js
            .insert(id.to_owned(), CommonJs { source: text.source.to_string(), requires });
    }

    /// Makes modules of the files written for `require`, now that it is known which names are asked for.
    fn make_common_js(&mut self) {
        if !self.common_js.is_empty() {
            self.enqueue(Resolved::Embedded("alchemy:common_js".to_owned()));
            self.load_rest();
        }
        for (id, file) in &self.common_js {
            let names = self.wanted.get(id).cloned().unwrap_or_default();
            let code = common_js::module(file, &names, |to| match to {
                to if self.common_js.contains_key(to) => Seen::Exports,
                to if is_made_up(to) || is_json(Path::new(to)) => Seen::Default,
                _ => Seen::Namespace,
            });
            let mut imports = file.requires.clone();
            imports.insert("alchemy:common_js".to_owned(), "alchemy:common_js".to_owned());
            let path = Some(PathBuf::from(id));
            let module = Module { code: Code::Text(code.into()), path, own: None, imports };
            self.graph.modules.insert(id.clone(), module);
        }
    }

    fn load_rest(&mut self) {
        while let Some(Pending { id, target }) = self.queue.pop_front() {
            self.load(&id, &target);
        }
    }

    fn add_wanted(&mut self, wanted: &Wanted) {
        for (id, names) in wanted {
            self.wanted.entry(id.clone()).or_default().extend(names.iter().cloned());
        }
    }

    /// Takes a module that was kept, and queues what it imports. Says whether there was one.
    fn take_kept(&mut self, id: &str) -> bool {
        let Some((kept, code)) = self.kept.as_ref().and_then(|pack| pack.module(id)) else {
            return false;
        };
        let kept = kept.clone();
        for (specifier, to) in &kept.imports {
            let target = target_of(to);
            // A package that it names may be read, as when it was looked for.
            if let Resolved::File(path) = &target
                && package_name(specifier).is_some()
            {
                self.files.allow_package_of(path);
            }
            self.enqueue(target);
        }
        self.add_wanted(&kept.wanted);
        let (names, namespaces) = (kept.exports.clone(), kept.namespaces.clone());
        self.exports.insert(id.to_owned(), Exports { names, namespaces, open: kept.open });
        let (path, imports) = (kept.path.clone(), kept.imports.clone());
        self.graph.keep.insert(id.to_owned(), kept);
        self.graph
            .modules
            .insert(id.to_owned(), Module { code: Code::Bytecode(code), path, own: None, imports });
        true
    }

    /// Makes the modules that are not loaded: each name asked for exists, and refuses when it is used.
    fn make_inert(&mut self) {
        let ids: Vec<_> = self.exports.keys().filter(|id| is_made_up(id)).cloned().collect();
        for id in ids {
            let wanted = self.wanted.remove(&id).unwrap_or_default();
            let known = self.exports.get(&id).map(|e| e.names.clone()).unwrap_or_default();
            let missing =
                wanted.iter().filter(|name| !known.contains(*name) && name.as_str() != "default");
            let written = self.graph.modules.get(&id);
            let mut code = match written.map(|module| &module.code) {
                Some(Code::Text(text)) => text.to_string(),
                _ => String::new(),
            };
            let mut imports = written.map(|module| module.imports.clone()).unwrap_or_default();
            let (maker, name) = match id.strip_prefix("node:") {
                Some(name) => ("refuse", format!("node:{name}")),
                None => ("inert", id.trim_start_matches("inert:").to_owned()),
            };
            let names: Vec<_> = missing.cloned().collect();
            code.push_str(&made_up(maker, &name, &names, written.is_none()));
            imports.insert("alchemy:inert".to_owned(), "alchemy:inert".to_owned());
            let module = Module { code: Code::Text(code.into()), path: None, own: None, imports };
            self.graph.modules.insert(id, module);
        }
        self.enqueue(Resolved::Embedded("alchemy:inert".to_owned()));
        self.load_rest();
    }

    /// Names that the project's own files take from modules must exist, where it is known what there is.
    fn check_names(&mut self) {
        let mut found = Vec::new();
        let mut namespaces = BTreeMap::new();
        for (own, import) in &self.taken {
            let Some(module) = self.graph.modules.get(own) else { continue };
            let (Some(kept), Some(id)) = (&module.own, module.imports.get(&import.specifier))
            else {
                continue;
            };
            namespaces.extend(
                import
                    .namespaces
                    .iter()
                    .map(|local| ((own.as_str(), local.as_str()), (id, import))),
            );
            let Some(offers) = self.closed(id) else { continue };
            for (name, (start, end)) in
                import.names.iter().filter(|(name, _)| !offers.names.contains(name))
            {
                let place = kept.text.span(*start, *end);
                found.push(refusal::no_such_export(&place, name, &import.specifier, &offers.names));
            }
        }
        for (own, chains) in &self.chains {
            let Some(kept) = self.graph.modules.get(own).and_then(|module| module.own.as_ref())
            else {
                continue;
            };
            for chain in chains {
                let Some((id, import)) = namespaces.get(&(own.as_str(), chain.local.as_str()))
                else {
                    continue;
                };
                found.extend(self.check_chain(&kept.text, id, &import.specifier, chain));
            }
        }
        self.graph.diagnostics.append(&mut found);
    }

    /// What is missing is said once: at the program's own import, if there is one.
    fn drop_repeated(&mut self) {
        let found = &mut self.graph.diagnostics;
        let placed: BTreeSet<_> =
            found.iter().filter(|d| !d.labels.is_empty()).map(|d| d.code).collect();
        let mut seen = BTreeSet::new();
        found.retain(|d| {
            let about_effect = d.code.starts_with("effect-");
            !about_effect
                || (!d.labels.is_empty() || !placed.contains(d.code)) && seen.insert(d.code)
        });
    }

    /// What a module offers, if all of it is known.
    fn closed(&self, id: &str) -> Option<&Exports> {
        self.exports.get(id).filter(|offers| !offers.open && !is_made_up(id))
    }

    fn check_chain(
        &self,
        text: &Text,
        id: &str,
        specifier: &str,
        chain: &Chain,
    ) -> Option<Diagnostic> {
        let mut id = id;
        let mut shown = specifier.to_owned();
        for (name, (start, end)) in &chain.members {
            let offers = self.closed(id)?;
            if !offers.names.contains(name) {
                return Some(refusal::no_such_export(
                    &text.span(*start, *end),
                    name,
                    &shown,
                    &offers.names,
                ));
            }
            id = offers.namespaces.get(name)?;
            shown = format!("{shown}/{name}");
        }
        None
    }
}

/// Whether a file does without `Config` of `alchemy`: it does not name it, and nowhere takes all that there is.
fn without_config(found: &Transformed) -> bool {
    let whole = found.imports.iter().any(|import| import.specifier == "alchemy" && import.whole);
    !whole && !found.code.contains("Config")
}

/// Notes what `import` takes of a module that is made up.
fn want(wanted: &mut Wanted, id: &str, import: &Import, code: &str) {
    if is_made_up(id) || may_be_common_js(id) {
        let names = wanted.entry(id.to_owned()).or_default();
        names.extend(import.names.iter().map(|(name, _)| name.clone()));
        names.extend(import.namespaces.iter().flat_map(|local| members_of(local, code)));
    }
}

/// What an id stands for.
fn target_of(id: &str) -> Resolved {
    if let Some(name) = id.strip_prefix("node:") {
        Resolved::Node(name.to_owned())
    } else if let Some(name) = id.strip_prefix("inert:") {
        Resolved::Inert(name.to_owned())
    } else if id == "alchemy" || id.starts_with("alchemy/") || id.starts_with("alchemy:") {
        Resolved::Embedded(id.to_owned())
    } else {
        Resolved::File(PathBuf::from(id))
    }
}

/// Whether a file may turn out to be written for `require`. Those of `effect`, which are most, are known not to be.
fn may_be_common_js(id: &str) -> bool {
    common_js::may_be(Path::new(id))
        && id.contains("/node_modules/")
        && !id.contains("/node_modules/effect/")
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}

fn is_made_up(id: &str) -> bool {
    id.starts_with("inert:") || id.starts_with("node:")
}

/// Code that exports `names` of a module that is not there.
fn made_up(maker: &str, module: &str, names: &[String], with_default: bool) -> String {
    let mut code = format!("\nimport {{ {maker} as __{maker} }} from \"alchemy:inert\";\n");
    for (i, name) in names.iter().enumerate() {
        let _ = writeln!(
            code,
            "const __{i} = __{maker}({module:?}, {name:?});\nexport {{ __{i} as {name:?} }};"
        );
    }
    if with_default {
        let _ = writeln!(code, "export default __{maker}({module:?}, \"\");");
    }
    code
}

/// Members that `code` takes from namespace `local`: what follows `local.`.
fn members_of(local: &str, code: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut found = Vec::new();
    for (at, _) in code.match_indices(local) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| is_name(c) || c == '.') {
            continue;
        }
        let rest = code[at + local.len()..].trim_start();
        let Some(rest) = rest.strip_prefix("?.").or_else(|| rest.strip_prefix('.')) else {
            continue;
        };
        let name: String = rest.trim_start().chars().take_while(|c| is_name(*c)).collect();
        if !name.is_empty() && name != "then" {
            found.push(name);
        }
    }
    found
}

/// Keeps the text of a file with syntax errors, for showing them.
fn broken(path: &Path, text: Text) -> Module {
    Module {
        code: Code::Text(Arc::from("")),
        path: Some(path.to_path_buf()),
        own: Some(Own { text, mapping: None }),
        imports: BTreeMap::new(),
    }
}
