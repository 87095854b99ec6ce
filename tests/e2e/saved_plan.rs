//! A plan in a file: applied as it was shown, or refused because something that it read has changed.

use std::fs;

use alchemy_tests::e2e::{Emulator, Finished, Kind, Project, Proxy};
use serde_json::{Value, json};

const TOKEN: &str = "canary-of-the-plan-file";

const PROGRAM: &str = r#"
import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";
import { delay } from "./settings.ts";

export default Alchemy.Stack("app", { providers: AWS.providers() }, Effect.gen(function* () {
  const token = yield* Alchemy.Config.redacted("TOKEN");
  const label = yield* Alchemy.Config.string("LABEL");
  const jobs = yield* AWS.SQS.Queue("Jobs", { delay });
  yield* AWS.Lambda.Function("Api", { main: "./api.ts", handler: "handler", env: { TOKEN: token, LABEL: label } });
  return { queue: jobs.queueUrl };
}));
"#;

struct Scene {
    emulator: Emulator,
    proxy: Proxy,
    project: Project,
}

impl Scene {
    fn new() -> Self {
        let emulator = Emulator::start(Kind::MiniStack);
        let proxy = Proxy::start(&emulator.url(), Vec::new());
        let project = Project::new(&proxy.url(), &[("alchemy.run.ts", PROGRAM)]);
        project.write("settings.ts", "export const delay = \"1 seconds\";\n");
        project.write("api.ts", "export const handler = async () => process.env.TOKEN;\n");
        Self { emulator, proxy, project }
    }

