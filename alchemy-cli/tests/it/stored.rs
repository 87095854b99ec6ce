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
    assert_snapshot!(env.run(&["stage", "ls"]), @"");
    assert_snapshot!(env.run(&["stage", "ls", "--json"]), @"");
    assert_snapshot!(env.run(&["stage", "show", "--stage", "prod"]), @"");
    assert_snapshot!(env.run(&["stage", "show", "--stage", "pr-147"]), @"");
    assert_snapshot!(env.run(&["state", "ls", "--stage", "prod"]), @"");
    assert_snapshot!(env.run(&["state", "ls", "--stage", "pr-147", "--json"]), @"");
}

#[test]
fn state_is_shown_as_json_without_secrets() {
    let env = TestEnv::new();
    deployed(&env, "photos", "prod");
    let whole = env.run(&["state", "show", "--stage", "prod"]);
    assert!(!whole.to_string().contains("hunter2"));
    assert_snapshot!(whole, @"");
    let one = env.run(&["state", "show", "Jobs", "--stage", "prod", "--json"]);
    assert_eq!(one.stdout.lines().count(), 1, "{one}");
    assert_snapshot!(env.run(&["state", "show", "jobs", "--stage", "prod"]), @"");
}

#[test]
fn several_stacks_have_to_be_told_apart() {
    let env = TestEnv::new();
    deployed(&env, "photos", "prod");
    deployed(&env, "shop", "prod");
    assert_snapshot!(env.run(&["state", "ls", "--stage", "prod"]), @"");
    assert_eq!(env.run(&["state", "ls", "--stage", "prod", "--stack", "shop"]).status, 0);
    assert_snapshot!(env.run(&["state", "ls", "--stage", "prod", "--stack", "shoop"]), @"");
    assert_eq!(env.run(&["stage", "ls", "--stack", "shop"]).stdout.lines().count(), 2);
}
