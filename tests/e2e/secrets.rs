//! A secret of a program reaches the service and nothing else: no file, no stream, in no spelling. Sealed in state, it
//! comes back under the passphrase only.

use std::fs;
use std::path::Path;

use alchemy_tests::e2e::{Call, Emulator, Finished, Kind, Project, Proxy, Verdict, rules};
use serde_json::{Value, json};

/// Its spellings in base64, URL and JSON all differ from it.
const CANARY: &str = "canary/7f3a+\"9c\"=hunter2 ok";
const PASSPHRASE: &str = "passphrase-of-the-canary-test";
/// The project's AWS credentials.
const SECRET_KEY: &str = "aws/secret+access\"key";

const PROGRAM: &str = r#"
import * as Alchemy from "alchemy";
import * as Output from "alchemy/Output";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";

export default Alchemy.Stack("app", { providers: AWS.providers() }, Effect.gen(function* () {
  const token = yield* Alchemy.Config.redacted("TOKEN");
  const jobs = yield* AWS.SQS.Queue("Jobs");
  const text = Output.interpolate`token ${token} of ${jobs.queueName}`;
  yield* AWS.Lambda.Function("Api", {
    main: "./src/api.ts",
    handler: "handler",
    timeout: "5 seconds",
    env: { TOKEN: token, TEXT: text, MAPPED: text.pipe(Output.map((value) => value + "!")) },
  });
  return { token, text, queue: jobs.queueName };
}));
"#;

struct Scene {
    _emulator: Emulator,
    proxy: Proxy,
    project: Project,
    printed: Vec<(String, Finished)>,
}

impl Scene {
    fn new() -> Self {
        let emulator = Emulator::start(Kind::MiniStack);
        let proxy = Proxy::start(&emulator.url(), Vec::new());
        let project = Project::new(&proxy.url(), &[("alchemy.run.ts", PROGRAM)]);
        let project = project.secret(SECRET_KEY);
        project.write("src/api.ts", "export const handler = async () => process.env.TOKEN;\n");
        fs::create_dir(project.home().join("tmp")).expect("a folder for temporary files");
        Self { _emulator: emulator, proxy, project, printed: Vec::new() }
    }

    #[track_caller]
    fn run(&mut self, arguments: &[&str], passphrase: &str, code: i32) -> Finished {
        let run = self.project.alchemy(arguments).env("TOKEN", CANARY).env("ALCHEMY_LOG", "trace");
        let run = run.env("TMPDIR", self.project.home().join("tmp"));
        let finished = run.env("ALCHEMY_PASSPHRASE", passphrase).exits(code);
        assert!(finished.stderr.contains(" DEBUG ") || code == 1 || arguments[0] != "deploy");
        self.printed.push((arguments.join(" "), finished.clone()));
        finished
    }

    fn search(&self) {
        let spellings = spellings();
        let look = |place: &str, bytes: &[u8]| {
            for (how, spelling) in &spellings {
                let at = bytes.windows(spelling.len()).position(|window| window == spelling);
                let from = at.unwrap_or_default();
                let around = &bytes[from.saturating_sub(160)..bytes.len().min(from + 60)];
                assert!(
                    at.is_none(),
                    "{place} shows it ({how}): {}",
                    String::from_utf8_lossy(around)
                );
            }
        };
        for (command, finished) in &self.printed {
            look(&format!("stdout of {command}"), finished.stdout.as_bytes());
            look(&format!("stderr of {command}"), finished.stderr.as_bytes());
        }
        let mut files = 0;
        // The project with .alchemy in it, and the home with the folder for temporary files.
        for folder in [self.project.path(), self.project.home()] {
            each_file(&folder, &mut |path| {
                files += 1;
                look(&path.display().to_string(), &fs::read(path).expect("a file"));
            });
        }
        assert!(files > 10, "state, history, cache and key were looked through: {files}");
    }
}

/// The canary and the passphrase as they may be spelt: raw, base64 at each of three offsets, hexadecimal, URL, JSON.
fn spellings() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    for text in [CANARY, PASSPHRASE, SECRET_KEY] {
        all.push(("raw", text.as_bytes().to_vec()));
        all.push(("hexadecimal", hex(text, false).into_bytes()));
        all.push(("upper-case hexadecimal", hex(text, true).into_bytes()));
        all.push(("URL", url(text).into_bytes()));
        all.push(("form", url(text).replace("%20", "+").into_bytes()));
        let quoted = json!(text).to_string();
        all.push(("JSON", quoted.as_bytes()[1..quoted.len() - 1].to_vec()));
        let twice = json!(quoted).to_string();
        all.push(("JSON in JSON", twice.as_bytes()[3..twice.len() - 3].to_vec()));
        all.push(("Rust debug", text.escape_debug().to_string().into_bytes()));
        for offset in 0..3 {
            // The characters that do not depend on what stands around it.
            let bytes = &text.as_bytes()[offset..];
            let whole = base64(&bytes[..bytes.len() / 3 * 3]);
            all.push(("base64", whole.clone().into_bytes()));
            all.push(("base64url", whole.replace('+', "-").replace('/', "_").into_bytes()));
        }
    }
    all
}

