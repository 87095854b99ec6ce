//! Which store, through the binary: precedence and refusals.

use insta::assert_snapshot;

use crate::env::TestEnv;

/// The store a command looks into, from its refusal.
fn store_of(env: &TestEnv, folder: &str, args: &[&str]) -> String {
    let args: Vec<_> =
        ["state", "ls", "--stage", "x", "--stack", "y"].iter().chain(args).copied().collect();
    let output = env.run_in(&env.project().join(folder), &args);
    assert_eq!(output.status, 1, "{output}");
    let (_, after) = output.stderr.split_once(" of stack `y` in ").expect("the store is named");
    after.lines().next().expect("a line").to_owned()
}

#[test]
fn beside_the_program_wherever_run_from() {
    let env = TestEnv::new();
    env.write("alchemy.run.ts", "").write("src/deep/x.ts", "");
    assert_eq!(store_of(&env, "", &[]), "$TEST/photos/.alchemy/state");
    assert_eq!(store_of(&env, "src/deep", &[]), "$TEST/photos/.alchemy/state");
}

#[test]
fn flag_then_variable_then_file_then_memory() {
    let env = TestEnv::new();
    env.write("app/alchemy.run.ts", "")
        .write("app/.alchemy/last.json", r#"{"format":1,"stack":"x","store":"/remembered"}"#);
    assert_eq!(store_of(&env, "app", &[]), "/remembered");
    env.write("alchemy.toml", "state = \"store\"\n");
    assert_eq!(store_of(&env, "app", &[]), "$TEST/photos/store");
    let env = env.with("ALCHEMY_STATE", "by-variable");
    assert_eq!(store_of(&env, "app", &[]), "$TEST/photos/app/by-variable");
    assert_eq!(store_of(&env, "app", &["--state", "../by-flag"]), "$TEST/photos/by-flag");
    assert_eq!(store_of(&env, "app", &["--state", "file:///by/url"]), "/by/url");
}

#[test]
fn stores_that_cannot_be_used_are_refused() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["stage", "ls", "--state", "s3://bucket/prefix"]), @r#"
    --- stderr
    error[store-kind]: --state names s3://bucket/prefix, but s3:// stores are not available yet
      = note: This version keeps state in local folders only.
      = help: name a folder: --state .alchemy/state, or a folder that your CI keeps between runs
    --- status 1
    "#);
    assert_snapshot!(env.run(&["stage", "ls", "--state", "ftp://host"]), @r#"
    --- stderr
    error[bad-store]: --state names a store of an unknown kind: ftp://
      = help: name a folder, for example .alchemy/state, or file:///absolute/folder
    --- status 1
    "#);
    assert_snapshot!(env.run(&["stage", "ls", "--state", ""]), @r#"
    --- stderr
    error[bad-store]: --state names no store: it is empty
      = help: name a folder, for example .alchemy/state
    --- status 1
    "#);
    env.write("alchemy.toml", "sate = \"x\"\n");
    assert_snapshot!(env.run(&["stage", "ls"]), @r#"
    --- stderr
    error[settings-file]: cannot read $TEST/photos/alchemy.toml: line 1: unknown field `sate`, expected `state`
      = help: it may hold `state = "folder"`, and nothing else yet
    --- status 1
    "#);
}

#[test]
fn a_missing_or_broken_env_file_is_refused() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["state", "ls", "--env-file", "none.env"]), @r#"
    --- stderr
    error[env-file]: cannot read none.env: there is no such file
      = help: name an existing file with --env-file, or leave the flag out
    --- status 1
    "#);
    env.write(".env", "GOOD=1\nsecret hunter2\n");
    let output = env.run(&["state", "ls"]);
    assert!(!output.to_string().contains("hunter2"));
    assert_snapshot!(output, @r#"
    --- stderr
    error[env-file]: cannot read .env: line 2 is malformed
      = help: write one NAME=value a line; quote values that hold spaces
    --- status 1
    "#);
}
