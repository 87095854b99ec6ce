//! Names in hints are the names that a deploy gives, for random programs and histories: before the deploy, after it, and after
//! edits that rename and replace.
#![expect(clippy::panic, reason = "a case that fails says which it is")]

mod text;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alchemy_core::{Diagnostic, Expr, Fqn, Realm, Snapshot, Stage, Value};
use alchemy_lsp::{Host, Project, Settings};
use alchemy_program::{EvaluateRequest, evaluate};
use alchemy_state::StateStore;
use alchemy_tests::program::Program;
use alchemy_tests::random::Random;
use alchemy_tests::sim_cloud::Harshness;
use alchemy_tests::world::{SimStore, World};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::editor::{Editor, node_modules};
use text::{Item, STAGES, Sample};

/// A stage of a world, and the folder in which its program is written.
#[derive(Debug)]
struct Place {
    root: PathBuf,
    world: World,
}

impl Host for Place {
    fn project(&self, program: &Path, _: &Settings) -> Result<Project, Diagnostic> {
        Ok(Project {
            program: program.to_path_buf(),
            root: self.root.clone(),
            stage: Stage::parse("dev_sam").expect("legal"),
            stage_source: "the user's name".to_owned(),
            environment: BTreeMap::new(),
            catalog: self.world.catalog.clone(),
            hasher: self.world.hasher.clone(),
            cache: Some(self.root.join(".alchemy/cache")),
            cache_key: [5; 32],
        })
    }

    fn store(
        &self,
        _: &Project,
        _: &Settings,
        _: Option<&str>,
    ) -> Result<Arc<dyn StateStore>, Diagnostic> {
        match &self.world.store {
            SimStore::Files(store) => Ok(Arc::new(store.client())),
            SimStore::Objects(_) => Err(Diagnostic::error("bad-store", "these worlds have files")),
        }
    }

    fn new_realm(&self) -> Option<Realm> {
        None
    }

    fn now_ms(&self) -> u64 {
        1_700_000_000_000
    }
}

/// Names by logical id.
type Names = BTreeMap<String, String>;

/// One history: a stage, and what happens to it.
struct History {
    place: Arc<Place>,
    stage: &'static str,
    /// Time of the cloud.
    virtual_time: Runtime,
    /// Time of the editor.
    time: Runtime,
}

impl History {
    fn new(root: &Path, seed: u64, random: &mut Random) -> Self {
        let world = World::new(Harshness::full(), seed);
        let virtual_time = Builder::new_current_thread().enable_all().start_paused(true).build();
        let time = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let place = Arc::new(Place { root: root.to_path_buf(), world });
        let stage = *random.pick(&STAGES).expect("some");
        let history = Self { place, stage, virtual_time: virtual_time.expect("a runtime"), time };
        let world = &history.place.world;
        let realm = async { world.store.client().realm(Some(world.realm.clone())).await };
        history.virtual_time.block_on(realm).expect("memory keeps it");
        history
    }

    fn write(&self, sample: &Sample) {
        let (program, helper) = sample.texts();
        std::fs::write(self.place.root.join("alchemy.run.ts"), program).expect("written");
        std::fs::write(self.place.root.join("helper.ts"), helper).expect("written");
    }

    /// Names that an editor shows for the program as it is on disk.
    fn hints(&self, sample: &Sample) -> Names {
        let (program, helper) = sample.texts();
        let (main, other) =
            (self.place.root.join("alchemy.run.ts"), self.place.root.join("helper.ts"));
        self.time.block_on(async {
            let host = Arc::clone(&self.place) as Arc<dyn Host>;
            let mut editor = Editor::start(host, json!({ "stage": self.stage })).await;
            editor.open(&main, &program).await;
            editor.open(&other, &helper).await;
            let mut names = Names::new();
            for (path, text) in [(&main, &program), (&other, &helper)] {
                let lines: Vec<_> = text.lines().collect();
                for (line, column, label) in editor.hints(path).await {
                    let at = |number: u64| usize::try_from(number).expect("a small number");
                    let before = &lines[at(line)][..at(column)];
                    let id = before.strip_suffix('"').and_then(|it| it.rsplit_once('"'));
                    let id = id.unwrap_or_else(|| panic!("no id before the hint: {before}")).1;
                    if let Some((name, _)) =
                        label.rsplit_once(' ').filter(|_| !label.starts_with("only in"))
                    {
                        assert!(
                            names.insert(id.to_owned(), name.to_owned()).is_none(),
                            "{id} twice"
                        );
                    }
                }
            }
            editor.stop().await;
            names
        })
    }

