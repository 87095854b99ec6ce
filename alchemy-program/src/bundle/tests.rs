//! Bundles of real files, run under node where that is the question.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use alchemy_core::{
    Catalog, Descriptor, Expr, Fqn, Graph, NameUse, Prop, PropType, RemovalPolicy, Resource,
    ResourceType, StackName, Stage, Value,
};
use tempfile::TempDir;

use super::*;
use crate::embedded::Embedded;
use crate::source::transform::{Treatment, transform};

fn prop(name: &'static str, ty: PropType) -> Prop {
    Prop {
        name,
        alias: None,
        doc: "",
        ty,
        required: false,
        default: Value::Null,
        forces_replacement: false,
        sensitive: false,
        local: false,
        names_existing: false,
    }
}

fn catalog() -> Catalog {
    Catalog::new([Descriptor {
        ty: ResourceType::new("AWS.Lambda.Function"),
        doc: "",
        props: vec![prop("main", PropType::Code), prop("handler", PropType::Text)],
        attributes: Vec::new(),
        name: NameUse::Natural { key: &["main"] },
        taggable: true,
        global: false,
        names_span_regions: false,
        removal: RemovalPolicy::Destroy,
        holds_data: false,
        data_loss_prop: None,
        refusals: &[],
        expand: None,
        check: None,
        public: true,
        console_url: "",
    }])
}

fn function(props: &[(&str, &str)]) -> Graph {
    let fqn = Fqn::parse("Api").unwrap();
    let resource = Resource {
        fqn: fqn.clone(),
        ty: ResourceType::new("AWS.Lambda.Function"),
        props: props.iter().map(|(k, v)| ((*k).to_owned(), Expr::Value(Value::str(*v)))).collect(),
        removal: None,
        renamed_from: Vec::new(),
        parent: None,
        depends_on: BTreeSet::new(),
        adopt: false,
        region: None,
        span: None,
        prop_spans: BTreeMap::new(),
    };
    Graph {
        stack: StackName::parse("photos").unwrap(),
        stage: Stage::parse("dev").unwrap(),
        resources: [(fqn, resource)].into_iter().collect(),
        references: std::collections::BTreeMap::new(),
        outputs: Expr::Value(Value::Null),
    }
}

/// A project folder with these files.
fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn bundle(root: &Path, props: &[(&str, &str)], cache: Option<&Path>) -> Bundled {
    let program = root.join("alchemy.run.ts");
    let request =
        BundleRequest { program: &program, root, cache: cache.map(|folder| (folder, [7; 32])) };
    bundle_functions(&mut function(props), &catalog(), &request)
}

fn only(bundled: &Bundled) -> &Artifact {
    assert_eq!(bundled.diagnostics, []);
    bundled.artifacts.values().next().expect("one artefact")
}

