//! State in a bucket of Google Cloud Storage, through the binary: named by the program, by a variable; with a token, from
//! a metadata server, with a service account's file.

use std::fs;

use alchemy_tests::e2e::{Emulator, Kind, Project, Run};
use alchemy_tests::gcs::{Gcs, TOKEN};

/// One queue, with its state where `store` says.
fn program(store: &str) -> String {
    format!(
        r#"
import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as GCS from "alchemy/GCS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("team", {{
  providers: AWS.providers(),
  state: GCS.state("{store}"),
}}, Effect.gen(function* () {{
  const jobs = yield* AWS.SQS.Queue("Jobs");
  return {{ jobs: jobs.queueUrl }};
}}));
"#
    )
}

fn store(gcs: &Gcs) -> String {
    format!("gs://acme-state/team?endpoint={}", gcs.url())
}

fn signed_in(project: &Project, arguments: &[&str]) -> Run {
    project.alchemy(arguments).env("GOOGLE_BEARER_TOKEN", TOKEN)
}

/// The life of a stage whose program names the store: from a missing bucket to the end.
#[test]
fn a_program_keeps_its_state_there() {
    let (emulator, gcs) = (Emulator::start(Kind::MiniStack), Gcs::start());
    let project = Project::new(&emulator.url(), &[("alchemy.run.ts", &program(&store(&gcs)))]);
    signed_in(&project, &["deploy", "--yes"]).exits(1).says(&[
        "no-bucket",
        "there is no bucket `acme-state`",
        "alchemy state init",
    ]);
    signed_in(&project, &["state", "init", &store(&gcs), "--yes"])
        .exits(1)
        .says(&["gcloud storage buckets create gs://acme-state", "\"team/locks/\""]);
    gcs.make_bucket("acme-state", true);
    signed_in(&project, &["deploy", "--yes"]).ok();
    assert!(!project.path().join(".alchemy/state").exists(), "state is in the bucket only");
    let keys = gcs.keys("acme-state");
    assert!(keys.contains(&"team/stages/team/dev_sam/state.json".to_owned()), "{keys:?}");
    signed_in(&project, &["plan", "--detailed-exitcode"]).ok().says(&["no changes"]);
    project.edit("alchemy.run.ts", "\"Jobs\")", "\"Jobs\", { fifo: true })");
    signed_in(&project, &["deploy", "--yes"]).ok();
    let serials = signed_in(&project, &["state", "history", "--json"]).ok().stdout;
    assert_eq!(serials.lines().count(), 2, "{serials}");
    // Who has no program remembers where state is.
    fs::remove_file(project.path().join("alchemy.run.ts")).expect("the program goes");
    signed_in(&project, &["destroy", "--yes"]).ok();
    let names = project.client(&emulator.url()).names();
    assert!(names.is_empty(), "{names:?}");
    let refused =
        gcs.requests().into_iter().filter(|one| !matches!(one.status, 200 | 204 | 404 | 412));
    assert_eq!(refused.map(|one| one.asked.to_string()).collect::<Vec<_>>(), [""; 0]);
}

/// A local store moves there and back.
#[test]
fn a_store_moves_there_and_back() {
    let (emulator, gcs) = (Emulator::start(Kind::MiniStack), Gcs::start());
    gcs.make_bucket("acme-state", false);
    let there = store(&gcs);
    let project = Project::new(&emulator.url(), &[]);
    project.write(
        "alchemy.run.ts",
        &program("gs://unused").replace("  state: GCS.state(\"gs://unused\"),\n", ""),
    );
    project.alchemy(&["deploy", "--yes"]).ok();
    signed_in(&project, &["state", "migrate", ".alchemy/state", &there, "--yes"]).ok();
    signed_in(&project, &["plan", "--detailed-exitcode", "--state", &there]).ok();
    signed_in(&project, &["state", "migrate", &there, "back", "--yes"]).ok();
    project.alchemy(&["destroy", "--yes", "--state", "back"]).ok();
}

/// The ways of signing in, and what is said to somebody who has not.
#[test]
fn everybody_signs_in_his_own_way() {
    let (emulator, gcs, open) =
        (Emulator::start(Kind::MiniStack), Gcs::start(), Gcs::open_to_all());
    for gcs in [&gcs, &open] {
        gcs.make_bucket("acme-state", false);
    }
    let project = Project::new(&emulator.url(), &[]);
    let listed =
        |gcs: &Gcs| project.alchemy(&["stage", "ls"]).env("ALCHEMY_STATE", store(gcs).as_str());
    listed(&gcs).env("GOOGLE_BEARER_TOKEN", TOKEN).ok();
    listed(&gcs).env("GCE_METADATA_HOST", gcs.metadata_host()).ok();
    listed(&gcs).env("GOOGLE_BEARER_TOKEN", "stolen").exits(1).says(&[
        "AuthenticationRequired",
        "gcloud auth application-default login",
        "alchemy doctor",
    ]);
    let key = serde_json::json!({
        "gcs_base_url": open.url(), "disable_oauth": true,
        "client_email": "", "private_key": "", "private_key_id": "",
    });
    project.write("key.json", &key.to_string());
    project
        .alchemy(&["stage", "ls", "--state", "gs://acme-state/team"])
        .env("GOOGLE_SERVICE_ACCOUNT", project.path().join("key.json"))
        .ok();
}
