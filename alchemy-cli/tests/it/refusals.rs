//! Refusals of deploy, plan and destroy that come before any cloud is asked.

use insta::assert_snapshot;

use crate::env::TestEnv;
use crate::given::deployed;

#[test]
fn there_has_to_be_a_program() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["plan"]), @r#"
    --- stderr
    error[no-program]: there is no alchemy.run.ts in $TEST/photos or above
      = help: run `alchemy init` to write one, or name the program: `alchemy deploy path/to/program.ts`
    --- status 1
    "#);
    env.write("infra/alchemy.run.ts", "").write("alchemy.ts", "");
    assert_snapshot!(env.run(&["deploy", "infra"]), @r#"
    --- stderr
    error[no-program]: infra is a folder, not a program
      = help: did you mean `infra/alchemy.run.ts`?
    --- status 1
    "#);
    assert_snapshot!(env.run(&["deploy", "alchmy.ts"]), @r#"
    --- stderr
    error[no-program]: there is no program alchmy.ts
      = help: did you mean `alchemy.ts`?
    --- status 1
    "#);
    assert_snapshot!(env.run(&["deploy", "src"]), @r#"
    --- stderr
    error[no-program]: there is no program src
      = help: name an existing program, or run `alchemy init` to write one
    --- status 1
    "#);
}

#[test]
fn a_program_with_mistakes_is_shown_with_the_places() {
    let env = TestEnv::new();
    env.write("alchemy.run.ts", "const queue = ;\n");
    let output = env.run(&["deploy", "--yes"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("alchemy.run.ts:1:15"), "{output}");
    assert!(output.stderr.contains("const queue = ;"), "{output}");
    assert!(!env.project().join(".alchemy/state").exists(), "nothing was written");
}

#[test]
fn settings_are_checked_before_the_program() {
    let env = TestEnv::new();
    env.write("alchemy.run.ts", "const queue = ;\n");
    assert_snapshot!(env.run(&["deploy", "--profile", "prod"]), @r#"
    --- stderr
    error[unknown-profile]: there is no profile `prod`
      = note: It is neither in $TEST/home/.alchemy/profiles.toml nor in the AWS configuration. There is: default.
      = help: write it: `alchemy profile create prod`
    --- status 1
    "#);
    assert_snapshot!(env.run(&["plan", "--state", "ftp://bucket"]), @r#"
    --- stderr
    error[bad-store]: --state `ftp://bucket` names no state store: `ftp:` is none of `file:`, `s3:`, `gs:`
      = help: name a folder, for example .alchemy/state, or s3://bucket/prefix, or gs://bucket/prefix
    --- status 1
    "#);
    assert_snapshot!(env.run(&["plan", "--stage", "a b"]), @r#"
    --- stderr
    error[bad-stage]: invalid stage from `--stage`: a stage may not contain ` `; it must match [a-z0-9][-_a-z0-9]*
     --> --stage:1:2
      |
    1 | a b
      |  ^
      |
      = help: did you mean `a_b`?
    --- status 1
    "#);
    let env = env.with("ALCHEMY_PROFILE", "staging");
    assert!(env.run(&["plan"]).stderr.contains("there is no profile `staging`"));
}

#[test]
fn destroying_what_is_not_there() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-1", "--yes"]), @r#"
    --- stderr
    error[unknown-stage]: the state store $TEST/photos/.alchemy/state holds no stages
      = help: name another store with --state, or run `alchemy deploy` first
    --- status 1
    "#);
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-1", "--yes", "--if-exists"]), @r#"
    --- stderr
    there is no such stage; nothing to do
    --- status 0
    "#);
    deployed(&env, "photos", "pr-147");
    deployed(&env, "photos", "prod");
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-174", "--yes"]), @r#"
    --- stderr
    error[unknown-stage]: there is no stage `pr-174` of stack `photos` in $TEST/photos/.alchemy/state
      = note: There is: pr-147, prod.
      = help: did you mean --stage pr-147?
    --- status 1
    "#);
    assert_eq!(env.run(&["destroy", "--stage", "pr-174", "--yes", "--if-exists"]).status, 0);
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-147", "--stack", "photo", "--yes"]), @r#"
    --- stderr
    error[unknown-stack]: there is no stack `photo` in $TEST/photos/.alchemy/state
      = note: There is: photos.
      = help: did you mean `photos`?
    --- status 1
    "#);
    deployed(&env, "shop", "prod");
    assert_snapshot!(env.run(&["destroy", "--stage", "prod", "--yes", "--if-exists"]), @r#"
    --- stderr
    error[several-stacks]: the state store $TEST/photos/.alchemy/state holds several stacks
      = note: There is: photos, shop.
      = help: say which with --stack, for example --stack photos
    --- status 1
    "#);
}

#[test]
fn destroyed_before_is_done_and_says_when() {
    let env = TestEnv::new();
    crate::given::destroyed(&env, "photos", "pr-147");
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-147", "--yes"]), @r#"
    --- stderr
    stage `pr-147` of stack `photos` was destroyed 2026-01-02 03:04 UTC

    kept in the cloud (a later deploy takes them up again):
    RESOURCE  TYPE           NAME
    Jobs      AWS.SQS.Queue  photos-pr-147-jobs-aaaaaaaaaa
    --- status 0
    "#);
}

#[test]
fn damaged_state_is_refused() {
    let env = TestEnv::new();
    deployed(&env, "photos", "prod");
    let file = ".alchemy/state/stages/photos/prod/state.json";
    let damaged = env.read(file).replace("Jobs", "Jots");
    env.write(file, &damaged);
    let output = env.run(&["destroy", "--stage", "prod", "--stack", "photos", "--yes"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(
        output.stderr.contains("state-corrupt") && output.stderr.contains("state.json"),
        "{output}"
    );
    assert_eq!(env.read(file), damaged, "left as it was");
}
