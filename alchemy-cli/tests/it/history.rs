//! `alchemy state history|diff|restore|mv|rm|pull|push|migrate` on a local store.

use std::fs;

use alchemy_core::{Change, Value};
use insta::assert_snapshot;

use crate::env::TestEnv;
use crate::given::{deployed, held, later};

/// Serial 1: the queue `Jobs`. Serial 2: another output, and the queue `Mail`.
fn two_serials(env: &TestEnv) {
    deployed(env, "photos", "prod");
    later(env, "photos", "prod", |record| {
        let mail = record("Mail");
        let outputs =
            Value::map([("count", Value::int(3)), ("queue", Value::str("https://sqs/jobs"))]);
        let by = "ci@runner".to_owned();
        let at = "2026-01-03T03:04:05Z".to_owned();
        vec![Change::Put(mail), Change::Outputs(outputs), Change::Deployed { by, at }]
    });
}

#[test]
fn serials_are_listed_newest_first() {
    let env = TestEnv::new();
    two_serials(&env);
    assert_snapshot!(env.run(&["state", "history", "--stage", "prod"]), @r#"
    --- stdout
    SERIAL  OBJECTS  BY          STATUS
    2       2        ci@runner   2026-01-03 03:04 UTC (current)
    1       1        sam@laptop  2026-01-02 03:04 UTC
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "history", "--stage", "prod", "--json"]), @r#"
    --- stdout
    {"v":1,"serial":2,"current":true,"objects":2,"at":"2026-01-03T03:04:05Z","by":"ci@runner","unreadable":null}
    {"v":1,"serial":1,"current":false,"objects":1,"at":"2026-01-02T03:04:05Z","by":"sam@laptop","unreadable":null}
    --- status 0
    "#);
    let file = env.project().join(".alchemy/state/history/photos/prod/1.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("hobs", "jobs").replace("laptop", "lapdog")).unwrap();
    assert_snapshot!(env.run(&["state", "history", "--stage", "prod"]), @r#"
    --- stdout
    SERIAL  OBJECTS  BY         STATUS
    2       2        ci@runner  2026-01-03 03:04 UTC (current)
    1                           unreadable: $TEST/photos/.alchemy/state/history/photos/prod/1.json is corrupt: its sum does not fit its content
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "diff", "1", "2", "--stage", "prod"]), @r#"
    --- stderr
    error[state-corrupt]: $TEST/photos/.alchemy/state/history/photos/prod/1.json is corrupt: its sum does not fit its content
      = note: It was not overwritten. Earlier states are in the store's history folder.
      = help: restore the file from a backup or from history/, or name another store with --state
      = help: with no copy left: move the file away, and rebuild it from the cloud with `alchemy state recover`
    --- status 1
    "#);
}

#[test]
fn a_difference_is_shown_object_by_object() {
    let env = TestEnv::new();
    two_serials(&env);
    assert_snapshot!(env.run(&["state", "diff", "1", "2", "--stage", "prod"]), @r#"
    --- stdout
    + Mail (AWS.SQS.Queue)  photos-prod-mail-aaaaaaaaaa
    outputs.count: 2 -> 3
    --- stderr
    from serial 1 to serial 2 of stage `prod` of stack `photos`
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "diff", "2", "1", "--stage", "prod", "--json"]), @r#"
    --- stdout
    {"v":1,"stack":"photos","stage":"prod","from":2,"to":1,"resources":[{"resource":"Mail","type":"AWS.SQS.Queue","generation":0,"name":"photos-prod-mail-aaaaaaaaaa","status":"ready","account":"111111111111","region":"eu-west-1","change":"removed","changes":[]}],"changes":[{"path":"outputs.count","old":3,"new":2}]}
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "diff", "2", "--stage", "prod"]), @r#"
    --- stderr
    serial 2 and the state now do not differ
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "diff", "1", "7", "--stage", "prod"]), @r#"
    --- stderr
    error[unknown-serial]: there is no serial 7 of stage `prod` of stack `photos`
      = note: There is: 2, 1.
      = help: `alchemy state history` lists them
    --- status 1
    "#);
}

