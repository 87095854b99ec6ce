//! Every refusal of a program, through the binary: file, line, column, a mark under the place, advice; nothing changed.

use std::fs;

use alchemy_tests::e2e::{Emulator, Finished, Project};

/// Nobody listens there: what is refused before the cloud is asked needs none.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A program around these statements.
fn around(statements: &str) -> String {
    format!(
        "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Effect from \"effect/Effect\";\n\
         export default Alchemy.Stack(\"s\", {{ providers: AWS.providers() }}, Effect.gen(function* () {{\n{statements}\n}}));\n"
    )
}

/// Refused with this code, at the place of `at` in the program; nothing was written.
#[track_caller]
fn refused(program: &str, code: &str, at: &str) -> Finished {
    let project = Project::new(NOWHERE, &[("alchemy.run.ts", program)]);
    refused_in(&project, program, code, at)
}

/// The same for what carries its own words, such as an exception of the program's.
#[track_caller]
fn refused_at(program: &str, code: &str, at: &str) -> Finished {
    let project = Project::new(NOWHERE, &[("alchemy.run.ts", program)]);
    placed(&project, program, code, at)
}

#[track_caller]
fn refused_in(project: &Project, program: &str, code: &str, at: &str) -> Finished {
    let finished = placed(project, program, code, at);
    // Where the words say what must be there, they are the advice.
    let advice = ["= help:", " must be ", " expected"];
    assert!(advice.iter().any(|part| finished.stderr.contains(part)), "{}", finished.both());
    finished
}

