//! Profiles: file, AWS configuration, refusals.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::env::TestEnv;

fn with_aws_configuration() -> TestEnv {
    let env = TestEnv::new();
    fs::create_dir_all(env.home().join(".aws")).expect("a file of the test's own");
    let config =
        "[default]\nregion = eu-west-1\n[profile team]\nsso_session = x\n[sso-session x]\n";
    fs::write(env.home().join(".aws/config"), config).expect("a file of the test's own");
    fs::write(env.home().join(".aws/credentials"), "[old]\naws_access_key_id = AKIA\n")
        .expect("a file of the test's own");
    env
}

#[test]
fn there_is_always_a_default() {
    assert_snapshot!(TestEnv::new().run(&["profile", "ls"]), @r#"
    --- stdout
    PROFILE  FROM      METHOD         REGION  ACCOUNT
    default  built-in  default-chain
    --- status 0
    "#);
}

#[test]
fn both_places_are_listed() {
    let env = with_aws_configuration();
    let args =
        ["profile", "create", "prod", "--region", "eu-central-1", "--account", "111111111111"];
    assert_snapshot!(env.run(&args), @r#"
    --- stderr
    wrote profile `prod` to $TEST/home/.alchemy/profiles.toml
    --- status 0
    "#);
    assert_snapshot!(env.run(&["profile", "ls"]), @r#"
    --- stdout
    PROFILE  FROM     METHOD          REGION        ACCOUNT
    default  aws      shared-profile
    old      aws      shared-profile
    prod     alchemy  default-chain   eu-central-1  111111111111
    team     aws      shared-profile
    --- status 0
    "#);
    assert_snapshot!(env.run(&["profile", "ls", "--json"]), @r#"
    --- stdout
    {"v":1,"profile":"default","from":"aws","method":"shared-profile","region":null,"account":null}
    {"v":1,"profile":"old","from":"aws","method":"shared-profile","region":null,"account":null}
    {"v":1,"profile":"prod","from":"alchemy","method":"default-chain","region":"eu-central-1","account":"111111111111"}
    {"v":1,"profile":"team","from":"aws","method":"shared-profile","region":null,"account":null}
    --- status 0
    "#);
    assert_snapshot!(env.run(&["profile", "show", "prod"]), @r#"
    --- stdout
    profile = prod
    from = alchemy
    method = default-chain
    region = eu-central-1
    account = 111111111111
    --- status 0
    "#);
    assert_snapshot!(env.run(&["profile", "show", "team"]), @r#"
    --- stdout
    profile = team
    from = aws
    method = shared-profile
    awsProfile = team
    --- status 0
    "#);
}

#[test]
fn secrets_are_written_for_the_owner_only_and_never_printed() {
    let env = TestEnv::new()
        .with("AWS_SECRET_ACCESS_KEY", "hunter2-secret")
        .with("AWS_SESSION_TOKEN", "hunter2-token");
    let created = env.run(&[
        "profile",
        "create",
        "keys",
        "--method",
        "static-keys",
        "--access-key-id",
        "AKIA1",
    ]);
    assert_eq!(created.status, 0, "{created}");
    let file = env.home().join(".alchemy/profiles.toml");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(fs::read_to_string(&file).unwrap().contains("hunter2-secret"));
    let shown = env.run(&["profile", "show", "keys"]);
    assert!(!shown.stdout.contains("hunter2"), "{shown}");
    assert_snapshot!(shown, @r#"
    --- stdout
    profile = keys
    from = alchemy
    method = static-keys
    accessKeyId = AKIA1
    secretAccessKey = <redacted>
    sessionToken = <redacted>
    --- status 0
    "#);
    assert!(!created.to_string().contains("hunter2"));
}

#[test]
fn alchemy_home_moves_the_file() {
    let env = TestEnv::new().with("ALCHEMY_HOME", "elsewhere");
    assert_eq!(env.run(&["profile", "create", "ci"]).status, 0);
    assert!(env.project().join("elsewhere/profiles.toml").is_file());
    assert!(!env.home().join(".alchemy").exists());
}

#[test]
fn what_cannot_work_is_refused() {
    let env = with_aws_configuration();
    assert_snapshot!(env.run(&["profile", "create", "keys", "--method", "static-keys"]), @r#"
    --- stderr
    error[bad-profile]: profile `keys` cannot work: method static-keys needs access_key_id
      = help: give --access-key-id, and the secret in $AWS_SECRET_ACCESS_KEY or by --secret-access-key
    --- status 1
    "#);
    assert_snapshot!(env.run(&["profile", "create", "sso", "--method", "sso"]), @r#"
    --- stderr
    error[bad-profile]: profile `sso` cannot work: method sso needs profile
      = help: name a profile of the AWS configuration with --aws-profile
    --- status 1
    "#);
    assert_snapshot!(env.run(&["profile", "create", "x", "--account", "12"]), @r#"
    --- stderr
    error[bad-profile]: profile `x` cannot work: account `12` is not 12 digits
      = help: `alchemy profile create --help` lists what each method takes
    --- status 1
    "#);
    assert_snapshot!(env.run(&["profile", "create", "x", "--region", "eu-central1"]), @r#"
    --- stderr
    error[bad-profile]: profile `x` cannot work: `eu-central1` is no region: it should look like `eu-central-1`; did you mean `eu-central-1`?
      = help: `alchemy profile create --help` lists what each method takes
    --- status 1
    "#);
    assert_snapshot!(env.run(&["profile", "create", "a b"]), @r#"
    --- stderr
    error[bad-profile]: `a b` is no name for a profile
      = help: use letters, digits and - _ . @ +, at most 64 of them
    --- status 1
    "#);
    assert_eq!(env.run(&["profile", "create", "prod"]).status, 0);
    assert_snapshot!(env.run(&["profile", "create", "prod"]), @r#"
    --- stderr
    error[profile-exists]: there is a profile `prod` already
      = help: edit $TEST/home/.alchemy/profiles.toml, or run `alchemy profile delete prod` first
    --- status 1
    "#);
    assert_snapshot!(env.run(&["profile", "delete", "team"]), @r#"
    --- stderr
    error[profile-not-ours]: profile `team` is in the AWS configuration; there is nothing to delete
      = help: alchemy deletes only what is in $TEST/home/.alchemy/profiles.toml
    --- status 1
    "#);
    assert_snapshot!(env.run(&["profile", "delete", "prdo"]), @r#"
    --- stderr
    error[unknown-profile]: there is no profile `prdo`
      = note: It is neither in $TEST/home/.alchemy/profiles.toml nor in the AWS configuration. There is: default, old, prod, team.
      = help: did you mean `prod`?
    --- status 1
    "#);
    assert_snapshot!(env.run(&["profile", "delete", "prod"]), @r#"
    --- stderr
    deleted profile `prod`
    --- status 0
    "#);
    assert_snapshot!(env.run(&["profile", "show", "prod"]), @r#"
    --- stderr
    error[unknown-profile]: there is no profile `prod`
      = note: It is neither in $TEST/home/.alchemy/profiles.toml nor in the AWS configuration. There is: default, old, team.
      = help: write it: `alchemy profile create prod`
    --- status 1
    "#);
}

#[test]
fn a_broken_file_is_refused_without_showing_its_line() {
    let env = TestEnv::new();
    fs::create_dir_all(env.home().join(".alchemy")).unwrap();
    let file = env.home().join(".alchemy/profiles.toml");
    fs::write(&file, "[profiles.x.aws]\nmethod = \"static-keys\"\nsecret_access_key = hunter2\n")
        .unwrap();
    let output = env.run(&["profile", "ls"]);
    assert!(!output.to_string().contains("hunter2"));
    assert_snapshot!(output, @r#"
    --- stderr
    error[profiles-file]: cannot read $TEST/home/.alchemy/profiles.toml: line 3: string values must be quoted, expected literal string
      = help: each profile is a section [profiles.NAME.aws] with method, region, …; see `alchemy profile create --help`
    --- status 1
    "#);
    fs::write(&file, "[profiles.x.aws]\nmetod = \"sso\"\n").unwrap();
    assert_snapshot!(env.run(&["profile", "ls"]), @r#"
    --- stderr
    error[profiles-file]: cannot read $TEST/home/.alchemy/profiles.toml: line 2: unknown field `metod`, expected one of `method`, `profile`, `role_arn`, `access_key_id`, `secret_access_key`, `session_token`, `region`, `endpoint_url`, `account`
      = help: each profile is a section [profiles.NAME.aws] with method, region, …; see `alchemy profile create --help`
    --- status 1
    "#);
    fs::write(&file, "[profiles.x.aws]\nmethod = \"sso\"\n").unwrap();
    assert_snapshot!(env.run(&["profile", "ls"]), @r#"
    --- stderr
    error[profiles-file]: cannot read $TEST/home/.alchemy/profiles.toml: profile `x`: method sso needs profile
      = help: each profile is a section [profiles.NAME.aws] with method, region, …; see `alchemy profile create --help`
    --- status 1
    "#);
}
