//! Sealed state from the command line: shown only with the passphrase, sealed anew, given up.

use insta::assert_snapshot;

use crate::env::{CommandOutput, TestEnv};
use crate::given::{deployed, sealed};

fn with(passphrase: &str) -> TestEnv {
    let env = TestEnv::new();
    sealed(&env, "photos", "prod", "correct horse");
    env.with("STAGE", "prod").with("ALCHEMY_PASSPHRASE", passphrase)
}

fn state_file(env: &TestEnv) -> String {
    env.read(".alchemy/state/stages/photos/prod/state.json")
}

fn token(output: &CommandOutput) -> String {
    assert_eq!(output.status, 0, "{output}");
    let shown: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(shown["outputs"]["token"], shown["resources"][0]["props"]["tags"]["key"]);
    shown["outputs"]["token"].as_str().expect("a text").to_owned()
}

#[test]
fn shown_in_plain_only_when_asked_and_with_the_passphrase() {
    let env = with("correct horse");
    assert!(!state_file(&env).contains("hunter2"));
    assert_eq!(token(&env.run(&["state", "show"])), "<redacted>");
    assert_eq!(token(&env.run(&["state", "show", "--reveal"])), "hunter2");
    let wrong = with("wrong");
    assert_eq!(token(&wrong.run(&["state", "show"])), "<redacted>", "needs no key");
    assert_snapshot!(wrong.run(&["state", "show", "--reveal"]), @r#"
    --- stderr
    error[sealed]: the passphrase does not open the key of stage `prod` of stack `photos`
      = note: State was left as it is.
      = help: set ALCHEMY_PASSPHRASE to the passphrase that the stage was sealed with
      = help: without it these still work: alchemy destroy, state ls, state show, stage ls
      = help: if it is lost: `alchemy state rotate --lost-key` gives the sealed values up, and the next deploy writes those of the program anew
    --- status 1
    "#);
    let none = with("");
    assert_snapshot!(none.run(&["state", "show", "--reveal"]), @r#"
    --- stderr
    error[sealed]: redacted values of stage `prod` of stack `photos` are sealed, and $ALCHEMY_PASSPHRASE is not set
      = note: State was left as it is.
      = help: set ALCHEMY_PASSPHRASE to the stage's passphrase
      = help: without it these still work: alchemy destroy, state ls, state show, stage ls
      = help: if it is lost: `alchemy state rotate --lost-key` gives the sealed values up, and the next deploy writes those of the program anew
    --- status 1
    "#);
    assert_eq!(none.run(&["state", "ls"]).status, 0);
}

#[test]
fn sealed_anew_under_another_passphrase() {
    let env = with("correct horse").with("ALCHEMY_NEW_PASSPHRASE", "battery staple");
    let before = state_file(&env);
    assert_snapshot!(env.run(&["state", "rotate"]), @r#"
    --- stderr
    2 values of stage prod sealed under a new key (serial 2); earlier serials in the history stay sealed as they were
    --- status 0
    "#);
    let after = state_file(&env);
    let sealed = |text: &str| {
        let lines = text.lines().filter(|line| line.contains("\"$se"));
        lines.map(|line| line.trim().to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(sealed(&before).len(), 3, "one digest, two ciphertexts");
    assert!(sealed(&before).is_disjoint(&sealed(&after)), "another key, other digests");
    assert_eq!(env.read(".alchemy/state/history/photos/prod/1.json"), before);
    let refused = env.run(&["state", "show", "--reveal"]);
    assert!(refused.stderr.contains("does not open the key"), "{refused}");
    assert_eq!(state_file(&env), after);
    let env = env.with("ALCHEMY_PASSPHRASE", "battery staple");
    assert_eq!(token(&env.run(&["state", "show", "--reveal"])), "hunter2");
}

#[test]
fn a_wrong_passphrase_rotates_nothing() {
    let env = with("wrong");
    let before = state_file(&env);
    let refused = env.run(&["state", "rotate"]);
    assert!(refused.status == 1 && refused.stderr.contains("does not open the key"), "{refused}");
    assert_eq!(state_file(&env), before);
}

#[test]
fn a_lost_key_is_given_up_after_agreement() {
    let env = with("");
    let before = state_file(&env);
    let refused = env.run(&["state", "rotate", "--lost-key"]);
    assert!(refused.status == 1 && refused.stderr.contains("not-agreed"), "{refused}");
    assert_eq!(state_file(&env), before);
    assert_snapshot!(env.run(&["state", "rotate", "--lost-key", "--yes"]), @r#"
    --- stderr
    2 values of stage prod given up (serial 2); the next deploy of the program writes its redacted values anew
    --- status 0
    "#);
    assert!(!state_file(&env).contains("$sealed") && state_file(&env).contains("$secret"));
    assert_eq!(token(&env.run(&["state", "show"])), "<redacted>");
    assert_snapshot!(env.run(&["state", "rotate"]), @r#"
    --- stderr
    error[not-sealed]: nothing of stage `prod` of stack `photos` is sealed
      = help: a deploy with $ALCHEMY_PASSPHRASE seals the redacted values that it writes
    --- status 1
    "#);
}

#[test]
fn a_stage_without_sealed_values_has_nothing_to_reveal() {
    let env = TestEnv::new().with("ALCHEMY_PASSPHRASE", "correct horse");
    deployed(&env, "photos", "prod");
    let refused = env.run(&["state", "show", "--reveal", "--stage", "prod"]);
    assert!(refused.status == 1 && refused.stderr.contains("not-sealed"), "{refused}");
}