fn file_of(artifact: &Artifact, name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&artifact.zip)).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// What node prints when it calls the bundle's export with `event`.
#[expect(clippy::disallowed_methods, reason = "the bundle is run under node")]
fn run(artifact: &Artifact, export: &str, event: &str) -> String {
    let folder = TempDir::new().unwrap();
    let module = folder.path().join("index.mjs");
    fs::write(&module, file_of(artifact, "index.mjs")).unwrap();
    let script = format!(
        "const m = await import({:?}); console.log(JSON.stringify(await m[{export:?}]({event})))",
        module.to_string_lossy()
    );
    let output =
        Command::new("node").args(["--input-type=module", "-e", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

const API: &[(&str, &str)] = &[
    (
        "src/api.ts",
        "import { label } from './label.ts';\nexport const handler = async (e: { n: string }) => ({ l: label(e.n) });\n",
    ),
    (
        "src/label.ts",
        "export const label = (n: string): string => `photo:${n}`;\nexport const unused = () => 'never shipped';\n",
    ),
];

#[test]
fn a_handler_runs_and_is_the_same_from_any_directory() {
    let (one, two) = (project(API), project(API));
    let props = [("main", "./src/api.ts"), ("handler", "handler")];
    let first = bundle(one.path(), &props, None);
    assert_eq!(run(only(&first), "handler", "{ n: 'cat' }"), r#"{"l":"photo:cat"}"#);
    assert_eq!(only(&first), only(&bundle(two.path(), &props, None)));
    assert!(
        !file_of(only(&first), "index.mjs").contains("never shipped"),
        "unused exports are left out"
    );
    let map = file_of(only(&first), "index.mjs.map");
    assert!(map.contains("src/label.ts") && !map.contains(&*one.path().to_string_lossy()), "{map}");
}

#[test]
fn other_sources_give_another_artefact() {
    let project = project(API);
    let props = [("main", "./src/api.ts"), ("handler", "handler")];
    let before = bundle(project.path(), &props, None);
    fs::write(
        project.path().join("src/label.ts"),
        "export const label = (n: string) => `other:${n}`;\n",
    )
    .unwrap();
    assert_ne!(only(&before).sha256, only(&bundle(project.path(), &props, None)).sha256);
}

#[test]
fn the_library_is_inert_inside_a_function() {
    let text = "import * as AWS from 'alchemy/AWS';\nimport { Stack } from 'alchemy/Stack';\n\
        export class Job extends AWS.Lambda.Function<Job>()('Job', Stack.useSync((s: any) => ({ main: import.meta.filename }))) {}\n\
        export default async (e: { n: number }) => ({ twice: e.n * 2 });\n";
    let project = project(&[("src/job.ts", text)]);
    let bundled = bundle(
        project.path(),
        &[("main", &project.path().join("src/job.ts").to_string_lossy())],
        None,
    );
    assert_eq!(run(only(&bundled), "default", "{ n: 21 }"), r#"{"twice":42}"#);
}

/// Names that a module exports.
fn exports(source: &str) -> BTreeSet<String> {
    let module = transform(Path::new("library.js"), source, Treatment::Package).unwrap();
    module.exports.into_iter().collect()
}

#[test]
fn every_name_of_the_library_is_there_in_a_function() {
    let catalog = catalog();
    let there = exports(&inert::module_text(&catalog));
    for (module, source) in Embedded::new(&catalog).public() {
        let missing: Vec<_> = exports(source).difference(&there).cloned().collect();
        assert!(missing.is_empty(), "{module}: {missing:?}");
    }
}

#[test]
fn cached_bundles_are_used_until_a_file_changes_and_never_when_forged() {
    let (project, cache) = (project(API), TempDir::new().unwrap());
    let props = [("main", "./src/api.ts"), ("handler", "handler")];
    let first = bundle(project.path(), &props, Some(cache.path()));
    let entry = fs::read_dir(cache.path().join("code")).unwrap().next().unwrap().unwrap().path();
    let kept = fs::read(&entry).unwrap();

    let mut forged = kept.clone();
    *forged.last_mut().unwrap() ^= 1;
    fs::write(&entry, &forged).unwrap();
    assert_eq!(only(&bundle(project.path(), &props, Some(cache.path()))), only(&first));

    // A hit is taken as it is: an entry under the right key with other bytes would be served.
    fs::write(&entry, &kept).unwrap();
    let found = cache::CodeCache::new(cache.path(), [7; 32], project.path());
    let main = project.path().join("src/api.ts");
    assert_eq!(found.find(&main, "handler").as_ref(), Some(only(&first)));
    assert_eq!(
        cache::CodeCache::new(cache.path(), [8; 32], project.path()).find(&main, "handler"),
        None
    );

    fs::write(
        project.path().join("src/label.ts"),
        "export const label = (n: string) => `new:${n}`;\n",
    )
    .unwrap();
    assert_eq!(found.find(&main, "handler"), None);
    let changed = bundle(project.path(), &props, Some(cache.path()));
    assert_eq!(run(only(&changed), "handler", "{ n: 'x' }"), r#"{"l":"new:x"}"#);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let project = project(API);
    let refusal = |props: &[(&str, &str)]| {
        let found = bundle(project.path(), props, None).diagnostics;
        assert_eq!(found.len(), 1, "{found:?}");
        let Diagnostic { code, summary, detail, help, .. } = &found[0];
        (*code, format!("{summary}\n{detail}\n{}", help.join("\n")))
    };
    let (code, text) = refusal(&[("main", "./src/apy.ts")]);
    assert_eq!(code, "missing-handler-file");
    assert!(text.contains("src/apy.ts"), "{text}");
    let (code, text) = refusal(&[("main", "./src/api.ts"), ("handler", "handle")]);
    assert_eq!(code, "missing-handler", "{text}");
    let (code, text) = refusal(&[("main", "./src/api.ts"), ("handler", "index.handler")]);
    assert_eq!(code, "missing-handler", "{text}");
    assert!(text.contains("`index.handler`") && text.contains("the name of an export"), "{text}");
    fs::write(project.path().join("src/api.ts"), "export const handler = (\n").unwrap();
    let (code, text) = refusal(&[("main", "./src/api.ts"), ("handler", "handler")]);
    assert_eq!(code, "bundle", "{text}");
    let (said, help) = text.rsplit_once('\n').unwrap();
    assert!(said.contains("api.ts"), "the bundler's own words: {text}");
    assert!(help.starts_with("correct "), "{text}");
}
