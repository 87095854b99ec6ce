//! Small graphs, written as a program would declare them.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::{
    Diagnostic, Expr, Fqn, Graph, Resource, ResourceType, SecretHasher, StackName, Stage, Value,
};
use indexmap::IndexMap;

/// A stack being written.
pub(crate) struct Program {
    graph: Graph,
}

impl Program {
    pub(crate) fn new() -> Self {
        let graph = Graph {
            stack: StackName::parse("photos").expect("legal"),
            stage: Stage::parse("pr-147").expect("legal"),
            resources: IndexMap::new(),
            references: BTreeMap::new(),
            outputs: Expr::Value(Value::Null),
        };
        Self { graph }
    }

    /// Declares a resource.
    pub(crate) fn with<const N: usize>(
        mut self,
        id: &str,
        ty: &str,
        props: [(&str, Expr); N],
    ) -> Self {
        let resource = Resource {
            fqn: fqn(id),
            ty: ResourceType::new(ty),
            props: props.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
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

    pub(crate) fn outputs(mut self, outputs: Expr) -> Self {
        self.graph.outputs = outputs;
        self
    }

    /// The expanded graph; findings must be warnings only.
    pub(crate) fn expanded(&self) -> Graph {
        let (graph, found) = self.expand();
        let errors: Vec<&Diagnostic> = found.iter().filter(|d| d.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        graph
    }

    /// Codes of all findings.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.expand().1.iter().map(|d| d.code).collect()
    }

    pub(crate) fn expand(&self) -> (Graph, Vec<Diagnostic>) {
        alchemy_providers::catalog().expand(self.graph.clone(), &SecretHasher::new([1; 32]))
    }
}

pub(crate) fn fqn(text: &str) -> Fqn {
    Fqn::parse(text).expect("legal")
}

/// A known prop.
pub(crate) fn known(value: impl Into<Value>) -> Expr {
    Expr::Value(value.into())
}

/// A reference to an attribute.
pub(crate) fn attr(id: &str, name: &str) -> Expr {
    Expr::Attr { fqn: fqn(id), path: vec![name.to_owned()] }
}

/// The program `shared/programs/04-photos`, in a stage that is not production.
pub(crate) fn photos() -> Program {
    let redrive = BTreeMap::from([
        ("deadLetterTargetArn".to_owned(), attr("Dead", "queueArn")),
        ("maxReceiveCount".to_owned(), known(3)),
    ]);
    let env = BTreeMap::from([
        ("BUCKET".to_owned(), attr("Uploads", "bucketName")),
        ("QUEUE".to_owned(), attr("Jobs", "queueUrl")),
        ("STAGE".to_owned(), known("pr-147")),
    ]);
    Program::new()
        .with(
            "Uploads",
            "AWS.S3.Bucket",
            [("forceDestroy", known(true)), ("versioning", known("Suspended"))],
        )
        .with("Dead", "AWS.SQS.Queue", [("messageRetentionPeriod", known("14 days"))])
        .with(
            "Jobs",
            "AWS.SQS.Queue",
            [("visibilityTimeout", known("30 seconds")), ("redrivePolicy", Expr::Map(redrive))],
        )
        .with(
            "Api",
            "AWS.Lambda.Function",
            [
                ("main", known("./src/api.ts")),
                ("handler", known("handler")),
                ("memory", known(256)),
                ("timeout", known("15 seconds")),
                ("functionUrl", known(Value::map([("authType", Value::from("NONE"))]))),
                ("env", Expr::Map(env)),
            ],
        )
        .with(
            "JobsToApi",
            "AWS.Lambda.EventSourceMapping",
            [
                ("functionName", attr("Api", "functionName")),
                ("eventSourceArn", attr("Jobs", "queueArn")),
                ("batchSize", known(5)),
            ],
        )
        .outputs(Expr::Map(BTreeMap::from([("url".to_owned(), attr("Api", "functionUrl"))])))
}
