//! `alchemy stage unlock`: says whose lock it is and whether that run can still be going on, then breaks it.

use std::fmt::Write as _;

use alchemy_core::Diagnostic;
use alchemy_state::{HeldLock, Liveness, LockInfo, LockState, StageKey, StateError};
use serde_json::json;

use crate::args::StageUnlockArgs;
use crate::clock;
use crate::commands::agreed;
use crate::commands::state_failure::{holder_text, state_failure};
use crate::commands::stored::{Asked, Stored};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::Surroundings;
use crate::signals::Signals;
use crate::ui::{Ui, printable};

/// Hours after which GitHub ends a job on one of its own machines
/// (<https://docs.github.com/en/actions/reference/limits>).
const GITHUB_JOB_HOURS: i64 = 6;

/// Runs the command.
pub(super) fn run(args: &StageUnlockArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let asked = Asked {
        program: args.program.program.as_deref(),
        env_file: args.stage.env_file.as_deref(),
        store: &args.store,
        profile: &args.profile,
        keep: None,
    };
    let stored = Stored::open(around, &asked)?;
    block_on(unlock(args, &stored, around, ui))
}

async fn unlock(
    args: &StageUnlockArgs,
    stored: &Stored,
    around: &Surroundings,
    ui: &Ui,
) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let key = signals.unless(key(args, stored)).await?;
    let looking = async { stored.store.lock_state(&key).await.map_err(|e| state_failure(&e)) };
    let LockState::Held(held) = signals.unless(looking).await? else {
        ui.say_human(&format!(
            "stage `{}` of stack `{}` is not locked; nothing to do",
            key.stage, key.stack
        ));
        say_result(ui, &key, false);
        return Ok(());
    };
    ui.say_human(&explanation(&key, &held, around));
    if held.liveness == Liveness::Alive {
        return Err(runs(held.info.as_ref()));
    }
    if !args.yes {
        agreed(ui, &mut signals, "Break this lock?").await?;
    }
    match stored.store.unlock(&key, held.epoch).await {
        Ok(()) => {
            ui.say_human(
                "the lock is broken: that run writes nothing any more, and the next one goes on from what it has recorded",
            );
            say_result(ui, &key, true);
            Ok(())
        }
        Err(StateError::HolderRuns { holder }) => Err(runs(holder.as_deref())),
        Err(StateError::OtherLock { holder, .. }) => {
            let holder = holder.as_deref().map(holder_text);
            let other = holder.map(|text| format!("It is held now by another run: {text}."));
            let found = Diagnostic::error(
                "other-lock",
                "the lock has changed hands meanwhile; nothing was broken",
            )
            .detail(other.unwrap_or_default())
            .help("run the same command again to see whose it is now");
            Err(Failure::new(Exit::Locked, found))
        }
        Err(error) => Err(state_failure(&error)),
    }
}

/// The stage, which need not have state: its first run may hold the lock.
async fn key(args: &StageUnlockArgs, stored: &Stored) -> Result<StageKey, Failure> {
    let stages = stored.stages().await?;
    Ok(stored.key(&args.stage, &args.store, &stages)?.ok_or_else(|| stored.empty())?)
}

fn say_result(ui: &Ui, key: &StageKey, broken: bool) {
    if ui.json {
        let line = json!({ "v": 1, "stack": key.stack.as_str(), "stage": key.stage.as_str(), "broken": broken });
        ui.data(&line.to_string());
    }
}

fn runs(holder: Option<&LockInfo>) -> Failure {
    let (summary, advice) = match holder {
        Some(holder) => (
            format!(
                "process {} holds the lock and is running on {}",
                holder.pid,
                printable(&holder.host)
            ),
            format!("wait for it (--lock-timeout 10m), or end it: kill {}", holder.pid),
        ),
        None => (
            "a running process holds the lock".to_owned(),
            "wait for it (--lock-timeout 10m), or end it".to_owned(),
        ),
    };
    let found = Diagnostic::error("holder-runs", summary)
        .detail("It would go on changing the stage. Its lock ends with it. Nothing was broken.")
        .help(advice);
    Failure::new(Exit::Locked, found)
}

