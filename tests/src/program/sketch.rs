//! Programs in a few words, one resource a line: what random histories are made of, and what a failing one is shown as.
//!
//! `queue Q0 fifo delay=2 dead=Q1 retain`; `bucket Photos versioned retain`; `role Ops path=/a/`;
//! `function F0 memory=256 bucket queue=Q1 url`; `mapping ToF0 from=Q1 to=F0`. `was=Q3` on any: it had that name before.
//! A word that speaks of a resource that is not there says nothing, so that any line can be left out.

use std::fmt;
use std::str::FromStr;

use alchemy_core::{Expr, Fqn, Value};

use super::{Program, Props, attr, known, map, members};

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `queue`, `bucket`, `role`, `function`, `mapping`.
    pub kind: String,
    /// Its FQN.
    pub name: String,
    /// What else is said of it.
    pub words: Vec<String>,
}

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Its resources.
    pub lines: Vec<Line>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        self.words.iter().try_for_each(|word| write!(f, " {word}"))
    }
}

impl FromStr for Line {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace().map(str::to_owned);
        let (Some(kind), Some(name)) = (words.next(), words.next()) else {
            return Err(format!("`{text}` is no resource: say its kind and name"));
        };
        if !["queue", "bucket", "role", "function", "mapping"].contains(&&*kind) {
            return Err(format!("`{kind}` is no kind of resource"));
        }
        Fqn::parse(&name).map_err(|error| error.message)?;
        Ok(Self { kind, name, words: words.collect() })
    }
}

impl Line {
    /// A line with its words.
    pub fn new<W: Into<String>>(
        kind: &str,
        name: &str,
        words: impl IntoIterator<Item = W>,
    ) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        Self { kind: kind.to_owned(), name: name.to_owned(), words }
    }

    fn says(&self, word: &str) -> bool {
        self.words.iter().any(|said| said == word)
    }

    fn value(&self, of: &str) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(of)?.strip_prefix('='))
    }
}

impl Sketch {
    fn has(&self, kind: &str, name: &str) -> bool {
        self.lines.iter().any(|line| line.kind == kind && line.name == name)
    }

    /// The value of `of`, if it names a resource of that kind declared before.
    fn named<'l>(&self, line: &'l Line, of: &str, kind: &str) -> Option<&'l str> {
        let before = self.lines.iter().take_while(|other| *other != line);
        let name = line.value(of)?;
        before.into_iter().any(|other| other.kind == kind && other.name == name).then_some(name)
    }

    /// The program of `stage`; `secret` is in every function's environment.
    pub fn program(&self, stage: &str, secret: &Value) -> Program {
        let mut program = Program::new(stage);
        for line in &self.lines {
            let Some((ty, props)) = self.resource(line, stage, secret) else { continue };
            program = program.with(&line.name, ty, props);
            if line.says("retain") {
                program = program.retained(&line.name);
            }
            if let Some(was) = line.value("was").and_then(|was| Fqn::parse(was).ok()) {
                program = program.change(&line.name, |resource| resource.renamed_from.push(was));
            }
        }
        program
    }

    fn resource(&self, line: &Line, stage: &str, secret: &Value) -> Option<(&'static str, Props)> {
        Some(match line.kind.as_str() {
            "queue" => ("AWS.SQS.Queue", self.queue(line)),
            "bucket" => ("AWS.S3.Bucket", bucket(line)),
            "role" => ("AWS.IAM.Role", role(line, stage)),
            "function" => ("AWS.Lambda.Function", self.function(line, secret)),
            _ => {
                let function = self.named(line, "to", "function")?;
                let queue = self.named(line, "from", "queue")?;
                let props = vec![
                    ("functionName", attr(function, "functionName")),
                    ("eventSourceArn", attr(queue, "queueArn")),
                ];
                ("AWS.Lambda.EventSourceMapping", props)
            }
        })
    }

    fn queue(&self, line: &Line) -> Props {
        let mut props =
            vec![("visibilityTimeout", known("1 minute")), ("fifo", known(line.says("fifo")))];
        if let Some(delay) = line.value("delay") {
            props.push(("delay", known(format!("{delay} seconds"))));
        }
        if let Some(dead) = self.named(line, "dead", "queue") {
            let policy =
                [("deadLetterTargetArn", attr(dead, "queueArn")), ("maxReceiveCount", known(3))];
            props.push(("redrivePolicy", members(policy)));
        }
        props
    }

    fn function(&self, line: &Line, secret: &Value) -> Props {
        let mut env = vec![("TOKEN", known(secret.clone()))];
        if line.says("bucket") && self.has("bucket", "Photos") {
            env.push(("BUCKET", attr("Photos", "bucketName")));
        }
        if let Some(queue) = self.named(line, "queue", "queue") {
            env.push(("QUEUE", attr(queue, "queueUrl")));
        }
        let memory: i64 = line.value("memory").and_then(|text| text.parse().ok()).unwrap_or(128);
        let mut props = vec![
            ("main", known("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")),
            ("memory", known(memory)),
            ("env", map(env)),
        ];
        if line.says("url") {
            props.push(("functionUrl", members([("authType", known("NONE"))])));
        }
        props
    }
}

fn bucket(line: &Line) -> Props {
    let mut props: Props = vec![("forceDestroy", known(true))];
    if line.says("versioned") {
        props.extend([("versioning", known("Enabled")), ("objectLockEnabled", known(true))]);
    }
    props
}

/// A role whose name stays when a change needs another role: deleted first.
fn role(line: &Line, stage: &str) -> Props {
    let statement =
        [("Effect", "Allow"), ("Action", "sts:AssumeRole")].map(|(k, v)| (k, Value::from(v)));
    let path: Expr = known(line.value("path").unwrap_or("/").to_owned());
    vec![
        ("roleName", known(format!("ops-{stage}"))),
        ("path", path),
        ("assumeRolePolicyDocument", known(Value::map([("Statement", Value::map(statement))]))),
    ]
}
