//! `alchemy init`.

use insta::assert_snapshot;

use crate::env::TestEnv;

#[test]
fn a_first_project() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["init"]), @r#"
    --- stderr
    wrote alchemy.run.ts
    wrote alchemy.toml
    wrote tsconfig.json
    wrote .alchemy/types
    wrote .gitignore

    next:
      npm install effect@4
      alchemy deploy
    --- status 0
    "#);
    assert!(env.read("alchemy.run.ts").contains("Alchemy.Stack(\n  \"photos\","));
    assert_eq!(env.read(".gitignore"), ".alchemy/\n.env\n");
}

#[test]
fn nothing_is_overwritten() {
    let env = TestEnv::new();
    env.write("alchemy.run.ts", "mine")
        .write("tsconfig.json", "{}")
        .write(".gitignore", "/.alchemy\nnode_modules");
    assert_snapshot!(env.run(&["init"]), @r#"
    --- stderr
    kept  alchemy.run.ts
    wrote alchemy.toml
    kept  tsconfig.json
    wrote .alchemy/types
    added to .gitignore

    next:
      npm install effect@4
      alchemy deploy
    --- status 0
    "#);
    assert_eq!(env.read("alchemy.run.ts"), "mine");
    assert_eq!(env.read("tsconfig.json"), "{}");
    assert_eq!(env.read(".gitignore"), "/.alchemy\nnode_modules\n.env\n");
    let again = env.run(&["init"]);
    assert_eq!(again.status, 0);
    assert_eq!(env.read(".gitignore"), "/.alchemy\nnode_modules\n.env\n");
}

#[test]
fn another_folder_and_name() {
    let env = TestEnv::new();
    assert_snapshot!(env.run(&["init", "apps/web", "--stack", "shop"]), @r#"
    --- stderr
    wrote apps/web/alchemy.run.ts
    wrote apps/web/alchemy.toml
    wrote apps/web/tsconfig.json
    wrote apps/web/.alchemy/types
    wrote apps/web/.gitignore

    next:
      cd apps/web
      npm install effect@4
      alchemy deploy
    --- status 0
    "#);
    assert!(env.read("apps/web/alchemy.run.ts").contains("\"shop\""));
    assert_snapshot!(env.run(&["init", "--stack", "9 lives"]), @r#"
    --- stderr
    error[bad-stack]: invalid stack from `--stack`: a stack name may not contain `9` at its start; it must match [A-Za-z][A-Za-z0-9_-]{0,63}
      = help: did you mean `lives`?
    --- status 1
    "#);
    assert_snapshot!(env.run(&["init", "123"]), @r#"
    --- stderr
    error[bad-stack]: the folder's name `123` makes no stack name
      = help: name the stack with --stack
    --- status 1
    "#);
}
