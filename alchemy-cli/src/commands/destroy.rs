//! `alchemy destroy`: everything of a stage but what is retained. Needs no program.

use std::path::Path;
use std::sync::Arc;

use alchemy_core::{
    Action, Catalog, Diagnostic, NoClosures, PlanMode, Realm, Record, ReferencesUsed, SecretHasher,
    Snapshot,
};
use alchemy_engine::{Engine, EngineParts, Leftover, NoArtifacts, StageOwner};
use alchemy_state::{Loaded, StageKey};

use super::applying::{Applied, Applying};
use super::cloud::Cloud;
use super::planning::{Attempt, Planned, Planning, outrun};
use super::state_failure::state_failure;
use super::stored::{Asked, Stored, open_realm, refuse_locked, secret_hasher};
use super::{random_seed, references, report};
use crate::args::DestroyArgs;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Sources};
use crate::progress::Progress;
use crate::runtime::block_on;
use crate::settings::{ResolvedProfile, Surroundings, resolve_profile, resolve_profile_name};
use crate::signals::Signals;
use crate::ui::{PlanHeader, Ui, ago, plan_text, printable, table};
use crate::wire;

/// How things are when looking for leftovers is cancelled.
const UNSEEN: &str =
    "the stage is destroyed, but nobody looked whether the cloud still shows any of its objects";

/// Runs the command.
pub(crate) fn run(args: &DestroyArgs, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    let asked = Asked {
        program: args.program.program.as_deref(),
        env_file: args.stage.env_file.as_deref(),
        store: &args.store,
        profile: &args.profile,
        keep: args.keep,
    };
    let stored = Stored::open(around, &asked)?;
    let (name, explicit) =
        resolve_profile_name(args.profile.profile.as_deref(), &stored.environment);
    let profile = resolve_profile(around, name, explicit)?;
    let hasher = secret_hasher(around)?;
    let destroy = Destroy {
        args,
        around,
        ui,
        stored,
        profile,
        catalog: alchemy_providers::catalog(),
        hasher,
        sources: Sources::new(),
    };
    block_on(destroy.run())
}

struct Destroy<'a> {
    args: &'a DestroyArgs,
    around: &'a Surroundings,
    ui: &'a Ui,
    stored: Stored,
    profile: ResolvedProfile,
    catalog: Catalog,
    hasher: SecretHasher,
    sources: Sources,
}