#[track_caller]
fn placed(project: &Project, program: &str, code: &str, at: &str) -> Finished {
    let offset = program.find(at).expect("the place is in the program");
    let before = &program[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let finished = project.alchemy(&["deploy", "--yes"]).exits(1);
    finished.says(&[&format!("error[{code}]"), &format!("alchemy.run.ts:{line}:{column}"), "^"]);
    nothing_written(project);
    finished
}

#[track_caller]
fn nothing_written(project: &Project) {
    let stages = project.path().join(".alchemy/state/stages");
    assert!(!stages.exists(), "{} was written", stages.display());
}

/// Statements in the stack's body, the code of the refusal, and the text that is marked.
const BODIES: &[(&str, &str, &str)] = &[
    (
        "yield* AWS.SQS.Queue(\"A\"); yield* AWS.SQS.Queue(\"A\", {});",
        "duplicate-id",
        "AWS.SQS.Queue(\"A\", {})",
    ),
    ("yield* AWS.SQS.Queue(\"my queue\");", "bad-id", "\"my queue\""),
    (
        "yield* AWS.SQS.Queue(\"A\", { visibilityTimeOut: \"1 minute\" });",
        "unknown-prop",
        "visibilityTimeOut",
    ),
    ("yield* AWS.SQS.Queue(\"A\", { fifo: \"yes\" });", "wrong-type", "fifo"),
    (
        "yield* AWS.SQS.Queue(\"A\", { visibilityTimeout: \"13 hours\" });",
        "out-of-range",
        "visibilityTimeout",
    ),
    ("yield* AWS.SQS.Queue(\"A\", { visibilityTimeout: 30 });", "wrong-type", "visibilityTimeout"),
    (
        "const a = yield* AWS.SQS.Queue(\"A\"); const t = `x-${a.queueName}`;",
        "output-coercion",
        "a.queueName}",
    ),
    ("yield* Effect.promise(() => fetch(\"https://example.com\"));", "not-hermetic", "fetch("),
    ("process.exit(1);", "not-hermetic", "process.exit"),
    ("yield* Effect.sleep(\"2 seconds\");", "waits-for-timer", "yield* Effect.sleep"),
    ("let n = 0; while (true) { n += 1; }", "endless", "while"),
    ("const deep = (n: number): number => deep(n + 1) + 1; deep(0);", "too-deep", "1) + 1;"),
    (
        "const all: number[][] = [];\nfor (;;) all.push(new Array(1000).fill(1));",
        "out-of-memory",
        "for (;;)",
    ),
    (
        "yield* AWS.Lambda.Function(\"F\", { main: \"./absent.ts\" });",
        "missing-handler-file",
        "main:",
    ),
];

#[test]
fn mistakes_in_the_body() {
    for (statements, code, at) in BODIES {
        refused(&around(statements), code, at);
    }
}

#[test]
fn mistakes_of_the_module() {
    let whole = around("");
    refused("const x = { a: 1\n  b: 2 };\n", "syntax-error", "b: 2");
    refused(&format!("import \"./nowhere.ts\";\n{whole}"), "unknown-import", "\"./nowhere.ts\"");
    let outside = "import { readFileSync } from \"node:fs\";\nexport default readFileSync(\"/etc/hostname\", \"utf8\");\n";
    refused(outside, "outside-project", "readFileSync(\"");
    let thrown = refused_at(&around("throw new Error(\"no such luck\");"), "exception", "throw");
    thrown.says(&["no such luck"]);
}

/// Each function is given the other's address, which only an existing function has.
fn functions_that_wait_for_each_other(emulator: &Emulator) {
    let function = |id: &str, other: &str| {
        format!(
            "class {id} extends AWS.Lambda.Function<{id}>()(\"{id}\", Effect.gen(function* () {{\n\
             const other = yield* {other};\n\
             return {{ main: \"./f.ts\", functionUrl: {{ authType: \"AWS_IAM\" as const }}, env: {{ OTHER: other.functionUrl }} }};\n\
             }})) {{}}\n"
        )
    };
    let program = around("yield* One;").replacen(
        "export default",
        &format!("{}{}export default", function("One", "Two"), function("Two", "One")),
        1,
    );
    let files = [("alchemy.run.ts", program.as_str()), ("f.ts", "export default async () => 1;\n")];
    let project = Project::new(&emulator.url(), &files);
    let finished = project.alchemy(&["deploy", "--yes"]).exits(1);
    let path = "resources wait for each other: Two → One/Url → One → Two/Url → Two";
    finished.says(&[
        "error[cycle]",
        path,
        "alchemy.run.ts:8:",
        "4 | class One",
        "`Two` needs `One/Url`",
        "^",
        "= help:",
    ]);
    nothing_written(&project);
    assert_eq!(project.client(&emulator.url()).names(), Vec::<String>::new());
}
emulated!(functions_that_wait_for_each_other: MiniStack);

#[test]
fn packages_that_do_not_fit() {
    let program = around("");
    let at = "\"effect/Effect\"";
    let bare = Project::new(NOWHERE, &[("alchemy.run.ts", &program)]);
    fs::remove_file(bare.path().join("node_modules")).expect("the link");
    refused_in(&bare, &program, "effect-missing", at).says(&["npm install effect@4"]);
    bare.write(
        "node_modules/effect/package.json",
        "{\"name\":\"effect\",\"version\":\"3.19.2\",\"exports\":{\"./*\":\"./dist/*.js\"}}",
    );
    bare.write("node_modules/effect/dist/Effect.js", "export const gen = 1;");
    refused_in(&bare, &program, "effect-version", at).says(&["3.19.2", "npm install effect@4"]);
}

/// A package that brings an `effect` of its own, and an npm package of our name.
#[test]
fn packages_beside_those_that_are_used() {
    let program = around("").replacen("import", "import \"kit\";\nimport", 1);
    let project = Project::new(NOWHERE, &[("alchemy.run.ts", &program)]);
    let packages = fs::read_link(project.path().join("node_modules")).expect("the link");
    fs::remove_file(project.path().join("node_modules")).expect("the link");
    let kit = "{\"name\":\"kit\",\"type\":\"module\",\"exports\":\"./index.js\"}";
    project.write("node_modules/kit/package.json", kit);
    project.write("node_modules/kit/index.js", "import \"effect/Effect\";\n");
    let effect = project.path().join("node_modules/effect");
    std::os::unix::fs::symlink(packages.join("effect"), effect).expect("the package");
    project.write(
        "node_modules/kit/node_modules/effect/package.json",
        "{\"name\":\"effect\",\"version\":\"4.0.1\",\"exports\":{\"./*\":\"./dist/*.js\"}}",
    );
    project.write("node_modules/kit/node_modules/effect/dist/Effect.js", "export const gen = 1;");
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&[
        "error[effect-doubled]",
        "node_modules/kit/index.js",
        "= help: keep one of them",
    ]);
    nothing_written(&project);

    fs::remove_dir_all(project.path().join("node_modules/kit/node_modules")).expect("the copy");
    project.write("node_modules/alchemy/package.json", "{\"name\":\"alchemy\"}");
    // The warning comes first; that nobody listens there is found afterwards.
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&[
        "warning[package-alchemy]",
        "node_modules/alchemy",
        "= help: remove it: npm uninstall alchemy",
    ]);
}

#[test]
fn programs_that_cannot_be_read() {
    let project = Project::new(NOWHERE, &[]);
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&["alchemy.run.ts", "alchemy init"]);
    project.write("infra/alchemy.run.ts", &around(""));
    project.alchemy(&["deploy", "infra", "--yes"]).exits(1).says(&["infra", "folder", "= help:"]);
    fs::write(project.path().join("alchemy.run.ts"), b"const a = 1;\nconst b = \"\xff\";\n")
        .expect("the program");
    let refused = project.alchemy(&["deploy", "--yes"]).exits(1);
    refused.says(&["alchemy.run.ts:2:12", "not UTF-8", "= help:"]);
    project.write("alchemy.run.ts", "export const name = 1;\n");
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&["alchemy.run.ts", "default", "= help:"]);
    nothing_written(&project);
}

/// A byte order mark and lines of Windows: no refusal, and places stay right.
#[test]
fn bom_and_crlf_are_read() {
    let program = around("yield* AWS.SQS.Queue(\"my queue\");");
    let windows = format!("\u{feff}{}", program.replace('\n', "\r\n"));
    let project = Project::new(NOWHERE, &[("alchemy.run.ts", &windows)]);
    refused_in(&project, &program, "bad-id", "\"my queue\"");
}