#[test]
fn a_changed_secret_shows_without_its_value() {
    let env = TestEnv::new();
    deployed(&env, "photos", "prod");
    later(&env, "photos", "prod", |record| {
        let mut jobs = record("Jobs");
        let hasher = alchemy_core::SecretHasher::new([1; 32]);
        let secret = Value::Secret(alchemy_core::Secret::new(Value::str("hunter3"), &hasher));
        jobs.props.insert("tags".to_owned(), Value::map([("key", secret)]));
        vec![Change::Put(jobs)]
    });
    assert_snapshot!(env.run(&["state", "diff", "1", "2", "--stage", "prod"]), @r#"
    --- stdout
    ~ Jobs (AWS.SQS.Queue)  photos-prod-jobs-aaaaaaaaaa
        props.tags.key: <redacted> -> <redacted>  (another secret)
    --- stderr
    from serial 1 to serial 2 of stage `prod` of stack `photos`
    --- status 0
    "#);
}

#[test]
fn an_earlier_state_comes_back_under_a_new_number() {
    let env = TestEnv::new();
    two_serials(&env);
    assert_snapshot!(env.run(&["state", "restore", "1", "--stage", "prod"]), @r#"
    --- stderr
    stage `prod` of stack `photos`
    - Mail (AWS.SQS.Queue)  photos-prod-mail-aaaaaaaaaa
    outputs.count: 3 -> 2

    these objects stay in the cloud, and state will not know them (`alchemy state recover --force` finds them again):
    RESOURCE  TYPE           NAME
    Mail      AWS.SQS.Queue  photos-prod-mail-aaaaaaaaaa
    error[not-agreed]: nobody can be asked whether to go on; nothing was changed
      = help: run it in a terminal, or agree beforehand with --yes
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "restore", "1", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    stage `prod` of stack `photos`
    - Mail (AWS.SQS.Queue)  photos-prod-mail-aaaaaaaaaa
    outputs.count: 3 -> 2

    these objects stay in the cloud, and state will not know them (`alchemy state recover --force` finds them again):
    RESOURCE  TYPE           NAME
    Mail      AWS.SQS.Queue  photos-prod-mail-aaaaaaaaaa
    state of stage `prod` is what it was at serial 1 (now serial 3); `alchemy plan --stage prod` shows what the cloud has
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "history", "--stage", "prod"]), @r#"
    --- stdout
    SERIAL  OBJECTS  BY          STATUS
    3       1        sam@laptop  2026-01-02 03:04 UTC (current)
    2       2        ci@runner   2026-01-03 03:04 UTC
    1       1        sam@laptop  2026-01-02 03:04 UTC
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "diff", "1", "3", "--stage", "prod"]), @r#"
    --- stderr
    serial 1 and serial 3 do not differ
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "restore", "1", "--stage", "prod", "--yes", "--json"]), @r#"
    --- stdout
    {"v":1,"stack":"photos","stage":"prod","serial":3,"objects":1}
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "restore", "9", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    error[unknown-serial]: there is no serial 9 of stage `prod` of stack `photos`
      = note: There is: 3, 2, 1.
      = help: `alchemy state history` lists them
    --- status 1
    "#);
}

#[test]
fn as_many_serials_are_kept_as_is_said() {
    let env = TestEnv::new();
    two_serials(&env);
    let serials = |env: &TestEnv| {
        let listed = env.run(&["state", "history", "--stage", "prod", "--json"]).stdout;
        let serial = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["serial"].as_u64().unwrap()
        };
        listed.lines().map(serial).collect::<Vec<_>>()
    };
    let restore = |serial: &str, more: &[&str]| {
        let args = ["state", "restore", serial, "--stage", "prod", "--yes"];
        let args: Vec<_> = args.iter().chain(more).copied().collect();
        let output = env.run(&args);
        assert_eq!(output.status, 0, "{output}");
    };
    restore("1", &[]);
    restore("2", &[]);
    assert_eq!(serials(&env), [4, 3, 2, 1]);
    restore("1", &["--keep", "2"]);
    assert_eq!(serials(&env), [5, 4, 3]);
    env.write("alchemy.toml", "keep = 1\n");
    restore("4", &[]);
    assert_eq!(serials(&env), [6, 5]);
    env.write("alchemy.toml", "keep = 0\n");
    assert_snapshot!(env.run(&["state", "history", "--stage", "prod"]), @r#"
    --- stderr
    error[settings-file]: cannot read $TEST/photos/alchemy.toml: keep = 0: the last serial is always kept
      = help: it may hold `state = "folder or URL"` and `keep = 50` (earlier serials to keep)
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "restore", "5", "--keep", "0"]), @r#"
    --- stderr
    error: invalid value '0' for '--keep <N>': write a number from 1 to 10000

    For more information, try '--help'.
    --- status 2
    "#);
}

