//! A project on disk with a store in memory, and what a server is told of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use alchemy_core::{
    Change, Diagnostic, Generation, Identity, Realm, Record, RemovalPolicy, SecretHasher,
    StackName, Stage, Status, Target, Value, physical_name,
};
use alchemy_lsp::{Host, Project, Settings};
use alchemy_state::{LockInfo, LockRequest, MemoryStore, StageKey, StateStore};
use serde_json::{Value as Json, json};

use crate::editor::{Editor, node_modules};

/// A project.
pub(crate) struct Given {
    folder: tempfile::TempDir,
    pub(crate) store: MemoryStore,
}

/// What a server is told.
#[derive(Debug)]
pub(crate) struct TestHost {
    root: PathBuf,
    store: MemoryStore,
    /// Settings the server asked with.
    pub(crate) asked: Mutex<Vec<Settings>>,
    /// The stores it opened: what the settings name, what the program does.
    pub(crate) opened: Mutex<Vec<[Option<String>; 2]>>,
}

pub(crate) fn realm() -> Realm {
    Realm::from_bits([7; 16])
}

impl Host for TestHost {
    fn project(&self, program: &Path, settings: &Settings) -> Result<Project, Diagnostic> {
        assert_ne!(settings.profile.as_deref(), Some("broken"), "a mistake, made on purpose");
        self.asked.lock().expect("nobody panicked").push(settings.clone());
        if self.root.join("refuse").exists() {
            return Err(Diagnostic::error("env-file", "cannot read .env").help("repair it"));
        }
        Ok(Project {
            program: program.to_path_buf(),
            root: self.root.clone(),
            stage: Stage::parse("dev_sam").expect("legal"),
            stage_source: "the user's name".to_owned(),
            environment: BTreeMap::new(),
            catalog: alchemy_providers::catalog(),
            hasher: SecretHasher::new([3; 32]),
            cache: Some(self.root.join(".alchemy/cache")),
            cache_key: [5; 32],
        })
    }

    fn store(
        &self,
        _: &Project,
        settings: &Settings,
        named: Option<&str>,
    ) -> Result<Arc<dyn StateStore>, Diagnostic> {
        let named_by = [settings.state.clone(), named.map(str::to_owned)];
        self.opened.lock().expect("nobody panicked").push(named_by);
        match settings.state.as_deref() {
            // As the command line asks a profile for its keys.
            Some("from far") => tokio::runtime::Runtime::new().expect("threads").block_on(async {}),
            Some("broken") => unreachable!("a mistake, made on purpose"),
            _ => {}
        }
        if named == Some("s3://nowhere") {
            return Err(Diagnostic::error("bad-store", "there is no such bucket"));
        }
        Ok(Arc::new(self.store.client()))
    }

    fn new_realm(&self) -> Option<Realm> {
        Some(realm())
    }

    fn now_ms(&self) -> u64 {
        1_700_000_000_000
    }
}

impl Given {
    /// A project whose store has its realm.
    pub(crate) async fn new(program: &str) -> Self {
        let given = Self::without_realm(program);
        given.store.client().realm(Some(realm())).await.expect("memory keeps it");
        given
    }