impl Destroy<'_> {
    async fn run(&self) -> Result<Exit, Failure> {
        let mut signals = Signals::new()?;
        let Some((key, loaded)) = signals.unless(self.stage()).await? else {
            self.ui.say_human("there is no such stage; nothing to do");
            return Ok(self.end(Exit::Done));
        };
        if let Some(at) = &loaded.snapshot.destroyed_at
            && loaded.snapshot.records.is_empty()
        {
            let when = ago(at, clock::now());
            self.ui.say_human(&format!(
                "stage `{}` of stack `{}` was destroyed {when}",
                key.stage, key.stack
            ));
            report::kept(self.ui, &loaded.snapshot, &loaded.snapshot, true);
            return Ok(self.end(Exit::Done));
        }
        refuse_locked(&*self.stored.store, &key, self.args.lock_timeout).await?;
        let realm = open_realm(&*self.stored.store).await?;
        let cloud = signals
            .unless(Box::pin(Cloud::open(self.profile.clone(), loaded.snapshot.pin.as_ref())))
            .await?;
        Box::pin(self.destroy(&key, loaded, &cloud, &realm, &mut signals)).await
    }

    /// The stage, or nothing if there is none and that is all right.
    async fn stage(&self) -> Result<Option<(StageKey, Loaded)>, Failure> {
        let stages = self.stored.stages().await?;
        let absent = |refused: Failure| if self.args.if_exists { Ok(None) } else { Err(refused) };
        let key = match self.stored.key(&self.args.stage, &self.args.store, &stages) {
            Ok(Some(key)) => key,
            Ok(None) => return absent(self.stored.empty().into()),
            Err(refused)
                if refused.diagnostics.iter().any(|found| found.code == "unknown-stack") =>
            {
                return absent(refused);
            }
            Err(refused) => return Err(refused),
        };
        match self.stored.store.load(&key).await.map_err(|error| state_failure(&error))? {
            Some(loaded) => Ok(Some((key, loaded))),
            None => absent(self.stored.unknown_stage(&key, &stages).into()),
        }
    }

    fn engine(&self, cloud: &Cloud, key: &StageKey, realm: Realm) -> Engine {
        let StageKey { stack, stage } = key.clone();
        Engine::new(EngineParts {
            registry: alchemy_providers::registry(Arc::clone(&cloud.connection)),
            catalog: self.catalog.clone(),
            owner: StageOwner { realm, stack, stage },
            parallelism: self.args.parallelism,
            seed: random_seed(),
        })
    }

    async fn destroy(
        &self,
        key: &StageKey,
        loaded: Loaded,
        cloud: &Cloud,
        realm: &Realm,
        signals: &mut Signals,
    ) -> Result<Exit, Failure> {
        let target = signals.unless(cloud.asked()).await?;
        let engine = self.engine(cloud, key, realm.clone());
        let progress = Progress::new(self.ui);
        let planning = Planning {
            mode: PlanMode::Destroy,
            graph: None,
            references: &ReferencesUsed::default(),
            catalog: &self.catalog,
            realm,
            target: &target,
            custom_endpoint: cloud.connection.custom_endpoint(),
            closures: &NoClosures,
            hasher: &self.hasher,
            refresh: !self.args.no_refresh,
            adopt: false,
            force: false,
            new_realm: false,
            basis: None,
            sources: &self.sources,
            engine: &engine,
            sink: &progress,
        };
        let header = self.header(key, &planning);
        self.ui.event(&header.event("destroy"));
        self.ui.say_human(&header.text(self.ui.paint, self.ui.width));
        let attempt = planning.attempt(loaded, &*self.stored.store, key);
        let planned = match signals.unless(Box::pin(attempt)).await? {
            Attempt::Planned(planned) => planned,
            Attempt::Outrun(_) => return Err(outrun()),
        };
        self.show(&planned);
        let stages = signals.unless(self.stored.stages()).await?;
        let referenced: Vec<_> = references::warning(key, &stages).into_iter().collect();
        self.ui.diagnostics(&referenced, &self.sources);
        if !planned.plan.plan().steps.is_empty() && !self.args.yes {
            let question = format!("Destroy stage {} in account {}?", key.stage, target.account);
            super::agreed(self.ui, signals, &question).await?;
        }
        let deleted = deleted(&planned);
        let applied = Box::pin(self.apply(key, planned, &planning, signals)).await?;
        self.finish(key, &applied, &deleted, &planning, signals).await
    }

    fn header(&self, key: &StageKey, planning: &Planning<'_>) -> PlanHeader {
        PlanHeader {
            stack: key.stack.to_string(),
            stage: key.stage.to_string(),
            profile: self.profile.name.clone(),
            account: planning.target.account.clone(),
            region: planning.target.region.clone(),
            store: self.around.shown(Path::new(&self.stored.store.describe())),
        }
    }

    fn show(&self, planned: &Planned) {
        let plan = planned.plan.plan();
        self.ui.diagnostics(&plan.diagnostics, &self.sources);
        self.ui.event(&wire::plan(plan));
        self.ui.say_human(&plan_text(plan, self.ui.paint, self.ui.width));
    }

    async fn apply(
        &self,
        key: &StageKey,
        planned: Planned,
        planning: &Planning<'_>,
        signals: &mut Signals,
    ) -> Result<Applied, Failure> {
        let applying = Applying {
            store: &*self.stored.store,
            key,
            operation: "destroy",
            wait: self.args.lock_timeout,
            yes: self.args.yes,
            saved: None,
            engine: planning.engine,
            closures: Arc::new(NoClosures),
            artifacts: Arc::new(NoArtifacts),
            hasher: &self.hasher,
            sealer: None,
            declared: None,
            around: self.around,
            ui: self.ui,
        };
        let show = |planned: &Planned| self.show(planned);
        Box::pin(applying.apply(Attempt::Planned(planned), planning, signals, &show)).await
    }

    /// Looks whether everything is really gone, and reports.
    async fn finish(
        &self,
        key: &StageKey,
        applied: &Applied,
        deleted: &[Arc<Record>],
        planning: &Planning<'_>,
        signals: &mut Signals,
    ) -> Result<Exit, Failure> {
        report::failures(self.ui, applied, None, &self.sources);
        let done = format!("destroyed stage {} of {}", key.stage, key.stack);
        let after = &applied.report.snapshot;
        let mut exit = report::summary(self.ui, &applied.report.outcome, &done);
        report::kept(self.ui, &applied.before, after, true);
        if exit == Exit::Done {
            let looking = self.leftovers(deleted, after, planning);
            exit = self.looked(signals.unless_then(UNSEEN, looking).await);
        }
        self.ui.event(&wire::end(exit, Some(&applied.report.outcome)));
        Ok(exit)
    }

    /// What looking for leftovers came to. Whatever that is, the command goes on to say what it has done.
    fn looked(&self, found: Result<Vec<Leftover>, Failure>) -> Exit {
        match found {
            Ok(left) if left.is_empty() => Exit::Done,
            Ok(left) => {
                self.ui.diagnostics(&[leftover_diagnostic(&left)], &self.sources);
                Exit::Incomplete
            }
            Err(failure) => {
                self.ui.failure(&failure);
                failure.exit
            }
        }
    }

    async fn leftovers(
        &self,
        deleted: &[Arc<Record>],
        after: &Snapshot,
        planning: &Planning<'_>,
    ) -> Result<Vec<Leftover>, Failure> {
        let kept: Vec<Arc<Record>> = after.retained.values().cloned().collect();
        let left =
            planning.engine.verify_destroyed(planning.target, deleted, &kept, planning.sink).await;
        left.map_err(|error| Failure {
            exit: Exit::Incomplete,
            ..Failure::refused(error.diagnostics(), &self.sources)
        })
    }

    fn end(&self, exit: Exit) -> Exit {
        self.ui.event(&wire::end(exit, None));
        exit
    }
}

/// Records whose objects the plan deletes.
fn deleted(planned: &Planned) -> Vec<Arc<Record>> {
    let deletes = planned.plan.plan().steps.iter().filter(|step| step.action == Action::Delete);
    deletes.filter_map(|step| step.prior.clone()).collect()
}

fn leftover_diagnostic(left: &[Leftover]) -> Diagnostic {
    let rows: Vec<_> = left
        .iter()
        .map(|object| vec![printable(&object.fqn), object.ty.to_string(), printable(&object.name)])
        .collect();
    let listed = table(&["RESOURCE", "TYPE", "NAME"], &rows, crate::ui::Paint::new(false));
    Diagnostic::error(
        "left-over",
        "the stage is destroyed, but the cloud still shows some of its objects",
    )
    .detail(listed)
    .help("run destroy again in a minute; if they stay, delete them by hand")
}
