//! `alchemy doctor` against stores and an account that are there.

use std::collections::BTreeMap;

use alchemy_tests::e2e::{Emulator, Finished, Kind, ObjectServer, ObjectServerKind, Project, Run};
use alchemy_tests::gcs::{Gcs, TOKEN};
use serde_json::Value;

/// Findings by what they are about: status and text.
fn findings(run: &Finished) -> BTreeMap<String, (String, String)> {
    let text = |line: &Value, member: &str| line[member].as_str().expect("a text").to_owned();
    let parse = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        (text(&line, "check"), (text(&line, "status"), text(&line, "text")))
    };
    run.stdout.lines().map(parse).collect()
}

const PROGRAM: &str = r#"
import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("team", { providers: AWS.providers() }, Effect.gen(function* () {
  yield* AWS.SQS.Queue("Jobs");
}));
"#;

#[track_caller]
fn is(found: &BTreeMap<String, (String, String)>, check: &str, status: &str, part: &str) {
    let (is, text) = &found[check];
    assert!(is == status && text.contains(part), "{check}: {is} {text}");
}

/// A bucket of S3: missing, then made by `state init`, then with a stage in it and its lock held.
#[test]
fn a_store_in_s3() {
    let emulator = Emulator::start(Kind::MiniStack);
    let project = Project::new(&emulator.url(), &[("alchemy.run.ts", PROGRAM)]);
    let doctor = |arguments: &[&str]| -> Run {
        project
            .alchemy(&[&["doctor", "--json"], arguments].concat())
            .env("ALCHEMY_STATE", "s3://acme-state/team/one")
    };
    let missing = doctor(&[]).exits(1);
    let found = findings(&missing);
    is(&found, "store.content", "bad", "there is no bucket `acme-state`");
    assert!(missing.stdout.contains("alchemy state init 's3://acme-state/team/one'"));
    project.alchemy(&["state", "init", "s3://acme-state/team/one", "--yes"]).ok();
    project
        .alchemy(&["deploy", "--yes", "--stage", "prod", "--state", "s3://acme-state/team/one"])
        .ok();
    let found = findings(&doctor(&["--stage", "prod"]).exits(0));
    assert!(found.values().all(|(status, _)| status == "ok"), "{found:#?}");
    is(&found, "account", "ok", "111111111111");
    is(&found, "region", "ok", "us-east-1");
    is(&found, "credentials", "ok", "$AWS_ACCESS_KEY_ID");
    is(&found, "store", "ok", "s3://acme-state/team/one, named by $ALCHEMY_STATE");
    is(&found, "store.content", "ok", "1 stage, realm ");
    is(&found, "store.promises", "ok", "one succeeds");
    is(&found, "store.clock", "ok", "within 3 s");
    is(&found, "bucket.versions", "ok", "kept");
    is(&found, "bucket.expiry", "ok", "after 1 days (locks), 1 (journal), 90 (the rest)");
    is(&found, "bucket.encryption", "ok", "AES256");
    is(&found, "bucket.access", "ok", "blocked");
    is(&found, "lock", "ok", "team/prod is free");
    let listed = project.client(&emulator.url()).call(
        "s3",
        "list_objects_v2",
        &serde_json::json!({ "Bucket": "acme-state", "Prefix": "team/one/probe/" }),
    );
    assert_eq!(listed["KeyCount"], 0, "what was tried is removed: {listed}");
    let bare = project.client(&emulator.url());
    bare.call("s3", "create_bucket", &serde_json::json!({ "Bucket": "plain" }));
    let found = findings(&doctor(&["--state", "s3://plain"]).exits(0));
    is(&found, "bucket.versions", "warning", "not kept");
    is(&found, "bucket.expiry", "warning", "never go");
}

/// A bucket of Google Cloud Storage, and a clock that is wrong.
#[test]
fn a_store_in_gcs() {
    let (emulator, gcs) = (Emulator::start(Kind::MiniStack), Gcs::start());
    let project = Project::new(&emulator.url(), &[("alchemy.run.ts", PROGRAM)]);
    let store = format!("gs://acme-state/team?endpoint={}", gcs.url());
    let doctor = || {
        project.alchemy(&["doctor", "--json", "--state", &store]).env("GOOGLE_BEARER_TOKEN", TOKEN)
    };
    let found = findings(&doctor().exits(1));
    is(&found, "store.content", "bad", "there is no bucket `acme-state`");
    gcs.make_bucket("acme-state", true);
    let found = findings(&doctor().exits(0));
    is(&found, "store.content", "ok", "nothing yet");
    is(&found, "store.promises", "ok", "one succeeds");
    is(&found, "store.clock", "ok", "within 3 s");
    is(&found, "credentials.gcs", "ok", "$GOOGLE_BEARER_TOKEN");
    is(&found, "bucket.versions", "unknown", "");
    is(&found, "lock", "ok", "team/dev_sam is free");
    assert_eq!(gcs.keys("acme-state"), [""; 0], "what was tried is removed");
    gcs.set_clock_ahead(1200);
    let found = findings(&doctor().exits(1));
    is(&found, "store.clock", "bad", "behind the store's");
}

/// A store that ignores conditions is found out.
#[test]
fn a_store_that_lies() {
    let emulator = Emulator::start(Kind::MiniStack);
    let server = ObjectServer::start(ObjectServerKind::Rclone);
    let project = Project::new(&emulator.url(), &[("alchemy.run.ts", PROGRAM)]);
    let store = format!("s3://state/p?region=us-east-1&endpoint={}", server.url());
    let doctor = project
        .alchemy(&["doctor", "--json", "--state", &store])
        .env("AWS_ACCESS_KEY_ID", "test")
        .exits(1);
    is(&findings(&doctor), "store.promises", "bad", "If-None-Match");
}
