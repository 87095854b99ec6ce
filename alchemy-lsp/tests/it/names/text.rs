//! Random programs as a person writes them: yielded on the spot, as classes, in a helper file; in a namespace, kept, renamed,
//! under a name of their own, in one stage only.

use std::fmt::Write as _;

use alchemy_tests::random::Random;

/// The stages that programs speak of.
pub(crate) const STAGES: [&str; 3] = ["dev_sam", "pr-1", "prod"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Queue,
    Bucket,
    Function,
    Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Here,
    Class,
    Helper,
}

/// A resource of a program.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    kind: Kind,
    style: Style,
    /// Its logical id.
    pub(crate) id: String,
    namespace: Option<&'static str>,
    was: Option<String>,
    /// Whether it has what only another object can have.
    other: bool,
    by_hand: bool,
    retain: Option<&'static str>,
    only_in: Option<&'static str>,
}

/// A program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    /// Its resources.
    pub(crate) items: Vec<Item>,
}

const POOL: [(&str, Kind); 8] = [
    ("Jobs", Kind::Queue),
    ("Dead.Letters", Kind::Queue),
    ("q", Kind::Queue),
    ("A-rather-long-name-for-a-queue-that-has-to-be-cut-somewhere-on-the", Kind::Queue),
    ("Photos", Kind::Bucket),
    ("photos", Kind::Bucket),
    ("Api", Kind::Function),
    ("Ops", Kind::Role),
];

impl Item {
    fn new(id: &str, kind: Kind, random: &mut Random) -> Self {
        let style =
            *random.pick(&[Style::Here, Style::Here, Style::Class, Style::Helper]).expect("some");
        let mut some = |in_all: u64| random.once_in(in_all);
        let (in_namespace, other, named, kept, kept_in_prod, alone) =
            (some(4), some(3), some(5), some(8), some(4), some(5));
        Self {
            kind,
            style,
            id: id[..id.len().min(60)].to_owned(),
            namespace: in_namespace.then_some("Site"),
            was: None,
            other,
            by_hand: named && style != Style::Class && matches!(kind, Kind::Queue | Kind::Bucket),
            retain: if kept { Some("true") } else { kept_in_prod.then_some("stage === \"prod\"") },
            only_in: alone.then(|| *random.pick(&STAGES).expect("some")),
        }
    }

    /// Its FQN.
    pub(crate) fn fqn(&self) -> String {
        self.within(&self.id)
    }

    /// The FQN it had before.
    pub(crate) fn former(&self) -> Option<String> {
        self.was.as_ref().map(|was| self.within(was))
    }

    fn within(&self, id: &str) -> String {
        self.namespace.map_or_else(|| id.to_owned(), |namespace| format!("{namespace}/{id}"))
    }

    /// Whether `stage` has it.
    pub(crate) fn is_in(&self, stage: &str) -> bool {
        self.only_in.is_none_or(|only| only == stage)
    }

    fn props(&self) -> String {
        let mut props: Vec<String> = Vec::new();
        match self.kind {
            Kind::Queue if self.other => props.push("fifo: true".to_owned()),
            Kind::Bucket => {
                props.push("forceDestroy: true".to_owned());
                if self.other {
                    props.push("objectLockEnabled: true, versioning: \"Enabled\"".to_owned());
                }
            }
            Kind::Function => props.push("main: \"./handler.ts\"".to_owned()),
            Kind::Role => props.push("assumeRolePolicyDocument: { Statement: [] }".to_owned()),
            Kind::Queue => {}
        }
        let id: String = self.id.chars().filter(char::is_ascii_alphanumeric).collect();
        match self.kind {
            Kind::Queue if self.by_hand => {
                let ending = if self.other { ".fifo" } else { "" };
                props.push(format!("queueName: `own-${{stage}}-{id}{ending}`"));
            }
            Kind::Bucket if self.by_hand => {
                let case = if self.id == id.to_lowercase() { "small" } else { "large" };
                props.push(format!(
                    "bucketName: `own-${{stage.replace(\"_\", \"-\")}}-{case}-{}`",
                    if self.other { "locked" } else { "plain" }
                ));
            }
            _ => {}
        }
        format!("{{ {} }}", props.join(", "))
    }

