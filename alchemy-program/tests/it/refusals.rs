//! What a program may do wrong: each refusal with its place.

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
fn no_default_export() {
    let project = Project::program(
        r"export const stack = 1;
",
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[no-default-export]: the program has no default export
     --> alchemy.run.ts:1:1 
      | export const stack = 1;
      | ^
      help: export default Alchemy.Stack("name", { providers: AWS.providers() }, Effect.gen(function* () { … }))
    "#);
}

#[test]
fn default_export_is_no_stack() {
    let project = Project::program(
        r#"export default { name: "x" };
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[not-a-stack]: the program's default export is not a Stack but a value of type object
     --> alchemy.run.ts:1:1 
      | export default { name: "x" };
      | ^
      help: export default Alchemy.Stack("name", { providers: AWS.providers() }, Effect.gen(function* () { … }))
    "#);
}

#[test]
fn exception_in_a_generator() {
    let project = Project::body(
        r#"  const prod = undefined as any;
  yield* AWS.SQS.Queue("Jobs");
  return prod.name;"#,
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[exception]: the program threw TypeError: cannot read property 'name' of undefined
     --> alchemy.run.ts:8:10 
      |   return prod.name;
      |          ^^^^^^^^^
    ");
}

#[test]
fn exception_in_a_helper() {
    let project = Project::program(r#"import { check } from "./check.ts";
check("x");
"#).file("check.ts", "type A = string;\n\nexport const check = (a: A): never => {\n  throw new RangeError(`bad ${a}`);\n};\n");
    assert_snapshot!(project.diagnostics(), @r"
    error[exception]: the program threw RangeError: bad x
     --> check.ts:4:3 
      |   throw new RangeError(`bad ${a}`);
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn effect_failure_without_a_stack() {
    let project = Project::body(
        r#"  yield* AWS.SQS.Queue("Jobs");
  yield* Effect.fail("no such plan");"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[exception]: the program failed: no such plan
     --> alchemy.run.ts:7:3 the Effect failed here
      |   yield* Effect.fail("no such plan");
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn effect_failure_with_an_error() {
    let project = Project::body(r#"  yield* Effect.die(new TypeError("broken"));"#);
    assert_snapshot!(project.diagnostics(), @r#"
    error[exception]: the program threw TypeError: broken
     --> alchemy.run.ts:6:21 
      |   yield* Effect.die(new TypeError("broken"));
      |                     ^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn duplicate_id() {
    let project = Project::body(
        r#"  yield* AWS.SQS.Queue("Jobs");
  yield* AWS.S3.Bucket("Photos");
  yield* AWS.SQS.Queue("Jobs", { fifo: true });"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[duplicate-id]: `Jobs` is declared twice (AWS.SQS.Queue)
     --> alchemy.run.ts:8:10 declared again here
      |   yield* AWS.SQS.Queue("Jobs", { fifo: true });
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     --> alchemy.run.ts:6:10 first declared here
      |   yield* AWS.SQS.Queue("Jobs");
      |          ^^^^^^^^^^^^^^^^^^^^^
      help: give one of them another id, or put it into a Namespace
    "#);
}

#[test]
fn bad_ids() {
    let project = Project::body(
        r#"  yield* AWS.SQS.Queue("my queue");
  yield* AWS.SQS.Queue("");
  yield* AWS.SQS.Queue("Jobs").pipe(Alchemy.Namespace.push("a/b"));"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[bad-id]: `my queue`: a resource id may not contain ` `; it must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}
     --> alchemy.run.ts:6:24 
      |   yield* AWS.SQS.Queue("my queue");
      |                        ^^^^^^^^^^
      help: did you mean `my_queue`?
    error[bad-id]: ``: a resource id may not be empty
     --> alchemy.run.ts:7:24 
      |   yield* AWS.SQS.Queue("");
      |                        ^^
    error[bad-id]: `a/b`: a resource id may not contain `/`; it must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}
     --> alchemy.run.ts:8:60 
      |   yield* AWS.SQS.Queue("Jobs").pipe(Alchemy.Namespace.push("a/b"));
      |                                                            ^^^^^
      help: did you mean `a_b`?
    "#);
}

#[test]
fn bad_stack_name() {
    let project = Project::program(
        r#"import * as Alchemy from "alchemy";
import * as Effect from "effect/Effect";
export default Alchemy.Stack("my app", {}, Effect.succeed(1));
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[bad-stack]: `my app`: a stack name may not contain ` `; it must match [A-Za-z][A-Za-z0-9_-]{0,63}
     --> alchemy.run.ts:3:30 
      | export default Alchemy.Stack("my app", {}, Effect.succeed(1));
      |                              ^^^^^^^^
      help: did you mean `my_app`?
    "#);
}

#[test]
fn output_in_a_template() {
    let project = Project::body(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  yield* AWS.S3.Bucket("Photos", { bucketName: `photos-${jobs.queueName}` });"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[output-coercion]: `Jobs.queueName` is known only after it has been deployed: it cannot be turned into text while planning
     --> alchemy.run.ts:7:58 
      |   yield* AWS.S3.Bucket("Photos", { bucketName: `photos-${jobs.queueName}` });
      |                                                          ^^^^^^^^^^^^^^
      help: to build a text from it, write Output.interpolate`…${value}…`
      help: to compute with it, write value.pipe(Output.map((value) => …))
    "#);
}

#[test]
fn output_added() {
    let project = Project::body(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  return jobs.queueUrl + "/x";"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[output-coercion]: `Jobs.queueUrl` is known only after it has been deployed: it cannot be turned into text while planning
     --> alchemy.run.ts:7:26 
      |   return jobs.queueUrl + "/x";
      |                          ^^^^^
      help: to build a text from it, write Output.interpolate`…${value}…`
      help: to compute with it, write value.pipe(Output.map((value) => …))
    "#);
}

#[test]
fn output_as_json() {
    let project = Project::body(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  return JSON.stringify({ url: jobs.queueUrl });"#,
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[output-coercion]: `Jobs.queueUrl` is known only after it has been deployed: it cannot be turned into JSON while planning
     --> alchemy.run.ts:7:10 
      |   return JSON.stringify({ url: jobs.queueUrl });
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: to build a text from it, write Output.interpolate`…${value}…`
      help: to compute with it, write value.pipe(Output.map((value) => …))
    ");
}

#[test]
fn output_method() {
    let project = Project::body(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  return jobs.queueUrl.split("/");"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[output-coercion]: `Jobs.queueUrl.split` is not a function: the value it belongs to is known only after it has been deployed
     --> alchemy.run.ts:7:10 
      |   return jobs.queueUrl.split("/");
      |          ^^^^^^^^^^^^^^^^^^^^^^^^
      help: to call a method on the value, write value.pipe(Output.map((value) => …))
    "#);
}

#[test]
fn output_yielded() {
    let project = Project::body(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  return yield* jobs.queueUrl;"#,
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[output-coercion]: `Jobs.queueUrl` is known only after it has been deployed: it cannot be turned into a list or an Effect while planning
     --> alchemy.run.ts:7:17 
      |   return yield* jobs.queueUrl;
      |                 ^^^^^^^^^^^^^
      help: to build a text from it, write Output.interpolate`…${value}…`
      help: to compute with it, write value.pipe(Output.map((value) => …))
    ");
}

#[test]
fn output_spread() {
    let project = Project::body(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  return { ...jobs };"#,
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[output-coercion]: `Jobs` is known only after it has been deployed: it cannot be turned into an object with known members while planning
     --> alchemy.run.ts:7:15 
      |   return { ...jobs };
      |               ^^^^^^^
      help: to build a text from it, write Output.interpolate`…${value}…`
      help: to compute with it, write value.pipe(Output.map((value) => …))
    ");
}

#[test]
fn unknown_attribute() {
    let project = Project::body(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  return { url: jobs.queueUri, x: jobs.wholly };"#,
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[unknown-attribute]: AWS.SQS.Queue has no attribute `queueUri`
     --> alchemy.run.ts:7:17 
      |   return { url: jobs.queueUri, x: jobs.wholly };
      |                 ^^^^^^^^^^^^^
      help: did you mean `queueUrl`?
    error[unknown-attribute]: AWS.SQS.Queue has no attribute `wholly`
     --> alchemy.run.ts:7:35 
      |   return { url: jobs.queueUri, x: jobs.wholly };
      |                                   ^^^^^^^^^^^
      help: it has queueUrl, queueArn, queueName
    ");
}

#[test]
fn values_that_cannot_be_stored() {
    let project = Project::body(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  class Box {}
  const loop: any = {};
  loop.self = loop;
  yield* AWS.Lambda.Function("Api", {
    main: () => 1,
    env: { A: NaN, B: 10n, C: new Box(), D: jobs, E: Promise.resolve(1) },
    tags: loop,
  });"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[bad-value]: `Api`: it contains itself or is nested too deeply
     --> alchemy.run.ts:10:10 
      |   yield* AWS.Lambda.Function("Api", {
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    error[bad-value]: `main` of `Api`: a function cannot be stored
     --> alchemy.run.ts:11:5 
      |     main: () => 1,
      |     ^^^^^^^^^^^^^
      help: call it, or give its result
    error[bad-value]: `env.A` of `Api`: NaN is not a number that can be stored
     --> alchemy.run.ts:12:12 
      |     env: { A: NaN, B: 10n, C: new Box(), D: jobs, E: Promise.resolve(1) },
      |            ^^^^^^
    error[bad-value]: `env.B` of `Api`: a bigint cannot be stored
     --> alchemy.run.ts:12:20 
      |     env: { A: NaN, B: 10n, C: new Box(), D: jobs, E: Promise.resolve(1) },
      |                    ^^^^^^
      help: write a number or a text
    error[bad-value]: `env.C` of `Api`: a value of class Box cannot be stored
     --> alchemy.run.ts:12:28 
      |     env: { A: NaN, B: 10n, C: new Box(), D: jobs, E: Promise.resolve(1) },
      |                            ^^^^^^^^^^^^
      help: give a plain object
    error[bad-value]: `env.D` of `Api`: the whole resource `Jobs` is not a value
     --> alchemy.run.ts:12:42 
      |     env: { A: NaN, B: 10n, C: new Box(), D: jobs, E: Promise.resolve(1) },
      |                                          ^^^^^^^
      help: give one of its attributes, e.g. `.queueUrl`
    error[bad-value]: `env.E` of `Api`: a Promise cannot be waited for here
     --> alchemy.run.ts:12:51 
      |     env: { A: NaN, B: 10n, C: new Box(), D: jobs, E: Promise.resolve(1) },
      |                                                   ^^^^^^^^^^^^^^^^^^^^^
      help: wrap it: Effect.promise(() => …)
    "#);
}

#[test]
fn network() {
    let project = Project::body(r#"  yield* Effect.promise(() => fetch("https://example.com"));"#);
    assert_snapshot!(project.diagnostics(), @r#"
    error[not-hermetic]: `fetch` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else
     --> alchemy.run.ts:6:31 
      |   yield* Effect.promise(() => fetch("https://example.com"));
      |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: read what the plan needs from a file of the project or from the environment
    "#);
}

#[test]
fn process_exit() {
    let project = Project::body(r"  process.exit(1);");
    assert_snapshot!(project.diagnostics(), @r"
    error[not-hermetic]: `process.exit` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else
     --> alchemy.run.ts:6:3 
      |   process.exit(1);
      |   ^^^^^^^^^^^^^^^
      help: to stop the plan, throw an error or Effect.fail(…)
    ");
}

#[test]
fn child_process() {
    let project = Project::program(
        r#"import { execSync } from "node:child_process";
const user = execSync("whoami");
export default user;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[not-hermetic]: `node:child_process execSync` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else
     --> alchemy.run.ts:2:14 
      | const user = execSync("whoami");
      |              ^^^^^^^^^^^^^^^^^^
      help: do it in the deployed function, or pass the value in through the environment
    "#);
}

#[test]
fn writing_a_file() {
    let project = Project::program(
        r#"import fs from "fs";
import { mkdirSync } from "node:fs";
fs.writeFileSync("x", "y");
export default mkdirSync;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[not-hermetic]: `node:fs writeFileSync` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else
     --> alchemy.run.ts:3:1 
      | fs.writeFileSync("x", "y");
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: do it in the deployed function, or pass the value in through the environment
    "#);
}

#[test]
fn writing_the_environment() {
    let project = Project::body(r#"  process.env.A = "b";"#);
    assert_snapshot!(project.diagnostics(), @r#"
    error[not-hermetic]: `process.env.A = …` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else
     --> alchemy.run.ts:6:3 
      |   process.env.A = "b";
      |   ^^^^^^^^^^^
      help: set the variable outside, or in the .env file
    "#);
}

#[test]
fn cloud_client() {
    let project = Project::program(
        r#"import * as S3 from "@aws-sdk/client-s3";
const client = new S3.S3Client({});
await client.send(new S3.ListBucketsCommand({}));
export default client;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[not-hermetic]: `new S3Client(…).send(…) of @aws-sdk/client-s3` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else
     --> alchemy.run.ts:3:1 
      | await client.send(new S3.ListBucketsCommand({}));
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: "@aws-sdk/client-s3" is not loaded while planning; use it inside the handler
    "#);
}

#[test]
fn reading_outside() {
    let project = Project::program(
        r#"import { readFileSync } from "node:fs";
export default readFileSync("/etc/hostname", "utf8");
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[outside-project]: /etc/hostname lies outside the project: a program may read only the project's files
     --> alchemy.run.ts:2:16 
      | export default readFileSync("/etc/hostname", "utf8");
      |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: move the file into the project
    "#);
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
fn waiting_by_effect() {
    let project = Project::body(r#"  yield* Effect.sleep("2 seconds");"#);
    assert_snapshot!(project.diagnostics(), @r#"
    error[waits-for-timer]: the program waits for a timer (setTimeout, 2000 ms)
     --> alchemy.run.ts:6:3 it waits here
      |   yield* Effect.sleep("2 seconds");
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = Time stands still while planning: a timer may be set, but nothing may depend on it.
      help: remove the delay, or do it in the deployed function
    "#);
}

#[test]
fn waiting_by_promise() {
    let project = Project::body(
        r"  yield* Effect.promise(() => new Promise((done) => setTimeout(done, 50)));",
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[waits-for-timer]: the program waits for a timer (setTimeout, 50 ms)
     --> alchemy.run.ts:6:64 it waits here
      |   yield* Effect.promise(() => new Promise((done) => setTimeout(done, 50)));
      |                                                                ^^^^^^^^^^^^
      = Time stands still while planning: a timer may be set, but nothing may depend on it.
      help: remove the delay, or do it in the deployed function
    ");
}

#[test]
fn never_settling() {
    let project = Project::body(
        r#"  yield* AWS.SQS.Queue("Jobs");
  yield* Effect.never;"#,
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[never-settles]: the program waits for something that never comes
     --> alchemy.run.ts:7:3 it was here
      |   yield* Effect.never;
      |   ^^^^^^^^^^^^^^^^^^^^
      help: look for a Promise or Effect that is never completed
    ");
}

#[test]
fn endless_loop() {
    let project = Project::body(
        r"  let n = 0;
  while (true) {
    n += 1;
  }",
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[endless]: the program does not end
     --> alchemy.run.ts:7:3 it was here
      |   while (true) {
      |   ^^^^^^^^^^^^^^
      = It was stopped after 60 million calls and loop turns.
      help: look for a loop whose condition stays true
    ");
}

#[test]
fn endless_effect() {
    let project = Project::body(r"  yield* Effect.forever(Effect.void);");
    assert_snapshot!(project.diagnostics(), @r"
    error[endless]: the program does not end
     --> alchemy.run.ts:6:3 it was here
      |   yield* Effect.forever(Effect.void);
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = It was stopped after 60 million calls and loop turns.
      help: look for a loop whose condition stays true
    ");
}

#[test]
fn deep_recursion() {
    let project = Project::program(
        r"const depth = (n: number): number => depth(n + 1) + 1;
export default depth(0);
",
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[too-deep]: the program calls itself without end
     --> alchemy.run.ts:1:44 it was here
      | const depth = (n: number): number => depth(n + 1) + 1;
      |                                            ^^^^^^^^^^^
      help: look for a function that calls itself without a condition
    ");
}

#[test]
fn runaway_list() {
    let project = Project::program(
        r"const all: number[][] = [];
for (;;) all.push(new Array(1000).fill(1));
export default all;
",
    );
    assert_snapshot!(project.diagnostics(), @r"
    error[out-of-memory]: the program used up its memory
     --> alchemy.run.ts:2:1 it was here
      | for (;;) all.push(new Array(1000).fill(1));
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = A program may use 384 MB while planning.
      help: look for a list or text that grows without end
    ");
}

#[test]
fn runaway_text() {
    let project = Project::program(
        r#"let text = "x";
for (;;) text = text + text.repeat(3) + "y";
export default text;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[out-of-memory]: the program used up its memory
     --> alchemy.run.ts:2:1 it was here
      | for (;;) text = text + text.repeat(3) + "y";
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = A program may use 384 MB while planning.
      help: look for a list or text that grows without end
    "#);
}

#[test]
fn missing_config() {
    let project = Project::with_config(r#"  return yield* Config.String("TOKEN");"#);
    assert_snapshot!(project.diagnostics(), @r#"
    error[config]: a configuration value is missing or wrong: Expected string at ["TOKEN"]
     --> alchemy.run.ts:6:10 the Effect failed here
      |   return yield* Config.String("TOKEN");
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: set TOKEN in the environment or in the file .env
    "#);
}

#[test]
fn missing_config_in_a_prop() {
    let project = Project::with_config(
        r#"  yield* AWS.Lambda.Function("Api", {
    main: "./api.ts",
    env: { TOKEN: Config.Redacted("TOKEN") },
  });"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[config]: a configuration value is missing or wrong: Expected string at ["TOKEN"]
     --> alchemy.run.ts:8:12 while this prop's value was computed
      |     env: { TOKEN: Config.Redacted("TOKEN") },
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: set TOKEN in the environment or in the file .env
    "#);
}

#[test]
fn inline_function() {
    let project = Project::body(r#"  yield* AWS.Lambda.Function("Api", {}, Effect.void);"#);
    assert_snapshot!(project.diagnostics(), @r#"
    error[inline-function]: AWS.Lambda.Function takes an id and props; code written inline is not supported
     --> alchemy.run.ts:6:10 
      |   yield* AWS.Lambda.Function("Api", {}, Effect.void);
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: put the function's code into a module and name it in `main`
    "#);
}

#[test]
fn resource_outside_a_stack() {
    let project = Project::program(
        r#"import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";
Effect.runSync(AWS.SQS.Queue("Jobs"));
export default 1;
"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[outside-stack]: `Jobs` is yielded outside a Stack
     --> alchemy.run.ts:3:16 
      | Effect.runSync(AWS.SQS.Queue("Jobs"));
      |                ^^^^^^^^^^^^^^^^^^^^^
      help: yield* it inside the Effect given to Alchemy.Stack
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
fn references_with_names_that_are_none() {
    let project = Project::body(
        r#"
  const a = Alchemy.stackRef("Back end");
  const b = Alchemy.stackRef("Backend", { stage: "PR/1" });
  return { a: a.url, b: b.url };"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[bad-stack]: `Back end`: a stack name may not contain ` `; it must match [A-Za-z][A-Za-z0-9_-]{0,63}
     --> alchemy.run.ts:7:13 referred to here
      |   const a = Alchemy.stackRef("Back end");
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: did you mean `Back_end`?
    error[bad-stage]: `PR/1`: a stage may not contain `P` at its start; it must match [a-z0-9][-_a-z0-9]*
     --> alchemy.run.ts:8:13 referred to here
      |   const b = Alchemy.stackRef("Backend", { stage: "PR/1" });
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: did you mean `pr_1`?
    "#);
    let project = Project::body("  return Alchemy.stackRef({ name: \"Backend\" });");
    assert_snapshot!(project.diagnostics(), @r#"
    error[bad-reference]: a reference takes the stack's name, a text
     --> alchemy.run.ts:6:10 
      |   return Alchemy.stackRef({ name: "Backend" });
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: for example Output.stackRef("Backend")
    "#);
    let project = Project::body(
        "  const url: string = `${Alchemy.stackRef(\"Backend\").url}/x`;\n  return url;",
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[output-coercion]: `Backend@dev_test.url` is known only after it has been deployed: it cannot be turned into text while planning
     --> alchemy.run.ts:6:26 
      |   const url: string = `${Alchemy.stackRef("Backend").url}/x`;
      |                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: to build a text from it, write Output.interpolate`…${value}…`
      help: to compute with it, write value.pipe(Output.map((value) => …))
    "#);
}

#[test]
fn redacted_values_that_are_known_only_later() {
    let project = Project::with_config(
        r#"  const jobs = yield* AWS.SQS.Queue("Jobs");
  yield* AWS.Lambda.Function("Api", {
    main: "./api.ts",
    env: { TOKEN: Redacted.make({ KEY: "s3cret", URL: jobs.queueUrl }), URL: Redacted.make(jobs.queueUrl) },
  });"#,
    );
    let evaluation = project.evaluate();
    assert!(!format!("{:?}", evaluation.graph).contains("s3cret"));
    assert_snapshot!(project.diagnostics(), @r#"
    error[bad-value]: `env.TOKEN.URL` of `Api`: a redacted value must be known while planning
     --> alchemy.run.ts:9:12 
      |     env: { TOKEN: Redacted.make({ KEY: "s3cret", URL: jobs.queueUrl }), URL: Redacted.make(jobs.queueUrl) },
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: redact the parts of it that are known: Output.interpolate`…${Redacted.make(…)}…` is redacted as a whole
    error[bad-value]: `env.URL` of `Api`: a redacted value must be known while planning
     --> alchemy.run.ts:9:73 
      |     env: { TOKEN: Redacted.make({ KEY: "s3cret", URL: jobs.queueUrl }), URL: Redacted.make(jobs.queueUrl) },
      |                                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: redact the parts of it that are known: Output.interpolate`…${Redacted.make(…)}…` is redacted as a whole
    "#);
}

#[test]
fn a_failure_after_one_in_a_prop_that_was_caught() {
    let project = Project::body(
        r#"  yield* Effect.exit(AWS.SQS.Queue("Jobs", { size: Effect.fail("first") }));
  yield* Effect.fail("second");"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[exception]: the program failed: second
     --> alchemy.run.ts:7:3 the Effect failed here
      |   yield* Effect.fail("second");
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn scopes_with_names_that_are_none() {
    let project = Project::body(
        r#"  yield* AWS.SQS.Queue("Jobs").pipe(Alchemy.Namespace(process.env.TEAM));"#,
    );
    assert_snapshot!(project.diagnostics(), @r#"
    error[bad-id]: Namespace takes its name, a text; it was given undefined
     --> alchemy.run.ts:6:37 
      |   yield* AWS.SQS.Queue("Jobs").pipe(Alchemy.Namespace(process.env.TEAM));
      |                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: a variable that is not set is undefined; write for example Namespace(process.env.TEAM ?? "dev")
    "#);
    let project =
        Project::body(r#"  yield* AWS.SQS.Queue("Jobs").pipe(Alchemy.renamedFrom(undefined));"#);
    assert_snapshot!(project.diagnostics(), @r#"
    error[bad-rename]: renamedFrom takes the resource's former ids, each a text or { fqn: … }
     --> alchemy.run.ts:6:37 
      |   yield* AWS.SQS.Queue("Jobs").pipe(Alchemy.renamedFrom(undefined));
      |                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: for example renamedFrom("Old"), or renamedFrom({ fqn: "Site/Old" }) if it was in another namespace
    "#);
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
