//! What does not come to an end, or takes too much.

use insta::assert_snapshot;

use crate::kit::Project;

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
