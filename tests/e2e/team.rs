//! `docs/team.md`, run as it stands: each person on a machine of their own, one store.

use std::collections::BTreeMap;

use alchemy_tests::e2e::{Client, Emulator, Kind, Project, repository};
use serde_json::json;

const PROGRAM: &str = r#"
import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("shop", { providers: AWS.providers() }, Effect.gen(function* () {
  const orders = yield* AWS.S3.Bucket("Orders", { forceDestroy: true });
  const jobs = yield* AWS.SQS.Queue("Jobs", { visibilityTimeout: "1 minute" });
  const api = yield* AWS.Lambda.Function("Api", {
    main: "./src/api.ts", env: { ORDERS: orders.bucketName, JOBS: jobs.queueUrl }, functionUrl: { authType: "NONE" },
  });
  return { api: api.functionArn };
}));
"#;

/// A block of the page: what its fence says, and its lines.
struct Block {
    kind: String,
    about: String,
    lines: Vec<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => found.push(block),
            (Some(fence), None) => {
                let (kind, about) = fence.split_once(' ').unwrap_or((fence, ""));
                let (kind, about) = (kind.to_owned(), about.to_owned());
                open = Some(Block { kind, about, lines: Vec::new() });
            }
            (None, Some(mut block)) => {
                block.lines.push(line.to_owned());
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    found
}

/// Everything in the bucket is gone.
fn empty(client: &Client) {
    let listed = client.call("s3", "list_objects_v2", &json!({ "Bucket": "acme-state" }));
    let contents = listed["Contents"].as_array().expect("there is state to lose");
    for object in contents {
        client.call(
            "s3",
            "delete_object",
            &json!({ "Bucket": "acme-state", "Key": object["Key"] }),
        );
    }
}

/// The whole page.
#[test]
fn the_page_is_true() {
    let emulator = Emulator::start(Kind::MiniStack);
    let page = std::fs::read_to_string(repository().join("docs/team.md")).expect("the page");
    let files = [("alchemy.run.ts", PROGRAM), ("src/api.ts", "export default async () => 1;\n")];
    let people: BTreeMap<&str, Project> =
        ["ann", "bob", "ci"].map(|name| (name, Project::new(&emulator.url(), &files))).into();
    let mut commands = 0;
    for block in blocks(&page) {
        match (block.kind.as_str(), block.about.as_str()) {
            ("toml", file) => {
                for person in people.values() {
                    person.write(file, &block.lines.join("\n"));
                }
            }
            ("sh", "lost") => empty(&people["ann"].client(&emulator.url())),
            ("sh", name) => {
                for line in &block.lines {
                    run(&people[name], name, line);
                    commands += 1;
                }
            }
            (other, _) => panic!("nobody runs a block of {other:?}"),
        }
    }
    assert!(commands >= 18, "only {commands} commands were found");
    let left = people["ann"].client(&emulator.url()).names();
    assert_eq!(left, ["buckets: acme-state"]);
}

fn run(person: &Project, name: &str, line: &str) {
    let (command, expected) = line.split_once(" # prints ").unwrap_or((line, ""));
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("alchemy"), "{line}");
    let arguments: Vec<&str> = words.collect();
    let mut run = person.alchemy(&arguments).env("USER", name);
    if name == "ci" {
        run = run.env("CI", "true").env("BUILD_URL", "https://ci.example/runs/42");
    }
    let finished = run.ok();
    assert!(finished.both().contains(expected), "{line}\n{}", finished.both());
}
