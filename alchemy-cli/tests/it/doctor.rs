//! `alchemy doctor` where no network is needed, and what `state init` says of Google Cloud Storage.

use insta::assert_snapshot;

use crate::env::TestEnv;
use crate::given::deployed;

/// An environment in which nothing is found on the network.
fn offline() -> TestEnv {
    TestEnv::new().with("AWS_EC2_METADATA_DISABLED", "true")
}

#[test]
fn an_empty_folder() {
    assert_snapshot!(offline().run(&["doctor"]), @r#"
    --- stdout
    warning  program           there is none at alchemy.run.ts
                               help: `alchemy init` writes one; destroy, state and stage need none
    ok       cache             .alchemy/cache, empty
    ok       stage             dev_sam
    ok       profile           default, built in; nobody named one
    ok       credentials       what the AWS SDK finds: its configuration, the container, the machine
    bad      account           the settings for AWS cannot work (profile `default`). finding the AWS region: no region is configured (MissingRegion).
                               help: Set AWS_REGION, or `region` in a profile: `alchemy profile create --help`.
    ok       store             .alchemy/state, the default; nobody named one
    ok       store.content     nothing yet
    ok       store.promises    nothing is stored yet, so nothing was tried
    ok       store.durable     a write counts when the file and its folder are synced to disk
    ok       store.locking     of the operating system, on a file; it ends with the process that holds it
    --- status 1
    "#);
}

#[test]
fn a_project_without_effect_and_with_an_old_one() {
    let env = offline();
    env.write("alchemy.run.ts", "export default 1;\n");
    env.write("alchemy.toml", "state = \"kept\"\n");
    assert_snapshot!(env.run(&["doctor"]), @r#"
    --- stdout
    ok       program           alchemy.run.ts
    bad      effect            it is not installed
                               help: npm install effect@4
    ok       cache             .alchemy/cache, empty
    ok       stage             dev_sam
    ok       profile           default, built in; nobody named one
    ok       credentials       what the AWS SDK finds: its configuration, the container, the machine
    bad      account           the settings for AWS cannot work (profile `default`). finding the AWS region: no region is configured (MissingRegion).
                               help: Set AWS_REGION, or `region` in a profile: `alchemy profile create --help`.
    ok       store             kept, named by $TEST/photos/alchemy.toml
    ok       store.content     nothing yet
    ok       store.promises    nothing is stored yet, so nothing was tried
    ok       store.durable     a write counts when the file and its folder are synced to disk
    ok       store.locking     of the operating system, on a file; it ends with the process that holds it
    --- status 1
    "#);
    env.write(
        "node_modules/effect/package.json",
        "{ \"name\": \"effect\", \"version\": \"3.19.4\" }",
    );
    assert_snapshot!(env.run(&["doctor", "--json", "--stage", "prod"]), @r#"
    --- stdout
    {"v":1,"check":"program","status":"ok","text":"alchemy.run.ts","help":[]}
    {"v":1,"check":"effect","status":"bad","text":"3.19.4 in node_modules/effect cannot run programs","help":["npm install effect@4"]}
    {"v":1,"check":"cache","status":"ok","text":".alchemy/cache, empty","help":[]}
    {"v":1,"check":"stage","status":"ok","text":"prod","help":[]}
    {"v":1,"check":"profile","status":"ok","text":"default, built in; nobody named one","help":[]}
    {"v":1,"check":"credentials","status":"ok","text":"what the AWS SDK finds: its configuration, the container, the machine","help":[]}
    {"v":1,"check":"account","status":"bad","text":"the settings for AWS cannot work (profile `default`). finding the AWS region: no region is configured (MissingRegion).","help":["Set AWS_REGION, or `region` in a profile: `alchemy profile create --help`."]}
    {"v":1,"check":"store","status":"ok","text":"kept, named by $TEST/photos/alchemy.toml","help":[]}
    {"v":1,"check":"store.content","status":"ok","text":"nothing yet","help":[]}
    {"v":1,"check":"store.promises","status":"ok","text":"nothing is stored yet, so nothing was tried","help":[]}
    {"v":1,"check":"store.durable","status":"ok","text":"a write counts when the file and its folder are synced to disk","help":[]}
    {"v":1,"check":"store.locking","status":"ok","text":"of the operating system, on a file; it ends with the process that holds it","help":[]}
    --- status 1
    "#);
}

#[test]
fn settings_that_contradict_each_other() {
    let env = offline().with("AWS_ACCESS_KEY_ID", "AKIA").with("STAGE", "pr-7");
    env.write("alchemy.toml", "state = 7\n");
    assert_snapshot!(env.run(&["doctor", "--profile", "prod", "--stack", "photos"]), @r#"
    --- stdout
    warning  program           there is none at alchemy.run.ts
                               help: `alchemy init` writes one; destroy, state and stage need none
    ok       cache             .alchemy/cache, empty
    ok       stage             pr-7
    bad      profile           there is no profile `prod`. It is neither in $TEST/home/.alchemy/profiles.toml nor in the AWS configuration. There is: default.
                               help: write it: `alchemy profile create prod`
    bad      store             cannot read $TEST/photos/alchemy.toml: line 1: invalid type: integer `7`, expected a string
                               help: it may hold `state = "folder or URL"` and `keep = 50` (earlier serials to keep)
    --- status 1
    "#);
}

#[test]
fn a_store_that_is_there() {
    let env = offline();
    deployed(&env, "photos", "dev_sam");
    deployed(&env, "photos", "prod");
    env.write(".alchemy/state/stages/photos/prod/state.json", "{}");
    assert_snapshot!(env.run(&["doctor", "--stack", "photos"]), @r#"
    --- stdout
    warning  program           there is none at alchemy.run.ts
                               help: `alchemy init` writes one; destroy, state and stage need none
    ok       cache             .alchemy/cache, empty
    ok       stage             dev_sam
    ok       profile           default, built in; nobody named one
    ok       credentials       what the AWS SDK finds: its configuration, the container, the machine
    bad      account           the settings for AWS cannot work (profile `default`). finding the AWS region: no region is configured (MissingRegion).
                               help: Set AWS_REGION, or `region` in a profile: `alchemy profile create --help`.
    ok       store             .alchemy/state, the default; nobody named one
    ok       store.content     2 stages, realm a4dqobyha4dqobyha4dqobyha4
    bad      store.content     photos/prod: $TEST/photos/.alchemy/state/stages/photos/prod/state.json is corrupt: missing field `format` at line 1 column 2
    ok       store.promises    of several who create an object, or replace one version of it, one succeeds; what was written is read
    ok       store.durable     a write counts when the file and its folder are synced to disk
    ok       store.locking     of the operating system, on a file; it ends with the process that holds it
    ok       lock              photos/dev_sam is free
    --- status 1
    "#);
}

#[test]
fn a_bucket_of_google_is_made_by_hand() {
    let env = offline();
    assert_snapshot!(env.run(&["state", "init", "gs://acme-state/team/one"]), @r#"
    --- stderr
    error[by-hand]: alchemy does not make buckets of Google Cloud Storage; gs://acme-state/team/one needs one
      = help: make it: gcloud storage buckets create gs://acme-state --location=REGION --uniform-bucket-level-access --public-access-prevention
      = help: let old versions expire: write this into lifecycle.json: {"rule":[{"action":{"type":"Delete"},"condition":{"daysSinceNoncurrentTime":1,"matchesPrefix":["team/one/locks/","team/one/journal/","team/one/probe/"]}},{"action":{"type":"Delete"},"condition":{"daysSinceNoncurrentTime":90,"matchesPrefix":["team/one/stages/","team/one/history/","team/one/realm.json"]}}]}
      = help: then: gcloud storage buckets update gs://acme-state --versioning --lifecycle-file=lifecycle.json (its rules replace those that are there)
      = help: `alchemy doctor --state 'gs://acme-state/team/one'` tries it out
    --- status 1
    "#);
}

#[test]
fn a_mistyped_region_is_said_with_where_it_comes_from() {
    let env = offline().with("AWS_REGION", "eu-central1");
    let output = env.run(&["doctor"]);
    for said in [
        "the settings for AWS cannot work (profile `default`)",
        "`eu-central1`, from $AWS_REGION, is no region: it should look like `eu-central-1`",
        "help: Correct $AWS_REGION: did you mean `eu-central-1`?",
    ] {
        assert!(output.stdout.contains(said), "{output}");
    }
    assert_eq!(output.status, 1, "{output}");
}

#[test]
fn a_mistyped_region_of_a_store_is_said_before_it_is_asked() {
    let output = offline().run(&["stage", "ls", "--state", "s3://bucket/p?region=eu-central1"]);
    let said = "`eu-central1`, from the URL of the state store, is no region";
    assert!(output.stderr.contains(said), "{output}");
    assert_eq!(output.status, 1, "{output}");
}
