//! Every shared program through its life behind AWS's refusals: each of the table alone, and all of them at once.

use alchemy_tests::e2e::table::{TABLE, whole};
use alchemy_tests::e2e::{Emulator, Kind, Project, Proxy, Rule};

/// A program, and a change of it that updates an object: file, from, to.
struct Case {
    program: &'static str,
    edit: (&'static str, &'static str, &'static str),
}

const MINIMAL: Case = Case {
    program: "01-minimal",
    edit: (
        "alchemy.run.ts",
        r#"AWS.SQS.Queue("Jobs")"#,
        r#"AWS.SQS.Queue("Jobs", { visibilityTimeout: "45 seconds" })"#,
    ),
};
const PER_STAGE: Case = Case {
    program: "02-per-stage",
    edit: (
        "alchemy.run.ts",
        r#"SQS.Queue("Jobs").pipe("#,
        r#"SQS.Queue("Jobs", { delay: "5 seconds" }).pipe("#,
    ),
};
const MODULE_SCOPE: Case =
    Case { program: "03-module-scope", edit: ("src/job.ts", "1024 : 512", "1024 : 256") };
const PHOTOS: Case =
    Case { program: "04-photos", edit: ("alchemy.run.ts", r#""14 days""#, r#""7 days""#) };

/// Deploys through the rules, settles, edits, destroys; nothing is left. Gives how often a rule decided.
fn life(emulator: &Emulator, case: &Case, rules: Vec<Box<dyn Rule>>) -> usize {
    let proxy = Proxy::start(&emulator.url(), rules);
    let project = Project::example(&proxy.url(), case.program);
    if emulator.kind() == Kind::Moto && case.program == PHOTOS.program {
        // moto keeps no conditions on a public URL's permissions, so they always look changed by hand.
        project.edit("alchemy.run.ts", "authType: \"NONE\"", "authType: \"AWS_IAM\"");
    }
    let first = project.alchemy(&["deploy", "--yes"]).run();
    if first.code != Some(0) {
        // Only a name that another account owns is not to be got over in the same run.
        assert_eq!(first.code, Some(3), "{}", first.both());
        first.says(&["BucketAlreadyExists"]);
        project.alchemy(&["deploy", "--yes"]).ok();
    }
    project.alchemy(&["deploy", "--yes"]).ok().says(&["no changes"]);
    let (file, from, to) = case.edit;
    project.edit(file, from, to);
    project.alchemy(&["deploy", "--yes"]).ok().says(&["update"]);
    project.alchemy(&["destroy", "--yes"]).ok();
    assert_eq!(project.client(&emulator.url()).names(), Vec::<String>::new());
    proxy.struck()
}

fn minimal_behind_all(emulator: &Emulator) {
    assert!(life(emulator, &MINIMAL, whole()) > 0);
}
emulated!(minimal_behind_all: MiniStack, MiniStackAuth, Moto);

fn per_stage_behind_all(emulator: &Emulator) {
    assert!(life(emulator, &PER_STAGE, whole()) > 0);
}
emulated!(per_stage_behind_all: MiniStack, MiniStackAuth, Moto);

fn module_scope_behind_all(emulator: &Emulator) {
    assert!(life(emulator, &MODULE_SCOPE, whole()) > 0);
}
emulated!(module_scope_behind_all: MiniStack, MiniStackAuth, Moto);

fn photos_behind_all(emulator: &Emulator) {
    assert!(life(emulator, &PHOTOS, whole()) > 0);
}
emulated!(photos_behind_all: MiniStack, MiniStackAuth, Moto);

/// Behind each refusal alone; gives those that decided no call.
fn each_alone(emulator: &Emulator, case: &Case) -> Vec<&'static str> {
    let idle = TABLE.iter().filter(|(_, rule)| life(emulator, case, vec![rule()]) == 0);
    idle.map(|(name, _)| *name).collect()
}

fn minimal_behind_each(emulator: &Emulator) {
    each_alone(emulator, &MINIMAL);
}
emulated!(minimal_behind_each: MiniStack);

fn per_stage_behind_each(emulator: &Emulator) {
    each_alone(emulator, &PER_STAGE);
}
emulated!(per_stage_behind_each: MiniStack);

fn module_scope_behind_each(emulator: &Emulator) {
    each_alone(emulator, &MODULE_SCOPE);
}
emulated!(module_scope_behind_each: MiniStack);

/// The largest program meets every refusal but those of states that it waits for, and of a name used again.
fn photos_behind_each(emulator: &Emulator) {
    let patient = [
        "queue deleted recently, for 60 s",
        "overlapping updates of a function",
        "function pending for 5 s",
    ];
    assert_eq!(each_alone(emulator, &PHOTOS), patient);
}
emulated!(photos_behind_each: MiniStack);
