//! What goes wrong between here and the cloud: named with resource, call, request id and advice, in time, nothing lost.

use std::fmt::Write as _;
use std::time::Duration;

use alchemy_tests::e2e::{Emulator, Finished, Kind, Project, Proxy, Rule, rules};

fn scene(rules: Vec<Box<dyn Rule>>) -> (Emulator, Proxy, Project) {
    let emulator = Emulator::start(Kind::MiniStack);
    let proxy = Proxy::start(&emulator.url(), rules);
    let project = Project::example(&proxy.url(), "01-minimal");
    (emulator, proxy, project)
}

#[track_caller]
fn in_time(finished: &Finished) {
    assert!(finished.took < Duration::from_secs(15), "{:?}\n{}", finished.took, finished.both());
}

#[test]
fn no_credentials() {
    let (_emulator, _proxy, project) = scene(Vec::new());
    let refused = project.bare(&["deploy", "--yes"]).exits(1);
    refused.says(&["credentials", "profile create"]);
    in_time(&refused);
}

#[test]
fn refused_credentials() {
    let cases = [
        (400, "ExpiredToken", "The security token included in the request is expired", "expired"),
        (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "expired",
        ),
        (
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            "credentials",
        ),
        (
            403,
            "SignatureDoesNotMatch",
            "Signature expired: 20261123T000000Z is now earlier than 20261123T001000Z",
            "clock",
        ),
        (
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            "clock",
        ),
    ];
    let (_emulator, proxy, project) = scene(Vec::new());
    for (status, code, message, advice) in cases {
        proxy.clear();
        proxy.add(rules::always(status, code, message));
        let refused = project.alchemy(&["deploy", "--yes"]).exits(1);
        refused.says(&[code, "00000000-refused-by-proxy", advice]);
        in_time(&refused);
    }
}

/// Denied on each call in turn: before any change 1, after it 3, and then the next deploy goes on.
#[test]
fn access_denied_on_each_call() {
    let (emulator, proxy, project) = scene(Vec::new());
    let mut codes = Vec::new();
    for k in 1.. {
        proxy.clear();
        proxy.take_changes();
        proxy.add(rules::denied_on(k));
        let finished = project.alchemy(&["deploy", "--yes"]).run();
        let struck = proxy.calls().len() >= k;
        proxy.clear();
        in_time(&finished);
        let code = finished.code.expect("an exit code");
        codes.push(code);
        // A look-up that is denied may be a name that somebody else has: said, and the create decides.
        assert!(matches!(code, 0 | 1 | 3), "call {k}: {}", finished.both());
        if code != 0 {
            finished.says(&["not authorized", "00000000-refused-by-proxy"]);
        }
        project.alchemy(&["deploy", "--yes"]).ok();
        project.alchemy(&["destroy", "--yes"]).ok();
        assert_eq!(project.client(&emulator.url()).names(), Vec::<String>::new(), "call {k}");
        if !struck {
            break;
        }
    }
    assert!(codes.contains(&1) && codes.contains(&3), "{codes:?}");
}

#[test]
fn nobody_there() {
    let project = Project::example("http://127.0.0.1:9", "01-minimal");
    let refused = project.alchemy(&["deploy", "--yes"]).exits(1);
    refused.says(&["cannot be reached", "GetCallerIdentity", "AWS_ENDPOINT_URL"]);
    in_time(&refused);
}

#[test]
fn nobody_answers() {
    let (_emulator, _proxy, project) = scene(vec![rules::hanging()]);
    let refused = project.alchemy(&["deploy", "--yes"]).exits(1);
    refused.says(&["GetCallerIdentity"]);
    in_time(&refused);
}

/// Throttled for a minute while it applies: said within seconds, and it goes through.
#[test]
fn throttled_for_a_minute() {
    let (emulator, proxy, project) = scene(Vec::new());
    proxy.add(rules::throttled_for("sqs", Duration::from_secs(60)));
    let finished = project.alchemy(&["deploy", "--yes"]).run();
    finished.says(&["sqs:", "AWS.SQS.Queue", "00000000-refused-by-proxy"]);
    proxy.clear();
    assert!(matches!(finished.code, Some(0 | 1 | 3)), "{}", finished.both());
    project.alchemy(&["deploy", "--yes"]).ok();
    assert_eq!(project.client(&emulator.url()).names().len(), 2);
}

