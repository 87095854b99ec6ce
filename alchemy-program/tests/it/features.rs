//! What a program may do.

use insta::assert_snapshot;

use crate::kit::{Project, graph};

#[test]
fn mark_and_windows_line_ends() {
    let text =
        include_str!("../../../tests/programs/01-minimal/alchemy.run.ts").replace('\n', "\r\n");
    let project = Project::program(&format!("\u{feff}{text}"));
    assert_snapshot!(graph(&project.evaluate()), @r"
    myapp @ dev_test
    AWS.S3.Bucket Photos (alchemy.run.ts:9:27)
    AWS.SQS.Queue Jobs (alchemy.run.ts:10:25)
    -> {bucket: Photos.bucketName, queue: Jobs.queueUrl}
    ");
}

#[test]
fn a_mistake_of_types_only_evaluates() {
    let project = Project::body("  const n: number = \"text\";\n  return n;");
    assert_snapshot!(graph(&project.evaluate()), @r#"
    app @ dev_test
    -> "text"
    "#);
}

#[test]
fn scopes_namespaces_renames_and_adoption() {
    let project = Project::body(
        r#"
  const site = Effect.gen(function* () {
    const bucket = yield* AWS.S3.Bucket("Bucket").pipe(Alchemy.renamedFrom("Old", { fqn: "Other/Bucket" }));
    yield* AWS.SQS.Queue("Jobs").pipe(Alchemy.RemovalPolicy.destroy());
    return bucket.bucketName;
  });
  const one = yield* site.pipe(Alchemy.Namespace.push("Site"), Alchemy.RemovalPolicy.retain());
  const two = yield* Alchemy.Namespace("Outer", Alchemy.Namespace("Inner", AWS.S3.Bucket("Bucket").pipe(Alchemy.adopt(true))));
  return { one, two: two.bucketArn };"#,
    );
    assert_snapshot!(graph(&project.evaluate()), @r"
    app @ dev_test
    AWS.S3.Bucket Site/Bucket Retain was Site/Old was Other/Bucket (alchemy.run.ts:8:27)
    AWS.SQS.Queue Site/Jobs Destroy (alchemy.run.ts:9:12)
    AWS.S3.Bucket Outer/Inner/Bucket adopt (alchemy.run.ts:13:76)
    -> {one: Site/Bucket.bucketName, two: Outer/Inner/Bucket.bucketArn}
    ");
}

#[test]
fn nested_inputs() {
    let project = Project::with_config(
        r#"
  const jobs = yield* AWS.SQS.Queue("Jobs", Effect.succeed({ visibilityTimeout: Duration.minutes(2), region: "eu-west-1" }));
  yield* AWS.Lambda.Function("Api", {
    main: "./api.ts",
    timeout: "15 seconds",
    env: {
      PLAIN: Config.String("PLAIN"),
      TOKEN: Config.Redacted("TOKEN"),
      NESTED: Effect.map(Config.String("PLAIN"), (text) => ({ list: [text, jobs.queueUrl, undefined, null] })),
      MAPPED: jobs.queueUrl.pipe(Output.map((url) => url.length)),
      BOTH: Output.all(jobs.queueUrl, jobs.queueArn).pipe(Output.map(([a, b]) => a + b)),
      TEXT: Output.interpolate`${jobs.queueName}-${Redacted.make("s3cret")}-${7}`,
      DEEP: jobs.queueArn.inner.most,
      ABSENT: undefined,
    },
  });
  return jobs;"#,
    )
    .env("PLAIN", "plain")
    .env("TOKEN", "t0ken");
    let text = graph(&project.evaluate());
    assert!(!text.contains("t0ken") && !text.contains("s3cret"), "{text}");
    assert_snapshot!(text, @r#"
    app @ dev_test
    AWS.SQS.Queue Jobs (alchemy.run.ts:7:23)
      visibilityTimeout = "120000 millis" (alchemy.run.ts:7:62)
    AWS.Lambda.Function Api (alchemy.run.ts:8:10)
      env = {BOTH: #1([Jobs.queueUrl, Jobs.queueArn]), DEEP: Jobs.queueArn.inner.most, MAPPED: #0(Jobs.queueUrl), NESTED: {list: ["plain", Jobs.queueUrl, null, null]}, PLAIN: "plain", TEXT: `Jobs.queueName+"-"+"<redacted>"+"-"+7`, TOKEN: "<redacted>"} (alchemy.run.ts:11:5)
      main = "./api.ts" (alchemy.run.ts:9:5)
      timeout = "15 seconds" (alchemy.run.ts:10:5)
    -> {queueArn: Jobs.queueArn, queueName: Jobs.queueName, queueUrl: Jobs.queueUrl}
    "#);
}

#[test]
fn a_class_is_one_resource_however_often_it_is_yielded() {
    let project = Project::program(
        r#"import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";
class Jobs extends AWS.SQS.Queue<Jobs>()("Jobs", { fifo: true }) {}
class Api extends AWS.Lambda.Function<Api>()("Api", Effect.gen(function* () {
  const jobs = yield* Jobs;
  return { main: "./api.ts", env: { QUEUE: jobs.queueUrl } };
})) {}
export default Alchemy.Stack("app", { state: AWS.S3.state("s3://bucket/prefix") }, Effect.gen(function* () {
  const api = yield* Api;
  const jobs = yield* Jobs;
  yield* Effect.all([Api, Jobs], { concurrency: "unbounded" });
  return { api: api.functionArn, jobs: jobs.queueArn };
}));
"#,
    );
    let evaluation = project.evaluate();
    assert_eq!(evaluation.state.as_deref(), Some("s3://bucket/prefix"));
    assert_snapshot!(graph(&evaluation), @r#"
    app @ dev_test
    AWS.SQS.Queue Jobs (alchemy.run.ts:4:20)
      fifo = true (alchemy.run.ts:4:52)
    AWS.Lambda.Function Api (alchemy.run.ts:5:19)
      env = {QUEUE: Jobs.queueUrl} (alchemy.run.ts:7:30)
      main = "./api.ts" (alchemy.run.ts:7:12)
    -> {api: Api.functionArn, jobs: Jobs.queueArn}
    "#);
}

/// A program that names its store so.
fn storing(state: &str) -> Project {
    Project::program(&format!(
        r#"import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as GCS from "alchemy/GCS";
import * as Effect from "effect/Effect";
const state = {state};
export default Alchemy.Stack("app", {{ state }}, Effect.gen(function* () {{
  yield* AWS.SQS.Queue("Jobs");
}}));
"#
    ))
}

#[test]
fn a_program_names_its_store() {
    for (state, url) in [
        (r#"GCS.state("gs://bucket/prefix")"#, "gs://bucket/prefix"),
        (r#"Alchemy.GCS.state("gs://bucket")"#, "gs://bucket"),
        (r#"AWS.S3.state("s3://bucket?region=eu-west-1")"#, "s3://bucket?region=eu-west-1"),
        ("Alchemy.localState()", "local"),
    ] {
        assert_eq!(storing(state).evaluate().state.as_deref(), Some(url), "{state}");
    }
}

#[test]
fn a_store_of_another_service_is_refused() {
    assert_snapshot!(storing(r#"GCS.state("s3://bucket")"#).diagnostics(), @r#"
    error[bad-store]: GCS.state takes the URL of a bucket, which begins with gs://
     --> alchemy.run.ts:5:15 
      | const state = GCS.state("s3://bucket");
      |               ^^^^^^^^^^^^^^^^^^^^^^^^
      help: for example GCS.state("gs://my-state/team")
    "#);
    assert_snapshot!(storing(r#"AWS.S3.state("bucket")"#).diagnostics(), @r#"
    error[bad-store]: AWS.S3.state takes the URL of a bucket, which begins with s3://
     --> alchemy.run.ts:5:15 
      | const state = AWS.S3.state("bucket");
      |               ^^^^^^^^^^^^^^^^^^^^^^
      help: for example AWS.S3.state("s3://my-state/team")
    "#);
    assert_snapshot!(storing(r#""s3://bucket/prefix""#).diagnostics(), @r#"
    error[bad-store]: `state` of Alchemy.Stack("app", …) is not a store
     --> alchemy.run.ts:6:16 
      | export default Alchemy.Stack("app", { state }, Effect.gen(function* () {
      |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: write state: AWS.S3.state("s3://bucket/prefix")
    "#);
    assert_snapshot!(storing("GCS.state()").diagnostics(), @r#"
    error[bad-store]: GCS.state takes the URL of a bucket, which begins with gs://
     --> alchemy.run.ts:5:15 
      | const state = GCS.state();
      |               ^^^^^^^^^^^
      help: for example GCS.state("gs://my-state/team")
    "#);
}

#[test]
fn time_and_randomness_are_inputs() {
    let body = r"
  return [new Date().toISOString(), Date.now(), Math.random(), crypto.randomUUID(), new Date(2020, 0, 1).toISOString(), Date().length > 10, performance.now()];";
    let first = graph(&Project::body(body).evaluate());
    assert_eq!(first, graph(&Project::body(body).evaluate()));
    assert_ne!(
        first,
        graph(&Project::body(body).stage("other").evaluate()).replace("@ other", "@ dev_test")
    );
    assert_snapshot!(first, @r#"
    app @ dev_test
    -> ["2023-11-14T22:13:20.000Z",1700000000000,0.4515475131232327,"9b4e7535-90fa-46c5-93ee-84a8e883f016","2020-01-01T00:00:00.000Z",true,0]
    "#);
}

#[test]
fn nodes_pure_parts_work() {
    let project = Project::program(
        r#"import * as Alchemy from "alchemy";
import * as Effect from "effect/Effect";
import { readFileSync, existsSync } from "node:fs";
import path, { join } from "path";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import data from "./data.json";
export default Alchemy.Stack("app", {}, Effect.sync(() => [
  join("a", "..", "b"), path.extname("x.ts"), fileURLToPath("file:///a%20b"), createHash("sha256").update("abc").digest("hex"),
  readFileSync(join(import.meta.dirname, "data.json"), "utf8"), existsSync("nothing"), data.a,
  new URL("../x?a=1#h", "https://example.com/b/c").searchParams.get("a"), Buffer.from("hé").toString("base64"),
  new TextDecoder().decode(new TextEncoder().encode("é")), structuredClone({ a: [1] }), process.env.HOME ?? "none", atob(btoa("x")),
]));
"#,
    )
    .file("data.json", r#"{ "a": 1 }"#);
    assert_snapshot!(graph(&project.evaluate()), @r#"
    app @ dev_test
    -> ["b",".ts","/a b","ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","{ \"a\": 1 }",false,1,"1","aMOp","é",{"a":[1]},"none","x"]
    "#);
}

#[test]
fn what_a_program_finds_on_the_global_object() {
    let project =
        Project::body("  return Object.getOwnPropertyNames(globalThis).sort().join(\" \");");
    assert_snapshot!(graph(&project.evaluate()), @r#"
    app @ dev_test
    -> "AbortController AbortSignal AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean BroadcastChannel Buffer DOMException DataView Date DisposableStack Error EvalError Event EventSource EventTarget FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array InternalError Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError TextDecoder TextEncoder TypeError URIError URL URLSearchParams Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebSocket Worker XMLHttpRequest __alchemyAsk __alchemyAt alert atob btoa clearImmediate clearInterval clearTimeout console crypto decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval fetch global globalThis isFinite isNaN parseFloat parseInt performance process prompt queueMicrotask setImmediate setInterval setTimeout structuredClone undefined unescape ~effect/Fiber/currentFiber"
    "#);
}

#[test]
fn closures_run_after_the_evaluation() {
    let project = Project::body(
        r#"
  const jobs = yield* AWS.SQS.Queue("Jobs");
  return [
    jobs.queueUrl.pipe(Output.map((url) => ({ length: url.length, host: new URL(url).host }))),
    jobs.queueUrl.pipe(Output.map((url) => url.missing.name)),
    jobs.queueUrl.pipe(Output.map(() => { for (;;); })),
    jobs.queueUrl.pipe(Output.map(() => jobs.queueArn)),
  ];"#,
    );
    let evaluation = project.evaluate();
    let input = alchemy_core::Value::str("https://sqs.test/1/jobs");
    let answers: Vec<_> = (0..4)
        .map(|id| match evaluation.session.call(alchemy_core::ClosureId(id), &input) {
            Ok(value) => value.to_json(),
            Err(error) => format!(
                "{error} ({})",
                error.location.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string)
            ),
        })
        .collect();
    assert_snapshot!(answers.join("\n"), @r#"
    {"host":"sqs.test","length":23}
    TypeError: cannot read property 'name' of undefined (alchemy.run.ts:10:44)
    it does not end (alchemy.run.ts:11:43)
    a function given to Output.map may not return an Output; use Output.all for several (?)
    "#);
}

#[test]
fn packages_written_for_require() {
    let project = Project::with_packages()
        .file("node_modules/old/package.json", r#"{"name":"old","main":"./index.js"}"#)
        .file(
            "node_modules/old/index.js",
            "#!/usr/bin/env node\nvar path = require('path');\nvar lib = require('./lib');\nvar data = require('./data.json');\n\
             try { require('missing'); } catch (error) { lib.code = error.code; }\n\
             exports.join = function () { return path.join('a', lib.name, data.b); };\nexports.code = lib.code;\nundeclared = 1;\n",
        )
        .file("node_modules/old/lib.js", "module.exports = { name: __filename.split('/').pop() };\nreturn;\n")
        .file("node_modules/old/data.json", r#"{"b":"c"}"#)
        .file(
            "alchemy.run.ts",
            r#"import * as Alchemy from "alchemy";
import * as Effect from "effect/Effect";
import old, { join } from "old";
import * as all from "old";
export default Alchemy.Stack("app", {}, Effect.sync(() => [join(), old.join(), all.code]));
"#,
        );
    assert_snapshot!(graph(&project.evaluate()), @r#"
    app @ dev_test
    -> ["a/lib.js/c","a/lib.js/c","MODULE_NOT_FOUND"]
    "#);
}

#[test]
fn configuration_through_the_library() {
    let project = Project::body(
        "  return [yield* Alchemy.Config.string(\"PLAIN\"), yield* Alchemy.Config.redacted(\"PLAIN\"), Alchemy.Config.String(\"PLAIN\")];",
    )
    .env("PLAIN", "plain");
    assert_snapshot!(graph(&project.evaluate()), @r#"
    app @ dev_test
    -> ["plain","<redacted>","plain"]
    "#);
}

#[test]
fn outputs_of_other_stacks_and_stages() {
    let project = Project::program(
        r#"import * as Alchemy from "alchemy";
import * as Output from "alchemy/Output";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

class Backend extends Alchemy.Stack<Backend, { url: string }>()("Backend") {}

export default Alchemy.Stack("app", Effect.gen(function* () {
  const same = yield* Backend;
  const prod = yield* Backend.stage.prod;
  const preview = yield* Backend.stage["pr-1"];
  const untyped = Output.stackRef("Other");
  const yielded = yield* Alchemy.stackRef("Other", { stage: "prod" });
  yield* AWS.SQS.Queue("Jobs", {
    tags: { same: same.url, deep: prod.urls.first, text: Output.interpolate`x-${preview.url}` },
  });
  return { whole: untyped, mapped: yielded.name.pipe(Output.map((name) => name.length)) };
}));
"#,
    );
    let evaluation = project.evaluate();
    assert_snapshot!(graph(&evaluation), @r#"
    app @ dev_test
    AWS.SQS.Queue Jobs (alchemy.run.ts:14:10)
      tags = {deep: Backend@prod.urls.first, same: Backend@dev_test.url, text: `"x-"+Backend@pr-1.url`} (alchemy.run.ts:15:5)
    -> {mapped: #0(Other@prod.name), whole: Other@dev_test.}
    "#);
    let references = evaluation.graph.map(|graph| graph.references).unwrap_or_default();
    let places = references.iter().map(|(of, at)| {
        let at = at.as_ref().map(|span| span.location.to_string()).unwrap_or_default();
        format!("{of}: {at}")
    });
    assert_snapshot!(places.collect::<Vec<_>>().join("\n"), @r#"
    stage `dev_test` of stack `Backend`: alchemy.run.ts:9:23
    stage `pr-1` of stack `Backend`: alchemy.run.ts:11:26
    stage `prod` of stack `Backend`: alchemy.run.ts:10:23
    stage `dev_test` of stack `Other`: alchemy.run.ts:12:19
    stage `prod` of stack `Other`: alchemy.run.ts:13:26
    "#);
}

#[test]
fn redacted_documents_and_texts_stay_redacted() {
    let project = Project::with_config(
        r#"
  const jobs = yield* AWS.SQS.Queue("Jobs");
  const password = "s3cret";
  yield* AWS.Lambda.Function("Api", {
    env: {
      KNOWN: Redacted.make({ password, list: [password, 7] }),
      LATER: Redacted.make(Effect.succeed({ password })),
      TEXT: Redacted.make(Output.interpolate`user:${password}`),
      URL: Redacted.make(Output.interpolate`https://user:${password}@${jobs.queueName}`),
    },
  });"#,
    );
    let evaluation = project.evaluate();
    assert!(!format!("{evaluation:?}").contains("s3cret"));
    assert_snapshot!(graph(&evaluation), @r#"
    app @ dev_test
    AWS.SQS.Queue Jobs (alchemy.run.ts:7:23)
    AWS.Lambda.Function Api (alchemy.run.ts:9:10)
      env = {KNOWN: "<redacted>", LATER: "<redacted>", TEXT: `"<redacted>"+"<redacted>"`, URL: `"<redacted>"+"<redacted>"+"<redacted>"+Jobs.queueName`} (alchemy.run.ts:10:5)
    -> null
    "#);
}

/// A program that is given `Config` and `Stack` by its file `barrel.ts`.
fn through(barrel: &str, imports: &str) -> Project {
    Project::program(&format!(
        r#"{imports}
import * as Effect from "effect/Effect";
export default Stack("app", {{}}, Effect.gen(function* () {{
  return yield* Config.string("PLAIN");
}}));
"#
    ))
    .file("barrel.ts", barrel)
    .env("PLAIN", "plain")
}

#[test]
fn configuration_through_a_file_of_the_project() {
    let names = r#"import { Config, Stack } from "./barrel";"#;
    let whole = "import { Alchemy } from \"./barrel\";\nconst { Config, Stack } = Alchemy;";
    for (barrel, imports) in [
        ("export * from \"alchemy\";\n", names),
        (
            "import { Stack as make } from \"alchemy\";\nexport { make };\nexport * from \"alchemy\";\n",
            names,
        ),
        ("export * as Alchemy from \"alchemy\";\n", whole),
        ("import * as Alchemy from \"alchemy\";\nexport { Alchemy };\n", whole),
    ] {
        let text = graph(&through(barrel, imports).evaluate());
        assert!(text.ends_with("-> \"plain\""), "{barrel}: {text}");
    }
}

#[test]
fn dates_are_in_utc() {
    let project = Project::body(
        r#"
  const date = new Date(Date.UTC(2026, 5, 1, 15, 4, 5));
  return [
    new Date("2026-01-01T00:00:00").toISOString(), new Date("2026-06-01 12:30").toISOString(),
    new Date("2026-01-01T00:00:00+02:00").toISOString(), Date.parse("Jun 1 2026 12:30 GMT+0200"),
    new Date(2026, 0, 1).toISOString(), String(date), date.toDateString(), date.toTimeString(),
    date.toLocaleString(), date.toLocaleDateString(), date.toLocaleTimeString(), date.getYear(),
    Date(), String(new Date("never")), new Date({ valueOf: () => 7 }).getTime(),
  ];"#,
    );
    assert_snapshot!(graph(&project.evaluate()), @r#"
    app @ dev_test
    -> ["2026-01-01T00:00:00.000Z","2026-06-01T12:30:00.000Z","2025-12-31T22:00:00.000Z",1780309800000,"2026-01-01T00:00:00.000Z","Mon Jun 01 2026 15:04:05 GMT+0000","Mon Jun 01 2026","15:04:05 GMT+0000","06/01/2026, 03:04:05 PM","06/01/2026","03:04:05 PM",126,"Tue Nov 14 2023 22:13:20 GMT+0000","Invalid Date",7]
    "#);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a process has one zone: another one takes another process"
)]
fn dates_are_in_utc_wherever_a_machine_stands() {
    let tests = std::env::current_exe().unwrap();
    let arguments = ["--exact", "features::dates_are_in_utc"];
    let run = std::process::Command::new(tests).args(arguments).env("TZ", "XYZ5").output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn data_is_among_the_sources_if_it_is_the_projects_own() {
    let project = Project::with_packages()
        .file("data.json", "1")
        .file(
            "node_modules/kit/package.json",
            r#"{"name":"kit","type":"module","exports":"./index.js"}"#,
        )
        .file("node_modules/kit/index.js", "export { default } from \"./data.json\";\n")
        .file("node_modules/kit/data.json", "2")
        .file(
            "alchemy.run.ts",
            r#"import * as Alchemy from "alchemy";
import * as Effect from "effect/Effect";
import data from "./data.json";
import kit from "kit";
export default Alchemy.Stack("app", {}, Effect.succeed([data, kit]));
"#,
        );
    let evaluation = project.evaluate();
    assert!(graph(&evaluation).ends_with("-> [1,2]"));
    assert_eq!(evaluation.sources["data.json"].as_ref(), "1");
    assert_eq!(evaluation.sources.keys().collect::<Vec<_>>(), ["alchemy.run.ts", "data.json"]);
}
