//! The deployed function runs: asked through the API, through its queue, and as the zip fetched back.

use std::process::Command;
use std::time::{Duration, Instant};

use alchemy_tests::e2e::{Client, Emulator, Project};
use serde_json::{Value, json};
use tempfile::TempDir;

fn only(names: &[String], kind: &str, part: &str) -> String {
    let found: Vec<&String> =
        names.iter().filter(|name| name.starts_with(kind) && name.contains(part)).collect();
    assert_eq!(found.len(), 1, "{kind} {part} in {names:#?}");
    found[0].split_once(": ").expect("kind and name").1.to_owned()
}

/// Asks again until it is so, for half a minute.
fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "never: {what}");
        std::thread::park_timeout(Duration::from_millis(300));
    }
}

fn invoke(here: &Client, function: &str, event: &Value) -> Value {
    let answer = here.call(
        "lambda",
        "invoke",
        &json!({ "FunctionName": function, "Payload": event.to_string() }),
    );
    serde_json::from_str(answer["Payload"].as_str().expect("a payload")).expect("JSON")
}

fn answers_in_each_stage(emulator: &Emulator) {
    let project = Project::example(&emulator.url(), "photos");
    let here = project.client(&emulator.url());
    for stage in ["one", "two"] {
        project.alchemy(&["deploy", "--stage", stage, "--yes"]).ok();
        let names = here.names();
        let (function, bucket) = (only(&names, "functions", stage), only(&names, "buckets", stage));
        let answer = invoke(&here, &function, &json!({ "name": "  Cat " }));
        assert_eq!((&answer["label"], &answer["bucket"]), (&json!("photo:cat"), &json!(bucket)));
        assert!(answer["queue"].as_str().expect("a URL").contains(&only(
            &names,
            "queues",
            &format!("{stage}-jobs")
        )));
        fetched_back(&here, &function);
        reached_by_message(&here, &names, stage);
    }
    late_invocation(emulator, &project, &here);
}
emulated!(answers_in_each_stage: MiniStack, MiniStackAuth);

/// The zip that the API gives back, run under node.
fn fetched_back(here: &Client, function: &str) {
    let folder = TempDir::new().expect("a folder");
    let zip = folder.path().join("code.zip");
    here.code(function, &zip);
    let unzip = format!(
        "import zipfile; zipfile.ZipFile({:?}).extractall({:?})",
        zip.display().to_string(),
        folder.path().display().to_string()
    );
    assert!(Command::new("python3").args(["-c", &unzip]).status().expect("python runs").success());
    let module = folder.path().join("index.mjs").display().to_string();
    let script = format!(
        "const m = await import({module:?}); console.log((await m.handler({{ name: ' Cat ' }})).label)"
    );
    let output = Command::new("node")
        .args(["--input-type=module", "-e", &script])
        .output()
        .expect("node runs");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "photo:cat",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A message sent to the queue is taken by the function, whose log group has its lines and the retention asked for.
fn reached_by_message(here: &Client, names: &[String], stage: &str) {
    let queue = only(names, "queues", &format!("{stage}-jobs"));
    let group = only(names, "log groups", stage);
    let url = here.call("sqs", "get_queue_url", &json!({ "QueueName": queue }))["QueueUrl"].clone();
    let invocations = || {
        let events = here.call("logs", "filter_log_events", &json!({ "logGroupName": group }));
        let lines = events["events"].as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .filter(|line| line["message"].as_str().is_some_and(|text| text.contains("START")))
            .count()
    };
    let before = invocations();
    here.call("sqs", "send_message", &json!({ "QueueUrl": url, "MessageBody": "{}" }));
    eventually("the message reaches the function", || invocations() > before);
    eventually("the message is taken from the queue", || {
        let answer = here.call(
            "sqs",
            "get_queue_attributes",
            &json!({ "QueueUrl": url, "AttributeNames": ["All"] }),
        );
        answer["Attributes"]["ApproximateNumberOfMessages"] == "0"
    });
    let groups = here.call("logs", "describe_log_groups", &json!({ "logGroupNamePrefix": group }));
    assert_eq!(groups["logGroups"][0]["retentionInDays"], 30);
}

/// An invocation that comes while the stage is being destroyed leaves no log group behind.
fn late_invocation(emulator: &Emulator, project: &Project, here: &Client) {
    let function = only(&here.names(), "functions", "one");
    let running = project.alchemy(&["destroy", "--stage", "one", "--yes"]).start();
    for _ in 0..3 {
        here.call("lambda", "invoke", &json!({ "FunctionName": function, "Payload": "{\"name\":\"late\"}", "InvocationType": "Event" }));
    }
    let finished = running.wait();
    assert_eq!(finished.code, Some(0), "{}", finished.both());
    let left: Vec<String> =
        here.names().into_iter().filter(|name| name.contains("photos-one")).collect();
    assert_eq!(left, Vec::<String>::new(), "{}", emulator.log());
    assert_eq!(
        here.names().iter().filter(|name| name.contains("photos-two")).count(),
        9,
        "{:#?}",
        here.names()
    );
}
