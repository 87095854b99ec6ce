//! `alchemy deploy` and `alchemy plan`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{
    Catalog, Diagnostic, PlanMode, Realm, SecretHasher, StackName, Stage, check_pin,
};
use alchemy_engine::{Engine, EngineParts, StageOwner};
use alchemy_state::{Loaded, Sealer, StageKey, StateStore};

use super::applying::Applying;
use super::cloud::Cloud;
use super::declared::{Declared, Evaluating};
use super::keyring::Keyring;
use super::planning::{Attempt, Planned, Planning, outrun};
use super::saved_plan::{self, Flags, Made, PlanKey, SavedPlan, resolved_stage};
use super::state_failure::state_failure;
use super::store_access::Access;
use super::stored::{never_deployed, open_realm, refuse_locked, secret_hasher};
use super::{random_seed, report};
use crate::args::{DeployArgs, PlanArgs, PlanningArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::runtime::block_on;
use crate::settings::{
    Last, Passphrases, Project, ResolvedProfile, StoreChoice, Surroundings, choose_store,
    declared_environment, parse_stack, refuse_unnamed_store_in_ci, resolve_profile,
    resolve_profile_name,
};
use crate::signals::Signals;
use crate::ui::{PUBLIC_URL, PlanHeader, Ui, opened_urls, plan_text};
use crate::wire;

/// What to do with the plan.
enum Purpose {
    /// Show it, and write it to `out`.
    Show { detailed: bool, out: Option<PathBuf> },
    /// Apply it; if `saved` is there, only if it is that one.
    Apply { yes: bool, wait: Duration, saved: Option<SavedPlan> },
}

impl Purpose {
    fn saved(&self) -> Option<&SavedPlan> {
        if let Self::Apply { saved, .. } = self { saved.as_ref() } else { None }
    }
    fn out(&self) -> Option<&Path> {
        if let Self::Show { out, .. } = self { out.as_deref() } else { None }
    }
}

/// Runs `alchemy deploy`.
pub(crate) fn run(args: &DeployArgs, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    let read = |path: &PathBuf| {
        let (path, shown) = saved_plan::located(around, path);
        SavedPlan::read(&path, shown)
    };
    let saved = args.plan.as_ref().map(read).transpose()?;
    // Who gives a plan has seen it.
    let yes = args.yes || saved.is_some();
    let purpose = if args.dry_run {
        Purpose::Show { detailed: false, out: None }
    } else {
        Purpose::Apply { yes, wait: args.lock_timeout, saved }
    };
    Deploy::prepare(&args.planning, purpose, args.keep, (around, ui))?.run()
}

/// Runs `alchemy plan`.
pub(crate) fn plan(args: &PlanArgs, around: &Surroundings, ui: &Ui) -> Result<Exit, Failure> {
    let purpose = Purpose::Show { detailed: args.detailed_exitcode, out: args.out.clone() };
    Deploy::prepare(&args.planning, purpose, None, (around, ui))?.run()
}

/// Everything that is known before the first look at state and cloud.
struct Deploy<'a> {
    args: &'a PlanningArgs,
    flags: Flags,
    purpose: Purpose,
    around: &'a Surroundings,
    ui: &'a Ui,
    project: Project,
    profile: ResolvedProfile,
    choice: StoreChoice,
    store: Arc<dyn StateStore>,
    catalog: Catalog,
    /// This machine's key until the stage's own is known.
    hasher: SecretHasher,
    passphrases: Passphrases,
    sealer: Option<Sealer>,
    /// The key of the plan file's sums, if there is one.
    plan_key: Option<PlanKey>,
    declared: Declared,
    key: StageKey,
}

