//! What reaches out of an evaluation.

use insta::assert_snapshot;

use crate::kit::Project;

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
