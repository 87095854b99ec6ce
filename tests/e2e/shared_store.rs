//! State in a bucket: the whole way from a missing bucket to a destroyed stage, runs killed at random, runs at once.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use alchemy_tests::e2e::{
    Call, Emulator, Finished, Kind, Project, Proxy, Rule, Run, Running, Verdict,
};
use serde_json::{Value, json};

/// The store of every test here.
const STORE: &str = "s3://acme-state/team/one";

/// Five objects; which of them, and how, differs from round to round.
fn program(round: usize) -> String {
    let wait = 1 + round % 7;
    let more = if round.is_multiple_of(2) {
        "  yield* AWS.SQS.Queue(\"Even\");\n"
    } else {
        "  yield* AWS.SQS.Queue(\"Odd\");\n"
    };
    format!(
        r#"
import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("team", {{ providers: AWS.providers() }}, Effect.gen(function* () {{
  yield* AWS.S3.Bucket("Box", {{ forceDestroy: true }});
  const dead = yield* AWS.SQS.Queue("Dead");
  yield* AWS.SQS.Queue("Jobs", {{
    visibilityTimeout: "{wait} minutes",
    redrivePolicy: {{ deadLetterTargetArn: dead.queueArn, maxReceiveCount: 3 }},
  }});
{more}  return {{ dead: dead.queueUrl }};
}}));
"#
    )
}

fn project(emulator: &Emulator) -> Project {
    Project::new(&emulator.url(), &[("alchemy.run.ts", &program(0))])
}

fn with_store(project: &Project, arguments: &[&str]) -> Run {
    project.alchemy(arguments).env("ALCHEMY_STATE", STORE)
}

fn ready(emulator: &Emulator) -> Project {
    let project = project(emulator);
    project.alchemy(&["state", "init", STORE, "--yes"]).ok();
    project
}

/// Names the cloud has, the store's own bucket aside.
fn cloud(emulator: &Emulator, project: &Project) -> Vec<String> {
    let mut names = project.client(&emulator.url()).names();
    names.retain(|name| name != "buckets: acme-state");
    for name in &mut names {
        *name = name.rsplit(['/', ' ']).next().expect("a name").to_owned();
    }
    names.sort();
    names
}

/// Names that state knows.
fn recorded(project: &Project) -> Vec<String> {
    let listed = with_store(project, &["state", "ls", "--json"]).ok().stdout;
    let name = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["status"], "ready", "{line}");
        line["name"].as_str().expect("a name").to_owned()
    };
    let mut names: Vec<_> = listed.lines().map(name).collect();
    names.sort();
    names
}

/// From a missing bucket to a destroyed stage, by two people with a home each.
fn a_team_shares_a_store(emulator: &Emulator) {
    let (ann, bob) = (project(emulator), project(emulator));
    with_store(&ann, &["deploy", "--yes", "--stage", "pr-7"]).exits(1).says(&[
        "no-bucket",
        "there is no bucket `acme-state`",
        "alchemy state init",
    ]);
    ann.alchemy(&["state", "init", STORE, "--yes"]).ok().says(&["the bucket is made"]);
    bob.alchemy(&["state", "init", STORE, "--yes"]).ok().says(&["was there"]);
    let client = ann.client(&emulator.url());
    let versions = client.call("s3", "get_bucket_versioning", &json!({ "Bucket": "acme-state" }));
    assert_eq!(versions["Status"], "Enabled", "{versions}");
    let rules =
        client.call("s3", "get_bucket_lifecycle_configuration", &json!({ "Bucket": "acme-state" }));
    let rules = rules["Rules"].as_array().expect("rules");
    let days = |prefix: &str| {
        let rule = rules.iter().find(|rule| rule["Filter"]["Prefix"] == prefix);
        rule.expect("a rule")["NoncurrentVersionExpiration"]["NoncurrentDays"].as_i64()
    };
    assert_eq!(
        ["team/one/locks/", "team/one/journal/", "team/one/"].map(days),
        [Some(1), Some(1), Some(90)]
    );
    assert_eq!(rules.len(), 3, "a second set-up doubles nothing");
    let public = client.call("s3", "get_public_access_block", &json!({ "Bucket": "acme-state" }));
    assert_eq!(public["PublicAccessBlockConfiguration"]["BlockPublicPolicy"], true, "{public}");

    with_store(&ann, &["deploy", "--yes", "--stage", "pr-7"]).ok();
    assert!(!ann.path().join(".alchemy/state").exists(), "state is in the bucket only");
    let seen = with_store(&bob, &["stage", "ls", "--json"]).ok().stdout;
    assert!(seen.contains("\"stage\":\"pr-7\"") && seen.contains("\"objects\":4"), "{seen}");
    with_store(&bob, &["plan", "--stage", "pr-7", "--detailed-exitcode"]).ok();
    with_store(&bob, &["state", "history", "--stage", "pr-7"]).ok();
    with_store(&bob, &["destroy", "--yes", "--stage", "pr-7"]).ok();
    assert_eq!(cloud(emulator, &ann), Vec::<String>::new());
    with_store(&ann, &["destroy", "--yes", "--stage", "pr-7"]).ok().says(&["was destroyed"]);
}
emulated!(a_team_shares_a_store: MiniStack, Moto);