impl<'a> Deploy<'a> {
    fn prepare(
        args: &'a PlanningArgs,
        purpose: Purpose,
        keep: Option<usize>,
        (around, ui): (&'a Surroundings, &'a Ui),
    ) -> Result<Self, Failure> {
        let project = Project::with_program(around, args.program.program.as_deref())?;
        let mut environment =
            declared_environment(around, &project, args.stage.env_file.as_deref())?;
        let passphrases = Passphrases::take(&mut environment);
        let saved = purpose.saved();
        let stage: Stage = resolved_stage(saved, args.stage.stage.as_deref(), &environment)?;
        let (name, explicit) = resolve_profile_name(args.profile.profile.as_deref(), &environment);
        let profile = resolve_profile(around, name, explicit)?;
        let catalog = alchemy_providers::catalog();
        let hasher = secret_hasher(around)?;
        let evaluating = Evaluating {
            project: &project,
            stage: &stage,
            environment: &environment,
            catalog: &catalog,
            hasher: &hasher,
        };
        // A store that cannot be used is refused before the program is looked at, if that is known without it.
        choose_store(around, &environment, &project, args.store.state.as_deref(), None, None)?;
        let evaluated = evaluating.run()?;
        expected_stack(args.store.stack.as_deref(), evaluated.stack())?;
        let state = evaluated.state.as_deref();
        let choice =
            choose_store(around, &environment, &project, args.store.state.as_deref(), state, None)?;
        let access = Access {
            around,
            environment: &environment,
            profile: args.profile.profile.as_deref(),
            keep: keep.or(choice.keep),
        };
        let store = access.open(&choice.url)?;
        let declared = evaluating.complete(evaluated, &*store, passphrases.current.as_ref())?;
        let now = |found: &&Diagnostic| found.code != PUBLIC_URL;
        let warnings: Vec<_> = declared.warnings.iter().filter(now).cloned().collect();
        ui.diagnostics(&warnings, &declared.sources);
        let key = StageKey { stack: declared.graph.stack.clone(), stage };
        let flags = saved.map_or_else(|| Flags::of(args), SavedPlan::flags);
        saved.map_or(Ok(()), |saved| saved.refuse_other_stage(&key))?;
        Ok(Self {
            args,
            flags,
            purpose,
            around,
            ui,
            project,
            profile,
            choice,
            store,
            catalog,
            hasher,
            passphrases,
            sealer: None,
            plan_key: None,
            declared,
            key,
        })
    }

    fn run(mut self) -> Result<Exit, Failure> {
        block_on(async {
            let mut signals = Signals::new()?;
            let (loaded, realm) = signals.unless(self.read_state()).await?;
            let loaded = self.unlocked(loaded)?;
            let cloud = signals
                .unless(Box::pin(Cloud::open(self.profile.clone(), pin(loaded.as_ref()))))
                .await?;
            let engine = self.engine(&cloud, &realm);
            Box::pin(self.with(&engine, &cloud, &realm, loaded, &mut signals)).await
        })
    }

    /// Takes the key that the stage's redacted values go with, and opens what is sealed.
    fn unlocked(&mut self, loaded: Option<Loaded>) -> Result<Option<Loaded>, Failure> {
        let known = loaded.is_some();
        let loaded = loaded.unwrap_or_else(|| never_deployed(&self.key));
        self.plan_key = self.plan_key(&loaded)?;
        let passphrase = self.passphrases.current.as_ref();
        let (graph, snapshot) = (&mut self.declared.graph, loaded.snapshot.clone());
        let keyring = Keyring::open(&self.key, &snapshot, graph, passphrase, &self.hasher)?;
        let snapshot = keyring.opened(snapshot)?;
        if keyring.sealer.is_some() {
            graph.digest(&keyring.hasher);
        }
        (self.hasher, self.sealer) = (keyring.hasher, keyring.sealer);
        Ok(known.then_some(Loaded { snapshot, ..loaded }))
    }

    /// The key of the plan file, if one is written or applied; refuses one that is for another program or state.
    fn plan_key(&self, loaded: &Loaded) -> Result<Option<PlanKey>, Failure> {
        let passphrase = self.passphrases.current.as_ref();
        if let Some(saved) = self.purpose.saved() {
            let key = saved.unlock(&self.key, passphrase, &self.hasher)?;
            saved.refuse_other_program(&key, &self.declared.sources, &self.project)?;
            saved.refuse_other_state(&loaded.snapshot, &loaded.revision)?;
            return Ok(Some(key));
        }
        if self.purpose.out().is_none() {
            return Ok(None);
        }
        let records = &loaded.snapshot.records;
        let secret = self.declared.graph.has_secret() || records.values().any(|r| r.has_secret());
        Ok(Some(PlanKey::make(&self.key, secret, passphrase, &self.hasher)?))
    }

    async fn read_state(&self) -> Result<(Option<Loaded>, Realm), Failure> {
        let loaded = self.store.load(&self.key).await.map_err(|error| state_failure(&error))?;
        if loaded.is_none() && matches!(self.purpose, Purpose::Apply { .. }) {
            let stages = self.store.stages().await.map_err(|error| state_failure(&error))?;
            if stages.is_empty() {
                refuse_unnamed_store_in_ci(self.around, &self.choice)?;
            }
        }
        if let Purpose::Apply { wait, .. } = &self.purpose {
            refuse_locked(&*self.store, &self.key, *wait).await?;
        }
        Ok((loaded, open_realm(&*self.store).await?))
    }

