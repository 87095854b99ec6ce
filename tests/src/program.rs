//! Programs without a program: graphs from a few words.

mod random;
mod sketch;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use alchemy_core::{
    Expr, Fqn, Graph, OutputRef, RemovalPolicy, Resource, ResourceType, StackName, Stage, StageRef,
    Value,
};
use indexmap::IndexMap;

pub use sketch::{Line, Sketch};

/// A graph in the making.
#[derive(Clone, Debug)]
pub struct Program {
    graph: Graph,
}

/// A resource's props in the making.
pub type Props = Vec<(&'static str, Expr)>;

/// A known value.
pub fn known(value: impl Into<Value>) -> Expr {
    Expr::Value(value.into())
}

/// An attribute of another resource.
///
/// # Panics
/// If `of` is no FQN.
pub fn attr(of: &str, name: &str) -> Expr {
    Expr::Attr { fqn: fqn(of), path: vec![name.to_owned()] }
}

/// A map of expressions.
pub fn members<const N: usize>(members: [(&str, Expr); N]) -> Expr {
    map(members)
}

fn map<'a>(members: impl IntoIterator<Item = (&'a str, Expr)>) -> Expr {
    Expr::map(members.into_iter().map(|(name, expr)| (name.to_owned(), expr)).collect())
}

fn fqn(text: &str) -> Fqn {
    Fqn::parse(text).expect("tests write legal FQNs")
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for resource in self.graph.resources.values() {
            write!(
                f,
                "\n  {} {} {:?} {:?}",
                resource.ty, resource.fqn, resource.removal, resource.renamed_from
            )?;
            for (prop, expr) in &resource.props {
                match expr {
                    Expr::Value(value) => write!(f, " {prop}={value:?}")?,
                    unknown => write!(f, " {prop}={unknown:?}")?,
                }
            }
        }
        Ok(())
    }
}

impl Program {
    /// An empty stack `app` in `stage`.
    ///
    /// # Panics
    /// If `stage` is no stage name.
    pub fn new(stage: &str) -> Self {
        let graph = Graph {
            stack: StackName::parse("app").expect("legal"),
            stage: Stage::parse(stage).expect("tests write legal stage names"),
            resources: IndexMap::new(),
            references: BTreeMap::new(),
            outputs: Expr::Value(Value::Null),
        };
        Self { graph }
    }

    /// A graph that a program has declared.
    pub fn of(graph: Graph) -> Self {
        Self { graph }
    }

    /// With one more resource, or another version of it.
    ///
    /// # Panics
    /// If `name` is no FQN.
    #[must_use]
    pub fn with(mut self, name: &str, ty: &str, props: Props) -> Self {
        let resource = Resource {
            fqn: fqn(name),
            ty: ResourceType::new(ty),
            props: props.into_iter().map(|(prop, expr)| (prop.to_owned(), expr)).collect(),
            removal: None,
            renamed_from: Vec::new(),
            parent: None,
            depends_on: BTreeSet::new(),
            adopt: false,
            region: None,
            span: None,
            prop_spans: BTreeMap::new(),
        };
        self.graph.resources.insert(resource.fqn.clone(), resource);
        self
    }

    /// With the resource changed.
    ///
    /// # Panics
    /// If there is none of that name.
    #[must_use]
    pub fn change(mut self, name: &str, change: impl FnOnce(&mut Resource)) -> Self {
        change(self.graph.resources.get_mut(&fqn(name)).expect("the program has it"));
        self
    }

    /// With one prop set.
    #[must_use]
    pub fn set(self, name: &str, prop: &str, value: Expr) -> Self {
        self.change(name, |resource| {
            resource.props.insert(prop.to_owned(), value);
        })
    }

    /// Without the resource.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.graph.resources.shift_remove(&fqn(name));
        self
    }

    /// With the resource kept in the cloud when it goes.
    #[must_use]
    pub fn retained(self, name: &str) -> Self {
        self.change(name, |resource| resource.removal = Some(RemovalPolicy::Retain))
    }

    /// Under another name, keeping its object.
    #[must_use]
    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        let resources = std::mem::take(&mut self.graph.resources);
        for (name, mut resource) in resources {
            if name == fqn(from) {
                resource.renamed_from.insert(0, name);
                resource.fqn = fqn(to);
            }
            self.graph.resources.insert(resource.fqn.clone(), resource);
        }
        self
    }

    /// With one prop set to an output of another stage of the stack.
    ///
    /// # Panics
    /// If there is no resource or stage of that name.
    #[must_use]
    pub fn using(mut self, name: &str, prop: &str, (stage, output): (&str, &str)) -> Self {
        let stage = Stage::parse(stage).expect("tests write legal stage names");
        let of = StageRef { stack: self.graph.stack.clone(), stage };
        self.graph.references.insert(of.clone(), None);
        self.set(name, prop, Expr::Ref(OutputRef { of, path: vec![output.to_owned()] }))
    }

    /// With these outputs.
    #[must_use]
    pub fn outputs(mut self, outputs: Expr) -> Self {
        self.graph.outputs = outputs;
        self
    }

    /// The graph, as a program would have declared it.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The example of the README: a bucket, two queues, two functions, a mapping; expanded, 15 resources. `secret` goes
    /// into the function's environment.
    pub fn photos(stage: &str, secret: Value) -> Self {
        let code = || known("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        Self::new(stage)
            .with("Photos", "AWS.S3.Bucket", vec![("forceDestroy", known(true))])
            .with("Dead", "AWS.SQS.Queue", vec![])
            .with(
                "Jobs",
                "AWS.SQS.Queue",
                vec![
                    ("visibilityTimeout", known("2 minutes")),
                    (
                        "redrivePolicy",
                        members([
                            ("deadLetterTargetArn", attr("Dead", "queueArn")),
                            ("maxReceiveCount", known(3)),
                        ]),
                    ),
                ],
            )
            .with(
                "Api",
                "AWS.Lambda.Function",
                vec![
                    ("main", code()),
                    ("timeout", known("30 seconds")),
                    ("functionUrl", members([("authType", known("NONE"))])),
                    (
                        "policyStatements",
                        Expr::list(vec![members([
                            ("Effect", known("Allow")),
                            ("Action", known("s3:GetObject")),
                            ("Resource", attr("Photos", "bucketArn")),
                        ])]),
                    ),
                    (
                        "env",
                        members([
                            ("BUCKET", attr("Photos", "bucketName")),
                            ("QUEUE", attr("Jobs", "queueUrl")),
                            ("TOKEN", Expr::Value(secret)),
                        ]),
                    ),
                ],
            )
            .with("Worker", "AWS.Lambda.Function", vec![("main", code())])
            .with(
                "JobsToApi",
                "AWS.Lambda.EventSourceMapping",
                vec![
                    ("functionName", attr("Api", "functionName")),
                    ("eventSourceArn", attr("Jobs", "queueArn")),
                ],
            )
            .outputs(members([("url", attr("Api", "functionUrl"))]))
    }
}
