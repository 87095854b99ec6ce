//! One evaluation that stands for several stages: what each stage is shown is what an evaluation of its own gives.

use alchemy_core::{ClosureId, Stage};
use alchemy_program::{Cancel, EvaluateRequest, Evaluation, Evaluator, evaluate};

use crate::kit::{Project, graph, render};

const STAGES: [&str; 4] = ["dev_sam", "pr-1", "prod", "staging"];

fn program(body: &str) -> String {
    format!(
        "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Output from \"alchemy/Output\";\n\
         import * as Effect from \"effect/Effect\";\nimport {{ Stack }} from \"alchemy/Stack\";\nimport {{ Stage }} from \"alchemy/Stage\";\n\
         export default Alchemy.Stack(\"app\", {{}}, Effect.gen(function* () {{\n{body}\n}}));\n"
    )
}

/// Evaluates it for all stages, twice; gives the second evaluations, and the stages that had one of their own then.
fn evaluated(body: &str) -> (Vec<Evaluation>, Vec<&'static str>) {
    let project = Project::new().file("alchemy.run.ts", program(body));
    let cache = Some(project.path(".alchemy/cache"));
    evaluate(&EvaluateRequest { cache: cache.clone(), ..project.request() });
    let mut evaluator = Evaluator::new(EvaluateRequest { cache, ..project.request() });
    let stages = STAGES.map(|stage| Stage::parse(stage).unwrap());
    let mut last = Vec::new();
    for _ in 0..2 {
        let reading = evaluator.read(&std::collections::BTreeMap::new());
        last = reading.each(&stages, &Cancel::new(), |evaluation, _| evaluation).unwrap();
        for (stage, evaluation) in stages.iter().zip(&last) {
            let plain = evaluate(&EvaluateRequest { stage: stage.clone(), ..project.request() });
            assert_eq!(render(evaluation), render(&plain), "{body}");
            if plain.graph.is_some() {
                assert_eq!(graph(evaluation), graph(&plain), "{body}");
            }
        }
    }
    let own = stages.iter().zip(STAGES).filter(|(stage, _)| evaluator.make_ready(stage, &stages));
    (last, own.map(|(_, name)| name).collect())
}

/// The stages with an evaluation of their own.
fn own(body: &str) -> Vec<&'static str> {
    evaluated(body).1
}

#[test]
fn stages_that_are_answered_alike_share_an_evaluation() {
    let queue = |size: &str| {
        format!("const stack = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", {{ size: {size} }});")
    };
    assert_eq!(own(&queue("1")), ["dev_sam"]);
    assert_eq!(own(&queue("stack.stage === \"prod\" ? 2 : 1")), ["dev_sam", "prod"]);
    let two = "stack.stage === \"prod\" || \"staging\" == stack.stage ? 2 : 1";
    assert_eq!(own(&queue(two)), ["dev_sam", "prod", "staging"]);
    // The second comparison is made in production only.
    let nested = "stack.stage === \"prod\" ? (stack.stage === \"pr-1\" ? 3 : 2) : 1";
    assert_eq!(own(&queue(nested)), ["dev_sam", "prod"]);
    let bound = "const { stage } = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", { size: stage !== \"prod\" ? 2 : 1 });";
    assert_eq!(own(bound), ["dev_sam", "prod"]);
    let named = "const { name } = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", { name });";
    assert_eq!(own(named), ["dev_sam"]);
}

#[test]
fn a_program_that_takes_the_stage_itself_is_evaluated_for_each() {
    let bodies = [
        "const stack = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", { stage: stack.stage });",
        "const { stage } = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", { stage });",
        "const { stage } = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", { size: stage === \"prod\" ? 1 : stage.length });",
        "const stack = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", { ...stack });",
        "const stack = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", { size: JSON.stringify(stack).length });",
        "const stack = yield* Stack;\nyield* AWS.SQS.Queue(\"Jobs\", { size: stack[\"stage\"].length });",
        "const stage = yield* Stage;\nyield* AWS.SQS.Queue(\"Jobs\", { stage });",
        "yield* AWS.SQS.Queue(\"Jobs\", { stage: yield* Effect.map(Stage, (stage) => stage) });",
        "yield* AWS.SQS.Queue(\"Jobs\", { stage: yield* Alchemy.Stack.useSync(({ stage }) => stage) });",
        "yield* AWS.SQS.Queue(\"Jobs\", { size: Math.random() });",
        "yield* AWS.SQS.Queue(\"Jobs\", { other: Output.stackRef(\"base\").url });",
        "const stack = yield* Stack;\nthrow new Error(`not in ${stack.stage}`);",
    ];
    for body in bodies {
        assert_eq!(own(body), STAGES, "{body}");
    }
}

/// A program that fails may be shared as any other.
#[test]
fn a_failure_is_each_stages_own() {
    let body = "const stack = yield* Stack;\nif (stack.stage === \"prod\") throw new Error(\"not in production\");\nyield* AWS.SQS.Queue(\"Jobs\");";
    let (evaluations, _) = evaluated(body);
    let failed = evaluations.iter().map(|it| it.diagnostics.len());
    assert_eq!(failed.collect::<Vec<_>>(), [0, 0, 1, 0]);
}

/// Closures that ask more than the program did are called in an evaluation of the stage's own.
#[test]
fn closures_see_their_own_stage() {
    let body = |result: &str| {
        format!(
            "const stack = yield* Stack;\nconst jobs = yield* AWS.SQS.Queue(\"Jobs\");\n\
             yield* AWS.SQS.Queue(\"Mail\", {{ text: jobs.queueName.pipe(Output.map((name) => {result})) }});"
        )
    };
    let cases = [
        ("name + 1", ["jobs1"; 4]),
        ("name + stack.stage", ["jobsdev_sam", "jobspr-1", "jobsprod", "jobsstaging"]),
        ("stack.stage === \"pr-1\" ? name : \"\"", ["", "jobs", "", ""]),
    ];
    for (result, expected) in cases {
        let (evaluations, own) = evaluated(&body(result));
        assert_eq!(own, ["dev_sam"], "{result}: the program itself asks nothing");
        for _ in 0..2 {
            let call = |it: &Evaluation| it.session.call(ClosureId(0), &"jobs".into()).unwrap();
            let answers: Vec<_> = evaluations.iter().map(call).collect();
            let answers: Vec<_> = answers.iter().map(|it| it.as_str().unwrap()).collect();
            assert_eq!(answers, expected, "{result}");
        }
    }
}
