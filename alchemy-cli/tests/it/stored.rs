//! Commands on a store that needs no program, in stores without stages.

use insta::assert_snapshot;

use crate::env::TestEnv;

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
