//! The main job through a proxy that refuses as AWS does: it succeeds all the same, or fails for a reason it names.

use std::time::Duration;

use alchemy_tests::e2e::rules::{self, FunctionStates, QueueDeletedRecently};
use alchemy_tests::e2e::{Emulator, Kind, Project, Proxy, Rule};

/// Deploys the example through the rules, settles, edits, destroys; nothing is left.
fn whole_life(emulator: &Emulator, rules: Vec<Box<dyn Rule>>) {
    let proxy = Proxy::start(&emulator.url(), rules);
    let project = Project::example(&proxy.url(), "photos");
    if emulator.kind() == Kind::Moto {
        // moto keeps no conditions on a public URL's permissions, so they always look changed by hand.
        project.edit("alchemy.run.ts", "authType: \"NONE\"", "authType: \"AWS_IAM\"");
    }
    project.alchemy(&["deploy", "--stage", "pr-1", "--yes"]).ok();
    project.alchemy(&["deploy", "--stage", "pr-1", "--yes"]).ok().says(&["no changes"]);
    project.edit("alchemy.run.ts", "memory: prod ? 1024 : 256", "memory: 512");
    project.edit("src/label.ts", "photo:", "picture:");
    project.alchemy(&["deploy", "--stage", "pr-1", "--yes"]).ok().says(&["update"]);
    project.alchemy(&["destroy", "--stage", "pr-1", "--yes"]).ok();
    assert_eq!(project.client(&emulator.url()).names(), Vec::<String>::new());
}

fn slow_permissions(emulator: &Emulator) {
    whole_life(
        emulator,
        vec![
            rules::role_not_assumable(3),
            rules::mapping_without_permission(2),
            rules::delete_conflict(),
        ],
    );
}
emulated!(slow_permissions: MiniStack, MiniStackAuth, Moto);

fn slow_functions(emulator: &Emulator) {
    whole_life(emulator, vec![FunctionStates::new(Duration::from_secs(5), Duration::from_secs(2))]);
}
emulated!(slow_functions: MiniStack, MiniStackAuth, Moto);

fn throttled_once(emulator: &Emulator) {
    whole_life(emulator, vec![rules::throttling()]);
}
emulated!(throttled_once: MiniStack, MiniStackAuth, Moto);

fn replies_lost(emulator: &Emulator) {
    whole_life(emulator, vec![rules::lost_replies()]);
}
emulated!(replies_lost: MiniStack, MiniStackAuth, Moto);

/// A queue with a name given by hand is made anew: the service's minute is waited for, visibly.
#[test]
fn queue_deleted_recently() {
    let emulator = Emulator::start(Kind::MiniStack);
    let proxy =
        Proxy::start(&emulator.url(), vec![QueueDeletedRecently::new(Duration::from_secs(60))]);
    let program = r#"import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";
export default Alchemy.Stack("again", { providers: AWS.providers() }, Effect.gen(function* () {
  yield* AWS.SQS.Queue("Jobs", { queueName: "the-queue" });
}));
"#;
    let project = Project::new(&proxy.url(), &[("alchemy.run.ts", program)]);
    project.alchemy(&["deploy", "--yes"]).ok();
    project.alchemy(&["destroy", "--yes"]).ok();
    let again = project.alchemy(&["deploy", "--yes"]).ok();
    again.says(&["QueueDeletedRecently"]);
    assert!(again.took > Duration::from_secs(45), "{:?}", again.took);
    assert_eq!(project.client(&emulator.url()).names(), ["queues: the-queue"]);
}

/// A name that another account owns: the step fails and says so, what does not depend on it goes on, and the next
/// deploy takes another name.
#[test]
fn bucket_already_exists() {
    let emulator = Emulator::start(Kind::MiniStack);
    let proxy = Proxy::start(&emulator.url(), vec![rules::bucket_taken("photos")]);
    let project = Project::example(&proxy.url(), "01-minimal");
    project.edit("alchemy.run.ts", "Photos", "photos");
    let failed = project.alchemy(&["deploy", "--yes"]).exits(3);
    failed.says(&["BucketAlreadyExists", "photos", "CreateBucket"]);
    let here = project.client(&emulator.url());
    assert_eq!(here.names().len(), 1, "the queue: {:#?}", here.names());
    let tried = |calls: &[String]| {
        calls.iter().find(|call| call.contains("CreateBucket")).cloned().expect("a create")
    };
    let first = tried(&proxy.take_changes());
    proxy.clear();
    project.alchemy(&["deploy", "--yes"]).ok();
    assert_ne!(tried(&proxy.take_changes()), first, "another name");
    project.alchemy(&["destroy", "--yes"]).ok();
    assert_eq!(here.names(), Vec::<String>::new());
}