fn hex(text: &str, upper: bool) -> String {
    let digit = |byte: u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
    text.bytes().map(digit).collect()
}

fn url(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let spelt = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(spelt).collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |three: &[u8]| {
        let bits = three.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[bits >> shift & 63]))
    };
    bytes.chunks_exact(3).flat_map(four).collect()
}

fn each_file(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("its kind");
        if kind.is_dir() {
            each_file(&entry.path(), visit);
        } else if kind.is_file() {
            visit(&entry.path());
        }
    }
}

/// What the service has: the environment of the only function.
fn environment(scene: &Scene) -> Value {
    let client = scene.project.client(&scene.proxy.url());
    let functions = client.call("lambda", "list_functions", &json!({}));
    functions["Functions"][0]["Environment"]["Variables"].clone()
}

#[test]
fn a_secret_reaches_the_service_and_nothing_else() {
    let mut scene = Scene::new();
    // The service refuses, and quotes what it was sent.
    let quoting = |call: &Call, n: usize| match call.operation.as_str() {
        "CreateFunction" | "UpdateFunctionConfiguration" if n == 1 => Verdict::Refuse {
            status: 400,
            code: "InvalidParameterValueException",
            message: format!("Value '{CANARY}' at 'environment' failed to satisfy constraint"),
        },
        _ => Verdict::Pass,
    };
    scene.proxy.add(rules::each(quoting));
    scene.run(&["plan", "--out", "plan.json"], PASSPHRASE, 0);
    scene.run(&["plan", "--out", "without.json"], "", 0);
    scene.run(&["deploy", "--yes"], PASSPHRASE, 3);
    scene.run(&["deploy", "--yes", "--json"], PASSPHRASE, 0);
    let sent = environment(&scene);
    assert_eq!(sent["TOKEN"], CANARY);
    assert!(sent["MAPPED"].as_str().expect("a text").ends_with('!'), "{sent}");
    scene.run(&["plan", "--detailed-exitcode"], PASSPHRASE, 0);
    scene.run(&["plan", "--detailed-exitcode", "--no-refresh", "--json"], PASSPHRASE, 0);
    scene.project.edit("alchemy.run.ts", "5 seconds", "6 seconds");
    scene.run(&["deploy", "--yes", "--json"], PASSPHRASE, 3);
    scene.run(&["deploy", "--yes"], PASSPHRASE, 0);
    for arguments in [&["state", "show"][..], &["state", "ls"], &["stage", "show"]] {
        scene.run(arguments, "", 0);
    }
    scene.search();
    let state = scene.project.path().join(".alchemy/state/stages/app/dev_sam/state.json");
    let state = fs::read_to_string(state).expect("the state");
    assert!(state.contains("\"$sealed\""), "it is sealed: {state}");
    let revealed = scene.run(&["state", "show", "--reveal"], PASSPHRASE, 0);
    let shown: Value = serde_json::from_str(&revealed.stdout).expect("JSON");
    assert_eq!(shown["outputs"]["token"], CANARY);
}

#[test]
fn another_machine_sees_the_same_and_a_lost_passphrase_stops_nothing_but_deploys() {
    let mut scene = Scene::new();
    scene.run(&["deploy", "--yes"], PASSPHRASE, 0);
    // Another machine has another key of its own in its home.
    fs::remove_dir_all(scene.project.home().join(".alchemy")).expect("the home's key");
    scene.run(&["plan", "--detailed-exitcode"], PASSPHRASE, 0);
    scene.run(&["plan", "--detailed-exitcode", "--no-refresh"], PASSPHRASE, 0);
    let state = scene.project.path().join(".alchemy/state/stages/app/dev_sam/state.json");
    let before = fs::read(&state).expect("the state");
    for (passphrase, reason) in [("", "is not set"), ("wrong", "does not open the key")] {
        for arguments in [&["plan"][..], &["deploy", "--yes"]] {
            scene.run(arguments, passphrase, 1).says(&["error[sealed]", reason, "--lost-key"]);
        }
    }
    assert_eq!(fs::read(&state).expect("the state"), before, "state stays as it is");
    scene.run(&["state", "rotate", "--lost-key", "--yes"], "", 0);
    scene.run(&["plan", "--detailed-exitcode"], "another", 6);
    scene.run(&["deploy", "--yes"], "another", 0);
    scene.run(&["plan", "--detailed-exitcode"], "another", 0);
    scene.run(&["destroy", "--yes"], "", 0);
    scene.search();
}

