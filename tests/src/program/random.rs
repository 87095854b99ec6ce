//! Random programs: any of them may follow any other on the same stage.

use alchemy_core::Value;

use super::{Program, attr, known, members};
use crate::random::Random;

/// The queues that may be there.
const QUEUES: [&str; 4] = ["Q0", "Q1", "Site/Q2", "Q3"];

impl Program {
    /// A random program of `stage`: queues, a bucket, functions, mappings, renames, retained objects, replacements.
    pub fn random(stage: &str, secret: &Value, random: &mut Random) -> Self {
        let mut program = Self::new(stage);
        let mut queues = Vec::new();
        for name in QUEUES {
            if random.once_in(4) {
                continue;
            }
            program = queue(program, name, &queues, random);
            queues.push(name);
        }
        if !random.once_in(3) {
            program = bucket(program, random);
        }
        if random.once_in(2) {
            program = role_by_hand(program, stage, random);
        }
        for name in ["F0", "F1"] {
            if !random.once_in(3) {
                program = function(program, name, &queues, secret, random);
            }
        }
        renames(program, random)
    }
}

fn queue(
    program: Program,
    name: &'static str,
    others: &[&'static str],
    random: &mut Random,
) -> Program {
    let mut props =
        vec![("visibilityTimeout", known("1 minute")), ("fifo", known(random.once_in(4)))];
    if random.once_in(2) {
        let delays = ["1 second", "2 seconds", "10 seconds"];
        props.extend(random.pick(&delays).map(|delay| ("delay", known(*delay))));
    }
    if let Some(dead) = random.pick(others).filter(|_| props.len() == 2) {
        let policy =
            [("deadLetterTargetArn", attr(dead, "queueArn")), ("maxReceiveCount", known(3))];
        props.push(("redrivePolicy", members(policy)));
    }
    let program = program.with(name, "AWS.SQS.Queue", props);
    if random.once_in(6) { program.retained(name) } else { program }
}

fn bucket(program: Program, random: &mut Random) -> Program {
    let mut props = vec![("forceDestroy", known(true))];
    if random.once_in(3) {
        props.extend([("versioning", known("Enabled")), ("objectLockEnabled", known(true))]);
    }
    let program = program.with("Photos", "AWS.S3.Bucket", props);
    if random.once_in(4) { program.retained("Photos") } else { program }
}

/// A role whose name stays when a change needs another role: deleted first.
fn role_by_hand(program: Program, stage: &str, random: &mut Random) -> Program {
    let statement =
        [("Effect", "Allow"), ("Action", "sts:AssumeRole")].map(|(k, v)| (k, Value::from(v)));
    let props = vec![
        ("roleName", known(format!("ops-{stage}"))),
        ("path", known(random.pick(&["/a/", "/b/"]).copied().unwrap_or("/"))),
        ("assumeRolePolicyDocument", known(Value::map([("Statement", Value::map(statement))]))),
    ];
    program.with("Ops", "AWS.IAM.Role", props)
}

fn function(
    program: Program,
    name: &'static str,
    queues: &[&'static str],
    secret: &Value,
    random: &mut Random,
) -> Program {
    let has_bucket = program.graph().resources.keys().any(|fqn| fqn.as_str() == "Photos");
    let mut env = vec![("TOKEN", known(secret.clone()))];
    if has_bucket && random.once_in(2) {
        env.push(("BUCKET", attr("Photos", "bucketName")));
    }
    let source = random.pick(queues).copied();
    if let Some(queue) = source.filter(|_| random.once_in(2)) {
        env.push(("QUEUE", attr(queue, "queueUrl")));
    }
    let memories = [128, 256, 512];
    let mut props = vec![
        ("main", known("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")),
        ("memory", known(random.pick(&memories).copied().unwrap_or(128))),
        ("env", super::map(env)),
    ];
    if random.once_in(3) {
        props.push(("functionUrl", members([("authType", known("NONE"))])));
    }
    let program = program.with(name, "AWS.Lambda.Function", props);
    match source {
        Some(queue) if random.once_in(2) => {
            let props = vec![
                ("functionName", attr(name, "functionName")),
                ("eventSourceArn", attr(queue, "queueArn")),
            ];
            program.with(
                if name == "F0" { "ToF0" } else { "ToF1" },
                "AWS.Lambda.EventSourceMapping",
                props,
            )
        }
        _ => program,
    }
}

/// Sometimes a resource that nothing mentions goes under another name, which it also had before.
fn renames(program: Program, random: &mut Random) -> Program {
    let mentioned = |name: &str| {
        program
            .graph()
            .resources
            .values()
            .any(|r| r.dependencies().iter().any(|fqn| fqn.as_str() == name))
    };
    let has = |name: &str| program.graph().resources.keys().any(|fqn| fqn.as_str() == name);
    if has("Q3") && !mentioned("Q3") && random.once_in(3) {
        return program.renamed("Q3", "Moved");
    }
    if has("Q3") {
        // And back.
        let moved = alchemy_core::Fqn::parse("Moved").expect("legal");
        return program.change("Q3", |resource| resource.renamed_from.push(moved));
    }
    program
}
