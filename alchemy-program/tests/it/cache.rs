//! The cache of compiled modules: faster, never different.

use std::fs;
use std::path::PathBuf;

use alchemy_program::{EvaluateRequest, evaluate};

use crate::kit::{Project, graph};

const PROGRAM: &str = r#"import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";
import { size } from "kit";
import { homedir } from "node:os";
export default Alchemy.Stack("app", {}, Effect.gen(function* () {
  const jobs = yield* AWS.SQS.Queue("Jobs", { size, type: typeof homedir });
  return jobs.queueUrl;
}));
"#;

fn project() -> Project {
    Project::with_packages()
        .file("alchemy.run.ts", PROGRAM)
        .file(
            "node_modules/kit/package.json",
            r#"{"name":"kit","type":"module","exports":"./index.js"}"#,
        )
        .file(
            "node_modules/kit/index.js",
            "import { sep } from \"node:path\";\nexport const size = sep + 1;\n",
        )
}

fn cached(project: &Project) -> EvaluateRequest {
    EvaluateRequest { cache: Some(project.path(".alchemy/cache")), ..project.request() }
}

fn pack(project: &Project) -> PathBuf {
    let mut found = fs::read_dir(project.path(".alchemy/cache/modules")).unwrap();
    let file = found.next().unwrap().unwrap().path();
    assert!(found.next().is_none());
    file
}

#[test]
fn a_warm_evaluation_gives_what_a_cold_one_gives() {
    let project = project();
    let plain = graph(&evaluate(&project.request()));
    let cold = graph(&evaluate(&cached(&project)));
    let kept = fs::read(pack(&project)).unwrap();
    let warm = graph(&evaluate(&cached(&project)));
    assert_eq!(plain, cold);
    assert_eq!(plain, warm);
    assert_eq!(kept, fs::read(pack(&project)).unwrap());
    assert!(plain.contains("size = \"/1\""), "{plain}");
}

#[test]
fn a_changed_package_is_noticed() {
    let project = project();
    evaluate(&cached(&project));
    let project = project.file("node_modules/kit/index.js", "export const size = 20;\n");
    let warm = graph(&evaluate(&cached(&project)));
    assert!(warm.contains("size = 20"), "{warm}");
}

#[test]
fn a_damaged_or_forged_cache_is_not_used() {
    let project = project();
    let plain = graph(&evaluate(&cached(&project)));
    let file = pack(&project);
    let good = fs::read(&file).unwrap();
    for at in [0, 31, 40, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&file, &bad).unwrap();
        assert_eq!(plain, graph(&evaluate(&cached(&project))));
        assert_ne!(bad, fs::read(&file).unwrap(), "byte {at} was used");
    }
    fs::write(&file, &good[..good.len() / 3]).unwrap();
    assert_eq!(plain, graph(&evaluate(&cached(&project))));
    let other = EvaluateRequest { cache_key: [1; 32], ..cached(&project) };
    let mine = fs::read(&file).unwrap();
    assert_eq!(plain, graph(&evaluate(&other)));
    assert_ne!(mine, fs::read(&file).unwrap());
}

#[test]
fn a_cache_that_cannot_be_written_is_no_error() {
    let project = project().file(".alchemy/cache", "a file where the folder should be");
    let evaluation = evaluate(&cached(&project));
    assert!(evaluation.diagnostics.is_empty());
    assert!(evaluation.graph.is_some());
}

/// A program that declares a queue whose prop `size` is `expression`, with these imports besides.
fn sized(imports: &str, expression: &str) -> String {
    format!(
        "import * as Alchemy from \"alchemy\";\nimport * as AWS from \"alchemy/AWS\";\nimport * as Effect from \"effect/Effect\";\n{imports}\n\
         export default Alchemy.Stack(\"app\", {{}}, Effect.gen(function* () {{\n  yield* AWS.SQS.Queue(\"Jobs\", {{ size: {expression} }});\n}}));\n"
    )
}

