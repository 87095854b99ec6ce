//! What a program may declare wrong: its stack, its names, what it throws while it does.

use insta::assert_snapshot;

use crate::kit::Project;

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
