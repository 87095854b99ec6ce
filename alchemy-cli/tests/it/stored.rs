//! Commands on a store that needs no program, in stores without stages.

use insta::assert_snapshot;

use crate::env::TestEnv;
use crate::given::{deployed, destroyed};

#[test]
fn an_empty_store() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["stage", "ls"]), @r#"
    --- stderr
    the state store holds no stages
    --- status 0
    "#);
    assert_snapshot!(env.run(&["stage", "ls", "--json"]), @"--- status 0");
    assert_snapshot!(env.run(&["stage", "show", "--stage", "prod"]), @r#"
    --- stderr
    error[unknown-stage]: the state store $TEST/photos/.alchemy/state holds no stages
      = help: name another store with --state, or run `alchemy deploy` first
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "show", "Jobs"]), @r#"
    --- stderr
    error[unknown-stage]: the state store $TEST/photos/.alchemy/state holds no stages
      = help: name another store with --state, or run `alchemy deploy` first
    --- status 1
    "#);
    assert!(!env.project().join(".alchemy").exists(), "looking must not write");
}

#[test]
fn stages_and_what_they_hold() {
    let env = TestEnv::new();
    deployed(&env, "photos", "prod");
    destroyed(&env, "photos", "pr-147");
    assert_snapshot!(env.run(&["stage", "ls"]), @r#"
    --- stdout
    STACK   STAGE   OBJECTS  ACCOUNT       REGION     STATUS
    photos  pr-147  0        111111111111  eu-west-1  destroyed 2026-01-02 03:04 UTC; 1 object kept in the cloud
    photos  prod    1        111111111111  eu-west-1  deployed by sam@laptop 2026-01-02 03:04 UTC
    --- status 0
    "#);
    assert_snapshot!(env.run(&["stage", "ls", "--json"]), @r#"
    --- stdout
    {"v":1,"stack":"photos","stage":"pr-147","objects":0,"retained":1,"account":"111111111111","region":"eu-west-1","deployedAt":null,"deployedBy":null,"destroyedAt":"2026-01-02T03:04:05Z","uses":[],"stale":[],"usedBy":[]}
    {"v":1,"stack":"photos","stage":"prod","objects":1,"retained":0,"account":"111111111111","region":"eu-west-1","deployedAt":"2026-01-02T03:04:05Z","deployedBy":"sam@laptop","destroyedAt":null,"uses":[],"stale":[],"usedBy":[]}
    --- status 0
    "#);
    assert_snapshot!(env.run(&["stage", "show", "--stage", "prod"]), @r#"
    --- stdout
    stack    photos
    stage    prod
    status   deployed by sam@laptop 2026-01-02 03:04 UTC
    account  111111111111
    region   eu-west-1
    output   count = 2
    output   queue = https://sqs/jobs

    RESOURCE  TYPE           NAME
    Jobs      AWS.SQS.Queue  photos-prod-jobs-aaaaaaaaaa
    --- status 0
    "#);
    assert_snapshot!(env.run(&["stage", "show", "--stage", "pr-147"]), @r#"
    --- stdout
    stack    photos
    stage    pr-147
    status   destroyed 2026-01-02 03:04 UTC; 1 object kept in the cloud
    account  111111111111
    region   eu-west-1

    kept in the cloud:
    RESOURCE  TYPE           NAME
    Jobs      AWS.SQS.Queue  photos-pr-147-jobs-aaaaaaaaaa
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "ls", "--stage", "prod"]), @r#"
    --- stdout
    RESOURCE  TYPE           NAME                         STATUS
    Jobs      AWS.SQS.Queue  photos-prod-jobs-aaaaaaaaaa  ready
    --- status 0
    "#);
    assert_snapshot!(env.run(&["state", "ls", "--stage", "pr-147", "--json"]), @r#"
    --- stdout
    {"v":1,"resource":"Jobs","type":"AWS.SQS.Queue","generation":0,"name":"photos-pr-147-jobs-aaaaaaaaaa","status":"retained","account":"111111111111","region":"eu-west-1"}
    --- status 0
    "#);
}

#[test]
fn state_is_shown_as_json_without_secrets() {
    let env = TestEnv::new();
    deployed(&env, "photos", "prod");
    let whole = env.run(&["state", "show", "--stage", "prod"]);
    assert!(!whole.to_string().contains("hunter2"));
    assert_snapshot!(whole, @r#"
    --- stdout
    {
      "v": 1,
      "stack": "photos",
      "stage": "prod",
      "serial": 1,
      "account": "111111111111",
      "region": "eu-west-1",
      "deployedBy": "sam@laptop",
      "deployedAt": "2026-01-02T03:04:05Z",
      "destroyedAt": null,
      "outputs": {
        "count": 2,
        "queue": "https://sqs/jobs"
      },
      "resources": [
        {
          "resource": "Jobs",
          "type": "AWS.SQS.Queue",
          "generation": 0,
          "name": "photos-prod-jobs-aaaaaaaaaa",
          "status": "ready",
          "account": "111111111111",
          "region": "eu-west-1",
          "uid": "bbm2izld4547yp67unu5iscgcy",
          "props": {
            "queueName": "photos-prod-jobs-aaaaaaaaaa",
            "tags": {
              "key": "<redacted>"
            }
          },
          "attributes": {
            "queueName": "photos-prod-jobs-aaaaaaaaaa"
          },
          "dependsOn": [],
          "removal": "destroy",
          "parent": null,
          "declaredAt": null,
          "createdAt": "2026-01-02T03:04:05Z",
          "updatedAt": "2026-01-02T03:04:05Z"
        }
      ]
    }
    --- status 0
    "#);
    let one = env.run(&["state", "show", "Jobs", "--stage", "prod", "--json"]);
    assert_eq!(one.stdout.lines().count(), 1, "{one}");
    assert_snapshot!(env.run(&["state", "show", "jobs", "--stage", "prod"]), @r#"
    --- stderr
    error[unknown-resource]: there is no resource `jobs` in stage `prod` of stack `photos`
      = help: did you mean `Jobs`?
    --- status 1
    "#);
}

#[test]
fn several_stacks_have_to_be_told_apart() {
    let env = TestEnv::new();
    deployed(&env, "photos", "prod");
    deployed(&env, "shop", "prod");
    assert_snapshot!(env.run(&["state", "ls", "--stage", "prod"]), @r#"
    --- stderr
    error[several-stacks]: the state store $TEST/photos/.alchemy/state holds several stacks
      = note: There is: photos, shop.
      = help: say which with --stack, for example --stack photos
    --- status 1
    "#);
    assert_eq!(env.run(&["state", "ls", "--stage", "prod", "--stack", "shop"]).status, 0);
    assert_snapshot!(env.run(&["state", "ls", "--stage", "prod", "--stack", "shoop"]), @r#"
    --- stderr
    error[unknown-stack]: there is no stack `shoop` in $TEST/photos/.alchemy/state
      = note: There is: photos, shop.
      = help: did you mean `shop`?
    --- status 1
    "#);
    assert_eq!(env.run(&["stage", "ls", "--stack", "shop"]).stdout.lines().count(), 2);
    assert_snapshot!(env.run(&["stage", "ls", "--stack", "photo"]), @r#"
    --- stderr
    error[unknown-stack]: there is no stack `photo` in $TEST/photos/.alchemy/state
      = note: There is: photos, shop.
      = help: did you mean `photos`?
    --- status 1
    "#);
}
