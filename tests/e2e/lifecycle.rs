//! Every shared program as it stands, through every kind of change, and back to nothing.

use alchemy_tests::e2e::{Emulator, Kind, Project, Proxy};

/// A project behind a proxy that only logs.
fn logged(emulator: &Emulator, program: &str) -> (Proxy, Project) {
    let proxy = Proxy::start(&emulator.url(), Vec::new());
    let project = Project::example(&proxy.url(), program);
    (proxy, project)
}

/// Plan, deploy, deploy again; the second one makes no changing call and says so.
fn settles(proxy: &Proxy, project: &Project) {
    let plan = project.alchemy(&["plan", "--detailed-exitcode"]).exits(6);
    plan.says(&["create"]);
    assert_eq!(proxy.take_changes(), Vec::<String>::new(), "a plan changes nothing");
    project.alchemy(&["deploy", "--yes"]).ok();
    assert_ne!(proxy.take_changes(), Vec::<String>::new());
    same(proxy, project);
}

/// Deploying what is deployed: no changes, no changing call.
fn same(proxy: &Proxy, project: &Project) {
    proxy.take_changes();
    project.alchemy(&["deploy", "--yes"]).ok().says(&["no changes"]);
    project.alchemy(&["plan", "--no-refresh", "--detailed-exitcode"]).ok();
    assert_eq!(proxy.take_changes(), Vec::<String>::new());
}

fn gone(emulator: &Emulator, project: &Project) {
    project.alchemy(&["destroy", "--yes"]).ok();
    assert_eq!(project.client(&emulator.url()).names(), Vec::<String>::new());
    project.alchemy(&["destroy", "--yes"]).ok().says(&["destroyed"]);
}

