//! Which stage a command is about, through the binary.

use insta::assert_snapshot;

use crate::env::TestEnv;

/// The stage a command looks for, from its refusal in an empty store whose stack is known.
fn stage_of(env: &TestEnv, args: &[&str]) -> String {
    let args: Vec<_> = ["state", "ls", "--stack", "photos"].iter().chain(args).copied().collect();
    let output = env.run(&args);
    assert_eq!(output.status, 1, "{output}");
    let (_, after) = output.stderr.split_once("no stage `").expect("the stage is named");
    after.split_once('`').expect("a closing mark").0.to_owned()
}

#[test]
fn flag_then_variable_then_user() {
    let env = TestEnv::new();
    assert_eq!(stage_of(&env, &[]), "dev_sam");
    assert_eq!(stage_of(&env, &["--stage", "pr-147"]), "pr-147");
    let env = TestEnv::new().with("STAGE", "staging");
    assert_eq!(stage_of(&env, &[]), "staging");
    assert_eq!(stage_of(&env, &["--stage", "prod"]), "prod");
    let env = TestEnv::new().with("STAGE", "");
    assert_eq!(stage_of(&env, &[]), "dev_sam");
}

#[test]
fn the_user_part_is_brought_into_shape() {
    for (user, stage) in
        [("Sam.Smith", "dev_sam_smith"), ("DOM\\sam", "dev_dom_sam"), ("", "dev_unknown")]
    {
        assert_eq!(stage_of(&TestEnv::new().with("USER", user), &[]), stage);
    }
    let windows = TestEnv::new().with("USER", "").with("USERNAME", "Kim");
    assert_eq!(stage_of(&windows, &[]), "dev_kim");
}

#[test]
fn variables_come_from_dotenv_too() {
    let env = TestEnv::new();
    env.write("alchemy.run.ts", "")
        .write(".env", "STAGE=from-dotenv\n")
        .write("ci.env", "STAGE=from-file\n");
    assert_eq!(stage_of(&env, &[]), "from-dotenv");
    assert_eq!(stage_of(&env, &["--env-file", "ci.env"]), "from-file");
    let env = env.with("STAGE", "from-process");
    assert_eq!(stage_of(&env, &[]), "from-process");
    assert_eq!(stage_of(&env, &["--env-file", "ci.env"]), "from-file");
}

#[test]
fn bad_names_are_refused_with_source_place_and_suggestion() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["stage", "show", "--stage", "PR/42"]), @r#"
    --- stderr
    error[bad-stage]: invalid stage from `--stage`: a stage may not contain `P` at its start; it must match [a-z0-9][-_a-z0-9]*
     --> --stage:1:1
      |
    1 | PR/42
      | ^
      |
      = help: did you mean `pr_42`?
    --- status 1
    "#);
    assert_snapshot!(env.run(&["stage", "show", "--stage", ""]), @r#"
    --- stderr
    error[bad-stage]: invalid stage from `--stage`: a stage may not be empty
      = help: name a stage, for example `dev` or `pr-147`
    --- status 1
    "#);
    let env = env.with("STAGE", "prod\u{1b}[31m");
    assert_snapshot!(env.run(&["stage", "show"]), @r#"
    --- stderr
    error[bad-stage]: invalid stage from `$STAGE`: a stage may not contain `\u{1b}`; it must match [a-z0-9][-_a-z0-9]*
     --> $STAGE:1:5
      |
    1 | prod\u{1b}[31m
      |     ^
      |
      = help: did you mean `prod_31m`?
    --- status 1
    "#);
}

#[test]
fn a_huge_name_is_refused_at_once_and_not_repeated() {
    let huge = "a".repeat(100_000);
    let by_flag = TestEnv::new().run(&["stage", "show", "--stage", &huge]);
    let by_variable = TestEnv::new().with("STAGE", &huge).run(&["stage", "show"]);
    for output in [by_flag, by_variable] {
        assert_eq!(output.status, 1);
        assert!(output.stderr.len() < 2000, "{} bytes", output.stderr.len());
        assert!(output.stderr.contains("at most 64 bytes, this one has 100000"), "{output}");
    }
}