    fn ty(&self) -> &'static str {
        match self.kind {
            Kind::Queue => "AWS.SQS.Queue",
            Kind::Bucket => "AWS.S3.Bucket",
            Kind::Function => "AWS.Lambda.Function",
            Kind::Role => "AWS.IAM.Role",
        }
    }

    fn pipes(&self) -> String {
        let mut pipes = Vec::new();
        pipes.extend(self.was.as_ref().map(|was| format!("renamedFrom({was:?})")));
        pipes.extend(self.namespace.map(|name| format!("Namespace.push({name:?})")));
        pipes.extend(self.retain.map(|when| format!("RemovalPolicy.retain({when})")));
        if pipes.is_empty() { String::new() } else { format!(".pipe({})", pipes.join(", ")) }
    }
}

impl Sample {
    /// A random program.
    pub(crate) fn random(random: &mut Random) -> Self {
        let mut items = Vec::new();
        for (id, kind) in POOL {
            if !random.once_in(3) {
                items.push(Item::new(id, kind, random));
            }
        }
        Self { items }
    }

    /// What it may have become after some edits: resources left out, come back, renamed, made anew, moved in the text.
    pub(crate) fn edited(&self, random: &mut Random) -> Self {
        let mut next = Self::default();
        for (id, kind) in POOL {
            let before =
                self.items.iter().find(|item| item.id.starts_with(&id[..id.len().min(60)]));
            match before {
                Some(_) if random.once_in(5) => {}
                Some(item) => next.items.push(item.clone().edited(random)),
                None if random.once_in(2) => next.items.push(Item::new(id, kind, random)),
                None => {}
            }
        }
        next
    }

    /// The texts of the program and of its helper file.
    pub(crate) fn texts(&self) -> (String, String) {
        let mut helper = "import * as AWS from \"alchemy/AWS\";\n".to_owned();
        let mut classes = String::new();
        let mut body = String::new();
        for (number, item) in self.items.iter().enumerate() {
            let (ty, id, props) = (item.ty(), &item.id, item.props());
            let what = match item.style {
                Style::Here => format!("{ty}({id:?}, {props})"),
                Style::Class => {
                    let _ = writeln!(
                        classes,
                        "class R{number} extends {ty}<R{number}>()({id:?}, {props}) {{}}"
                    );
                    format!("R{number}")
                }
                Style::Helper => {
                    let _ = writeln!(
                        helper,
                        "export const r{number} = (stage: string) => {ty}({id:?}, {props});"
                    );
                    format!("r{number}(stage)")
                }
            };
            let when =
                item.only_in.map(|only| format!("if (stage === {only:?}) ")).unwrap_or_default();
            let _ = writeln!(body, "  {when}yield* {what}{};", item.pipes());
        }
        let program = format!(
            "import * as Alchemy from \"alchemy\";\nimport {{ renamedFrom }} from \"alchemy/Rename\";\nimport * as Namespace from \"alchemy/Namespace\";\n\
             import * as RemovalPolicy from \"alchemy/RemovalPolicy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Effect from \"effect/Effect\";\n\
             import * as Helper from \"./helper.ts\";\n{classes}\nexport default Alchemy.Stack(\"app\", {{ providers: AWS.providers() }}, Effect.gen(function* () {{\n  \
             const {{ stage }} = yield* Alchemy.Stack;\n{}}}));\n",
            body.replace("yield* r", "yield* Helper.r")
        );
        (program, helper)
    }
}

impl Item {
    fn edited(mut self, random: &mut Random) -> Self {
        self.was = None;
        if random.once_in(4) {
            self.other = !self.other;
        }
        if random.once_in(5) && self.id.len() < 60 {
            self.was = Some(self.id.clone());
            self.id.push_str("New");
        }
        if random.once_in(6) {
            self.retain = None;
        }
        self
    }
}
