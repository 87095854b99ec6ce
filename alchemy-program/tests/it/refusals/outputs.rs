//! Outputs used as if their values were known, and values that cannot be kept.

use insta::assert_snapshot;

use crate::kit::Project;

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
