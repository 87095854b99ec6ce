//! State that is lost: refused by deploy, rebuilt by `state recover`, and nothing is left to change.

use std::fs;

use alchemy_tests::e2e::{Emulator, Kind, Project, Proxy};

/// The example, with what moto lacks left out: it keeps no conditions on a URL's permissions.
fn photos(emulator: &Emulator) -> (Proxy, Project) {
    let proxy = Proxy::start(&emulator.url(), Vec::new());
    let project = Project::example(&proxy.url(), "photos");
    if emulator.kind() == Kind::Moto {
        project.edit("alchemy.run.ts", "authType: \"NONE\"", "authType: \"AWS_IAM\"");
    }
    (proxy, project)
}

fn lose_state(project: &Project) {
    fs::remove_dir_all(project.path().join(".alchemy/state")).expect("the store");
}

fn unchanged(project: &Project) {
    project.alchemy(&["plan", "--detailed-exitcode"]).ok().says(&["no changes"]);
    project.alchemy(&["plan", "--no-refresh", "--detailed-exitcode"]).ok().says(&["no changes"]);
}

/// What `state show` says, but for when it was written and by which command.
fn shown(project: &Project) -> serde_json::Value {
    let shown = project.alchemy(&["state", "show"]).ok().stdout;
    let mut shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    for member in ["deployedAt", "deployedBy", "serial"] {
        shown[member].take();
    }
    for resource in shown["resources"].as_array_mut().expect("a list") {
        for member in ["createdAt", "updatedAt"] {
            resource[member].take();
        }
    }
    shown
}

fn lost_with_its_realm(emulator: &Emulator) {
    let (proxy, project) = photos(emulator);
    project.alchemy(&["deploy", "--yes"]).ok();
    let before = shown(&project);
    let objects = project.client(&emulator.url()).names();
    lose_state(&project);
    // Deploying by mistake gives the empty store a realm of its own, and stops.
    let refused = project.alchemy(&["deploy", "--yes"]).exits(1);
    refused.says(&["state recover --stage dev_sam", "--new-realm"]);
    project.alchemy(&["state", "recover"]).exits(1).says(&["--yes", "RECOVERED AS"]);
    proxy.take_changes();
    let dry = project.alchemy(&["state", "recover", "--dry-run"]).ok();
    dry.says(&["Uploads", "Api/Url", "JobsToApi", "live", "nothing was written"]);
    project.alchemy(&["state", "ls"]).exits(1);
    project.alchemy(&["state", "recover", "--yes"]).ok().says(&["serial 1"]);
    assert_eq!(proxy.take_changes(), Vec::<String>::new(), "recovery only reads");
    assert_eq!(shown(&project), before);
    unchanged(&project);
    project.alchemy(&["deploy", "--yes"]).ok().says(&["no changes"]);
    assert_eq!(proxy.take_changes(), Vec::<String>::new());
    assert_eq!(project.client(&emulator.url()).names(), objects);
    // There is state now: it is not rebuilt by accident.
    project.alchemy(&["state", "recover", "--yes"]).exits(1).says(&["--force"]);
    project.alchemy(&["state", "recover", "--yes", "--force"]).ok().says(&["serial 2"]);
    unchanged(&project);
    project.alchemy(&["destroy", "--yes"]).ok();
    assert_eq!(project.client(&emulator.url()).names(), Vec::<String>::new());
}
emulated!(lost_with_its_realm: MiniStack, MiniStackAuth, Moto);

fn lost_in_a_second_life(emulator: &Emulator) {
    let (_proxy, project) = photos(emulator);
    for _ in 0..2 {
        project.alchemy(&["deploy", "--yes"]).ok();
        project.alchemy(&["destroy", "--yes"]).ok();
    }
    project.alchemy(&["deploy", "--yes"]).ok();
    let before = project.alchemy(&["state", "ls"]).ok().stdout;
    lose_state(&project);
    project.alchemy(&["state", "recover", "--yes"]).ok();
    assert_eq!(project.alchemy(&["state", "ls"]).ok().stdout, before);
    unchanged(&project);
}
emulated!(lost_in_a_second_life: MiniStack, Moto);

fn lost_with_the_program(emulator: &Emulator) {
    let (_proxy, project) = photos(emulator);
    project.alchemy(&["deploy", "--yes"]).ok();
    lose_state(&project);
    fs::rename(project.path().join("alchemy.run.ts"), project.path().join("kept.ts"))
        .expect("moved");
    project.alchemy(&["state", "recover", "--yes"]).exits(1).says(&["--without-program"]);
    let recovered = ["state", "recover", "--without-program", "--stack", "photos", "--yes"];
    project.alchemy(&recovered).ok().says(&["Uploads", "Api/Role"]);
    project.alchemy(&["destroy", "--yes"]).ok().says(&["kept in the cloud", "Uploads"]);
    let left = project.client(&emulator.url()).names();
    assert!(
        left.iter().all(|name| !name.contains("role") && !name.contains("function")),
        "{left:#?}"
    );
    assert_eq!(left.len(), 4, "a bucket, two queues, a log group: {left:#?}");
}
emulated!(lost_with_the_program: MiniStack, Moto);