    fn engine(&self, cloud: &Cloud, realm: &Realm) -> Engine {
        let StageKey { stack, stage } = self.key.clone();
        Engine::new(EngineParts {
            registry: alchemy_providers::registry(Arc::clone(&cloud.connection)),
            catalog: self.catalog.clone(),
            owner: StageOwner { realm: realm.clone(), stack, stage },
            parallelism: self.args.parallelism,
            seed: random_seed(),
        })
    }

    /// Plans, shows, and if that is the purpose, asks and applies.
    async fn with(
        &self,
        engine: &Engine,
        cloud: &Cloud,
        realm: &Realm,
        loaded: Option<Loaded>,
        signals: &mut Signals,
    ) -> Result<Exit, Failure> {
        let assumed = pin(loaded.as_ref()).filter(|_| self.flags.no_refresh);
        let asked = assumed.is_none();
        let target = match assumed {
            Some(pin) => cloud.assumed(pin)?,
            None => signals.unless(cloud.asked()).await?,
        };
        let progress = Progress::new(self.ui);
        let planning = Planning {
            mode: PlanMode::Deploy,
            graph: Some(&self.declared.graph),
            references: &self.declared.references,
            catalog: &self.catalog,
            realm,
            target: &target,
            custom_endpoint: cloud.connection.custom_endpoint(),
            closures: &*self.declared.closures,
            hasher: &self.hasher,
            refresh: !self.flags.no_refresh,
            adopt: self.flags.adopt,
            force: self.flags.force,
            new_realm: self.flags.new_realm,
            basis: self.plan_key.as_ref().map(|key| &key.hasher),
            sources: &self.declared.sources,
            engine,
            sink: &progress,
        };
        self.purpose.saved().map_or(Ok(()), |saved| saved.refuse_other_place(realm, &target))?;
        self.start(&planning);
        let loaded = loaded.unwrap_or_else(|| never_deployed(&self.key));
        let attempt = planning.attempt(loaded, &*self.store, &self.key);
        let attempt = signals.unless(Box::pin(attempt)).await?;
        if !asked && attempt.may_change() {
            let target = signals.unless(cloud.asked()).await?;
            check_pin(attempt.snapshot(), &target).map_err(|error| Failure::from(*error))?;
        }
        match (attempt, &self.purpose) {
            (Attempt::Planned(planned), Purpose::Show { detailed, out }) => {
                self.show(&planned);
                out.as_ref().map_or(Ok(()), |out| self.write(out, &planned, &planning))?;
                Ok(self.shown(&planned, *detailed))
            }
            (Attempt::Planned(planned), Purpose::Apply { yes, wait, saved }) => {
                self.show(&planned);
                if let (Some(saved), Some(basis)) = (saved, &planned.basis) {
                    saved.refuse_changes(basis)?;
                }
                Box::pin(self.apply(planned, &planning, signals, (*yes, *wait))).await
            }
            (outrun, Purpose::Apply { yes, wait, saved: None }) => {
                Box::pin(self.apply_planned(outrun, &planning, signals, (*yes, *wait))).await
            }
            (Attempt::Outrun(_), _) => Err(outrun()),
        }
    }

    fn write(&self, out: &Path, planned: &Planned, planning: &Planning<'_>) -> Result<(), Failure> {
        let (Some(key), Some(basis)) = (&self.plan_key, &planned.basis) else { return Ok(()) };
        let (path, shown) = saved_plan::located(self.around, out);
        let made = Made {
            key: &self.key,
            realm: planning.realm,
            target: planning.target,
            flags: self.flags,
            sources: &self.declared.sources,
            project: &self.project,
            planned,
            basis,
        };
        saved_plan::write(&path, &shown, key, &made)?;
        self.ui.say_human(&format!(
            "this plan is in {shown}; `alchemy deploy --plan {shown}` applies it, or refuses if anything it read has changed"
        ));
        Ok(())
    }

    fn header(&self, planning: &Planning<'_>) -> PlanHeader {
        PlanHeader {
            stack: self.key.stack.to_string(),
            stage: self.key.stage.to_string(),
            profile: self.profile.name.clone(),
            account: planning.target.account.clone(),
            region: planning.target.region.clone(),
            store: self.around.shown(Path::new(&self.store.describe())),
        }
    }

    fn start(&self, planning: &Planning<'_>) {
        let command = if matches!(self.purpose, Purpose::Show { .. }) { "plan" } else { "deploy" };
        let header = self.header(planning);
        self.ui.event(&header.event(command));
        self.ui.say_human(&header.text(self.ui.paint, self.ui.width));
    }