#[test]
fn another_accounts_name() {
    let emulator = Emulator::start(Kind::MiniStack);
    let program = |name: &str| {
        format!(
            "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Effect from \"effect/Effect\";\n\
             export default Alchemy.Stack(\"s\", {{ providers: AWS.providers() }}, Effect.gen(function* () {{\n\
               yield* AWS.S3.Bucket(\"Data\", {{ bucketName: \"{name}\" }});\n}}));\n"
        )
    };
    let files = [("alchemy.run.ts", program("somebodys-bucket"))];
    let theirs =
        Project::new(&emulator.url(), &[(files[0].0, &files[0].1)]).account("999999999999");
    theirs.alchemy(&["deploy", "--yes"]).ok();
    let ours = Project::new(&emulator.url(), &[(files[0].0, &files[0].1)]);
    let finished = ours.alchemy(&["deploy", "--yes"]).run();
    assert!(matches!(finished.code, Some(1 | 3)), "{}", finished.both());
    finished.says(&["somebodys-bucket", "Data"]);
    in_time(&finished);
}

#[test]
fn a_bucket_that_is_not_empty() {
    let (emulator, _proxy, project) = scene(Vec::new());
    project.alchemy(&["deploy", "--yes"]).ok();
    let here = project.client(&emulator.url());
    let bucket = here.names()[0].trim_start_matches("buckets: ").to_owned();
    here.call(
        "s3",
        "put_object",
        &serde_json::json!({ "Bucket": bucket, "Key": "k", "Body": "v" }),
    );
    let failed = project.alchemy(&["destroy", "--yes"]).exits(3);
    failed.says(&["Photos", "forceDestroy", "DeleteBucket"]);
    in_time(&failed);
    assert_eq!(here.names().len(), 1);
    // Allowed in the program: deployed, it is recorded; destroyed, the bucket is emptied first.
    project.edit(
        "alchemy.run.ts",
        r#"AWS.S3.Bucket("Photos")"#,
        r#"AWS.S3.Bucket("Photos", { forceDestroy: true })"#,
    );
    project.alchemy(&["deploy", "--yes"]).ok();
    project.alchemy(&["destroy", "--yes"]).ok();
    assert_eq!(here.names(), Vec::<String>::new());
}

fn function_program(extra: &str) -> String {
    format!(
        "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Effect from \"effect/Effect\";\n\
         export default Alchemy.Stack(\"s\", {{ providers: AWS.providers() }}, Effect.gen(function* () {{\n\
           yield* AWS.Lambda.Function(\"Api\", {{ main: \"./api.ts\"{extra} }});\n}}));\n"
    )
}

#[test]
fn a_zip_over_50_mb() {
    // What does not compress: a long text of a fixed sequence's digits.
    let mut noise = String::from("export const noise = \"");
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    while noise.len() < 120 * 1024 * 1024 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let _ = write!(noise, "{seed:016x}");
    }
    noise.push_str("\";\n");
    let api = "import { noise } from \"./noise.js\";\nexport default async () => noise.length;\n";
    let project = Project::new(
        "http://127.0.0.1:9",
        &[("alchemy.run.ts", &function_program("")), ("api.ts", api), ("noise.js", &noise)],
    );
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&["50 MB", "Api", "alchemy.run.ts:5"]);
}

#[test]
fn an_environment_over_4_kb() {
    let extra = format!(", env: {{ LONG: \"{}\" }}", "x".repeat(5000));
    let project = Project::new(
        "http://127.0.0.1:9",
        &[
            ("alchemy.run.ts", &function_program(&extra)),
            ("api.ts", "export default async () => 1;\n"),
        ],
    );
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&["4096", "Api", "alchemy.run.ts:5"]);
}

#[test]
fn an_unknown_stage() {
    let (_emulator, _proxy, project) = scene(Vec::new());
    project.alchemy(&["deploy", "--stage", "pr-1", "--yes"]).ok();
    project.alchemy(&["destroy", "--stage", "pr-2", "--yes"]).exits(1).says(&["pr-2", "pr-1"]);
    project.alchemy(&["destroy", "--stage", "pr-2", "--yes", "--if-exists"]).ok();
}
