//! Evaluating one program again and again: heaps that are ready before the next edit make it faster, never different.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alchemy_core::Stage;
use alchemy_program::{EvaluateRequest, Evaluation, Evaluator, evaluate};

use crate::kit::{Project, graph, render};

/// An editor on a project, and the project's texts in it.
struct Editor {
    project: Project,
    evaluator: Evaluator,
    overlay: BTreeMap<PathBuf, String>,
    stages: Vec<Stage>,
}

impl Editor {
    /// One whose cache is filled.
    fn new(project: Project) -> Self {
        let cache = Some(project.path(".alchemy/cache"));
        evaluate(&EvaluateRequest { cache: cache.clone(), ..project.request() });
        let evaluator = Evaluator::new(EvaluateRequest { cache, ..project.request() });
        let stages = ["dev_test", "prod"].map(|stage| Stage::parse(stage).unwrap()).to_vec();
        Self { project, evaluator, overlay: BTreeMap::new(), stages }
    }

    fn edit(&mut self, name: &str, text: &str) {
        self.overlay.insert(self.project.path(name), text.to_owned());
    }

    /// Evaluates for all stages, each as it is when nothing was made ready.
    fn check(&mut self) -> Vec<Evaluation> {
        let reading = self.evaluator.read(&self.overlay);
        let evaluations: Vec<_> =
            self.stages.iter().map(|stage| (stage, reading.evaluate(stage))).collect();
        for (stage, evaluation) in &evaluations {
            let (stage, overlay) = ((*stage).clone(), self.overlay.clone());
            let plain = evaluate(&EvaluateRequest { stage, overlay, ..self.project.request() });
            assert_eq!(render(evaluation), render(&plain));
            if plain.graph.is_some() {
                assert_eq!(graph(evaluation), graph(&plain));
            }
        }
        evaluations.into_iter().map(|(_, evaluation)| evaluation).collect()
    }

    /// Whether there is a heap for the first stage: the other may share its evaluation.
    fn make_ready(&self) -> bool {
        let made: Vec<_> = self
            .stages
            .iter()
            .map(|stage| self.evaluator.make_ready(stage, &self.stages))
            .collect();
        made[0]
    }
}

fn sized(imports: &str, expression: &str) -> String {
    format!(
        "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Effect from \"effect/Effect\";\nimport {{ Stack }} from \"alchemy/Stack\";\n{imports}\n\
         export default Alchemy.Stack(\"app\", {{}}, Effect.gen(function* () {{\n  const stack = yield* Stack;\n  \
         yield* AWS.SQS.Queue(\"Jobs\", {{ size: {expression}, stage: stack.stage }});\n}}));\n"
    )
}

/// Whatever is edited between: the program, what it imports of its own and of packages, files that it reads, whether it
/// can run at all.
#[test]
fn a_heap_that_was_ready_gives_what_a_new_one_gives() {
    let program = sized("import { size } from \"./helper\";", "size");
    let project = Project::new()
        .file("alchemy.run.ts", &program)
        .file("helper.ts", "export const size = 1;\n")
        .file("data.json", "1")
        .file("size.txt", "one");
    let mut editor = Editor::new(project);
    let read = "import { readFileSync } from \"node:fs\";";
    let edits = [
        ("alchemy.run.ts", sized("import { size } from \"./helper\";", "size + 1")),
        ("helper.ts", "export const size = 2;\n".to_owned()),
        ("helper.ts", "export const size = ;\n".to_owned()),
        ("helper.ts", "export const size = Math.random();\n".to_owned()),
        ("alchemy.run.ts", sized("import size from \"./data.json\";", "size")),
        ("data.json", "2".to_owned()),
        ("data.json", "2,".to_owned()),
        ("alchemy.run.ts", sized(read, "readFileSync(\"size.txt\", \"utf8\")")),
        ("size.txt", "two".to_owned()),
        (
            "alchemy.run.ts",
            sized("import { Option } from \"effect\";", "Option.getOrNull(Option.some(3))"),
        ),
        ("alchemy.run.ts", sized("", "nobody.there")),
        (
            "alchemy.run.ts",
            sized("globalThis.seen = (globalThis.seen ?? 0) + 1;", "globalThis.seen"),
        ),
        ("alchemy.run.ts", sized("", "typeof globalThis.seen")),
    ];
    editor.check();
    for (name, text) in edits {
        assert!(editor.make_ready(), "before {name} becomes {text}");
        editor.edit(name, &text);
        editor.check();
        // What it takes of packages besides is in the cache from here on.
        editor.check();
    }
}

/// Closures of a program that ran in such a heap can be called as long as its session is held.
#[test]
fn a_session_outlives_the_next_evaluation() {
    let mapped = |by: &str| {
        sized(
            "import * as Output from \"alchemy/Output\";",
            &format!(
                "(yield* AWS.SQS.Queue(\"Mail\")).queueName.pipe(Output.map((name) => name + \"{by}\"))"
            ),
        )
    };
    let mut editor = Editor::new(Project::new().file("alchemy.run.ts", mapped("1")));
    editor.check();
    assert!(editor.make_ready());
    editor.edit("alchemy.run.ts", &mapped("2"));
    let earlier = editor.check();
    assert!(editor.make_ready());
    editor.edit("alchemy.run.ts", &mapped("3"));
    let later = editor.check();
    for (evaluations, expected) in [(&earlier, "mail2"), (&later, "mail3")] {
        for evaluation in evaluations {
            let answer =
                evaluation.session.call(alchemy_core::ClosureId(0), &"mail".into()).unwrap();
            assert_eq!(answer.as_str(), Some(expected));
        }
    }
}