#[test]
fn resources_move_with_all_under_them() {
    let env = TestEnv::new();
    two_serials(&env);
    assert_snapshot!(env.run(&["state", "mv", "Jobs", "Mail", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    error[name-taken]: stage `prod` has a resource `Mail` already
      = note: It was not displaced. Nothing was changed.
      = help: move or remove it first, or choose another name than `Mail`
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "mv", "Job", "Work", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    error[unknown-resource]: there is no resource `Job` in stage `prod` of stack `photos`
      = help: did you mean `Jobs`?
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "mv", "Jobs", "W rk", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    error[bad-resource]: `W rk` is no resource's name: a resource id may not contain ` `; it must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}
      = help: `alchemy state ls` lists the resources there are
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "mv", "Jobs", "Site/Jobs", "--stage", "prod"]), @r#"
    --- stderr
    stage `prod` of stack `photos`
      Jobs -> Site/Jobs (AWS.SQS.Queue)  photos-prod-jobs-aaaaaaaaaa
    error[not-agreed]: nobody can be asked whether to go on; nothing was changed
      = help: run it in a terminal, or agree beforehand with --yes
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "mv", "Jobs", "Site/Jobs", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    stage `prod` of stack `photos`
      Jobs -> Site/Jobs (AWS.SQS.Queue)  photos-prod-jobs-aaaaaaaaaa
    moved (serial 3); the objects keep their names. The program has to say `Site/Jobs` now
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "mv", "Site", "Shop", "--stage", "prod", "--yes", "--json"]), @r#"
    --- stdout
    {"v":1,"stack":"photos","stage":"prod","serial":4,"objects":2}
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "ls", "--stage", "prod"]), @r#"
    --- stdout
    RESOURCE   TYPE           NAME                         STATUS
    Mail       AWS.SQS.Queue  photos-prod-mail-aaaaaaaaaa  ready
    Shop/Jobs  AWS.SQS.Queue  photos-prod-jobs-aaaaaaaaaa  ready
    --- status 0
    "#);
}

#[test]
fn what_is_forgotten_stays_in_the_cloud() {
    let env = TestEnv::new();
    two_serials(&env);
    assert_snapshot!(env.run(&["state", "rm", "Jobs", "--stage", "prod"]), @r#"
    --- stderr
    stage `prod` of stack `photos` forgets:
    RESOURCE  TYPE           NAME
    Jobs      AWS.SQS.Queue  photos-prod-jobs-aaaaaaaaaa
    their cloud objects stay: alchemy neither changes nor deletes them any more
    error[not-agreed]: nobody can be asked whether to go on; nothing was changed
      = help: run it in a terminal, or agree beforehand with --yes
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "rm", "Jobs", "Male", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    error[unknown-resource]: there is no resource `Male` in stage `prod` of stack `photos`
      = help: `alchemy state ls` lists them
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "rm", "Jobs", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    stage `prod` of stack `photos` forgets:
    RESOURCE  TYPE           NAME
    Jobs      AWS.SQS.Queue  photos-prod-jobs-aaaaaaaaaa
    their cloud objects stay: alchemy neither changes nor deletes them any more
    1 object forgotten (serial 3), and still in the cloud. As long as they carry this stage's `alchemy::` tags, `alchemy state recover` and `alchemy destroy --stage prod` find them
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "ls", "--stage", "prod"]), @r#"
    --- stdout
    RESOURCE  TYPE           NAME                         STATUS
    Mail      AWS.SQS.Queue  photos-prod-mail-aaaaaaaaaa  ready
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "rm", "Jobs", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    error[unknown-resource]: there is no resource `Jobs` in stage `prod` of stack `photos`
      = help: `alchemy state ls` lists them
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "rm"]), @r#"
    --- stderr
    error: the following required arguments were not provided:
      <RESOURCE>...

    Usage: alchemy state rm <RESOURCE>...

    For more information, try '--help'.
    --- status 2
    "#);
}

