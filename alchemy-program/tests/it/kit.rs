//! A project on disk, evaluated with a small catalog.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use alchemy_core::{
    Attribute, Catalog, Descriptor, Expr, NameUse, RemovalPolicy, ResourceType, SecretHasher, Stage,
};
use alchemy_program::{EvaluateRequest, Evaluation, Evaluator, evaluate};

/// A project folder with `node_modules` in it.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    pub(crate) stage: String,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Project {
    /// A project without packages.
    pub(crate) fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("package.json"), "{}").unwrap();
        Self { folder, stage: "dev_test".to_owned(), environment: BTreeMap::new() }
    }

    /// A project with `effect`.
    pub(crate) fn new() -> Self {
        let project = Self::bare();
        std::os::unix::fs::symlink(node_modules(), project.path("node_modules")).unwrap();
        project
    }

    /// A project whose program is `text`.
    pub(crate) fn program(text: &str) -> Self {
        Self::new().file("alchemy.run.ts", text)
    }

    /// A project whose program's Effect has this body, and which has the usual imports.
    pub(crate) fn body(text: &str) -> Self {
        Self::program(&format!(
            "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Output from \"alchemy/Output\";\n\
             import * as Effect from \"effect/Effect\";\nexport default Alchemy.Stack(\"app\", {{ providers: AWS.providers() }}, Effect.gen(function* () {{\n{text}\n}}));\n"
        ))
    }

    /// As `body`, with the modules for configuration besides.
    pub(crate) fn with_config(text: &str) -> Self {
        Self::program(&format!(
            "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Output from \"alchemy/Output\";\n\
             import {{ Config, Duration, Effect, Redacted }} from \"effect\";\nexport default Alchemy.Stack(\"app\", {{ providers: AWS.providers() }}, Effect.gen(function* () {{\n{text}\n}}));\n"
        ))
    }

    /// A project with two copies of `effect`, the second inside a package.
    pub(crate) fn doubled() -> Self {
        let project = Self::bare()
            .file("alchemy.run.ts", "import * as Effect from \"effect/Effect\";\nimport \"kit\";\nexport default Effect;\n")
            .file("node_modules/kit/package.json", r#"{"name":"kit","type":"module","exports":"./index.js"}"#)
            .file("node_modules/kit/index.js", "import \"effect/Effect\";\n")
            .file("node_modules/kit/node_modules/effect/package.json", r#"{"name":"effect","version":"4.0.1","exports":{"./*":"./dist/*.js"}}"#)
            .file("node_modules/kit/node_modules/effect/dist/Effect.js", "export const gen = 1;");
        std::os::unix::fs::symlink(
            node_modules().join("effect"),
            project.path("node_modules/effect"),
        )
        .unwrap();
        project
    }

    /// A project with `effect` and room for more packages.
    pub(crate) fn with_packages() -> Self {
        let project = Self::bare().file("node_modules/.keep", "");
        std::os::unix::fs::symlink(
            node_modules().join("effect"),
            project.path("node_modules/effect"),
        )
        .unwrap();
        project
    }

    /// A project with an npm package named `alchemy`.
    pub(crate) fn with_npm_alchemy() -> Self {
        let project = Self::bare()
            .file(
                "alchemy.run.ts",
                include_str!("../../../tests/programs/01-minimal/alchemy.run.ts"),
            )
            .file("node_modules/alchemy/package.json", r#"{"name":"alchemy","version":"2.0.0"}"#);
        std::os::unix::fs::symlink(
            node_modules().join("effect"),
            project.path("node_modules/effect"),
        )
        .unwrap();
        project
    }

    /// With one more file.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn stage(mut self, stage: &str) -> Self {
        stage.clone_into(&mut self.stage);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn request(&self) -> EvaluateRequest {
        EvaluateRequest {
            program: self.path("alchemy.run.ts"),
            root: self.folder.path().to_path_buf(),
            stage: Stage::parse(&self.stage).unwrap(),
            catalog: catalog(),
            environment: self.environment.clone(),
            hasher: SecretHasher::new([7; 32]),
            cache: None,
            cache_key: [9; 32],
            now_ms: 1_700_000_000_000,
            overlay: BTreeMap::new(),
        }
    }

    /// Evaluates; and again while a cache is made, from that cache, and in a heap that was made ready before: all this may
    /// make things faster, never different.
    pub(crate) fn evaluate(&self) -> Evaluation {
        let evaluation = evaluate(&self.request());
        // These take their time, and what ends them is no matter of modules.
        let limits = ["endless", "out-of-memory"];
        if evaluation.diagnostics.iter().any(|found| limits.contains(&found.code)) {
            return evaluation;
        }
        let cache = tempfile::tempdir().unwrap();
        let cached = || EvaluateRequest { cache: Some(cache.path().into()), ..self.request() };
        let mut evaluator = Evaluator::new(cached());
        let stage = self.request().stage;
        let mut edited = || {
            let other = evaluator.read(&BTreeMap::new()).evaluate(&stage);
            evaluator.make_ready(&stage, std::slice::from_ref(&stage));
            other
        };
        let others = [
            ("while a cache is made", evaluate(&cached())),
            ("from a cache", evaluate(&cached())),
            ("in an editor", edited()),
            ("in a heap that was ready", edited()),
        ];
        for (when, other) in others {
            assert_eq!(render(&evaluation), render(&other), "{when}");
            let as_text = |it: &Evaluation| it.graph.is_some().then(|| graph(it));
            assert_eq!(as_text(&evaluation), as_text(&other), "{when}");
        }
        evaluation
    }

    /// The diagnostics as text, with the project's folder as `$PROJECT`.
    pub(crate) fn diagnostics(&self) -> String {
        let evaluation = self.evaluate();
        self.text(&render(&evaluation))
    }

    /// `text` with the project's folder as `$PROJECT`.
    pub(crate) fn text(&self, text: &str) -> String {
        let effect = std::fs::canonicalize(self.path("node_modules/effect"));
        let text = effect
            .map_or(text.to_owned(), |effect| text.replace(&*effect.to_string_lossy(), "$EFFECT"));
        let real = std::fs::canonicalize(self.folder.path()).unwrap();
        text.replace(&*real.to_string_lossy(), "$PROJECT")
            .replace(&*self.folder.path().to_string_lossy(), "$PROJECT")
    }
}

/// `node_modules` with `effect`, made by `cargo xtask setup`.
#[expect(clippy::disallowed_methods, reason = "where the packages are is the machine's affair")]
pub(crate) fn node_modules() -> PathBuf {
    let found = match std::env::var_os("ALCHEMY_TEST_NODE_MODULES") {
        Some(given) => PathBuf::from(given),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/node/node_modules"),
    };
    assert!(
        found.join("effect/package.json").is_file(),
        "no effect in {}: run `cargo xtask setup`",
        found.display()
    );
    std::fs::canonicalize(found).unwrap()
}

/// Every diagnostic: severity, code, summary, places with the source line and a caret, advice.
pub(crate) fn render(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    for found in &evaluation.diagnostics {
        let severity = if found.is_error() { "error" } else { "warning" };
        writeln!(out, "{severity}[{}]: {}", found.code, found.summary).unwrap();
        for label in &found.labels {
            writeln!(out, " --> {} {}", label.span.location, label.text).unwrap();
            let Some(source) = evaluation.sources.get(&label.span.location.file) else { continue };
            let line =
                source.lines().nth(label.span.location.line as usize - 1).unwrap_or_default();
            let start = label.span.location.column as usize - 1;
            let width = source[label.span.start as usize..label.span.end as usize]
                .lines()
                .next()
                .unwrap_or_default();
            writeln!(out, "  | {line}").unwrap();
            writeln!(out, "  | {}{}", " ".repeat(start), "^".repeat(width.chars().count().max(1)))
                .unwrap();
        }
        if !found.detail.is_empty() {
            writeln!(out, "  = {}", found.detail).unwrap();
        }
        for help in &found.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

/// An expression on one line.
pub(crate) fn show(expr: &Expr) -> String {
    match expr {
        Expr::Value(value) => value.to_json(),
        Expr::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Expr::Map(members) => {
            let members: Vec<_> =
                members.iter().map(|(k, v)| format!("{k}: {}", show(v))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Expr::Attr { fqn, path } => format!("{fqn}.{}", path.join(".")),
        Expr::Ref(output) => {
            format!("{}@{}.{}", output.of.stack, output.of.stage, output.path.join("."))
        }
        Expr::Call { closure, input } => format!("#{}({})", closure.0, show(input)),
        Expr::Concat(parts) => {
            format!("`{}`", parts.iter().map(show).collect::<Vec<_>>().join("+"))
        }
    }
}

/// The graph as text: one line a resource, its place, then its props with theirs.
pub(crate) fn graph(evaluation: &Evaluation) -> String {
    assert!(evaluation.graph.is_some(), "{}", render(evaluation));
    let graph = evaluation.graph.as_ref().unwrap();
    let mut out = format!("{} @ {}\n", graph.stack, graph.stage);
    for resource in graph.resources.values() {
        write!(out, "{} {}", resource.ty, resource.fqn).unwrap();
        if let Some(removal) = resource.removal {
            write!(out, " {removal:?}").unwrap();
        }
        if resource.adopt {
            out.push_str(" adopt");
        }
        for former in &resource.renamed_from {
            write!(out, " was {former}").unwrap();
        }
        let place =
            resource.span.as_ref().map_or_else(|| "?".to_owned(), |span| span.location.to_string());
        writeln!(out, " ({place})").unwrap();
        for (name, value) in &resource.props {
            let place = resource
                .prop_spans
                .get(name)
                .map_or_else(|| "?".to_owned(), |span| span.location.to_string());
            writeln!(out, "  {name} = {} ({place})", show(value)).unwrap();
        }
    }
    write!(out, "-> {}", show(&graph.outputs)).unwrap();
    out
}

fn catalog() -> Catalog {
    let ty = |name: &str, attributes: &[&'static str]| Descriptor {
        ty: ResourceType::new(name),
        doc: "",
        props: Vec::new(),
        attributes: attributes
            .iter()
            .map(|name| Attribute { name, doc: "", ts_type: "string", stable: true, at_plan: None })
            .collect(),
        name: NameUse::Natural { key: &[] },
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
    };
    Catalog::new([
        ty("AWS.S3.Bucket", &["bucketName", "bucketArn"]),
        ty("AWS.SQS.Queue", &["queueUrl", "queueArn", "queueName"]),
        ty("AWS.Lambda.Function", &["functionName", "functionArn", "functionUrl", "roleArn"]),
        ty("AWS.Lambda.EventSourceMapping", &["uuid"]),
    ])
}
