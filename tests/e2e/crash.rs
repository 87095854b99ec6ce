//! Killed at any moment, the next run heals: no flag, no orphan, no double.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use alchemy_tests::e2e::rules::{Killer, Moment};
use alchemy_tests::e2e::{Emulator, Project, Proxy};

/// Fifteen objects: two functions with their children, a bucket and two queues, a mapping.
const PROGRAM: &str = r#"
import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("crash", { providers: AWS.providers() }, Effect.gen(function* () {
  const box = yield* AWS.S3.Bucket("Box", { forceDestroy: true });
  const dead = yield* AWS.SQS.Queue("Dead");
  const jobs = yield* AWS.SQS.Queue("Jobs", {
    visibilityTimeout: "1 minute",
    redrivePolicy: { deadLetterTargetArn: dead.queueArn, maxReceiveCount: 3 },
  });
  const one = yield* AWS.Lambda.Function("One", {
    main: "./src/one.ts", env: { BOX: box.bucketName, JOBS: jobs.queueUrl }, functionUrl: { authType: "NONE" },
  });
  const two = yield* AWS.Lambda.Function("Two", { main: "./src/one.ts", env: { ONE: one.functionArn } });
  yield* AWS.Lambda.EventSourceMapping("JobsToOne", { functionName: one.functionName, eventSourceArn: jobs.queueArn });
  return { two: two.functionArn };
}));
"#;

struct Scene<'e> {
    emulator: &'e Emulator,
    proxy: Proxy,
    project: Project,
    pid: Arc<AtomicU32>,
}

impl<'e> Scene<'e> {
    fn new(emulator: &'e Emulator) -> Self {
        let proxy = Proxy::start(&emulator.url(), Vec::new());
        let files =
            [("alchemy.run.ts", PROGRAM), ("src/one.ts", "export default async () => 1;\n")];
        let project = Project::new(&proxy.url(), &files);
        Self { emulator, proxy, project, pid: Arc::default() }
    }

    /// Runs a command that dies around its k-th changing request; whether it did.
    fn killed(&self, arguments: &[&str], k: usize, moment: Moment) -> bool {
        self.pid.store(0, Ordering::SeqCst);
        self.proxy.clear();
        self.proxy.add(Killer::new(
            k,
            moment,
            Arc::clone(&self.pid),
            Arc::new(AtomicUsize::new(0)),
        ));
        let running = self.project.alchemy(arguments).start();
        self.pid.store(running.pid(), Ordering::SeqCst);
        let finished = running.wait();
        self.proxy.clear();
        finished.code.is_none()
    }

    /// Runs a command and kills it some time after it has sent so many changing calls; whether it was still running.
    fn killed_after(&self, arguments: &[&str], calls: usize, and: Duration) -> bool {
        self.proxy.take_changes();
        let mut running = self.project.alchemy(arguments).start();
        let sent = || self.proxy.calls().iter().filter(|call| call.changing).count();
        while sent() < calls && !running.ended() {
            std::thread::park_timeout(Duration::from_millis(1));
        }
        std::thread::park_timeout(and);
        if !running.ended() {
            running.signal("KILL");
        }
        running.wait().code.is_none()
    }

    /// Whether the last run left a journal.
    fn interrupted(&self) -> bool {
        let journal = self.project.path().join(".alchemy/state/journal/crash/dev_sam");
        std::fs::read_dir(journal).is_ok_and(|entries| entries.count() > 0)
    }

    /// What the API lists is what state records.
    fn agrees(&self, when: &str) {
        let shown = self.project.bare(&["state", "show", "--stack", "crash", "--json"]).ok().stdout;
        let names = self.project.client(&self.emulator.url()).names();
        let mut missing: Vec<&String> = Vec::new();
        for name in &names {
            let (kind, name_only) = name.split_once(": ").expect("kind and name");
            let recorded = if kind == "mappings" {
                "AWS.Lambda.EventSourceMapping"
            } else {
                name_only.rsplit('/').next().expect("a name")
            };
            if !shown.contains(recorded) {
                missing.push(name);
            }
        }
        assert!(
            missing.is_empty(),
            "{when}: the cloud has what state does not: {missing:#?}\n{shown}"
        );
        assert_eq!(names.len(), 13, "{when}: {names:#?}");
    }

