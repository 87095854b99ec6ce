//! The main job in one command: three stages of one program on an AWS API that none of us wrote, one of them destroyed.

mod table;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::emulator::Emulator;
use crate::process::{self, Failure, Result, say};
use crate::scene::{self, Scene};
use crate::setup;

/// Runs it; every claim it prints is checked, and a claim that does not hold is an error.
pub(crate) fn run() -> Result<()> {
    let tools = setup::run()?;
    // With the features of the whole workspace: the tests use the same build.
    process::run(&mut process::cargo(&["build", "--workspace", "--bins", "--quiet"]))?;
    let scene = Scene::new(&tools, "demo", None)?;
    let emulator = Emulator::start(&tools, &scene.folder.join("emulator"))?;
    let shown = show(&scene, &emulator.url(), &tools);
    emulator.stop()?;
    shown
}

fn show(scene: &Scene, url: &str, tools: &setup::Tools) -> Result<()> {
    let dev = format!("dev_{}", scene.user);
    title(
        "One program, three stages: a developer's, a pull request's, and production in another account",
    );
    scene.alchemy(
        url,
        &["profile", "create", "prod", "--method", "static-keys", "--access-key-id", scene::PROD],
    )?;
    scene.alchemy(url, &["deploy", "--yes"])?;
    scene.alchemy(url, &["deploy", "--stage", "pr-147", "--yes"])?;
    scene.alchemy(url, &["deploy", "--stage", "prod", "--profile", "prod", "--yes"])?;

    title("Physical names, by stage");
    let stages = [dev.as_str(), "pr-147", "prod"];
    let recorded =
        stages.iter().map(|stage| scene.names(url, stage)).collect::<Result<Vec<_>>>()?;
    say(&table::by_stage(&stages, &recorded));

    title("What the AWS API lists before pr-147 is destroyed, and after");
    let client = |account: &str| -> Result<BTreeSet<String>> { listed(tools, url, account) };
    let (before, prod) = (client(scene::DEV)?, client(scene::PROD)?);
    scene.alchemy(url, &["destroy", "--stage", "pr-147", "--yes"])?;
    let (after, prod_after) = (client(scene::DEV)?, client(scene::PROD)?);
    for name in &before {
        say(&format!("  {}  {name}\n", if after.contains(name) { "    " } else { "GONE" }));
    }
    let gone: BTreeSet<&String> = before.difference(&after).collect();
    let of_pr = |name: &&String| name.contains("photos-pr_147-") || name.contains("photos-pr-147-");
    claim("everything of pr-147 went", !gone.is_empty() && !after.iter().any(|name| of_pr(&name)))?;
    claim("nothing else went", gone.iter().all(of_pr) && after.is_subset(&before))?;
    claim("production, in its own account, is as it was", prod == prod_after && !prod.is_empty())?;
    say(&format!(
        "\n{} objects before, {} after, {} in production's account\n",
        before.len(),
        after.len(),
        prod.len()
    ));
    Ok(())
}

fn title(text: &str) {
    say(&format!("\n== {text} ==\n"));
}

fn claim(text: &str, holds: bool) -> Result<()> {
    say(&format!("  {} {text}\n", if holds { "yes:" } else { "NO:" }));
    if holds { Ok(()) } else { Err(Failure::new(format!("not so: {text}"))) }
}

/// All objects that the API lists for an account, asked by a client that is not ours.
fn listed(tools: &setup::Tools, url: &str, account: &str) -> Result<BTreeSet<String>> {
    let text = process::output(
        process::command(tools.python("python"), &["tests/tools/aws.py", "inventory"])
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_ACCESS_KEY_ID", account)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN"),
    )?;
    let inventory: Value =
        serde_json::from_str(&text).map_err(|error| Failure::new(error.to_string()))?;
    let kinds = inventory.as_object().into_iter().flatten();
    Ok(kinds
        .flat_map(|(kind, names)| {
            let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
            names.map(move |name| format!("{kind:<15} {name}"))
        })
        .collect())
}
