//! Two programs, one store: one uses outputs of the other.

use alchemy_tests::e2e::{Emulator, Project};

const BACKEND: &str = "backend.ts";

fn same_stage(emulator: &Emulator) {
    let project = Project::example(&emulator.url(), "05-references");
    let here = project.client(&emulator.url());
    // Nothing to refer to yet: the line that does, and what there is.
    let missing = project.alchemy(&["plan"]).exits(1);
    missing.says(&[
        "reference-missing",
        "stage `dev_sam` of stack `Backend`",
        "alchemy.run.ts:12",
        "holds no stack",
    ]);
    project.alchemy(&["deploy", BACKEND, "--yes", "--stage", "prod"]).ok();
    let missing = project.alchemy(&["plan"]).exits(1);
    missing.says(&["Stack `Backend` has: prod.", "yield* Backend;"]);
    project.alchemy(&["deploy", BACKEND, "--yes"]).ok();
    assert_eq!(here.names().len(), 2);

    let deployed = project.alchemy(&["deploy", "--yes"]).ok();
    assert!(deployed.stdout.contains("bucket = backend-dev-sam-photos-"), "{}", deployed.both());
    project.alchemy(&["deploy", "--yes"]).ok().says(&["no changes"]);
    project.alchemy(&["plan", "--no-refresh", "--detailed-exitcode"]).ok();
    let shown = project.alchemy(&["stage", "show", "--stack", "Frontend"]).ok().stdout;
    assert!(
        shown.contains("uses     output `bucket` of stage `dev_sam` of stack `Backend`\n"),
        "{shown}"
    );
    let shown = project.alchemy(&["stage", "show", "--stack", "Backend"]).ok().stdout;
    assert!(
        shown.contains("used by  stage `dev_sam` of stack `Frontend`: bucket, pace"),
        "{shown}"
    );

    // The other program's output changes: stale, then taken up, with the reason.
    project.edit(BACKEND, "5 seconds", "9 seconds");
    project.alchemy(&["deploy", BACKEND, "--yes"]).ok();
    let listed = project.alchemy(&["stage", "ls", "--stack", "Frontend"]).ok().stdout;
    assert!(listed.contains("stale"), "{listed}");
    let json = project.alchemy(&["stage", "ls", "--json", "--stack", "Frontend"]).ok().stdout;
    assert!(
        json.contains(r#""stale":[{"stack":"Backend","stage":"dev_sam","output":"pace"}]"#),
        "{json}"
    );
    let changed = "output `pace` of stage `dev_sam` of stack `Backend` has changed";
    project.alchemy(&["plan", "--detailed-exitcode"]).exits(6).says(&[changed, "delay", "5", "9"]);
    project.alchemy(&["deploy", "--yes"]).ok().says(&["Jobs", changed]);
    let listed = project.alchemy(&["stage", "ls"]).ok().stdout;
    assert!(!listed.contains("stale"), "{listed}");

    // State is lost: the edge is recovered with it.
    std::fs::remove_dir_all(project.path().join(".alchemy/state/stages/frontend")).expect("lost");
    project.alchemy(&["state", "recover", "--yes"]).ok();
    project.alchemy(&["plan", "--detailed-exitcode"]).ok().says(&["no changes"]);

    // Destroying what is used warns, and says who is left.
    let destroyed = project.alchemy(&["destroy", "--stack", "Backend", "--yes"]).ok();
    destroyed.says(&["warning[referenced]", "stage `dev_sam` of stack `Frontend` (bucket, pace)"]);
    project.alchemy(&["plan"]).exits(1).says(&["reference-destroyed", "alchemy.run.ts:12"]);
    project.alchemy(&["destroy", "--stack", "Frontend", "--yes"]).ok();
    project.alchemy(&["destroy", "--stack", "Backend", "--stage", "prod", "--yes"]).ok();
    assert_eq!(here.names(), Vec::<String>::new());
}
emulated!(same_stage: MiniStack, Moto);

fn another_stage(emulator: &Emulator) {
    let project = Project::example(&emulator.url(), "05-references");
    project.alchemy(&["deploy", BACKEND, "--stage", "staging", "--yes"]).ok();
    let deployed = project.alchemy(&["deploy", "--stage", "pr-1", "--yes"]).ok();
    assert!(deployed.stdout.contains("bucket = backend-staging-photos-"), "{}", deployed.both());
    project.alchemy(&["deploy", "--stage", "pr-1", "--yes"]).ok().says(&["no changes"]);
    project.edit("alchemy.run.ts", "bucket: backend.bucket", "bucket: backend.buckets");
    let refused = project.alchemy(&["plan", "--stage", "pr-1"]).exits(1);
    refused.says(&["no output `buckets`", "It has: bucket, pace."]);
    project.edit("alchemy.run.ts", "backend.buckets", "backend.bucket");
    project.edit("alchemy.run.ts", "Backend.stage.staging", "Backend.stage[\"PR/1\"]");
    project.alchemy(&["plan", "--stage", "pr-1"]).exits(1).says(&[
        "bad-stage",
        "did you mean `pr_1`?",
        "alchemy.run.ts:12",
    ]);
}
emulated!(another_stage: MiniStack);
