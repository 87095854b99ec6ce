//! Refusals of deploy, plan and destroy that come before any cloud is asked.

use insta::assert_snapshot;

use crate::env::TestEnv;
use crate::given::deployed;

#[test]
fn there_has_to_be_a_program() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["plan"]), @"");
    env.write("infra/alchemy.run.ts", "").write("alchemy.ts", "");
    assert_snapshot!(env.run(&["deploy", "infra"]), @"");
    assert_snapshot!(env.run(&["deploy", "alchmy.ts"]), @"");
    assert_snapshot!(env.run(&["deploy", "src"]), @"");
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
    assert_snapshot!(env.run(&["deploy", "--profile", "prod"]), @"");
    assert_snapshot!(env.run(&["plan", "--state", "gs://bucket"]), @"");
    assert_snapshot!(env.run(&["plan", "--stage", "a b"]), @"");
    let env = env.with("ALCHEMY_PROFILE", "staging");
    assert!(env.run(&["plan"]).stderr.contains("there is no profile `staging`"));
}

#[test]
fn destroying_what_is_not_there() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-1", "--yes"]), @"");
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-1", "--yes", "--if-exists"]), @"");
    deployed(&env, "photos", "pr-147");
    deployed(&env, "photos", "prod");
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-174", "--yes"]), @"");
    assert_eq!(env.run(&["destroy", "--stage", "pr-174", "--yes", "--if-exists"]).status, 0);
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-147", "--stack", "photo", "--yes"]), @"");
    deployed(&env, "shop", "prod");
    assert_snapshot!(env.run(&["destroy", "--stage", "prod", "--yes", "--if-exists"]), @"");
}

#[test]
fn destroyed_before_is_done_and_says_when() {
    let env = TestEnv::new();
    crate::given::destroyed(&env, "photos", "pr-147");
    assert_snapshot!(env.run(&["destroy", "--stage", "pr-147", "--yes"]), @"");
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
    assert!(output.stderr.contains("state-corrupt") && output.stderr.contains("state.json"), "{output}");
    assert_eq!(env.read(file), damaged, "left as it was");
}