    /// A project whose store was never written.
    pub(crate) fn without_realm(program: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("package.json"), "{}").expect("written");
        std::os::unix::fs::symlink(node_modules(), folder.path().join("node_modules"))
            .expect("linked");
        let given = Self { folder, store: MemoryStore::new() };
        given.file("alchemy.run.ts", program);
        given
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("made");
        std::fs::write(&path, text).expect("written");
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        std::fs::canonicalize(self.folder.path()).expect("it is there").join(name)
    }

    pub(crate) fn program(&self) -> PathBuf {
        self.path("alchemy.run.ts")
    }

    pub(crate) fn host(&self) -> Arc<TestHost> {
        self.host_at(std::fs::canonicalize(self.folder.path()).expect("it is there"))
    }

    /// A host that reaches the project by another path.
    pub(crate) fn host_at(&self, root: PathBuf) -> Arc<TestHost> {
        let (store, asked, opened) = (self.store.clone(), Mutex::default(), Mutex::default());
        Arc::new(TestHost { root, store, asked, opened })
    }

    /// An editor that has the program open.
    pub(crate) async fn editor(&self) -> Editor {
        self.editor_with(json!({}), json!({})).await
    }

    pub(crate) async fn editor_with(&self, options: Json, capabilities: Json) -> Editor {
        let mut editor = Editor::with(self.host(), options, capabilities).await;
        let text = std::fs::read_to_string(self.program()).expect("readable");
        editor.open(&self.program(), &text).await;
        editor
    }

    /// Writes state as a deploy would leave it: these resources, deployed.
    pub(crate) async fn deployed(&self, stage: &str, records: Vec<Record>) {
        let changes = records.into_iter().map(Change::Put).collect::<Vec<_>>();
        self.change(stage, changes).await;
    }

    pub(crate) async fn change(&self, stage: &str, mut changes: Vec<Change>) {
        let key = key(stage);
        let request =
            LockRequest { info: LockInfo::default(), wait: std::time::Duration::from_secs(1) };
        let lock = self.store.client().lock(&key, request).await.expect("free");
        changes.insert(0, Change::Pin(target()));
        let (by, at) = ("sam@laptop".to_owned(), "2026-01-02T03:04:05Z".to_owned());
        changes.push(Change::Deployed { by, at });
        lock.append(&changes).await.expect("written");
        lock.commit().await.expect("written");
        lock.release().await.expect("released");
    }
}

pub(crate) fn key(stage: &str) -> StageKey {
    let stack = StackName::parse("app").expect("legal");
    StageKey { stack, stage: Stage::parse(stage).expect("legal") }
}

fn target() -> Target {
    let (account, region) = ("111111111111".to_owned(), "eu-central-1".to_owned());
    Target { provider: "aws".to_owned(), account, region }
}

/// The record of a queue, bucket or other type with a name.
pub(crate) fn record(stage: &str, fqn: &str, ty: &str, props: &[(&str, Value)]) -> Record {
    let StageKey { stack, stage } = key(stage);
    let fqn = alchemy_core::Fqn::parse(fqn).expect("legal");
    let ty = alchemy_core::ResourceType::new(ty);
    let generation = Generation(0);
    let identity =
        Identity { realm: realm(), stack, stage, fqn: fqn.clone(), ty: ty.clone(), generation };
    let catalog = alchemy_providers::catalog();
    let descriptor = catalog.get(&ty).expect("a known type");
    let rule = descriptor.name_rule(&BTreeMap::new()).expect("a named type");
    let name = physical_name(&identity, rule);
    let mut known: BTreeMap<String, Value> =
        props.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    if let alchemy_core::NameUse::Named { prop, .. } = &descriptor.name {
        known.insert((*prop).to_owned(), Value::str(&name));
    }
    for prop in descriptor.props.iter().filter(|prop| !prop.default.is_null()) {
        known.entry(prop.name.to_owned()).or_insert_with(|| prop.default.clone());
    }
    Record {
        uid: identity.uid(),
        fqn,
        ty,
        generation,
        status: Status::Ready,
        attrs: BTreeMap::from([("queueUrl".to_owned(), Value::str(format!("https://q/{name}")))]),
        name: Some(name),
        target: target(),
        props: known,
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: "2026-01-02T03:04:05Z".to_owned(),
        updated_at: "2026-01-02T03:04:05Z".to_owned(),
        replaced: false,
    }
}

/// A program of stack `app` whose Effect has this body.
pub(crate) fn body(text: &str) -> String {
    format!(
        "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Effect from \"effect/Effect\";\nexport default Alchemy.Stack(\"app\", {{ providers: AWS.providers() }}, Effect.gen(function* () {{\n  const {{ stage }} = yield* Alchemy.Stack;\n{text}\n}}));\n"
    )
}
