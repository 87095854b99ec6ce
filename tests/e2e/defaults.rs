//! Every prop of every type, taken out again, is back at its default: the API shows an object that had all of them set
//! as it shows one that never had any.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::NameUse;
use alchemy_tests::e2e::{Client, Emulator, Project};
use serde_json::{Value, json};

/// `all` says whether everything that may be left out is given. Lines that an emulator has no place for say so.
const PROGRAM: &str = include_str!("defaults/alchemy.run.ts");

/// Members of answers that differ from object to object: times, ids, and how far a change has come.
const OWN: &[&str] = &[
    "ResponseMetadata",
    "CreateDate",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "LastModified",
    "LastModifiedTime",
    "CreationTime",
    "creationTime",
    "UpdateDate",
    "RevisionId",
    "RoleId",
    "PolicyId",
    "RoleLastUsed",
    "UUID",
    "EventSourceMappingArn",
    "FunctionUrl",
    "DefaultVersionId",
    "StateTransitionReason",
    "Location",
];

/// Defaults that an emulator shows only where they were once set. AWS shows them of new objects, too ("SetQueueAttributes",
/// "Blocking public access to your Amazon S3 storage", "Controlling ownership of objects").
const UNSAID: &[(&str, &str)] = &[
    ("SqsManagedSseEnabled", "\"true\""),
    ("KmsDataKeyReusePeriodSeconds", "\"300\""),
    ("DeduplicationScope", "\"queue\""),
    ("FifoThroughputLimit", "\"perQueue\""),
    ("BlockPublicAcls", "true"),
    ("BlockPublicPolicy", "true"),
    ("IgnorePublicAcls", "true"),
    ("RestrictPublicBuckets", "true"),
    ("ObjectOwnership", "\"BucketOwnerEnforced\""),
    ("MaximumBatchingWindowInSeconds", "0"),
    ("error", "\"NoSuchPublicAccessBlockConfiguration\""),
    ("error", "\"OwnershipControlsNotFoundError\""),
];

/// Service, operation, arguments.
type Described = (&'static str, &'static str, Value);

struct Stage {
    name: &'static str,
    /// Physical name and type, by FQN.
    objects: BTreeMap<String, (String, String)>,
    state: Value,
}

fn deploy(project: &Project, layer: &str, stage: &'static str, all: bool) -> Stage {
    let run = project.alchemy(&["deploy", "--yes", "--stage", stage]);
    run.env("ALL", if all { "1" } else { "0" }).env("LAYER", layer).ok();
    let shown = project.alchemy(&["state", "show", "--json", "--stage", stage]).ok();
    let state: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    let objects = state["resources"].as_array().expect("resources").iter().map(|resource| {
        let text = |member: &str| resource[member].as_str().unwrap_or_default().to_owned();
        (text("resource"), (text("name"), text("type")))
    });
    let objects = objects.collect();
    Stage { name: stage, objects, state }
}

/// The calls that describe an object.
fn description(account: &str, queues: &str, ty: &str, name: &str) -> Vec<Described> {
    let all = |service: &'static str, operations: &[&'static str], arguments: Value| {
        operations.iter().map(|operation| (service, *operation, arguments.clone())).collect()
    };
    match ty {
        "AWS.SQS.Queue" => {
            let url = format!("{queues}/{name}");
            vec![
                (
                    "sqs",
                    "get_queue_attributes",
                    json!({ "QueueUrl": url, "AttributeNames": ["All"] }),
                ),
                ("sqs", "list_queue_tags", json!({ "QueueUrl": url })),
            ]
        }
        "AWS.S3.Bucket" => all(
            "s3",
            &[
                "get_bucket_versioning",
                "get_bucket_encryption",
                "get_bucket_cors",
                "get_bucket_lifecycle_configuration",
                "get_bucket_ownership_controls",
                "get_bucket_tagging",
                "get_bucket_policy",
                "get_public_access_block",
            ],
            json!({ "Bucket": name }),
        ),
        "AWS.Lambda.Function" => all(
            "lambda",
            &[
                "get_function",
                "get_function_url_config",
                "get_policy",
                "list_event_source_mappings",
                "get_function_concurrency",
            ],
            json!({ "FunctionName": name }),
        ),
        "AWS.IAM.Role" => all(
            "iam",
            &["get_role", "list_attached_role_policies", "list_role_policies"],
            json!({ "RoleName": name }),
        ),
        "AWS.IAM.Policy" => {
            let arn = format!("arn:aws:iam::{account}:policy/alchemy/{name}");
            all("iam", &["get_policy"], json!({ "PolicyArn": arn }))
        }
        "AWS.Logs.LogGroup" => vec![
            ("logs", "describe_log_groups", json!({ "logGroupNamePrefix": name })),
            ("logs", "list_tags_log_group", json!({ "logGroupName": name })),
        ],
        // Described with the function or role that they are part of.
        _ => Vec::new(),
    }
}

/// Without what is an object's own, what is empty, and what S3 never forgets: a bucket that was versioned is suspended for ever.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, value)| {
                let suspended = name == "Status" && value == "Suspended";
                let words = name == "message" && value.is_string();
                let unsaid = UNSAID.contains(&(name.as_str(), value.to_string().as_str()));
                let drop = suspended || words || unsaid || OWN.contains(&name.as_str());
                !drop
            });
            let kept = kept.map(|(name, value)| (name, plain(value)));
            Value::Object(kept.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(items) => {
            let items = items.into_iter().map(plain).filter(|item| !is_empty(item));
            let mut items: Vec<_> = items.collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        // Policies come as texts.
        Value::String(text) => match serde_json::from_str::<Value>(&text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => plain(inner),
            _ => Value::String(text),
        },
        other => other,
    }
}