/// Whose lock it is, how old, whether its holder can still be there, and what breaking it means.
fn explanation(key: &StageKey, held: &HeldLock, around: &Surroundings) -> String {
    let holder = held.info.as_ref().map_or_else(|| "somebody unknown".to_owned(), holder_text);
    let mut text = format!("stage `{}` of stack `{}` is locked: {holder}", key.stage, key.stack);
    if let Some(url) = held.info.as_ref().and_then(|info| info.ci_url.as_deref()) {
        write!(text, "\n  its CI run: {}{}", printable(url), ci_life(held, url, around))
            .expect("writing to a string");
    }
    let life = match held.liveness {
        Liveness::Alive => "its process is running on this machine",
        Liveness::Gone => {
            "its process was on this machine and has ended; the next run takes the lock over at once"
        }
        Liveness::Unknown => {
            "whether its process still runs cannot be seen from here. A run that lives renews its lock every 10 s; one that has died loses it to the next run within a minute: waiting (--lock-timeout 2m) is enough"
        }
    };
    write!(text, "\n  {life}").expect("writing to a string");
    if held.liveness == Liveness::Unknown {
        text.push_str(
            "\n  breaking it stops that run at its next write; a call that it has already sent to the cloud can still arrive",
        );
    }
    text
}

/// Whether the run behind a CI address can still be going on.
fn ci_life(held: &HeldLock, url: &str, around: &Surroundings) -> String {
    if around.ci_url().as_deref() == Some(url) {
        return "\n  that is this very run: another job or step of it holds the lock".to_owned();
    }
    let since = held.info.as_ref().and_then(|info| info.since.parse::<jiff::Timestamp>().ok());
    let hours = since.map(|since| (clock::now().as_second() - since.as_second()) / 3600);
    match hours {
        Some(hours) if url.starts_with("https://github.com/") && hours >= GITHUB_JOB_HOURS => {
            format!(
                "\n  a job on GitHub's own machines ends after {GITHUB_JOB_HOURS} h, and this one began {hours} h ago: it has ended, unless it runs on a machine of yours"
            )
        }
        _ => "\n  it can still be going on: look there first".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use alchemy_core::{StackName, Stage};

    use super::*;

    fn key() -> StageKey {
        StageKey {
            stack: StackName::parse("photos").unwrap(),
            stage: Stage::parse("prod").unwrap(),
        }
    }

    fn held(liveness: Liveness, ci_url: Option<&str>, hours: i64) -> HeldLock {
        let since = clock::now() - jiff::SignedDuration::from_hours(hours);
        let info = LockInfo {
            operation: "deploy".to_owned(),
            user: "runner".to_owned(),
            host: "fv-az1".to_owned(),
            pid: 4711,
            ci_url: ci_url.map(str::to_owned),
            since: since.to_string(),
        };
        HeldLock { epoch: 3, info: Some(info), liveness }
    }

    #[test]
    fn says_whose_how_old_and_whether_it_can_live() {
        let url = "https://github.com/o/r/actions/runs/7";
        let text = |held: HeldLock| explanation(&key(), &held, &Surroundings::default());
        let fresh = text(held(Liveness::Unknown, Some(url), 1));
        assert!(fresh.contains("deploy by runner@fv-az1, pid 4711, since "), "{fresh}");
        assert!(fresh.contains(", 1 h ago"), "{fresh}");
        assert!(fresh.contains("it can still be going on"), "{fresh}");
        assert!(fresh.contains("cannot be seen from here"), "{fresh}");
        let old = text(held(Liveness::Unknown, Some(url), 7));
        assert!(old.contains("ends after 6 h, and this one began 7 h ago"), "{old}");
        let elsewhere = text(held(Liveness::Unknown, Some("https://ci.example/1"), 700));
        assert!(elsewhere.contains("it can still be going on"), "{elsewhere}");
        let gone = text(held(Liveness::Gone, None, 0));
        assert!(gone.contains("takes the lock over at once"), "{gone}");
        assert!(!gone.contains("CI run"), "{gone}");
    }

    #[test]
    fn the_run_that_asks_is_told_that_it_is_its_own() {
        let around = Surroundings {
            variables: [("CI_JOB_URL".to_owned(), "https://ci.example/1".to_owned())].into(),
            ..Surroundings::default()
        };
        let lock = held(Liveness::Unknown, Some("https://ci.example/1"), 0);
        assert!(explanation(&key(), &lock, &around).contains("this very run"));
    }
}
