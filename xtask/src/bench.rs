//! The speed budgets of the product, each beside its figure. Nothing passes or fails here: machines differ, and are shared.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::editors;
use crate::process::{self, Failure, Result, say};
use crate::setup::{self, Tools};

const ROUNDS: usize = 15;

/// Builds with optimisation and prints one line a figure: what, measured, budget.
pub(crate) fn run() -> Result<()> {
    let tools = setup::run()?;
    process::run(&mut process::cargo(&["build", "--release", "--workspace", "--bin", "alchemy"]))?;
    let target = process::target_folder()?;
    let binary = target.join("release/alchemy");
    say("what | measured (median) | budget\n");
    let size = fs::metadata(&binary)?.len();
    say(&format!("release binary | {:.1} MB | 80 MB\n", mb(size)));
    let version = median(
        (0..ROUNDS).map(|_| time(Command::new(&binary).arg("--version"))).collect::<Result<_>>()?,
    );
    say(&format!("alchemy --version, whole process | {version:.1} ms | 5 ms\n"));
    programs(&tools, &binary, &target.join("bench"))?;
    editors::bench(&tools, &binary)?;
    process::run(&mut benchmark("planner"))?;
    process::run(&mut benchmark("state_writes"))
}

/// The 10-resource example: plan without network, cold (no cache) and warm.
fn programs(tools: &Tools, binary: &Path, folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder.join("home"))?;
    let project = folder.join("ten");
    fs::create_dir_all(&project)?;
    fs::write(project.join("alchemy.run.ts"), TEN)?;
    std::os::unix::fs::symlink(tools.node.join("node_modules"), project.join("node_modules"))?;
    let plan = |arguments: &[&str]| {
        let mut command = Command::new(binary);
        command
            .args(["plan", "--no-refresh"])
            .args(arguments)
            .current_dir(&project)
            .env_clear()
            .env("HOME", folder.join("home"))
            .env("USER", "bench")
            .env("AWS_REGION", "us-east-1");
        command
    };
    let emulator = crate::emulator::Emulator::start(tools, &folder.join("emulator"))?;
    let mut deploy = plan(&[]);
    let arguments = ["deploy", "--yes"];
    let mut first = Command::new(binary);
    first.args(arguments).current_dir(&project).env_clear();
    for (name, value) in
        deploy.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
    {
        first.env(name, value);
    }
    first
        .env("AWS_ENDPOINT_URL", emulator.url())
        .env("AWS_ACCESS_KEY_ID", "111111111111")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    process::output(&mut first)?;
    emulator.stop()?;
    process::output(&mut deploy)?;

    let cache = project.join(".alchemy/cache");
    let cold = (0..ROUNDS).map(|_| {
        let _ = fs::remove_dir_all(&cache);
        time(&mut plan(&[]))
    });
    let cold = median(cold.collect::<Result<_>>()?);
    say(&format!(
        "plan --no-refresh, 10 resources, no cache, whole process | {cold:.1} ms | 95 ms (80 ms to evaluate, 15 ms for the rest)\n"
    ));
    time(&mut plan(&[]))?;
    let warm = median((0..ROUNDS).map(|_| time(&mut plan(&[]))).collect::<Result<_>>()?);
    say(&format!("plan --no-refresh, 10 resources, warm, whole process | {warm:.1} ms | 15 ms\n"));
    let resident = resident(&mut plan(&[]))?;
    say(&format!("the same, peak resident memory | {resident:.0} MB | 60 MB\n"));
    evaluate(tools, &project, &cache, ("cold", "80 ms"))?;
    evaluate(tools, &project, &cache, ("warm", "4 ms"))
}

/// Evaluation alone, in its own process, by the program crate's own benchmark. A cold one makes the cache.
fn evaluate(
    tools: &Tools,
    project: &Path,
    cache: &Path,
    (what, budget): (&str, &str),
) -> Result<()> {
    let mut command = benchmark("evaluate");
    command
        .env("BENCH_PROJECT", project)
        .env("BENCH_CACHE", cache)
        .env("ALCHEMY_TEST_NODE_MODULES", tools.node.join("node_modules"));
    if what == "cold" {
        command.env("BENCH_COLD", "1");
    }
    let text = process::output(&mut command)?;
    let figure = text.lines().find_map(|line| line.strip_prefix("evaluate: ")).unwrap_or("?");
    say(&format!("evaluate the 10-resource example, {what} | {figure} | {budget}\n"));
    Ok(())
}

/// A crate's own benchmark. The whole workspace is named, so that its features, and with them its dependencies, are those
/// that the binary was built with.
fn benchmark(name: &str) -> Command {
    process::cargo(&["bench", "--quiet", "--workspace", "--bench", name])
}

fn time(command: &mut Command) -> Result<f64> {
    let begun = Instant::now();
    let status =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let took: Duration = begun.elapsed();
    if status.success() {
        Ok(took.as_secs_f64() * 1000.0)
    } else {
        Err(Failure::new(format!("{command:?}: {status}")))
    }
}

/// Peak resident memory in MB, as the kernel accounts it, read by a small Python program that runs the command.
fn resident(command: &mut Command) -> Result<f64> {
    let script = "import os,resource,subprocess,sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let mut python = Command::new("python3");
    python.args(["-c", script]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        python.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            python.env(name, value);
        }
    }
    let text = process::output(&mut python)?;
    let kilobytes: f64 =
        text.trim().parse().map_err(|_| Failure::new(format!("not a number: {text}")))?;
    Ok(kilobytes / 1024.0)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn mb(bytes: u64) -> f64 {
    // Exact below 2^53 bytes.
    #[expect(clippy::cast_precision_loss, reason = "a size of a file")]
    let bytes = bytes as f64;
    bytes / (1024.0 * 1024.0)
}

/// Ten resources that need no expansion.
const TEN: &str = r#"import * as Alchemy from "alchemy";
import { Stack } from "alchemy/Stack";
import * as RemovalPolicy from "alchemy/RemovalPolicy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("ten", { providers: AWS.providers() }, Effect.gen(function* () {
  const stack = yield* Stack;
  const box = yield* AWS.S3.Bucket("Box").pipe(RemovalPolicy.retain(stack.stage === "prod"));
  let before = yield* AWS.SQS.Queue("Queue0");
  for (let n = 1; n < 9; n++) {
    before = yield* AWS.SQS.Queue(`Queue${n}`, { redrivePolicy: { deadLetterTargetArn: before.queueArn, maxReceiveCount: 3 } });
  }
  return { box: box.bucketName, last: before.queueName };
}));
"#;
