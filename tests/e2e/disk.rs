//! A disk that is full, over its quota or read-only under the state of a deploy: refused with the reason, and nothing
//! that was recorded or made is lost.

use std::fs;

use alchemy_tests::e2e::{Emulator, Finished, Kind, Project, Run};

/// Three queues and a bucket; the second has other settings, so that a deploy changes and makes something.
fn program(wait: usize, more: &str) -> String {
    format!(
        r#"
import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("disk", {{ providers: AWS.providers() }}, Effect.gen(function* () {{
  yield* AWS.S3.Bucket("Box", {{ forceDestroy: true }});
  yield* AWS.SQS.Queue("Jobs", {{ visibilityTimeout: "{wait} minutes" }});
  yield* AWS.SQS.Queue("{more}");
}}));
"#
    )
}

/// Moves the state onto a small disk of its own, with so many KiB free, for the time of one command.
fn small_disk(free: usize, then: &str) -> String {
    format!(
        "rm -rf full && cp -a .alchemy/state full && mount -t tmpfs -o size=2m tmpfs .alchemy/state \
         && cp -a full/. .alchemy/state && head -c {free}k /dev/zero > .alchemy/state/room \
         && (cat /dev/zero > .alchemy/state/filler 2>/dev/null; rm .alchemy/state/room; {then} true) \
         && {{ \"$@\"; code=$?; mount -o remount,rw .alchemy/state; rm -f .alchemy/state/filler; rm -rf full; \
         cp -a .alchemy/state full; exit $code; }}"
    )
}

struct Scene {
    emulator: Emulator,
    project: Project,
}

impl Scene {
    fn new() -> Self {
        let emulator = Emulator::start(Kind::MiniStack);
        let project = Project::new(&emulator.url(), &[("alchemy.run.ts", &program(1, "First"))]);
        project.alchemy(&["deploy", "--yes"]).ok();
        Self { emulator, project }
    }

    fn deploy(&self) -> Run {
        self.project.alchemy(&["deploy", "--yes"])
    }

    /// What the small disk held comes back to the large one.
    fn brought_back(&self) {
        let folder = self.project.path();
        fs::remove_dir_all(folder.join(".alchemy/state")).expect("the old state");
        fs::rename(folder.join("full"), folder.join(".alchemy/state")).expect("the new state");
    }

    /// With room again the same command finishes the work: no double, no orphan, nothing forgotten.
    fn heals(&self, when: &str) {
        self.deploy().ok();
        let listed = self.project.alchemy(&["state", "ls", "--json"]).ok().stdout;
        let names = self.project.client(&self.emulator.url()).names();
        assert_eq!((names.len(), listed.lines().count()), (3, 3), "{when}: {names:?}\n{listed}");
        for name in names {
            let name = name.rsplit(['/', ' ']).next().expect("a name").to_owned();
            assert!(listed.contains(&name), "{when}: {name} is not recorded\n{listed}");
        }
        self.project.alchemy(&["plan", "--detailed-exitcode"]).ok();
    }
}

/// Refused before any change, or stopped with everything that was done in state; never a crash.
fn refused(finished: &Finished, reason: &str) {
    assert!(matches!(finished.code, Some(1 | 3)), "{}", finished.both());
    assert!(finished.stderr.contains(reason), "{}", finished.both());
    assert!(finished.stderr.contains("= help:"), "{}", finished.both());
    assert!(!finished.stderr.contains("panicked"), "{}", finished.both());
}

/// However little room there is, to the page.
#[test]
fn a_full_disk_loses_nothing() {
    let scene = Scene::new();
    let mut failures = 0;
    for (round, free) in [0, 4, 8, 12, 16, 20, 24, 32, 48].into_iter().enumerate() {
        let more = if round.is_multiple_of(2) { "Even" } else { "Odd" };
        scene.project.write("alchemy.run.ts", &program(2 + round, more));
        let script = small_disk(free, "");
        let finished = scene.deploy().inside(&["unshare", "-rm", "sh", "-c", &script, "sh"]).run();
        if finished.code != Some(0) {
            failures += 1;
            refused(&finished, "No space left on device");
        }
        scene.brought_back();
        scene.heals(&format!("with {free} KiB free"));
    }
    assert!((2..9).contains(&failures), "{failures} deploys found too little room");
}

#[test]
fn a_read_only_disk_is_refused_before_any_change() {
    let scene = Scene::new();
    scene.project.write("alchemy.run.ts", &program(2, "Second"));
    let before = scene.project.client(&scene.emulator.url()).names();
    let script = small_disk(64, "mount -o remount,ro .alchemy/state;");
    let finished = scene.deploy().inside(&["unshare", "-rm", "sh", "-c", &script, "sh"]).run();
    assert_eq!(finished.code, Some(1), "{}", finished.both());
    refused(&finished, "Read-only file system");
    assert_eq!(scene.project.client(&scene.emulator.url()).names(), before);
    scene.brought_back();
    scene.heals("after a read-only disk");
}

/// A file that may not grow any more: what a quota looks like to a program that is told instead of killed.
#[test]
fn a_quota_loses_nothing() {
    let scene = Scene::new();
    let mut failures = 0;
    // In blocks of 512 bytes: from hardly anything to enough for all.
    for (round, blocks) in [1, 2, 4, 6, 8, 12, 200].into_iter().enumerate() {
        let more = if round.is_multiple_of(2) { "Even" } else { "Odd" };
        scene.project.write("alchemy.run.ts", &program(2 + round, more));
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let finished = scene.deploy().inside(&["sh", "-c", &script, "sh"]).run();
        if finished.code != Some(0) {
            failures += 1;
            refused(&finished, "File too large");
        }
        scene.heals(&format!("with {blocks} blocks"));
    }
    assert!((1..7).contains(&failures), "{failures} deploys met the quota");
}