    fn snapshot(&self) -> Option<Snapshot> {
        self.virtual_time.block_on(self.place.world.snapshot(self.stage))
    }

    /// Deploys the program as it is on disk.
    fn deploy(&self) {
        let project =
            self.place.project(&self.place.root.join("alchemy.run.ts"), &Settings::default());
        let project = project.expect("a project");
        let evaluation = evaluate(&EvaluateRequest {
            program: project.program,
            root: project.root,
            stage: Stage::parse(self.stage).expect("legal"),
            catalog: project.catalog,
            environment: project.environment,
            hasher: project.hasher,
            cache: project.cache,
            cache_key: project.cache_key,
            now_ms: self.place.now_ms(),
            overlay: BTreeMap::new(),
        });
        let mut graph = evaluation.graph.unwrap_or_else(|| panic!("{:?}", evaluation.diagnostics));
        for code in graph.resources.values_mut().filter_map(|it| it.props.get_mut("main")) {
            *code = Expr::Value(Value::str("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
        }
        let end = self.virtual_time.block_on(self.place.world.deploy(&Program::of(graph)));
        assert!(end.is_complete(), "{end:?}");
    }

    /// The name recorded for a resource, under its own or its former FQN.
    fn recorded(snapshot: Option<&Snapshot>, item: &Item) -> Option<String> {
        let live = |fqn: String| snapshot?.live(&Fqn::parse(&fqn).expect("legal"))?.name.clone();
        live(item.fqn()).or_else(|| live(item.former()?))
    }

    /// Hints before a deploy, the deploy, hints after it. Gives the number of names that were compared.
    fn step(&self, sample: &Sample, told: &str) -> usize {
        self.write(sample);
        let before = self.snapshot();
        let shown = self.hints(sample);
        self.deploy();
        let after = self.snapshot();
        let deployed: Vec<&Item> = sample.items.iter().filter(|it| it.is_in(self.stage)).collect();
        let name = |item: &Item| {
            Self::recorded(after.as_ref(), item)
                .unwrap_or_else(|| panic!("{item:?} was not deployed"))
        };
        let first: Names = deployed
            .iter()
            .map(|item| {
                (
                    item.id.clone(),
                    Self::recorded(before.as_ref(), item).unwrap_or_else(|| name(item)),
                )
            })
            .collect();
        assert_eq!(
            shown,
            first,
            "{told}, before the deploy to {}:\n{}",
            self.stage,
            sample.texts().0
        );
        let then: Names = deployed.iter().map(|item| (item.id.clone(), name(item))).collect();
        assert_eq!(
            self.hints(sample),
            then,
            "{told}, after the deploy to {}:\n{}",
            self.stage,
            sample.texts().0
        );
        2 * deployed.len()
    }
}

/// Plays the histories of `seeds`; gives the number of names that were compared.
fn play(seeds: Range<u64>) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let root = std::fs::canonicalize(folder.path()).expect("it is there");
    std::fs::write(root.join("package.json"), "{}").expect("written");
    std::os::unix::fs::symlink(node_modules(), root.join("node_modules")).expect("linked");
    let mut names = 0;
    for seed in seeds {
        let mut random = Random::new(seed);
        let history = History::new(&root, seed, &mut random);
        let first = Sample::random(&mut random);
        names += history.step(&first, &format!("seed {seed}"));
        if random.once_in(4) {
            history.virtual_time.block_on(history.place.world.destroy(history.stage));
        }
        let second = first.edited(&mut random);
        names += history.step(&second, &format!("seed {seed}, edited"));
    }
    names
}

/// Each of these plays a part of 256 programs, so that they run side by side.
macro_rules! parts {
    ($($name:ident: $seeds:expr;)*) => {$(
        #[test]
        fn $name() {
            let names = play($seeds);
            assert!(names > 400, "only {names} names were compared");
        }
    )*};
}

parts! {
    names_in_hints_are_names_deployed_1: 0..32;
    names_in_hints_are_names_deployed_2: 32..64;
    names_in_hints_are_names_deployed_3: 64..96;
    names_in_hints_are_names_deployed_4: 96..128;
}