#[test]
fn a_pulled_state_is_pushed_back_with_its_edits() {
    let env = TestEnv::new();
    two_serials(&env);
    let pulled = env.run(&["state", "pull", "--stage", "prod"]);
    assert_eq!((pulled.status, pulled.stderr.as_str()), (0, ""));
    assert!(!pulled.stdout.contains("hunter2"));
    env.write("whole.json", &pulled.stdout);
    assert_snapshot!(env.run(&["state", "push", "whole.json", "--yes"]), @r#"
    --- stderr
    stage `prod` is as the document says already; nothing to do
    --- status 0
    "#);
    env.write("edited.json", &pulled.stdout.replace("https://sqs/jobs", "https://sqs/edited"));
    assert_snapshot!(env.run(&["state", "push", "edited.json"]), @r#"
    --- stderr
    stage `prod` of stack `photos`
    outputs.queue: "https://sqs/jobs" -> "https://sqs/edited"
    error[not-agreed]: nobody can be asked whether to go on; nothing was changed
      = help: run it in a terminal, or agree beforehand with --yes
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "push", "edited.json", "--yes"]), @r#"
    --- stderr
    stage `prod` of stack `photos`
    outputs.queue: "https://sqs/jobs" -> "https://sqs/edited"
    state of stage `prod` is written (serial 3)
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "push", "edited.json", "--yes"]), @r#"
    --- stderr
    error[older-state]: the document cannot become the state of stage `prod`: it is serial 2, and the stage is at serial 3
      = note: Nothing was changed.
      = help: pull again and repeat the edit: alchemy state pull --stage prod
      = help: to go back to an earlier state on purpose: `alchemy state history`, then `alchemy state restore SERIAL`
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "history", "--stage", "prod"]), @r#"
    --- stdout
    SERIAL  OBJECTS  BY          STATUS
    3       2        ci@runner   2026-01-03 03:04 UTC (current)
    2       2        ci@runner   2026-01-03 03:04 UTC
    1       1        sam@laptop  2026-01-02 03:04 UTC
    --- status 0
    "#);
}

