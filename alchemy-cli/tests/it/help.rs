//! Help texts and refusals of the command line.

use insta::assert_snapshot;

use crate::env::TestEnv;

#[test]
fn the_version_goes_to_standard_output() {
    let output = TestEnv::new().run(&["--version"]);
    assert_eq!(output.stdout, format!("alchemy {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(output.status, 0);
}

#[test]
fn overview() {
    assert_snapshot!(TestEnv::new().run(&["--help"]), @r#"
    --- stdout
    Infrastructure as code with isolated stages.

    A program (alchemy.run.ts) declares a stack; every deploy brings exactly one stage of it up to date.
    Stages never share a cloud object.

    Usage: alchemy [OPTIONS] <COMMAND>

    Commands:
      deploy       Bring a stage to what the program says
      plan         Show what deploy would do, and change nothing
      destroy      Delete everything of a stage that is not retained; needs no program
      state        Look at what state knows of a stage's cloud objects; change it, keep it, move it
      stage        Look at the stages of a store; bind one to another account, break its lock
      profile      Manage profiles: how alchemy authenticates
      doctor       Look whether a deploy from here would work: program, packages, profile, store and its
                   guarantees
      init         Write a first program and its settings; never overwrites a file
      types        Write the type declarations of the `alchemy` modules beside the program
      completions  Print a completion script for a shell
      lsp          Serve an editor over standard input and output
      help         Print this message or the help of the given subcommand(s)

    Options:
          --json
              Print machine-readable output: one JSON object a line

          --color <WHEN>
              When to use colours

              Possible values:
              - auto:   In a terminal, unless `NO_COLOR` is set
              - always: Always
              - never:  Never
              
              [default: auto]

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    --- status 0
    "#);
}

#[test]
fn deploy() {
    assert_snapshot!(TestEnv::new().run(&["deploy", "-h"]), @r#"
    --- stdout
    Bring a stage to what the program says

    Usage: alchemy deploy [OPTIONS] [PROGRAM]

    Arguments:
      [PROGRAM]  The program [default: the nearest alchemy.run.ts, here or in a folder above]

    Options:
          --stage <STAGE>        The stage [default: $STAGE, else dev_<user>]
          --env-file <FILE>      Read variables from this file, over the process environment and .env
          --profile <PROFILE>    The profile [default: $ALCHEMY_PROFILE, else `default`]
          --state <STORE>        The state store: a folder, s3://bucket/prefix or gs://bucket/prefix
                                 [default: $ALCHEMY_STATE, alchemy.toml, the program, else
                                 .alchemy/state]
          --stack <STACK>        The stack, when the store holds several
          --no-refresh           Trust state instead of reading every object from the cloud first
          --force                Bring every object to its props again, even where nothing differs
          --adopt                Take over existing objects that carry nobody's tags
          --new-realm            Go on although the stage has objects in the cloud under the identity of
                                 another state store
          --parallelism <N>      Most cloud calls in flight at once [default: 32]
      -y, --yes                  Apply without asking
          --plan <FILE>          Apply the plan that `alchemy plan --out FILE` wrote, or refuse if
                                 anything it read has changed; asks nothing
          --dry-run              Show the plan and stop (the same as `alchemy plan`)
          --lock-timeout <TIME>  Wait this long for another run on the stage to end [default: 0]
          --keep <N>             How many earlier serials of the stage to keep [default: alchemy.toml,
                                 else 50]
          --json                 Print machine-readable output: one JSON object a line
          --color <WHEN>         When to use colours [default: auto] [possible values: auto, always,
                                 never]
      -h, --help                 Print help (see more with '--help')
    --- status 0
    "#);
}

#[test]
fn plan() {
    assert_snapshot!(TestEnv::new().run(&["plan", "-h"]), @r#"
    --- stdout
    Show what deploy would do, and change nothing

    Usage: alchemy plan [OPTIONS] [PROGRAM]

    Arguments:
      [PROGRAM]  The program [default: the nearest alchemy.run.ts, here or in a folder above]

    Options:
          --stage <STAGE>      The stage [default: $STAGE, else dev_<user>]
          --env-file <FILE>    Read variables from this file, over the process environment and .env
          --profile <PROFILE>  The profile [default: $ALCHEMY_PROFILE, else `default`]
          --state <STORE>      The state store: a folder, s3://bucket/prefix or gs://bucket/prefix
                               [default: $ALCHEMY_STATE, alchemy.toml, the program, else .alchemy/state]
          --stack <STACK>      The stack, when the store holds several
          --no-refresh         Trust state instead of reading every object from the cloud first
          --force              Bring every object to its props again, even where nothing differs
          --adopt              Take over existing objects that carry nobody's tags
          --new-realm          Go on although the stage has objects in the cloud under the identity of
                               another state store
          --parallelism <N>    Most cloud calls in flight at once [default: 32]
          --out <FILE>         Write the plan to a file for `alchemy deploy --plan FILE`; it holds no
                               secret
          --detailed-exitcode  Exit with 6 instead of 0 when there is something to change
          --json               Print machine-readable output: one JSON object a line
          --color <WHEN>       When to use colours [default: auto] [possible values: auto, always,
                               never]
      -h, --help               Print help (see more with '--help')
    --- status 0
    "#);
}

#[test]
fn destroy() {
    assert_snapshot!(TestEnv::new().run(&["destroy", "-h"]), @r#"
    --- stdout
    Delete everything of a stage that is not retained; needs no program

    Usage: alchemy destroy [OPTIONS] [PROGRAM]

    Arguments:
      [PROGRAM]  The program [default: the nearest alchemy.run.ts, here or in a folder above]

    Options:
          --stage <STAGE>        The stage [default: $STAGE, else dev_<user>]
          --env-file <FILE>      Read variables from this file, over the process environment and .env
          --profile <PROFILE>    The profile [default: $ALCHEMY_PROFILE, else `default`]
          --state <STORE>        The state store: a folder, s3://bucket/prefix or gs://bucket/prefix
                                 [default: $ALCHEMY_STATE, alchemy.toml, the program, else
                                 .alchemy/state]
          --stack <STACK>        The stack, when the store holds several
      -y, --yes                  Delete without asking
          --if-exists            Succeed if there is no such stage
          --no-refresh           Trust state instead of reading every object from the cloud first
          --parallelism <N>      Most cloud calls in flight at once [default: 32]
          --lock-timeout <TIME>  Wait this long for another run on the stage to end [default: 0]
          --keep <N>             How many earlier serials of the stage to keep [default: alchemy.toml,
                                 else 50]
          --json                 Print machine-readable output: one JSON object a line
          --color <WHEN>         When to use colours [default: auto] [possible values: auto, always,
                                 never]
      -h, --help                 Print help (see more with '--help')
    --- status 0
    "#);
}

#[test]
fn profile_create() {
    assert_snapshot!(TestEnv::new().run(&["profile", "create", "-h"]), @r#"
    --- stdout
    Write a new profile

    Usage: alchemy profile create [OPTIONS] <PROFILE>

    Arguments:
      <PROFILE>  The new profile

    Options:
          --method <METHOD>             How it authenticates [default: default-chain] [possible values:
                                        default-chain, shared-profile, sso, assume-role, static-keys]
          --aws-profile <NAME>          A profile of the AWS configuration
          --role-arn <ARN>              The role to assume
          --access-key-id <ID>          An access key's id
          --secret-access-key <SECRET>  Its secret; $AWS_SECRET_ACCESS_KEY keeps it out of the shell's
                                        history and the list of processes
          --region <REGION>             The region
          --endpoint-url <URL>          Send requests here instead of to AWS
          --account <ACCOUNT>           The account this profile must reach; another one stops before
                                        any change
          --json                        Print machine-readable output: one JSON object a line
          --color <WHEN>                When to use colours [default: auto] [possible values: auto,
                                        always, never]
      -h, --help                        Print help (see more with '--help')
    --- status 0
    "#);
}

#[test]
fn every_command_has_help() {
    let env = TestEnv::new();
    for command in [
        "state",
        "state ls",
        "state show",
        "state rotate",
        "stage",
        "stage ls",
        "stage show",
        "stage rebind",
        "profile",
        "profile ls",
    ]
    .into_iter()
    .chain(["profile show", "profile delete", "init", "types", "completions", "lsp"])
    {
        let args: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let output = env.run(&args);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{command}");
        assert!(output.stdout.contains("Usage: alchemy"), "{command}");
    }
}

#[test]
fn usage_errors_exit_with_two() {
    let env = TestEnv::new();
    for args in [
        &["deploi"][..],
        &["deploy", "--stagee", "x"],
        &["deploy", "--parallelism", "0"],
        &["deploy", "--lock-timeout", "5 parsecs"],
        &["deploy", "--dry-run", "--yes"],
        &["state"],
        &["completions", "tcsh"],
        &[],
    ] {
        let output = env.run(args);
        assert_eq!(output.status, 2, "{args:?}: {output}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
    assert_snapshot!(env.run(&["deploi"]), @r#"
    --- stderr
    error: unrecognized subcommand 'deploi'

      tip: a similar subcommand exists: 'deploy'

    Usage: alchemy [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- status 2
    "#);
}

#[test]
fn completions_are_a_script_on_standard_output() {
    let env = TestEnv::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = env.run(&["completions", shell]);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{shell}");
        assert!(output.stdout.contains("alchemy") && output.stdout.contains("deploy"), "{shell}");
    }
}