    #[track_caller]
    fn with(&self, arguments: &[&str], variables: &[(&str, &str)], code: i32) -> Finished {
        let run = self.project.alchemy(arguments).env("TOKEN", TOKEN).env("LABEL", "a");
        variables.iter().fold(run, |run, (name, value)| run.env(name, *value)).exits(code)
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> Finished {
        self.with(arguments, &[], code)
    }

    /// Refused with these words; the cloud is not changed, and neither are state and file.
    #[track_caller]
    fn refused(&self, variables: &[(&str, &str)], code: i32, says: &[&str]) {
        self.refused_with(&["deploy", "--plan", "plan.json"], variables, code, says);
    }

    #[track_caller]
    fn refused_with(&self, run: &[&str], variables: &[(&str, &str)], code: i32, says: &[&str]) {
        self.proxy.take_changes();
        let (file, state) = (self.file(), self.state());
        self.with(run, variables, code).says(says);
        assert_eq!(self.proxy.take_changes(), Vec::<String>::new());
        assert_eq!((self.file(), self.state()), (file, state));
    }

    fn file(&self) -> String {
        fs::read_to_string(self.project.path().join("plan.json")).expect("the plan")
    }

    fn state(&self) -> Option<String> {
        let state = ".alchemy/state/stages/app/dev_sam/state.json";
        fs::read_to_string(self.project.path().join(state)).ok()
    }

    fn plans(&self) {
        self.run(&["plan", "--out", "plan.json"], 0).says(&["this plan is in plan.json"]);
    }
}

#[test]
fn what_was_shown_is_applied_and_nothing_else() {
    let scene = Scene::new();
    let out = scene.run(&["plan", "--out", "plan.json", "--detailed-exitcode"], 6);
    out.says(&["4 to create", "alchemy deploy --plan plan.json"]);
    let file = scene.file();
    let (header, body) = file.split_once('\n').expect("two parts");
    let header: Value = serde_json::from_str(header).expect("JSON");
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!((&header["alchemyPlan"], &header["key"]["from"]), (&json!(1), &json!("machine")));
    assert_eq!(body["plan"]["steps"].as_array().expect("steps").len(), 4);
    assert!(!file.contains(TOKEN) && !file.contains("Y2FuYXJ5"), "{file}");

    // Another stage, another account, another store.
    let elsewhere = &["deploy", "--plan", "plan.json", "--stage", "prod"];
    scene.refused_with(elsewhere, &[], 1, &["plan-of-another", "stage `dev_sam`", "stage `prod`"]);
    scene.refused(&[("STAGE", "prod")], 1, &["plan-of-another", "stage `prod`"]);
    scene.refused(&[("AWS_ACCESS_KEY_ID", "222222222222")], 1, &["111111111111", "222222222222"]);
    let elsewhere = &["deploy", "--plan", "plan.json", "--state", "elsewhere"];
    scene.refused_with(elsewhere, &[], 1, &["another state store"]);

    // Another program: its files, the code of its functions, what it is evaluated with.
    scene.project.edit("settings.ts", "1 seconds", "2 seconds");
    scene.refused(&[], 1, &["plan-of-another-program", "settings.ts"]);
    scene.project.edit("settings.ts", "2 seconds", "1 seconds");
    scene.project.edit("api.ts", "TOKEN", "TOKENS");
    scene.refused(&[], 1, &["plan-of-another-program"]);
    scene.project.edit("api.ts", "TOKENS", "TOKEN");
    scene.refused(&[("TOKEN", "another")], 1, &["what it is evaluated with"]);
    scene.refused(&[("LABEL", "b")], 1, &["what it is evaluated with"]);
    scene.project.edit("package.json", "module\"", "module\", \"version\": \"1.0.0\"");
    scene.refused(&[], 1, &["plan-of-another-program", "package.json"]);
    scene.project.edit("package.json", ", \"version\": \"1.0.0\"", "");

    // Nobody is asked: who gives the plan has seen it.
    scene.run(&["deploy", "--plan", "plan.json"], 0).says(&["deployed app to stage dev_sam"]);
    scene.refused(&[], 4, &["plan-stale", "serial 0, now 1"]);
    scene.run(&["plan", "--detailed-exitcode"], 0);

    // Without a change there is nothing to apply, and that is a plan, too.
    scene.plans();
    scene.run(&["deploy", "--plan", "plan.json"], 0).says(&["no changes"]);
}

#[test]
fn a_plan_is_stale_when_something_it_read_has_changed() {
    let scene = Scene::new();
    scene.run(&["deploy", "--yes"], 0);
    scene.project.edit("settings.ts", "1 seconds", "2 seconds");
    scene.plans();

    // The cloud: an object that was read, and one that was not.
    let client = scene.project.client(&scene.emulator.url());
    let url = client.call("sqs", "list_queues", &json!({}))["QueueUrls"][0].clone();
    let set = |attribute: &str, value: &str| {
        let attributes = json!({ attribute: value });
        client.call(
            "sqs",
            "set_queue_attributes",
            &json!({ "QueueUrl": url, "Attributes": attributes }),
        );
    };
    set("VisibilityTimeout", "77");
    scene.refused(&[], 4, &["plan-stale", "what the cloud shows of `Jobs` has changed"]);
    set("VisibilityTimeout", "30");
    client.call("sqs", "create_queue", &json!({ "QueueName": "of-somebody-else" }));
    scene.run(&["deploy", "--yes", "--stage", "other"], 0);

    // The stage's state: another deploy in between, even one that changes nothing of what is planned.
    scene.run(&["deploy", "--plan", "plan.json"], 0).says(&["deployed app"]);
    scene.project.edit("settings.ts", "2 seconds", "3 seconds");
    scene.plans();
    scene.project.edit("settings.ts", "3 seconds", "4 seconds");
    scene.run(&["deploy", "--yes"], 0);
    scene.project.edit("settings.ts", "4 seconds", "3 seconds");
    scene.refused(&[], 4, &["plan-stale", "the stage's state has been written"]);
    scene.run(&["plan", "--out", "plan.json", "--no-refresh"], 0);
    set("VisibilityTimeout", "77");
    scene.run(&["deploy", "--plan", "plan.json"], 0).says(&["deployed app"]);
}

#[test]
fn another_machine_applies_it_with_the_passphrase() {
    let scene = Scene::new();
    let passphrase = [("ALCHEMY_PASSPHRASE", "of the team")];
    let new_machine = || {
        fs::remove_dir_all(scene.project.home().join(".alchemy")).expect("the home's key");
    };
    scene.plans();
    new_machine();
    scene.refused(&[], 1, &["plan-key", "another machine", "ALCHEMY_PASSPHRASE"]);
    scene.with(&["plan", "--out", "plan.json"], &passphrase, 0);
    new_machine();
    scene.refused(&[], 1, &["plan-key", "ALCHEMY_PASSPHRASE is not set"]);
    scene.refused(&[("ALCHEMY_PASSPHRASE", "wrong")], 1, &["does not open the key of plan.json"]);
    scene.with(&["deploy", "--plan", "plan.json"], &passphrase, 0).says(&["deployed app"]);

    // Without redacted values any machine will do.
    scene.run(&["destroy", "--yes"], 0);
    scene.project.edit("alchemy.run.ts", "Config.redacted", "Config.string");
    scene.plans();
    new_machine();
    scene.run(&["deploy", "--plan", "plan.json"], 0).says(&["deployed app"]);
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_refused() {
    let scene = Scene::new();
    scene.plans();
    let whole = scene.file();
    let write = |text: &str| scene.project.write("plan.json", text);
    for (from, to, says) in [
        ("\"noRefresh\": false", "\"noRefresh\": true", "its sum does not fit"),
        ("\"serial\": 0", "\"serial\": 1", "its sum does not fit"),
        ("\"account\": \"1", "\"account\": \"2", "its sum does not fit"),
        ("\"version\":\"0.1.0\"", "\"version\":\"0.0.9\"", "plan-version"),
        ("\"alchemyPlan\":1", "\"alchemyPlan\":2", "plan-version"),
        ("\"alchemyPlan\":1,", "", "is not a plan"),
        ("\"from\":\"machine\"", "\"from\":\"nowhere\"", "plan-damaged"),
        ("\"realm\"", "\"reaml\"", "plan-damaged"),
    ] {
        assert!(whole.contains(from), "{from}");
        write(&whole.replace(from, to));
        scene.refused(&[], 1, &[says]);
    }
    for cut in [0, 10, whole.len() / 2, whole.len() - 2] {
        write(&whole[..cut]);
        scene.refused(&[], 1, &["plan"]);
    }
    write(&whole);
    scene.run(&["deploy", "--plan", "plan.json"], 0);
}