#[test]
fn documents_that_cannot_be_right_are_refused() {
    let env = TestEnv::new();
    two_serials(&env);
    let pulled = env.run(&["state", "pull", "--stage", "prod"]).stdout;
    let push = |text: &str| {
        env.write("edited.json", text);
        env.run(&["state", "push", "edited.json", "--yes"])
    };
    assert_snapshot!(push(&pulled.replace("\"serial\": 2", "\"serial\": 1")), @r#"
    --- stderr
    error[older-state]: the document cannot become the state of stage `prod`: it is serial 1, and the stage is at serial 2
      = note: Nothing was changed.
      = help: pull again and repeat the edit: alchemy state pull --stage prod
      = help: to go back to an earlier state on purpose: `alchemy state history`, then `alchemy state restore SERIAL`
    --- status 1
    "#);
    assert_snapshot!(push(&pulled.replacen("\"realm\": \"", "\"realm\": \"a", 1)), @r#"
    --- stderr
    error[push-file]: edited.json is no state: bad realm: a realm has 26 characters
      = help: it should be what `alchemy state pull` prints, edited or not; nothing was changed
    --- status 1
    "#);
    let format = |number: &str| {
        let rest = pulled.split_once(',').unwrap().1;
        push(&format!("{{ \"format\": {number},{rest}"))
    };
    assert_snapshot!(format("0"), @r#"
    --- stderr
    error[push-file]: edited.json is no state: there is no format 0
      = help: it should be what `alchemy state pull` prints, edited or not; nothing was changed
    --- status 1
    "#);
    let newer = format("99");
    assert!(
        newer.stderr.contains("edited.json has format 99; this version of alchemy reads up to")
    );
    assert_eq!(newer.status, 1);
    assert_snapshot!(push(&pulled.replace("\"next\": 1", "\"next\": 0")), @r#"
    --- stderr
    error[broken-state]: the document cannot become the state of stage `prod`: it contradicts itself: invariant 4: the generation is in use and counted as free: Jobs (bbm2izld4547yp67unu5iscgcy, generation 0)
      = note: Nothing was changed.
      = help: correct the document; `alchemy state pull` prints one that is whole
    --- status 1
    "#);
    let foreign = pulled.replacen("\"realm\": \"a4dq", "\"realm\": \"b4dq", 1);
    assert_ne!(foreign, pulled);
    assert_snapshot!(push(&foreign), @r#"
    --- stderr
    error[other-realm]: the document cannot become the state of stage `prod`: it is of realm b4dqobyha4dqobyha4dqobyha4, and the store is realm a4dqobyha4dqobyha4dqobyha4
      = note: Nothing was changed.
      = help: name the store it was pulled from with --state; objects carry the realm in their names and tags
    --- status 1
    "#);
    assert_eq!(env.run(&["state", "history", "--stage", "prod"]).stdout.lines().count(), 3);
}

#[test]
fn what_is_no_document_is_refused() {
    let env = TestEnv::new();
    two_serials(&env);
    let pulled = env.run(&["state", "pull", "--stage", "prod"]).stdout;
    let push = |text: &str| {
        env.write("edited.json", text);
        env.run(&["state", "push", "edited.json", "--yes"])
    };
    let unknown = push(&pulled.replace("\"outputs\"", "\"output\""));
    assert!(
        unknown.stderr.contains("edited.json is no state: unknown field `output`"),
        "{unknown}"
    );
    assert_eq!(unknown.status, 1);
    assert_snapshot!(push(&pulled[..pulled.len() / 2]), @r#"
    --- stderr
    error[push-file]: edited.json is no state: EOF while parsing an object at line 51 column 1
      = help: it should be what `alchemy state pull` prints, edited or not; nothing was changed
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "push", "none.json", "--yes"]), @r#"
    --- stderr
    error[push-file]: cannot read none.json: No such file or directory (os error 2)
      = help: name a document that `alchemy state pull` has printed
    --- status 1
    "#);
}

#[test]
fn a_lost_store_comes_back_from_a_document() {
    let env = TestEnv::new();
    two_serials(&env);
    let pulled = env.run(&["state", "pull", "--stage", "prod"]).stdout;
    env.write("kept.json", &pulled);
    fs::remove_dir_all(env.project().join(".alchemy")).unwrap();
    assert_snapshot!(env.run(&["state", "push", "kept.json", "--yes"]), @r#"
    --- stderr
    stage `prod` of stack `photos`
    + Jobs (AWS.SQS.Queue)  photos-prod-jobs-aaaaaaaaaa
    + Mail (AWS.SQS.Queue)  photos-prod-mail-aaaaaaaaaa
    account: not set -> "111111111111"
    outputs: not set -> {"count":3,"queue":"https://sqs/jobs"}
    region: not set -> "eu-west-1"
    state of stage `prod` is written (serial 2)
    --- status 0
    "#);
    let again = env.run(&["state", "pull", "--stage", "prod"]).stdout;
    let without = |text: &str| {
        text.lines()
            .filter(|line| !line.contains("\"revision\""))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(without(&again), without(&pulled), "realm, serial and all");
}

#[test]
fn a_store_moves_with_identity_stages_and_history() {
    let env = TestEnv::new();
    two_serials(&env);
    deployed(&env, "shop", "dev");
    let migrate = ["state", "migrate", ".alchemy/state", "elsewhere", "--yes"];
    assert_snapshot!(env.run(&migrate[..4]), @r#"
    --- stderr
    from  $TEST/photos/.alchemy/state
    to    $TEST/photos/elsewhere
          2 stages, with their history, and the store's identity
    error[not-agreed]: nobody can be asked whether to go on; nothing was changed
      = help: run it in a terminal, or agree beforehand with --yes
    --- status 1
    "#);
    assert_snapshot!(env.run(&migrate), @r#"
    --- stderr
    from  $TEST/photos/.alchemy/state
    to    $TEST/photos/elsewhere
          2 stages, with their history, and the store's identity
      photos prod: 2 objects, 2 serials
      shop dev: 1 object, 1 serial
    copied and compared: 2 stages. $TEST/photos/.alchemy/state is as it was; from now on name the new place (--state, $ALCHEMY_STATE or alchemy.toml) everywhere, then remove the old one
    --- status 0
    "#);
    for args in [
        vec!["state", "pull", "--stack", "photos", "--stage", "prod"],
        vec!["state", "history", "--stack", "photos", "--stage", "prod"],
        vec!["stage", "ls"],
    ] {
        let here = env.run(&args);
        let there: Vec<_> = args.iter().copied().chain(["--state", "elsewhere"]).collect();
        assert_eq!(revisionless(&env.run(&there).stdout), revisionless(&here.stdout));
    }
    assert_snapshot!(env.run(&["state", "migrate", "none", "elsewhere", "--yes"]), @r#"
    --- stderr
    from  $TEST/photos/none
    to    $TEST/photos/elsewhere
          0 stages, with their history, and the store's identity
    error[empty-store]: there is nothing to copy: the store holds no stages
      = help: name the store that holds the stages first, then its new place
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "migrate", "elsewhere", "./elsewhere"]), @r#"
    --- stderr
    error[same-store]: file:$TEST/photos/elsewhere and file:$TEST/photos/elsewhere are the same store
      = help: name another place to copy it to
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "migrate", "elsewhere", "ftp://host"]), @r#"
    --- stderr
    error[bad-store]: TO `ftp://host` names no state store: `ftp:` is none of `file:`, `s3:`, `gs:`
      = help: name a folder, for example .alchemy/state, or s3://bucket/prefix, or gs://bucket/prefix
    --- status 1
    "#);
    assert_eq!(env.run(&migrate).status, 0, "what is there already is compared only");
}

fn revisionless(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.contains("\"revision\"")).collect()
}

#[test]
fn a_held_lock_keeps_hands_off() {
    let env = TestEnv::new();
    two_serials(&env);
    let lock = held(&env, "photos", "prod");
    for args in [
        vec!["state", "rm", "Jobs"],
        vec!["state", "mv", "Jobs", "Work"],
        vec!["state", "restore", "1"],
    ] {
        let args: Vec<_> = args.into_iter().chain(["--stage", "prod", "--yes"]).collect();
        let output = env.run(&args);
        assert_eq!(output.status, 4, "{output}");
        assert!(output.stderr.contains("locked by another run"), "{output}");
    }
    assert_snapshot!(env.run(&["stage", "unlock", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    stage `prod` of stack `photos` is locked: deploy by ann@laptop, pid 4711, since 2026-01-02 03:04 UTC
      its CI run: https://ci.example/runs/7
      it can still be going on: look there first
      its process is running on this machine
    error[holder-runs]: process 4711 holds the lock and is running on laptop
      = note: It would go on changing the stage. Its lock ends with it. Nothing was broken.
      = help: wait for it (--lock-timeout 10m), or end it: kill 4711
    --- status 4
    "#);
    drop(lock);
    assert_snapshot!(env.run(&["stage", "unlock", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    stage `prod` of stack `photos` is not locked; nothing to do
    --- status 0
    "#);
    assert_snapshot!(env.run(&["stage", "unlock", "--stage", "prod", "--json"]), @r#"
    --- stdout
    {"v":1,"stack":"photos","stage":"prod","broken":false}
    --- status 0
    "#);
}