/// A text, list or map with nothing in it is not told from none.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        other => other.is_null(),
    }
}

/// Everything that the API says of a stage's objects, with `names` in the place of its own.
fn everything(client: &Client, stage: &Stage, names: &Stage) -> BTreeMap<String, Value> {
    let mut swaps: Vec<(&str, &str)> = stage
        .objects
        .iter()
        .filter_map(|(fqn, (own, _))| Some((own.as_str(), names.objects.get(fqn)?.0.as_str())))
        .filter(|(own, _)| !own.is_empty())
        .collect();
    swaps.sort_by_key(|(own, _)| std::cmp::Reverse(own.len()));
    let known = client
        .calls(&[("sts", "get_caller_identity", json!({})), ("sqs", "list_queues", json!({}))]);
    let account = known[0]["Account"].as_str().expect("an account");
    let queue = known[1]["QueueUrls"][0].as_str().expect("a queue");
    let queues = queue.rsplit_once('/').expect("a name at its end").0;
    let asked = stage.objects.iter().flat_map(|(fqn, (name, ty))| {
        description(account, queues, ty, name).into_iter().map(move |call| (fqn, call))
    });
    let (whose, calls): (Vec<&String>, Vec<Described>) = asked.unzip();
    let answers = client.calls(&calls);
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for ((fqn, (_, operation, _)), answer) in whose.into_iter().zip(calls).zip(answers) {
        let mut text = plain(answer).to_string();
        for (own, other) in &swaps {
            text = text.replace(own, other);
        }
        let (own, other) = (format!("\"{}\"", stage.name), format!("\"{}\"", names.name));
        let answer = serde_json::from_str(&text.replace(&own, &other)).expect("JSON");
        all.insert(format!("{fqn} {operation}"), answer);
    }
    all
}

/// Props of the catalog that may be left out and changed in place, and that no record of `state` has at another value
/// than the default.
fn never_given(state: &Value) -> BTreeSet<(String, String)> {
    let catalog = alchemy_providers::catalog();
    let records = state["resources"].as_array().expect("resources");
    let mut missing = BTreeSet::new();
    for descriptor in catalog.iter() {
        let named = if let NameUse::Named { prop, .. } = &descriptor.name { prop } else { "" };
        let changeable = descriptor
            .props
            .iter()
            .filter(|prop| !prop.required && !prop.forces_replacement && prop.name != named);
        for prop in changeable {
            let default: Value = serde_json::from_str(&prop.default.to_json()).expect("JSON");
            let given = records.iter().any(|record| {
                let value = &record["props"][prop.name];
                record["type"] == descriptor.ty.as_str() && !value.is_null() && *value != default
            });
            if !given {
                missing.insert((descriptor.ty.to_string(), prop.name.to_owned()));
            }
        }
    }
    missing
}

fn props_go_back(emulator: &Emulator) {
    let project = Project::new(&emulator.url(), &[]);
    let lacking = format!("{:?} lacks", emulator.kind());
    let (left_out, kept): (Vec<&str>, Vec<&str>) =
        PROGRAM.lines().partition(|line| line.contains(&lacking));
    project.write("alchemy.run.ts", &kept.join("\n"));
    project.write(
        "src/api.ts",
        "export default async () => 1;\nexport const other = async () => 2;\n",
    );
    let client = project.client(&emulator.url());
    // The end of a zip's directory, with nothing before it.
    let zip = format!("PK\u{5}\u{6}{}", "\0".repeat(18));
    let layer = json!({ "LayerName": "tools", "Content": { "ZipFile": zip } });
    let layer = client.call("lambda", "publish_layer_version", &layer);
    let layer = layer["LayerVersionArn"].as_str().expect("a layer");
    let full = deploy(&project, layer, "worn", true);
    let missing = never_given(&full.state);
    let missing = missing.into_iter().filter(|(_, prop)| {
        let lacks = |line: &&&str| line.trim_start().starts_with(&format!("{prop}:"));
        !left_out.iter().any(|line| lacks(&line))
    });
    assert_eq!(
        missing.collect::<Vec<_>>(),
        [],
        "given by the program at another value than the default"
    );
    let fresh = deploy(&project, layer, "fresh", false);
    assert_ne!(
        everything(&client, &full, &fresh),
        everything(&client, &fresh, &fresh),
        "the props make a difference"
    );
    let worn = deploy(&project, layer, "worn", false);
    let (worn, fresh) = (everything(&client, &worn, &fresh), everything(&client, &fresh, &fresh));
    let differing = worn.iter().filter(|(call, now)| fresh.get(*call) != Some(now));
    let differing: Vec<String> = differing
        .map(|(call, now)| format!("{call}:\n  was full: {now}\n  is new:   {}", fresh[call]))
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert_eq!(worn.len(), fresh.len());
    let again = project.alchemy(&["plan", "--detailed-exitcode", "--stage", "worn"]);
    again.env("ALL", "0").env("LAYER", layer).ok().says(&["no changes"]);
}
emulated!(props_go_back: MiniStack, Moto);
