//! A state folder that is full or read-only: refused before any change, or said when it happens; nothing is lost.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use alchemy_tests::e2e::{Emulator, Finished, Kind, Project, Proxy, Verdict, Volume, rules};

struct Scene {
    emulator: Emulator,
    proxy: Proxy,
    project: Project,
    volume: Volume,
}

impl Scene {
    /// A project whose state folder is a disk of its own; none, said by name, where this user may not mount one.
    fn new() -> Option<Self> {
        let emulator = Emulator::start(Kind::MiniStack);
        let proxy = Proxy::start(&emulator.url(), Vec::new());
        let project = Project::example(&proxy.url(), "01-minimal");
        let Some(volume) = Volume::mount(&project.path().join(".alchemy"), 1024) else {
            skipped();
            return None;
        };
        Some(Self { emulator, proxy, project, volume })
    }

    fn names(&self) -> Vec<String> {
        self.project.client(&self.emulator.url()).names()
    }

    /// The next deploy needs no help, makes no double, and everything can be destroyed.
    fn goes_on(&self, when: &str) {
        self.project.alchemy(&["deploy", "--yes"]).ok();
        assert_eq!(self.names().len(), 2, "{when}: {:#?}", self.names());
        self.project.alchemy(&["deploy", "--yes"]).ok().says(&["no changes"]);
        self.project.alchemy(&["destroy", "--yes"]).ok();
        assert_eq!(self.names(), Vec::<String>::new(), "{when}");
    }

    fn state(&self) -> PathBuf {
        self.project.path().join(".alchemy/state/stages/myapp/dev_sam/state.json")
    }
}

fn skipped() {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped: this user may not mount a disk");
}

/// Exit 1 and nothing was changed, or exit 3; in words that say what was full.
#[track_caller]
fn named(finished: &Finished, changes: &[String]) {
    assert!(matches!(finished.code, Some(1 | 3)), "{}", finished.both());
    if finished.code == Some(1) {
        assert_eq!(changes, Vec::<String>::new(), "{}", finished.both());
    }
    finished.says(&["No space left on device", ".alchemy/state"]);
}

/// Room for nothing, for one small file, for two, …: whatever does not fit, it is said, and the next run goes on.
#[test]
fn full_after_any_number_of_files() {
    let Some(scene) = Scene::new() else { return };
    let mut codes = Vec::new();
    for pages in 0.. {
        let when = format!("room for {pages} files");
        scene.volume.fill(pages);
        scene.proxy.take_changes();
        let finished = scene.project.alchemy(&["deploy", "--yes"]).run();
        let changes = scene.proxy.take_changes();
        codes.push(finished.code);
        if finished.code == Some(0) {
            break;
        }
        named(&finished, &changes);
        scene.volume.empty();
        scene.goes_on(&when);
        fs::remove_dir_all(scene.project.path().join(".alchemy/state")).expect("an empty store");
    }
    assert!(codes.contains(&Some(1)) && codes.len() > 2, "{codes:?}");
    scene.volume.empty();
    scene.goes_on("at the end");
}

/// The disk fills while calls are in flight: what they made is in the journal as intended, so the next deploy knows.
#[test]
fn full_while_it_applies() {
    let Some(scene) = Scene::new() else { return };
    scene.proxy.add(rules::each(|call, _| {
        if call.operation == "CreateQueue" {
            return Verdict::Delay(Duration::from_secs(3));
        }
        Verdict::Pass
    }));
    let running = scene.project.alchemy(&["deploy", "--yes"]).start();
    while !scene.proxy.calls().iter().any(|call| call.operation == "CreateQueue") {
        std::thread::park_timeout(Duration::from_millis(10));
    }
    scene.volume.fill(0);
    let finished = running.wait();
    scene.proxy.clear();
    assert_eq!(finished.code, Some(3), "{}", finished.both());
    named(&finished, &[]);
    scene.volume.empty();
    scene.goes_on("after it was full");
}

#[test]
fn read_only() {
    let Some(scene) = Scene::new() else { return };
    scene.project.alchemy(&["deploy", "--yes"]).ok();
    let state = fs::read(scene.state()).expect("the state");
    scene.volume.read_only(true);
    scene.proxy.take_changes();
    // Looking is possible.
    scene.project.alchemy(&["plan"]).ok().says(&["no changes"]);
    scene.project.bare(&["state", "ls", "--stack", "myapp"]).ok();
    scene.project.edit(
        "alchemy.run.ts",
        r#"AWS.SQS.Queue("Jobs")"#,
        r#"AWS.SQS.Queue("Jobs", { visibilityTimeout: "45 seconds" })"#,
    );
    for arguments in [["deploy", "--yes"], ["destroy", "--yes"]] {
        let refused = scene.project.alchemy(&arguments).exits(1);
        refused.says(&["Read-only file system", ".alchemy/state"]);
    }
    assert_eq!(scene.proxy.take_changes(), Vec::<String>::new());
    assert_eq!(fs::read(scene.state()).expect("the state"), state, "left as it was");
    scene.volume.read_only(false);
    scene.goes_on("after it was read-only");
}