    fn show(&self, planned: &Planned) {
        let plan = planned.plan.plan();
        if planned.interrupted {
            self.ui.say_human("the last run did not end; this one goes on from there");
        }
        let public = opened_urls(&self.declared.warnings, plan);
        self.ui.diagnostics(&public, &self.declared.sources);
        self.ui.diagnostics(&plan.diagnostics, &self.declared.sources);
        for output in &plan.changed_references {
            self.ui.say_human(&format!("{output} has changed since the last deploy"));
        }
        self.ui.event(&wire::plan(plan));
        self.ui.say_human(&plan_text(plan, self.ui.paint, self.ui.width));
    }

    fn shown(&self, planned: &Planned, detailed: bool) -> Exit {
        let changes = !planned.plan.plan().steps.is_empty();
        let exit = if detailed && changes { Exit::Changes } else { Exit::Done };
        self.ui.event(&wire::end(exit, None));
        exit
    }

    async fn apply(
        &self,
        planned: Planned,
        planning: &Planning<'_>,
        signals: &mut Signals,
        (yes, wait): (bool, Duration),
    ) -> Result<Exit, Failure> {
        let steps = planned.plan.plan().steps.len();
        if steps == 0 && !needs_saving(&planned) {
            report::outputs(self.ui, &planned.snapshot.outputs);
            self.ui.event(&wire::end(Exit::Done, None));
            self.remember();
            return Ok(Exit::Done);
        }
        if steps > 0 && !yes {
            let question = format!(
                "Deploy to stage {} in account {}?",
                self.key.stage, planning.target.account
            );
            super::agreed(self.ui, signals, &question).await?;
        }
        let planned = Attempt::Planned(planned);
        Box::pin(self.apply_planned(planned, planning, signals, (yes, wait))).await
    }

    /// Applies under the lock what was planned, or what is planned there.
    async fn apply_planned(
        &self,
        planned: Attempt,
        planning: &Planning<'_>,
        signals: &mut Signals,
        (yes, wait): (bool, Duration),
    ) -> Result<Exit, Failure> {
        let applying = Applying {
            store: &*self.store,
            key: &self.key,
            operation: "deploy",
            wait,
            yes,
            saved: self.purpose.saved(),
            engine: planning.engine,
            closures: Arc::clone(&self.declared.closures),
            artifacts: Arc::clone(&self.declared.artifacts),
            hasher: &self.hasher,
            sealer: self.sealer.as_ref(),
            declared: Some(&self.declared),
            around: self.around,
            ui: self.ui,
        };
        self.remember();
        let show = |planned: &Planned| self.show(planned);
        let applied = Box::pin(applying.apply(planned, planning, signals, &show)).await?;
        report::failures(self.ui, &applied, Some(&self.declared.graph), &self.declared.sources);
        let done = format!("deployed {} to stage {}", self.key.stack, self.key.stage);
        let exit = report::summary(self.ui, &applied.report.outcome, &done);
        let exit = if exit == Exit::Done && applied.report.outputs_error.is_some() {
            Exit::Incomplete
        } else {
            exit
        };
        report::kept(self.ui, &applied.before, &applied.report.snapshot, false);
        if exit == Exit::Done {
            report::outputs(self.ui, &applied.report.snapshot.outputs);
        }
        self.ui.event(&wire::end(exit, Some(&applied.report.outcome)));
        Ok(exit)
    }

    /// For commands that need no program.
    fn remember(&self) {
        let store = self.choice.remembered(&self.project);
        Last { format: 1, stack: self.key.stack.to_string(), store }.write(&self.project);
    }
}

fn pin(loaded: Option<&Loaded>) -> Option<&alchemy_core::Pin> {
    loaded.and_then(|loaded| loaded.snapshot.pin.as_ref())
}

/// Whether state has to be written although no object changes: first deploy, other outputs, a run cut short.
fn needs_saving(planned: &Planned) -> bool {
    let outputs = planned.plan.plan().outputs.as_ref().and_then(alchemy_core::Expr::as_value);
    let snapshot = &planned.snapshot;
    planned.interrupted
        || snapshot.deployed_at.is_none()
        || snapshot.destroyed_at.is_some()
        || outputs.is_none_or(|outputs| *outputs != snapshot.outputs)
        || planned.plan.plan().references.as_ref() != Some(&snapshot.references)
}

fn expected_stack(flag: Option<&str>, is: &StackName) -> Result<(), Diagnostic> {
    let Some(text) = flag else { return Ok(()) };
    let wanted = parse_stack(text)?;
    if wanted == *is {
        return Ok(());
    }
    Err(Diagnostic::error(
        "other-stack",
        format!("--stack says `{wanted}`, the program is stack `{is}`"),
    )
    .help("leave --stack out, or name the other program"))
}