    fn gone(&self, when: &str) {
        let names = self.project.client(&self.emulator.url()).names();
        assert_eq!(names, Vec::<String>::new(), "{when}");
    }
}

/// Around every changing request of a deploy and of its destroy.
fn sweep(emulator: &Emulator, moment: Moment) {
    let scene = Scene::new(emulator);
    let (mut kills, mut open) = (0, 0);
    for k in 1.. {
        let dead = scene.killed(&["deploy", "--yes"], k, moment);
        kills += usize::from(dead);
        open += usize::from(dead && scene.interrupted());
        scene.project.alchemy(&["deploy", "--yes"]).ok();
        scene.agrees(&format!("deploy killed {moment:?} change {k}"));
        scene.project.alchemy(&["destroy", "--yes"]).ok();
        scene.gone(&format!("after deploy {k}"));
        if !dead {
            break;
        }
    }
    for k in 1.. {
        scene.project.alchemy(&["deploy", "--yes"]).ok();
        let dead = scene.killed(&["destroy", "--yes"], k, moment);
        kills += usize::from(dead);
        open += usize::from(dead && scene.interrupted());
        scene.project.alchemy(&["destroy", "--yes"]).ok();
        scene.gone(&format!("destroy killed {moment:?} change {k}"));
        if !dead {
            break;
        }
    }
    assert!(
        kills >= 30 && open * 100 >= kills * 80,
        "{kills} kills {moment:?}, {open} with an open journal"
    );
    report(&format!("{kills} kills {moment:?} a change, {open} left an open journal"));
}

fn report(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "crash: {text}");
}

fn killed_before_each_change(emulator: &Emulator) {
    sweep(emulator, Moment::Before);
}
emulated!(killed_before_each_change: MiniStack, MiniStackAuth);

fn killed_after_each_change(emulator: &Emulator) {
    sweep(emulator, Moment::After);
}
emulated!(killed_after_each_change: MiniStack, MiniStackAuth);

/// Forty times at random moments of what deploy and destroy do in the cloud, wherever the process then is: at a random
/// number of changing calls, and some milliseconds on. Counted in calls and not in seconds, so that a slow machine's
/// kills land where a fast one's do.
fn killed_at_random_moments(emulator: &Emulator) {
    let scene = Scene::new(emulator);
    // A fixed sequence: the moments vary by themselves.
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let (mut round, mut kills, mut open) = (0_usize, 0_usize, 0_usize);
    while kills < 40 {
        round += 1;
        assert!(round < 200, "only {kills} kills in {round} rounds");
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let arguments: &[&str] =
            if round % 2 == 0 { &["deploy", "--yes"] } else { &["destroy", "--yes"] };
        let killed = scene.killed_after(
            arguments,
            usize::try_from(1 + random % 8).expect("small"),
            Duration::from_millis((random >> 32) % 25),
        );
        kills += usize::from(killed);
        open += usize::from(killed && scene.interrupted());
        if round % 4 == 1 {
            scene.project.alchemy(&["deploy", "--yes"]).ok();
            scene.agrees(&format!("round {round}"));
        }
    }
    scene.project.alchemy(&["destroy", "--yes"]).ok();
    scene.gone("at the end");
    assert!(
        open * 100 >= kills * 80,
        "{kills} kills at random moments, {open} with an open journal"
    );
    report(&format!("{kills} kills at random moments, {open} left an open journal"));
}
emulated!(killed_at_random_moments: MiniStack, MiniStackAuth);