fn minimal(emulator: &Emulator) {
    let (proxy, project) = logged(emulator, "01-minimal");
    let here = project.client(&emulator.url());
    settles(&proxy, &project);
    let program = "alchemy.run.ts";
    let queue = r#"AWS.SQS.Queue("Jobs")"#;

    // Edit a prop: an update with old and new value. Take it out: back to its default.
    project.edit(program, queue, r#"AWS.SQS.Queue("Jobs", { visibilityTimeout: "45 seconds" })"#);
    let edited = project.alchemy(&["deploy", "--yes"]).ok();
    edited.says(&["update", "visibilityTimeout", "30", "45"]);
    assert_eq!(visibility(&project, emulator), "45");
    same(&proxy, &project);
    project.edit(program, r#", { visibilityTimeout: "45 seconds" }"#, "");
    project.alchemy(&["deploy", "--yes"]).ok().says(&["update", "visibilityTimeout", "45", "30"]);
    assert_eq!(visibility(&project, emulator), "30");

    // A change that replaces: the new queue is there before the old one goes.
    let old = queues(&project, emulator);
    project.edit(program, queue, r#"AWS.SQS.Queue("Jobs", { fifo: true })"#);
    proxy.take_changes();
    project.alchemy(&["deploy", "--yes"]).ok().says(&["replace", "fifo"]);
    let changes = proxy.take_changes();
    let at =
        |wanted: &str| changes.iter().position(|call| call.contains(wanted)).expect("the call");
    assert!(at("CreateQueue") < at("DeleteQueue"), "{changes:#?}");
    let new = queues(&project, emulator);
    let fifo = new.iter().all(|name| name.strip_suffix(".fifo").is_some());
    assert!(new.len() == 1 && new != old && fifo, "{old:?} {new:?}");
    same(&proxy, &project);

    // Rename without replacement: the name stays. Then remove it.
    project.edit(
        program,
        r#"AWS.SQS.Queue("Jobs", { fifo: true })"#,
        r#"AWS.SQS.Queue("Tasks", { fifo: true }).pipe(Alchemy.renamedFrom("Jobs"))"#,
    );
    project.alchemy(&["deploy", "--yes"]).ok().says(&["rename"]);
    assert_eq!(queues(&project, emulator), new);
    same(&proxy, &project);
    project.edit(program, r#"    const jobs = yield* AWS.SQS.Queue("Tasks", { fifo: true }).pipe(Alchemy.renamedFrom("Jobs"));"#, "");
    project.edit(program, ", queue: jobs.queueUrl", "");
    project.alchemy(&["deploy", "--yes"]).ok().says(&["delete"]);
    assert_eq!(here.names().len(), 1, "{:#?}", here.names());
    gone(emulator, &project);
}
emulated!(minimal: MiniStack, MiniStackAuth, Moto);

fn queues(project: &Project, emulator: &Emulator) -> Vec<String> {
    let names = project.client(&emulator.url()).names();
    names.into_iter().filter_map(|name| name.strip_prefix("queues: ").map(str::to_owned)).collect()
}

fn visibility(project: &Project, emulator: &Emulator) -> String {
    let here = project.client(&emulator.url());
    let url = here.call("sqs", "list_queues", &serde_json::json!({}))["QueueUrls"][0].clone();
    let answer = here.call(
        "sqs",
        "get_queue_attributes",
        &serde_json::json!({ "QueueUrl": url, "AttributeNames": ["All"] }),
    );
    answer["Attributes"]["VisibilityTimeout"].as_str().expect("the attribute").to_owned()
}

fn per_stage(emulator: &Emulator) {
    let (proxy, project) = logged(emulator, "02-per-stage");
    settles(&proxy, &project);
    gone(emulator, &project);
    project.alchemy(&["deploy", "--stage", "prod", "--yes"]).ok();
    project.alchemy(&["destroy", "--stage", "prod", "--yes"]).ok().says(&["retain"]);
    assert_eq!(queues(&project, emulator).len(), 1, "kept in prod");
}
emulated!(per_stage: MiniStack, Moto);

fn module_scope(emulator: &Emulator) {
    let (proxy, project) = logged(emulator, "03-module-scope");
    settles(&proxy, &project);
    let here = project.client(&emulator.url());
    let memory = || {
        here.call("lambda", "list_functions", &serde_json::json!({}))["Functions"][0]["MemorySize"]
            .clone()
    };
    assert_eq!(memory(), 512);
    project.edit("src/job.ts", "1024 : 512", "1024 : 256");
    project.alchemy(&["deploy", "--yes"]).ok().says(&["memory", "512", "256"]);
    assert_eq!(memory(), 256);
    same(&proxy, &project);
    // Only the handler's code: the function is updated in place.
    project.edit("src/job.ts", "* 2", "* 3");
    project.alchemy(&["deploy", "--yes"]).ok().says(&["update"]);
    let changes = proxy.take_changes();
    assert!(
        changes.iter().all(|call| call.starts_with("lambda:UpdateFunctionCode")),
        "{changes:#?}"
    );
    gone(emulator, &project);
}
emulated!(module_scope: MiniStack, Moto);

fn photos(emulator: &Emulator) {
    let (proxy, project) = logged(emulator, "04-photos");
    let url = "      functionUrl: { authType: \"NONE\" },\n";
    if emulator.kind() == Kind::Moto {
        // moto keeps no conditions on a URL's permissions, so they always look changed by hand.
        project.edit("alchemy.run.ts", url, "      functionUrl: { authType: \"AWS_IAM\" },\n");
    }
    settles(&proxy, &project);
    project.edit(
        "alchemy.run.ts",
        r#"visibilityTimeout: prod ? "2 minutes" : "30 seconds""#,
        r#"visibilityTimeout: "3 minutes""#,
    );
    project.edit("alchemy.run.ts", "memory: prod ? 1024 : 256", "memory: 512");
    project.alchemy(&["deploy", "--yes"]).ok().says(&["visibilityTimeout", "memory"]);
    same(&proxy, &project);
    let url =
        if emulator.kind() == Kind::Moto { url.replace("NONE", "AWS_IAM") } else { url.to_owned() };
    project.edit("alchemy.run.ts", &url, "");
    project.alchemy(&["deploy", "--yes"]).ok().says(&["delete"]);
    same(&proxy, &project);
    gone(emulator, &project);
}
emulated!(photos: MiniStack, MiniStackAuth, Moto);

/// One change of a program: in which file, from, to, and what the deploy says.
type Change<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

/// Deploys the program, makes each change in turn and destroys; after each one the stage is settled.
fn changed(emulator: &Emulator, program: &str, changes: &[Change<'_>]) {
    let (proxy, project) = logged(emulator, program);
    project.alchemy(&["deploy", "--yes"]).ok();
    for (file, from, to, says) in changes {
        project.edit(file, from, to);
        project.alchemy(&["deploy", "--yes"]).ok().says(says);
        same(&proxy, &project);
    }
    gone(emulator, &project);
}

const RUN: &str = "alchemy.run.ts";
const BEGIN: &str = "Effect.gen(function* () {";
const WITH_EXTRA: &str = "Effect.gen(function* () {\n    yield* AWS.SQS.Queue(\"Extra\");";

/// Edit a prop, take it out, replace, rename, add a resource and remove it again: 02-per-stage.
fn per_stage_changed(emulator: &Emulator) {
    let plain = r#"SQS.Queue("Jobs").pipe("#;
    let delayed = r#"SQS.Queue("Jobs", { delay: "5 seconds" }).pipe("#;
    let fifo = r#"SQS.Queue("Jobs", { fifo: true }).pipe("#;
    let renamed = r#"SQS.Queue("Tasks", { fifo: true }).pipe(Alchemy.renamedFrom("Jobs"), "#;
    changed(
        emulator,
        "02-per-stage",
        &[
            (RUN, plain, delayed, &["update", "delay", "0", "5"]),
            (RUN, delayed, plain, &["update", "delay", "5", "0"]),
            (RUN, plain, fifo, &["replace", "fifo"]),
            (RUN, fifo, renamed, &["rename"]),
            (RUN, BEGIN, WITH_EXTRA, &["create", "Extra"]),
            (RUN, WITH_EXTRA, BEGIN, &["delete", "Extra"]),
        ],
    );
}
emulated!(per_stage_changed: MiniStack, MiniStackAuth, Moto);

/// The same for 03-module-scope, whose resource is a class in another file.
fn module_scope_changed(emulator: &Emulator) {
    let job = "src/job.ts";
    let memory = "    memory: stack.stage === \"prod\" ? 1024 : 512,\n";
    let named = "    functionName: \"job-by-hand\",\n";
    let declared = "    const job = yield* JobFunction;";
    let renamed = "    const job = yield* JobFunction.pipe(Alchemy.renamedFrom(\"JobFunction\"));";
    changed(
        emulator,
        "03-module-scope",
        &[
            (job, "1024 : 512", "1024 : 256", &["update", "memory", "512", "256"]),
            (job, &memory.replace("512", "256"), "", &["update", "memory", "256", "128"]),
            (
                job,
                "    main: import.meta.filename,\n",
                &format!("    main: import.meta.filename,\n{named}"),
                &["replace", "functionName"],
            ),
            (RUN, BEGIN, WITH_EXTRA, &["create", "Extra"]),
            (RUN, WITH_EXTRA, BEGIN, &["delete", "Extra"]),
        ],
    );
    let (proxy, project) = logged(emulator, "03-module-scope");
    project.alchemy(&["deploy", "--yes"]).ok();
    project.edit(job, "  \"JobFunction\",", "  \"Worker\",");
    project.edit(RUN, declared, renamed);
    project.alchemy(&["deploy", "--yes"]).ok().says(&["rename"]);
    same(&proxy, &project);
    gone(emulator, &project);
}
emulated!(module_scope_changed: MiniStack, MiniStackAuth, Moto);

/// The same for 04-photos; its queue is replaced under the function that reads it.
fn photos_changed(emulator: &Emulator) {
    let dead = r#"AWS.SQS.Queue("Dead", { messageRetentionPeriod: "14 days" })"#;
    let shorter = r#"AWS.SQS.Queue("Dead", { messageRetentionPeriod: "7 days" })"#;
    let plain = r#"AWS.SQS.Queue("Dead", {})"#;
    let renamed = r#"AWS.SQS.Queue("Graves", {}).pipe(Alchemy.renamedFrom("Dead"))"#;
    let url = "      functionUrl: { authType: \"NONE\" },\n";
    let jobs = "AWS.SQS.Queue(\"Jobs\", {\n";
    let named = "AWS.SQS.Queue(\"Jobs\", {\n      queueName: \"jobs-by-hand\",\n";
    changed(
        emulator,
        "04-photos",
        &[
            // The URL's removal; moto is left out, as it keeps no conditions on the URL's permissions.
            (RUN, url, "", &["delete", "Url"]),
            (RUN, dead, shorter, &["update", "messageRetentionPeriod", "1209600", "604800"]),
            (RUN, shorter, plain, &["update", "messageRetentionPeriod", "604800", "345600"]),
            (RUN, jobs, named, &["replace", "queueName"]),
            (RUN, plain, renamed, &["rename"]),
        ],
    );
}
emulated!(photos_changed: MiniStack, MiniStackAuth);
