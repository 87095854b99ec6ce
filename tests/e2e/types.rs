//! `tsc --noEmit` takes the programs with the generated types, and finds what is wrong in others.

use std::process::Command;

use alchemy_tests::e2e::{Project, tools};

fn tsc(project: &Project) -> (bool, String) {
    let output = Command::new(tools().join("node/node_modules/.bin/tsc"))
        .args(["--noEmit", "--pretty", "false"])
        .current_dir(project.path())
        .output()
        .expect("tsc runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn programs_are_accepted() {
    for program in
        ["photos", "01-minimal", "02-per-stage", "03-module-scope", "04-photos", "05-references"]
    {
        let project = Project::example("http://127.0.0.1:9", program);
        project.bare(&["types"]).ok();
        let (accepted, said) = tsc(&project);
        assert!(accepted, "{program}: {said}");
    }
}

#[test]
fn mistakes_are_found() {
    let cases = [
        (
            r#"AWS.SQS.Queue("Jobs")"#,
            r#"AWS.SQS.Queue("Jobs", { visibilityTimeOut: "30 seconds" })"#,
            "visibilityTimeOut",
        ),
        (r#"AWS.SQS.Queue("Jobs")"#, r#"AWS.SQS.Queue("Jobs", { fifo: "yes" })"#, "boolean"),
        (
            r#"AWS.SQS.Queue("Jobs")"#,
            r#"AWS.SQS.Queue("Jobs", { visibilityTimeout: 30 })"#,
            "number",
        ),
        ("return {", "const name: string = jobs.queueName; return { name,", "string"),
    ];
    for (from, to, expected) in cases {
        let project = Project::example("http://127.0.0.1:9", "01-minimal");
        project.edit("alchemy.run.ts", from, to);
        project.bare(&["types"]).ok();
        let (accepted, said) = tsc(&project);
        assert!(
            !accepted && said.contains(expected) && said.contains("alchemy.run.ts"),
            "{to}: {said}"
        );
    }
}

#[test]
fn outputs_of_other_stacks_are_typed() {
    let cases = [
        ("backend.bucket}/*", "backend.buckets}/*", "buckets", "alchemy.run.ts"),
        ("pace: \"5 seconds\"", "pace: 5", "pace", "backend.ts"),
        ("pace: \"5 seconds\"", "speed: 5", "pace", "backend.ts"),
    ];
    for (from, to, expected, file) in cases {
        let project = Project::example("http://127.0.0.1:9", "05-references");
        project.edit(file, from, to);
        project.bare(&["types"]).ok();
        let (accepted, said) = tsc(&project);
        assert!(!accepted && said.contains(expected) && said.contains(file), "{to}: {said}");
    }
}