#[test]
fn what_a_program_throws_over_it_does_not_show_it_and_a_first_passphrase_changes_no_object() {
    let mut scene = Scene::new();
    scene.project.edit("alchemy.run.ts", "value + \"!\"", "{ throw new Error(value); }");
    let refused = scene.run(&["plan"], PASSPHRASE, 1);
    refused.says(&["output-failed", "Error: <redacted>, as it was thrown over a redacted value"]);
    // Known only when the queue is made.
    scene.project.edit("alchemy.run.ts", "jobs.queueName}`", "jobs.queueUrl}`");
    let failed = scene.run(&["deploy", "--yes"], PASSPHRASE, 3);
    failed.says(&["a function of the program failed at alchemy.run.ts:16", "<redacted>"]);
    scene.run(&["deploy", "--yes", "--json"], PASSPHRASE, 1);
    scene.project.edit("alchemy.run.ts", "throw new Error(value)", "return value + \"!\"");
    scene.run(&["deploy", "--yes"], "", 0);
    scene.run(&["plan", "--detailed-exitcode"], "", 0);
    let state = scene.project.path().join(".alchemy/state/stages/app/dev_sam/state.json");
    let state = fs::read_to_string(state).expect("the state");
    assert!(state.contains("\"$secret\"") && !state.contains("\"$sealed\""), "digests: {state}");
    // Sealed from the first deploy on that has a passphrase, without a call; no value shows as changed.
    scene.proxy.take_changes();
    for refresh in [&["--no-refresh"][..], &[]] {
        let flags = ["plan", "--detailed-exitcode"];
        let plan = scene.run(&[&flags, refresh].concat(), PASSPHRASE, 6);
        plan.says(&["its redacted values are kept under another key"]);
        assert!(!plan.stderr.contains("to update"), "{}", plan.both());
    }
    scene.run(&["deploy", "--yes"], PASSPHRASE, 0);
    assert_eq!(scene.proxy.take_changes(), Vec::<String>::new());
    scene.run(&["plan", "--detailed-exitcode", "--no-refresh"], PASSPHRASE, 0);
    scene.run(&["destroy", "--yes"], "", 0);
    scene.search();
}

const OTHER: &str = r#"
import * as Alchemy from "alchemy";
import * as Output from "alchemy/Output";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("web", { providers: AWS.providers() }, Effect.gen(function* () {
  const app = Output.stackRef("app", { stage: "dev_sam" });
  yield* AWS.Lambda.Function("Site", { main: "./src/api.ts", handler: "handler", env: { TOKEN: app.text } });
  return { seen: app.token };
}));
"#;

#[test]
fn another_stack_uses_it_under_the_passphrase_only() {
    let mut scene = Scene::new();
    scene.project.write("web.ts", OTHER);
    scene.run(&["deploy", "--yes"], PASSPHRASE, 0);
    for (passphrase, code) in [("", "reference-sealed"), ("wrong", "reference-sealed")] {
        scene.run(&["plan", "web.ts"], passphrase, 1).says(&[code, "ALCHEMY_PASSPHRASE"]);
    }
    scene.run(&["deploy", "web.ts", "--yes"], PASSPHRASE, 0);
    let client = scene.project.client(&scene.proxy.url());
    let functions = client.call("lambda", "list_functions", &json!({}));
    let functions = functions["Functions"].as_array().expect("a list").clone();
    let sites = functions.iter().filter(|f| f["FunctionName"].to_string().contains("web-"));
    let tokens: Vec<_> = sites.map(|f| f["Environment"]["Variables"]["TOKEN"].clone()).collect();
    let token = tokens[0].as_str().expect("a text");
    assert!(tokens.len() == 1 && token.starts_with(&format!("token {CANARY} of ")), "{tokens:?}");
    scene.run(&["plan", "web.ts", "--detailed-exitcode"], PASSPHRASE, 0);
    scene.run(&["stage", "ls"], "", 0);
    scene.run(&["destroy", "--stack", "web", "--yes"], "", 0);
    scene.run(&["destroy", "--stack", "app", "--yes"], "", 0);
    scene.search();
}

#[test]
fn a_recovered_stage_is_sealed_again_by_its_next_deploy() {
    let mut scene = Scene::new();
    scene.run(&["deploy", "--yes"], PASSPHRASE, 0);
    fs::remove_dir_all(scene.project.path().join(".alchemy/state")).expect("the store");
    scene.run(&["state", "recover", "--yes"], PASSPHRASE, 0);
    scene.proxy.take_changes();
    let plan = scene.run(&["plan", "--detailed-exitcode"], PASSPHRASE, 6);
    plan.says(&["its redacted values are kept under another key"]);
    assert!(!plan.stderr.contains("to update"), "{}", plan.both());
    scene.run(&["deploy", "--yes"], PASSPHRASE, 0);
    assert_eq!(scene.proxy.take_changes(), Vec::<String>::new());
    let state = scene.project.path().join(".alchemy/state/stages/app/dev_sam/state.json");
    let state = fs::read_to_string(state).expect("the state");
    let (digests, sealed) = (state.matches("\"$secret\"").count(), state.matches("\"$sealed\""));
    assert!(digests > 0 && digests == sealed.count(), "every one is sealed: {state}");
    scene.run(&["plan", "--detailed-exitcode"], PASSPHRASE, 0);
    scene.search();
    let revealed = scene.run(&["state", "show", "--reveal"], PASSPHRASE, 0);
    let shown: Value = serde_json::from_str(&revealed.stdout).expect("JSON");
    assert_eq!(shown["outputs"]["token"], CANARY);
}
