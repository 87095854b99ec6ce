//! Plan files that are refused before the program is looked at.

use insta::assert_snapshot;

use crate::env::TestEnv;

#[test]
fn what_is_no_plan_is_refused() {
    let env = TestEnv::new();
    env.write("alchemy.run.ts", "const queue = ;\n").write("notes.txt", "buy milk\n");
    assert_snapshot!(env.run(&["deploy", "--plan", "none.json"]), @r#"
    --- stderr
    error[plan-file]: cannot read the plan none.json: No such file or directory (os error 2)
      = help: make one: `alchemy plan --out FILE`
    --- status 1
    "#);
    assert_snapshot!(env.run(&["deploy", "--plan", "notes.txt"]), @r#"
    --- stderr
    error[plan-file]: notes.txt is not a plan
      = help: make one: `alchemy plan --out FILE`
    --- status 1
    "#);
    env.write("newer.json", "{\"alchemyPlan\":7,\"version\":\"9.0.0\",\"new\":true}\n{}\n");
    assert_snapshot!(env.run(&["deploy", "--plan", "newer.json"]), @r#"
    --- stderr
    error[plan-version]: newer.json was made by another version of alchemy
      = note: It says plan format 7, version 9.0.0; this is format 1, version 0.1.0.
      = help: apply it with the version that made it, or make a new plan
    --- status 1
    "#);
    env.write(
        "cut.json",
        &format!("{{\"alchemyPlan\":1,\"version\":\"{}\"", env!("CARGO_PKG_VERSION")),
    );
    assert_snapshot!(env.run(&["deploy", "--plan", "cut.json"]), @r#"
    --- stderr
    error[plan-file]: cut.json is not a plan
      = help: make one: `alchemy plan --out FILE`
    --- status 1
    "#);
}

#[test]
fn flags_that_would_make_another_plan_do_not_go_with_one() {
    let env = TestEnv::new();
    for flag in ["--no-refresh", "--force", "--adopt", "--new-realm", "--dry-run"] {
        let output = env.run(&["deploy", "--plan", "plan.json", flag]);
        assert!(output.status == 2 && output.stderr.contains(flag), "{output}");
    }
}
