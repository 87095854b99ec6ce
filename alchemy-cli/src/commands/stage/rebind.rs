//! `alchemy stage rebind`: binds a stage to the account and region that the profile reaches. Changes no cloud object.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use alchemy_core::{Change, Diagnostic, Record, Snapshot, Target};
use alchemy_state::{LockRequest, StageKey, StageLock, StageSummary};

use super::stage_json;
use crate::args::StageRebindArgs;
use crate::commands::agreed;
use crate::commands::cloud::Cloud;
use crate::commands::state_failure::{lock_info, state_failure};
use crate::commands::stored::{Asked, Stored};
use crate::failure::Failure;
use crate::runtime::block_on;
use crate::settings::{ResolvedProfile, Surroundings, resolve_profile, resolve_profile_name};
use crate::signals::Signals;
use crate::ui::{Ui, plural, printable, table};

/// Most objects that a refusal lists.
const LISTED: usize = 10;

/// Runs the command.
pub(super) fn run(args: &StageRebindArgs, around: &Surroundings, ui: &Ui) -> Result<(), Failure> {
    let asked = Asked {
        program: args.program.program.as_deref(),
        env_file: args.stage.env_file.as_deref(),
        store: &args.store,
        profile: &args.profile,
        keep: None,
    };
    let stored = Stored::open(around, &asked)?;
    let flag = args.profile.profile.as_deref();
    let (name, explicit) = resolve_profile_name(flag, &stored.environment);
    let profile = resolve_profile(around, name, explicit)?;
    block_on(Rebind { args, around, ui, stored, profile }.run())
}

struct Rebind<'a> {
    args: &'a StageRebindArgs,
    around: &'a Surroundings,
    ui: &'a Ui,
    stored: Stored,
    profile: ResolvedProfile,
}

impl Rebind<'_> {
    async fn run(&self) -> Result<(), Failure> {
        let mut signals = Signals::new()?;
        let known = self.stored.known(&self.args.stage, &self.args.store);
        let (key, loaded) = signals.unless(known).await?;
        let pin = loaded.snapshot.pin.as_ref();
        let cloud = signals.unless(Box::pin(Cloud::open(self.profile.clone(), pin))).await?;
        let target = signals.unless(cloud.asked()).await?;
        let request = LockRequest {
            info: lock_info(self.around, "stage rebind"),
            wait: self.args.lock_timeout,
        };
        let lock = signals.unless(async {
            self.stored.store.lock(&key, request).await.map_err(|error| state_failure(&error))
        });
        let lock = lock.await?;
        let bound = self.locked(&*lock, &key, &target, &mut signals).await;
        let released = lock.release().await;
        let snapshot = bound?;
        released.map_err(|error| state_failure(&error))?;
        if self.ui.json {
            let line = stage_json(&StageSummary { key, state: Ok(snapshot) });
            self.ui.data(&line.to_string());
        }
        Ok(())
    }

    /// Compares, shows, asks and writes; gives the state as it is then.
    async fn locked(
        &self,
        lock: &dyn StageLock,
        key: &StageKey,
        target: &Target,
        signals: &mut Signals,
    ) -> Result<Snapshot, Failure> {
        let snapshot = lock.load().await.map_err(|error| state_failure(&error))?.snapshot;
        let (stack, stage) = (&key.stack, &key.stage);
        if snapshot.pin.as_ref() == Some(target) {
            self.ui.say_human(&format!(
                "stage `{stage}` of stack `{stack}` is bound to {} already; nothing to do",
                place(target)
            ));
            return Ok(snapshot);
        }
        refuse_objects_elsewhere(&snapshot, target)?;
        self.ui.say_human(&format!(
            "stage `{stage}` of stack `{stack}`\n{}",
            moved(&snapshot, target)
        ));
        if !self.args.yes {
            let question = format!("Bind stage {stage} to {}?", place(target));
            agreed(self.ui, signals, &question).await?;
        }
        let change = Change::Pin(target.clone());
        lock.append(&[change]).await.map_err(|error| state_failure(&error))?;
        let after = lock.commit().await.map_err(|error| state_failure(&error))?;
        self.ui.say_human(&format!("stage `{stage}` is bound to {}", place(target)));
        Ok(after)
    }
}

/// `account 111111111111, region eu-west-1`
fn place(target: &Target) -> String {
    format!("account {}, region {}", printable(&target.account), printable(&target.region))
}

/// The old and the new place, one line each, and what stays behind.
fn moved(snapshot: &Snapshot, target: &Target) -> String {
    let old = snapshot.pin.as_ref().map_or_else(|| "nowhere yet".to_owned(), place);
    let mut text = format!("  from  {old}\n  to    {}", place(target));
    let stays = snapshot.retained.values().filter(|record| record.target != *target).count();
    if stays > 0 {
        let objects = plural(stays, "object");
        write!(text, "\n  kept in the old place, where deploys no longer see it: {objects}")
            .expect("writing to a string");
    }
    text
}

/// Objects in the old place would be lost to the stage: nobody would update or delete them any more.
fn refuse_objects_elsewhere(snapshot: &Snapshot, target: &Target) -> Result<(), Diagnostic> {
    let mut elsewhere: Vec<&Arc<Record>> =
        snapshot.records.values().filter(|record| record.target != *target).collect();
    if elsewhere.is_empty() {
        return Ok(());
    }
    elsewhere.sort_by_key(|record| (&record.fqn, record.generation));
    let places: BTreeSet<_> = elsewhere.iter().map(|record| place(&record.target)).collect();
    let places: Vec<_> = places.into_iter().collect();
    let row = |record: &&Arc<Record>| vec![record.fqn.to_string(), record.ty.to_string()];
    let rows: Vec<_> = elsewhere.iter().take(LISTED).map(row).collect();
    let mut listed = table(&["RESOURCE", "TYPE"], &rows, crate::ui::Paint::new(false));
    if elsewhere.len() > LISTED {
        let more = elsewhere.len() - LISTED;
        write!(listed, "\nand {more} more").expect("writing to a string");
    }
    let stage = &snapshot.stage;
    let objects = plural(elsewhere.len(), "object");
    Err(Diagnostic::error("objects-elsewhere", format!("stage `{stage}` has {objects} elsewhere"))
        .detail(format!(
            "In {}. Bound to {} the stage could neither update nor delete what is there. Nothing was changed.\n{listed}",
            places.join("; "),
            place(target)
        ))
        .help(format!(
            "destroy the stage where it is, with a profile that reaches it, then rebind: alchemy destroy --stage {stage}"
        )))
}
