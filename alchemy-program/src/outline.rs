//! What an editor asks of a source text, from its syntax alone: calls and their props, comparisons with the stage,
//! bindings and their uses. Nothing is evaluated.

mod visit;

use std::path::Path;

use oxc::allocator::Allocator;
use oxc::ast_visit::Visit as _;
use oxc::parser::Parser;

use crate::source::transform::source_type;

/// A stretch of a text: first byte, and the one after the last.
pub type Bytes = (u32, u32);

/// The parts of a source text that an editor's features are about. Of a text with syntax errors, what could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Calls, outermost first.
    pub calls: Vec<OutlineCall>,
    /// Texts that a stage is compared with.
    pub comparisons: Vec<Comparison>,
    /// Where the stage is read: `stage`, `stack.stage`.
    pub stages: Vec<Bytes>,
    /// Names bound by `const`, `let`, `var`, `class` and `import`.
    pub bindings: Vec<Binding>,
    /// Uses of names.
    pub uses: Vec<Use>,
    /// Texts, quotes included.
    pub texts: Vec<Bytes>,
    /// Whether the text has no syntax error.
    pub whole: bool,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineCall {
    /// From the callee to the closing parenthesis.
    pub span: Bytes,
    /// Names of the callee: `AWS`, `SQS`, `Queue`; of `f()(…)`, those of `f`.
    pub callee: Vec<String>,
    /// Whether it is the second call of `f()(…)`.
    pub curried: bool,
    /// Its first argument, and its text if that is a literal.
    pub first: Option<(Bytes, Option<String>)>,
    /// Members of the object that it is given, by dotted path.
    pub props: Vec<OutlineProp>,
}

/// A member of an object literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineProp {
    /// Dotted path below the call's object.
    pub path: String,
    /// Its key.
    pub key: Bytes,
    /// Its value.
    pub value: Bytes,
    /// Whether the value is a text, quotes included in its bytes.
    pub text: bool,
}

/// A text that a stage is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The literal, quotes included.
    pub literal: Bytes,
    /// Its value.
    pub value: String,
    /// Whether it is `!==` or `!=`.
    pub negated: bool,
}

/// A name that is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub at: Bytes,
    /// What it is bound to: initialiser, class.
    pub to: Bytes,
    /// Name that `to` consists of, as in `yield* Jobs`.
    pub same_as: Option<String>,
    /// Where it holds.
    pub scope: Bytes,
    /// Of an import: the exported name (`default`, `*`) and the module.
    pub import: Option<(String, String)>,
}

/// A use of a name, with the member taken of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub at: Bytes,
    /// The member that is taken of it directly, and where that stands.
    pub member: Option<(String, Bytes)>,
}

impl Outline {
    /// Reads `text`; `file` says by its ending how.
    pub fn new(file: &str, text: &str) -> Self {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, source_type(Path::new(file))).parse();
        let whole = parsed.diagnostics.is_empty();
        let all = (0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        let mut reader =
            visit::Reader { found: Self { whole, ..Self::default() }, scopes: vec![all] };
        reader.visit_program(&parsed.program);
        reader.found
    }

    /// The call whose bytes these are.
    pub fn call(&self, span: Bytes) -> Option<&OutlineCall> {
        // Outermost first: in order of their first bytes.
        let first = self.calls.partition_point(|call| call.span.0 < span.0);
        let mut same = self.calls[first..].iter().take_while(|call| call.span.0 == span.0);
        same.find(|call| call.span == span)
    }

    /// The innermost binding of `name` that holds at byte `at`.
    pub fn binding(&self, name: &str, at: u32) -> Option<&Binding> {
        let holds = |binding: &&Binding| {
            binding.name == name && binding.scope.0 <= at && at <= binding.scope.1
        };
        self.bindings.iter().filter(holds).min_by_key(|binding| binding.scope.1 - binding.scope.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"import { Job } from "./job.ts";
export default Stack("app", Effect.gen(function* () {
  const { stage } = yield* Stack;
  const jobs = yield* AWS.SQS.Queue("Jobs", { redrivePolicy: { maxReceiveCount: 3 }, fifo: stage === "Prod" });
  const job = yield* Job;
  if (["a", "B"].includes(stack.stage)) return;
  switch (stage) { case "Dev": break; }
  return { url: jobs.queueUrl, job: job.functionArn };
}));
class Own extends AWS.Lambda.Function<Own>()("Own", Stack.useSync(() => ({ memory: 1 }))) {}
"#;

    fn text(bytes: Bytes) -> &'static str {
        &TEXT[bytes.0 as usize..bytes.1 as usize]
    }

    #[test]
    fn calls_are_found_with_their_props() {
        let outline = Outline::new("a.ts", TEXT);
        assert!(outline.whole);
        let queue =
            outline.calls.iter().find(|call| call.callee == ["AWS", "SQS", "Queue"]).unwrap();
        assert_eq!(text(queue.first.as_ref().unwrap().0), "\"Jobs\"");
        let props: Vec<_> = queue.props.iter().map(|p| (p.path.as_str(), text(p.value))).collect();
        assert_eq!(
            props,
            [
                ("redrivePolicy", "{ maxReceiveCount: 3 }"),
                ("redrivePolicy.maxReceiveCount", "3"),
                ("fifo", "stage === \"Prod\""),
            ]
        );
        let own = outline.calls.iter().find(|call| call.curried).unwrap();
        assert_eq!(own.callee, ["AWS", "Lambda", "Function"]);
        assert_eq!(own.props[0].path, "memory");
    }

    #[test]
    fn every_text_that_a_stage_is_compared_with_is_found() {
        let outline = Outline::new("a.ts", TEXT);
        let values: Vec<_> = outline.comparisons.iter().map(|c| c.value.as_str()).collect();
        assert_eq!(values, ["Prod", "a", "B", "Dev"]);
        assert_eq!(outline.stages.len(), 3);
    }

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let outline = Outline::new("a.ts", "f({ a: b ? 'x' : \"\" }, import('y'), `${z}`);");
        assert_eq!(outline.texts, [(11, 14), (17, 19), (30, 33)]);
    }

    #[test]
    fn uses_lead_to_bindings() {
        let outline = Outline::new("a.ts", TEXT);
        let member = |name: &str| {
            let found =
                outline.uses.iter().find(|u| u.member.as_ref().is_some_and(|m| m.0 == name));
            let found = found.unwrap();
            outline.binding(&found.name, found.at.0).unwrap()
        };
        assert!(text(member("queueUrl").to).starts_with("yield* AWS.SQS.Queue"));
        assert_eq!(member("functionArn").same_as.as_deref(), Some("Job"));
        assert_eq!(
            outline.binding("Job", 0).unwrap().import,
            Some(("Job".to_owned(), "./job.ts".to_owned()))
        );
    }

    #[test]
    fn half_typed_text_gives_what_can_be_read() {
        assert!(!Outline::new("a.ts", "const a = f(").whole);
        assert!(!Outline::new("a.ts", "\u{1f600} const").whole);
    }
}
