//! Stages keep out of each other's way; accounts are not mixed up; state that is lost is not replaced by doubles.

use std::fs;
use std::time::Duration;

use alchemy_tests::e2e::{Emulator, Gate, Project, Proxy, Verdict, rules};

const MINIMAL: &str = "alchemy.run.ts";

/// One queue with a name given by hand.
fn fixed_name(stage_part: &str) -> String {
    format!(
        r#"import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("fixed", {{ providers: AWS.providers() }}, Effect.gen(function* () {{
  yield* AWS.S3.Bucket("Data", {{ bucketName: "one-name-for-all{stage_part}" }});
}}));
"#
    )
}

fn explicit_names_are_refused_across_stages(emulator: &Emulator) {
    let proxy = Proxy::start(&emulator.url(), Vec::new());
    let project = Project::new(&proxy.url(), &[(MINIMAL, &fixed_name(""))]);
    project.alchemy(&["deploy", "--stage", "one", "--yes"]).ok();
    proxy.take_changes();
    let refused = project.alchemy(&["deploy", "--stage", "two", "--yes"]).exits(1);
    refused.says(&["one-name-for-all", "one", "two", "alchemy.run.ts:6"]);
    assert_eq!(proxy.take_changes(), Vec::<String>::new());
    // From another checkout with a store of its own.
    let other = Project::new(&proxy.url(), &[(MINIMAL, &fixed_name(""))]);
    let refused = other.alchemy(&["deploy", "--stage", "three", "--yes"]).exits(1);
    refused.says(&["one-name-for-all", "one", "three", "alchemy.run.ts:6"]);
    assert_eq!(proxy.take_changes(), Vec::<String>::new());
    project.alchemy(&["destroy", "--stage", "one", "--yes"]).ok();
}
emulated!(explicit_names_are_refused_across_stages: MiniStack, MiniStackAuth, Moto);

/// A replacement under a fixed name: refused while data may be lost, delete-first where it may not.
fn replacing_under_a_fixed_name(emulator: &Emulator) {
    let project = Project::new(&emulator.url(), &[(MINIMAL, &fixed_name(""))]);
    let here = project.client(&emulator.url());
    project.alchemy(&["deploy", "--yes"]).ok();
    here.call(
        "s3",
        "put_object",
        &serde_json::json!({ "Bucket": "one-name-for-all", "Key": "precious", "Body": "data" }),
    );
    let wanted =
        r#"bucketName: "one-name-for-all", versioning: "Enabled", objectLockEnabled: true"#;
    project.edit(MINIMAL, r#"bucketName: "one-name-for-all""#, wanted);
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&["forceDestroy", "Data"]);
    let object = here.call(
        "s3",
        "get_object",
        &serde_json::json!({ "Bucket": "one-name-for-all", "Key": "precious" }),
    );
    assert_eq!(object["Body"], "data");

    project.edit(MINIMAL, wanted, r#"bucketName: "one-name-for-all", forceDestroy: true"#);
    project.alchemy(&["deploy", "--yes"]).ok();
    project.edit(
        MINIMAL,
        "forceDestroy: true",
        "forceDestroy: true, versioning: \"Enabled\", objectLockEnabled: true",
    );
    project.alchemy(&["deploy", "--yes"]).ok().says(&["replace"]);
    assert_eq!(here.names(), ["buckets: one-name-for-all"]);
    project.alchemy(&["destroy", "--yes"]).ok();
}
emulated!(replacing_under_a_fixed_name: MiniStack, MiniStackAuth);

fn an_account_is_pinned(emulator: &Emulator) {
    let proxy = Proxy::start(&emulator.url(), Vec::new());
    let project = Project::example(&proxy.url(), "01-minimal");
    project.alchemy(&["deploy", "--yes"]).ok();
    proxy.take_changes();
    let refused = project
        .bare(&["deploy", "--yes"])
        .env("AWS_ACCESS_KEY_ID", "222222222222")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    refused.exits(1).says(&["111111111111", "222222222222"]);
    let refused = project
        .bare(&["destroy", "--yes"])
        .env("AWS_ACCESS_KEY_ID", "222222222222")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    refused.exits(1).says(&["111111111111", "222222222222"]);
    assert_eq!(proxy.take_changes(), Vec::<String>::new());
}
emulated!(an_account_is_pinned: MiniStack, MiniStackAuth);

#[test]
fn ci_needs_a_named_store() {
    let project = Project::example("http://127.0.0.1:9", "01-minimal");
    project.alchemy(&["deploy", "--yes"]).env("CI", "1").exits(1).says(&["--state"]);
}

fn lost_state(emulator: &Emulator) {
    let proxy = Proxy::start(&emulator.url(), Vec::new());
    let project = Project::example(&proxy.url(), "01-minimal");
    let here = project.client(&emulator.url());
    project.alchemy(&["deploy", "--yes"]).ok();
    let names = here.names();

    // Only the stage's record: the next deploy takes its own objects up again.
    let root = project.path().join(".alchemy/state");
    fs::remove_dir_all(root.join("stages")).expect("the stage's record");
    let _ = fs::remove_dir_all(root.join("history"));
    project.alchemy(&["deploy", "--yes"]).ok().says(&["adopt"]);
    assert_eq!(here.names(), names);

    // Everything: refused, with what to do.
    fs::remove_dir_all(project.path().join(".alchemy")).expect("the store");
    proxy.take_changes();
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&["--new-realm"]);
    assert_eq!(proxy.take_changes(), Vec::<String>::new());
    assert_eq!(here.names(), names);
}
emulated!(lost_state: MiniStack, MiniStackAuth, Moto);

fn one_deploy_of_a_stage_at_a_time(emulator: &Emulator) {
    let gate = Gate::closed();
    let held = gate.clone();
    let slow = rules::each(move |call, _| {
        if call.operation == "CreateQueue" && call.target.contains("dev_sam") {
            return Verdict::Hold(held.clone());
        }
        Verdict::Pass
    });
    let proxy = Proxy::start(&emulator.url(), vec![slow]);
    let project = Project::example(&proxy.url(), "01-minimal");
    let mut first = project.alchemy(&["deploy", "--yes"]).start();
    let lock = project.path().join(".alchemy/state/locks/myapp/dev_sam.json");
    while !lock.is_file() || !proxy.calls().iter().any(|call| call.operation == "CreateQueue") {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let second = project.alchemy(&["deploy", "--yes"]).exits(4);
    second.says(&["sam", &first.pid().to_string(), "since"]);
    // Neither who looks nor another stage waits: all of it happens while the first has its call under way.
    project.alchemy(&["state", "ls"]).ok();
    project.alchemy(&["deploy", "--stage", "pr-1", "--yes"]).ok();
    assert!(!first.ended(), "the first deploy is still held");
    gate.open();
    let first = first.wait();
    assert_eq!(first.code, Some(0), "{}", first.both());
}
emulated!(one_deploy_of_a_stage_at_a_time: MiniStack, MiniStackAuth, Moto);
