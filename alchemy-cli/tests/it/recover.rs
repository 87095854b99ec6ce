//! `alchemy state recover` where it needs no cloud: what it refuses before it looks.

use insta::assert_snapshot;

use crate::env::TestEnv;
use crate::given::deployed;

#[test]
fn state_that_is_there_is_not_rebuilt_by_accident() {
    let env = TestEnv::new();
    deployed(&env, "photos", "prod");
    let recover =
        ["state", "recover", "--without-program", "--stack", "photos", "--stage", "prod", "--yes"];
    assert_snapshot!(env.run(&recover), @r#"
    --- stderr
    error[has-state]: stage `prod` has state, with 1 object
      = note: Recovery is for state that was lost. Nothing was changed.
      = help: `alchemy plan --stage prod` compares state with the cloud
      = help: to replace its records by what the cloud shows (the old ones stay in history): --force
    --- status 1
    "#);
}

#[test]
fn a_program_is_asked_for() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["state", "recover", "--yes"]), @r#"
    --- stderr
    error[no-program]: there is no alchemy.run.ts in $TEST/photos or above
      = help: run `alchemy init` to write one, or name the program: `alchemy deploy path/to/program.ts`
      = help: without a program, the cloud alone can be asked: --without-program --stack NAME
    --- status 1
    "#);
    assert_snapshot!(env.run(&["state", "recover", "--without-program"]), @r#"
    --- stderr
    error: the following required arguments were not provided:
      --stack <STACK>

    Usage: alchemy state recover --stack <STACK> --without-program [PROGRAM]

    For more information, try '--help'.
    --- status 2
    "#);
}