#[test]
fn what_an_edit_takes_besides_is_there() {
    let mut project = Project::new();
    let edits = [
        ("", "1"),
        ("", "yield* Effect.map(Effect.succeed(1), (n) => n + 1)"),
        ("", "1"),
        ("", "Object.keys(Effect).length > 100"),
        ("", "((name) => typeof Effect[name])(\"zip\")"),
        ("import { Effect as E } from \"effect\";", "yield* E.as(E.void, 3)"),
        ("import { Effect as E } from \"effect\";", "Object.keys({ E }.E).length > 100"),
        ("import { pipe, Option } from \"effect\";", "pipe(4, Option.some, Option.getOrUndefined)"),
        ("import { some, sizeOf } from \"./helper\";", "sizeOf(some(5))"),
        ("import { SQS } from \"alchemy/AWS\";", "Object.keys(SQS).join()"),
    ];
    for (imports, expression) in edits {
        project = project.file("alchemy.run.ts", sized(imports, expression)).file(
            "helper.ts",
            "export * from \"effect/Option\";\nimport { getOrThrow as sizeOf } from \"effect/Option\";\nexport { sizeOf };\n",
        );
        let plain = graph(&evaluate(&project.request()));
        for when in ["after the edit", "again"] {
            assert_eq!(plain, graph(&evaluate(&cached(&project))), "{expression}, {when}");
        }
    }
}

#[test]
fn names_that_a_module_does_not_have_are_refused_from_a_cache() {
    let mut project = Project::new().file("alchemy.run.ts", sized("", "1"));
    evaluate(&cached(&project));
    for expression in ["Effect.sucede(1)", "AWS.S3.Buket.name", "AWS.SNS.Topic.name"] {
        project = project.file("alchemy.run.ts", sized("", expression));
        let plain = evaluate(&project.request());
        assert_eq!(plain.diagnostics[0].code, "unknown-export", "{expression}");
        let before = fs::read(pack(&project)).unwrap();
        assert_eq!(plain.diagnostics, evaluate(&cached(&project)).diagnostics, "{expression}");
        assert_eq!(before, fs::read(pack(&project)).unwrap(), "{expression}");
    }
}

#[test]
fn a_cache_holds_what_is_taken_and_not_all_of_a_package() {
    let size = |expression: &str| {
        let project = Project::new().file("alchemy.run.ts", sized("", expression));
        graph(&evaluate(&cached(&project)));
        fs::metadata(pack(&project)).unwrap().len()
    };
    let (little, whole) = (size("1"), size("Object.keys(Effect).length"));
    assert!(3 * little < 2 * whole, "{little} and {whole} bytes");
}

/// As in a workspace: a link in `node_modules` to a folder elsewhere, which only another package asks for.
#[test]
fn a_package_that_is_a_link_is_read_again() {
    let outside = tempfile::tempdir().unwrap();
    let code = "import data from \"./data.json\";\nimport { readFileSync } from \"node:fs\";\n\
                export const size = data.size + Number(readFileSync(`${import.meta.dirname}/more.txt`, \"utf8\"));\n";
    for (name, text) in [
        ("package.json", r#"{"name":"linked","type":"module","exports":"./index.js"}"#),
        ("index.js", code),
        ("data.json", r#"{"size":1}"#),
        ("more.txt", "20"),
    ] {
        fs::write(outside.path().join(name), text).unwrap();
    }
    let project = project().file("node_modules/kit/index.js", "export { size } from \"linked\";\n");
    std::os::unix::fs::symlink(outside.path(), project.path("node_modules/linked")).unwrap();
    let plain = graph(&evaluate(&project.request()));
    assert!(plain.contains("size = 21"), "{plain}");
    for when in ["cold", "warm"] {
        assert_eq!(plain, graph(&evaluate(&cached(&project))), "{when}");
    }
}
