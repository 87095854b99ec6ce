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
fn what_a_newer_version_remembers_is_left_alone() {
    let env = TestEnv::new();
    env.write("app/alchemy.run.ts", "")
        .write("app/.alchemy/last.json", r#"{"format":2,"stores":[{"url":"/remembered"}]}"#);
    assert_eq!(store_of(&env, "app", &[]), "$TEST/photos/app/.alchemy/state");
    env.write("app/.alchemy/last.json", "half a f");
    let output = env.run_in(&env.project().join("app"), &["stage", "ls"]);
    assert!(output.status == 1 && output.stderr.contains("error[last-file]"), "{output}");
}

#[test]
fn stores_that_cannot_be_used_are_refused() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["stage", "ls", "--state", "s3://b/prefix"]), @r#"
    --- stderr
    error[bad-store]: --state `s3://b/prefix` names no state store: a bucket's name has 3 to 63 characters
      = help: name a folder, for example .alchemy/state, or s3://bucket/prefix, or gs://bucket/prefix
    --- status 1
    "#);
    assert_snapshot!(env.run(&["stage", "ls", "--state", "ftp://host"]), @r#"
    --- stderr
    error[bad-store]: --state `ftp://host` names no state store: `ftp:` is none of `file:`, `s3:`, `gs:`
      = help: name a folder, for example .alchemy/state, or s3://bucket/prefix, or gs://bucket/prefix
    --- status 1
    "#);
    assert_snapshot!(env.run(&["stage", "ls", "--state", ""]), @r#"
    --- stderr
    error[bad-store]: --state names no state store: it is empty
      = help: name a folder, for example .alchemy/state, or s3://bucket/prefix, or gs://bucket/prefix
    --- status 1
    "#);
    env.write("alchemy.toml", "sate = \"x\"\n");
    assert_snapshot!(env.run(&["stage", "ls"]), @r#"
    --- stderr
    error[settings-file]: cannot read $TEST/photos/alchemy.toml: line 1: unknown field `sate`, expected `state` or `keep`
      = help: it may hold `state = "folder or URL"` and `keep = 50` (earlier serials to keep)
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
