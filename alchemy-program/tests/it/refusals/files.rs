//! What a program's files and imports may have wrong.

use insta::assert_snapshot;

use crate::kit::Project;

#[test]
fn syntax_errors_of_all_files() {
    let project = Project::program("import \"./a.ts\";\nimport \"./b.ts\";\nexport default 1;\n")
        .file("a.ts", "const a = ;\n")
        .file("b.ts", "const b = \"unfinished\n");
    assert_snapshot!(project.diagnostics(), @r#"
    error[syntax-error]: Unexpected token
     --> a.ts:1:11 
      | const a = ;
      |           ^
    error[syntax-error]: Unterminated string
     --> b.ts:1:11 
      | const b = "unfinished
      |           ^^^^^^^^^^^
    "#);
}

#[test]
fn syntax_error_in_the_program() {
    let project = Project::program(
        r"const x = {
  a: 1,
  b: 2 3
};
",
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[syntax-error]: Expected `,` or `}` but found `decimal`
     --> alchemy.run.ts:3:8 `,` or `}` expected
      |   b: 2 3
      |        ^
     --> alchemy.run.ts:1:11 Opened here
      | const x = {
      |           ^
    ");
}

#[test]
fn unknown_relative_import() {
    let project =
        Project::program("import { label } from \"./src/lable.ts\";\nexport default label;\n")
            .file("src/label.ts", "export const label = 1;\n");
    assert_snapshot!(project.diagnostics(), @r#"
    error[unknown-import]: there is no file "./src/lable.ts"
     --> alchemy.run.ts:1:23 imported here
      | import { label } from "./src/lable.ts";
      |                       ^^^^^^^^^^^^^^^^
      help: did you mean "./src/label.ts"?
    "#);
}

#[test]
fn unknown_package() {
    let project = Project::program(
        r#"import lodash from "lodash/fp";
export default lodash;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[unknown-import]: the package "lodash" is not installed
     --> alchemy.run.ts:1:20 imported here
      | import lodash from "lodash/fp";
      |                    ^^^^^^^^^^^
      help: npm install lodash
    "#);
}

#[test]
fn unknown_alchemy_module() {
    let project = Project::program(
        r#"import * as SQS from "alchemy/AWS/SQSS";
export default SQS;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[unknown-import]: there is no module "alchemy/AWS/SQSS" in alchemy
     --> alchemy.run.ts:1:22 imported here
      | import * as SQS from "alchemy/AWS/SQSS";
      |                      ^^^^^^^^^^^^^^^^^^
      help: did you mean "alchemy/AWS/SQS"?
    "#);
}

#[test]
fn unknown_names_of_known_modules() {
    let project = Project::program(
        r#"import { Quue } from "alchemy/AWS/SQS";
import * as AWS from "alchemy/AWS";
import { helper } from "./helper.ts";
import * as Effect from "effect/Effect";
AWS.SQS.Queu("x");
AWS.Lamda;
Effect.gne;
export default [Quue, helper];
"#,
    )
    .file("helper.ts", "export const halper = 1;\n");
    assert_snapshot!(project.diagnostics(), @r#"
    error[unknown-export]: "alchemy/AWS/SQS" has no export `Quue`
     --> alchemy.run.ts:1:10 
      | import { Quue } from "alchemy/AWS/SQS";
      |          ^^^^
      help: did you mean `Queue`?
    error[unknown-export]: "./helper.ts" has no export `helper`
     --> alchemy.run.ts:3:10 
      | import { helper } from "./helper.ts";
      |          ^^^^^^
      help: did you mean `halper`?
    error[unknown-export]: "alchemy/AWS/SQS" has no export `Queu`
     --> alchemy.run.ts:5:9 
      | AWS.SQS.Queu("x");
      |         ^^^^
      help: did you mean `Queue`?
    error[unknown-export]: "alchemy/AWS" has no export `Lamda`
     --> alchemy.run.ts:6:5 
      | AWS.Lamda;
      |     ^^^^^
      help: did you mean `Lambda`?
    error[unknown-export]: "effect/Effect" has no export `gne`
     --> alchemy.run.ts:7:8 
      | Effect.gne;
      |        ^^^
      help: did you mean `gen`?
    "#);
}

#[test]
fn effect_missing() {
    let project = Project::bare().file(
        "alchemy.run.ts",
        "import * as Effect from \"effect/Effect\";\nexport default Effect;\n",
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[effect-missing]: the package "effect" is not installed
     --> alchemy.run.ts:1:25 imported here
      | import * as Effect from "effect/Effect";
      |                         ^^^^^^^^^^^^^^^
      help: npm install effect@4
    "#);
}

#[test]
fn effect_of_another_major() {
    let project = Project::bare()
        .file(
            "alchemy.run.ts",
            "import * as Effect from \"effect/Effect\";\nexport default Effect;\n",
        )
        .file(
            "node_modules/effect/package.json",
            r#"{"name":"effect","version":"3.19.2","exports":{"./*":"./dist/*.js"}}"#,
        )
        .file("node_modules/effect/dist/Effect.js", "export const gen = 1;");
    assert_snapshot!(project.diagnostics(), @r#"
    error[effect-version]: effect 3.19.2 is installed, but alchemy needs effect 4
     --> alchemy.run.ts:1:25 imported here
      | import * as Effect from "effect/Effect";
      |                         ^^^^^^^^^^^^^^^
      help: npm install effect@4
    "#);
}

#[test]
fn effect_doubled() {
    let project = Project::doubled();
    assert_snapshot!(project.diagnostics(), @r#"
    error[effect-doubled]: two copies of "effect" are installed
      = They are $EFFECT and $PROJECT/node_modules/kit/node_modules/effect. An Effect made by one does not run in the other. It is imported by node_modules/kit/index.js.
      help: keep one of them: npm install effect@4, then npm dedupe
    "#);
}

#[test]
fn npm_package_alchemy() {
    let project = Project::with_npm_alchemy();
    assert_snapshot!(project.diagnostics(), @r"
    warning[package-alchemy]: the npm package in node_modules/alchemy is not used
      = `alchemy` and `alchemy/…` are modules inside this binary; they win over a package of that name.
      help: remove it: npm uninstall alchemy
    ");
}

#[test]
fn importing_outside() {
    let project = Project::program(
        r#"import "../../../../../../etc/hostname";
export default 1;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[outside-project]: "../../../../../../etc/hostname" lies outside the project
     --> alchemy.run.ts:1:8 imported here
      | import "../../../../../../etc/hostname";
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = It is /etc/hostname.
      help: move the file into the project, or make it a package that the project depends on
    "#);
}

#[test]
fn dynamic_import_of_a_computed_name() {
    let project = Project::program(
        r#"const name = "./a" + ".ts";
export default await import(name);
"#,
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[unknown-import]: only imports written as a literal can be followed
     --> alchemy.run.ts:2:16 
      | export default await import(name);
      |                ^^^^^^^^^^^^^^^^^^^
      help: import each file that may be meant by its name, and choose among them
    ");
}

#[test]
fn program_missing() {
    let project = Project::new();
    assert_snapshot!(project.diagnostics(), @r"
    error[unreadable-file]: cannot read alchemy.run.ts: there is no such file
      help: name an existing program, or write a new one with `alchemy init`
    ");
}

#[test]
fn program_is_a_folder() {
    let project = Project::new().file("alchemy.run.ts/x", "");
    assert_snapshot!(project.diagnostics(), @r"
    error[unreadable-file]: cannot read alchemy.run.ts: it is a folder
      help: name the program itself, for example alchemy.run.ts/alchemy.run.ts
    ");
}

#[test]
fn program_is_not_text() {
    let project = Project::new().file("alchemy.run.ts", b"const a = 1;\nconst b = \"\xff\";\n");
    assert_snapshot!(project.diagnostics(), @r"
    error[unreadable-file]: cannot read alchemy.run.ts: it is not UTF-8 text: byte 24 is not part of a character
     --> alchemy.run.ts:2:12 up to here it is text
      help: save the file as UTF-8
    ");
}

#[test]
fn parts_of_nodes_modules_that_do_nothing_here() {
    let project = Project::program(
        r#"import assert from "node:assert";
assert(true);
assert.rejects("x");
export default 1;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[not-hermetic]: `node:assert rejects` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else
     --> alchemy.run.ts:3:1 
      | assert.rejects("x");
      | ^^^^^^^^^^^^^^^^^^^
      help: do it in the deployed function, or pass the value in through the environment
    "#);
    let project = Project::program(
        r#"import Emitter, { EventEmitter } from "node:events";
class Own extends Emitter {}
if (Own.instance !== undefined || !(new Own() instanceof EventEmitter)) throw new Error("not its own");
Emitter.once("x");
export default 1;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[not-hermetic]: `node:events once` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else
     --> alchemy.run.ts:4:1 
      | Emitter.once("x");
      | ^^^^^^^^^^^^^^^^^
      help: do it in the deployed function, or pass the value in through the environment
    "#);
}

#[test]
fn data_that_is_not_json() {
    let project = Project::program("import data from \"./data.json\";\nexport default data;\n")
        .file("data.json", "{\n  \"a\": x\n}\n");
    assert_snapshot!(project.diagnostics(), @r#"
    error[syntax-error]: data.json is not JSON: expected value at line 2 column 8
     --> data.json:2:8 
      |   "a": x
      |        ^
    "#);
}