/// A local store moves into a bucket and back, with everything in it.
#[test]
fn a_store_moves_into_a_bucket_and_back() {
    let emulator = Emulator::start(Kind::MiniStack);
    let project = ready(&emulator);
    project.alchemy(&["deploy", "--yes"]).ok();
    project.write("alchemy.run.ts", &program(1));
    project.alchemy(&["deploy", "--yes"]).ok();
    let pulled = |run: Run| {
        let text = run.ok().stdout;
        let lines = text.lines().filter(|line| !line.contains("\"revision\""));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let here = pulled(project.alchemy(&["state", "pull"]));
    project.alchemy(&["state", "migrate", ".alchemy/state", STORE, "--yes"]).ok();
    assert_eq!(pulled(with_store(&project, &["state", "pull"])), here);
    with_store(&project, &["plan", "--detailed-exitcode"]).ok();
    with_store(&project, &["state", "restore", "1", "--yes"]).ok();
    with_store(&project, &["state", "restore", "2", "--yes"]).ok();
    project.alchemy(&["state", "migrate", STORE, "back", "--yes"]).ok();
    let back = project.alchemy(&["state", "history", "--state", "back", "--json"]).ok().stdout;
    assert_eq!(back.lines().count(), 4, "{back}");
    with_store(&project, &["destroy", "--yes"]).ok();
    assert_eq!(cloud(&emulator, &project), Vec::<String>::new());
}

/// Two hundred runs that are killed whenever it happens; each next one takes over at once and asks nobody.
#[test]
fn two_hundred_kills_lose_nothing() {
    let emulator = Emulator::start(Kind::MiniStack);
    let project = ready(&emulator);
    let deployed = |n| {
        project.write("alchemy.run.ts", &program(n));
        with_store(&project, &["deploy", "--yes"]).ok().took
    };
    // The first run may have been slow for reasons of its own; kills are to come while a run is under way.
    let undisturbed = deployed(1).min(deployed(2)).min(deployed(3));
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let (mut killed, mut round) = (0, 0);
    while killed < 200 {
        round += 1;
        assert!(round < 1000, "only {killed} runs were killed in time");
        project.write("alchemy.run.ts", &program(round));
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let command = if round % 9 == 0 { "destroy" } else { "deploy" };
        let running = with_store(&project, &[command, "--yes"]).start();
        let share = u32::try_from(random >> 48).expect("16 bits");
        std::thread::park_timeout(undisturbed * share / u32::from(u16::MAX));
        running.signal("KILL");
        let finished = running.wait();
        killed += usize::from(finished.code.is_none());
        if finished.code.is_some() {
            assert_eq!(finished.code, Some(0), "{}", finished.both());
        }
    }
    project.write("alchemy.run.ts", &program(2));
    with_store(&project, &["deploy", "--yes"]).ok();
    let names = recorded(&project);
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(cloud(&emulator, &project), names, "the cloud is what state says");
    with_store(&project, &["plan", "--detailed-exitcode"]).ok().says(&["no changes"]);
    with_store(&project, &["destroy", "--yes"]).ok();
    assert_eq!(cloud(&emulator, &project), Vec::<String>::new());
}

/// Twenty runs at once on one stage: each finishes, or says that another one has it; nothing is made twice. Some of them
/// look while another one's bucket has no tags yet.
#[test]
fn twenty_deployers_at_once() {
    let emulator = Emulator::start(Kind::MiniStack);
    let project = ready(&emulator);
    let deploy = || with_store(&project, &["deploy", "--yes", "--lock-timeout", "3m"]);
    let running: Vec<_> = (0..20).map(|_| deploy().start()).collect();
    let finished: Vec<Finished> = running.into_iter().map(Running::wait).collect();
    for run in &finished {
        assert!(matches!(run.code, Some(0 | 4)), "{}", run.both());
    }
    assert!(finished.iter().any(|run| run.code == Some(0)), "somebody gets through");
    with_store(&project, &["deploy", "--yes"]).ok();
    let names = recorded(&project);
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(cloud(&emulator, &project), names, "nothing was made twice");
    with_store(&project, &["destroy", "--yes"]).ok();
    assert_eq!(cloud(&emulator, &project), Vec::<String>::new());
}

/// Stops a process when it makes its first queue.
struct Stopper {
    pid: Arc<AtomicU32>,
    stopped: Arc<AtomicBool>,
}

impl Rule for Stopper {
    fn judge(&mut self, call: &Call) -> Verdict {
        if call.name() == "sqs:CreateQueue" && !self.stopped.load(Ordering::SeqCst) {
            let pid = loop {
                match self.pid.load(Ordering::SeqCst) {
                    0 => std::thread::yield_now(),
                    pid => break pid.to_string(),
                }
            };
            let sent = Command::new("kill").args(["-STOP", &pid]).status();
            self.stopped.store(sent.is_ok_and(|status| status.success()), Ordering::SeqCst);
        }
        Verdict::Pass
    }
}

/// A run that sleeps for longer than its lease, with a call under way, finds its lock gone and does nothing more; who
/// waited for it has finished its work.
#[test]
fn a_run_that_slept_too_long_stops() {
    let emulator = Emulator::start(Kind::MiniStack);
    let (pid, stopped) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let stopper = Stopper { pid: Arc::clone(&pid), stopped: Arc::clone(&stopped) };
    let proxy = Proxy::start(&emulator.url(), vec![Box::new(stopper)]);
    let project = ready(&emulator);
    let sleeper = Project::new(&proxy.url(), &[("alchemy.run.ts", &program(0))]);
    let store = format!("{STORE}?endpoint={}", emulator.url());
    let running =
        sleeper.alchemy(&["deploy", "--yes"]).env("ALCHEMY_STATE", store.as_str()).start();
    pid.store(running.pid(), Ordering::SeqCst);
    while !stopped.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    with_store(&project, &["stage", "unlock", "--stack", "team", "--yes"])
        .exits(4)
        .says(&["is locked: deploy by sam@", "is running on"]);
    with_store(&project, &["deploy", "--yes"]).exits(4).says(&["locked by another run"]);
    with_store(&project, &["deploy", "--yes", "--lock-timeout", "3m"]).ok();
    running.signal("CONT");
    running.wait().says(&["the lock"]);
    with_store(&project, &["plan", "--detailed-exitcode"]).ok().says(&["no changes"]);
    assert_eq!(cloud(&emulator, &project), recorded(&project), "no record is lost");
    with_store(&project, &["destroy", "--yes"]).ok();
    assert_eq!(cloud(&emulator, &project), Vec::<String>::new());
}
