//! `alchemy state recover`: writes the state that a stage must have had, from its cloud objects and the program.

mod realm;
mod source;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use alchemy_core::{
    Catalog, Diagnostic, Found, NoClosures, Realm, Recovery, ReferencesUsed, SecretHasher,
    Snapshot, Stamp, Target, check_pin,
};
use alchemy_engine::{Engine, EngineParts, RecoverRequest, StageOwner};
use alchemy_state::{LockRequest, StageLock};

use self::source::Source;
use crate::args::StateRecoverArgs;
use crate::clock;
use crate::commands::cloud::Cloud;
use crate::commands::state_failure::{lock_info, state_failure};
use crate::commands::stored::{never_deployed, refuse_locked, secret_hasher};
use crate::commands::{agreed, random_seed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::runtime::block_on;
use crate::settings::{ResolvedProfile, Surroundings, resolve_profile, resolve_profile_name};
use crate::signals::Signals;
use crate::ui::{PlanHeader, Ui, plural, recovery_text};
use crate::wire;

/// Runs the command.
pub(super) fn run(
    args: &StateRecoverArgs,
    around: &Surroundings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let catalog = alchemy_providers::catalog();
    let hasher = secret_hasher(around)?;
    let source = Source::open(args, around, &catalog, &hasher)?;
    let flag = args.profile.profile.as_deref();
    let (name, explicit) = resolve_profile_name(flag, &source.environment);
    let profile = resolve_profile(around, name, explicit)?;
    block_on(Recover { args, around, ui, source, profile, catalog, hasher }.run())
}

struct Recover<'a> {
    args: &'a StateRecoverArgs,
    around: &'a Surroundings,
    ui: &'a Ui,
    source: Source,
    profile: ResolvedProfile,
    catalog: Catalog,
    hasher: SecretHasher,
}

/// Where the stage lives, and under which identity.
struct Place<'a> {
    cloud: &'a Cloud,
    target: Target,
    realm: Realm,
    found: Vec<(Target, Found)>,
}

impl Recover<'_> {
    async fn run(&self) -> Result<Exit, Failure> {
        let mut signals = Signals::new()?;
        let (store, key) = (&*self.source.store, &self.source.key);
        if self.args.dry_run {
            let loaded = store.load(key).await.map_err(|error| state_failure(&error))?;
            let base = loaded.unwrap_or_else(|| never_deployed(key)).snapshot;
            self.look(&base, &mut signals).await?;
            self.ui.say_human("nothing was written");
            return Ok(self.end(Exit::Done));
        }
        refuse_locked(store, key, self.args.lock_timeout).await?;
        let info = lock_info(self.around, "state recover");
        let request = LockRequest { info, wait: self.args.lock_timeout };
        let lock = signals.unless(async {
            store.lock(key, request).await.map_err(|error| state_failure(&error))
        });
        let lock = lock.await?;
        let written = self.locked(&*lock, &mut signals).await;
        let released = lock.release().await;
        let serial = written?;
        released.map_err(|error| state_failure(&error))?;
        self.source.remember();
        self.ui.say_human(&format!(
            "state of stage {} is written (serial {serial}); `alchemy plan --stage {}` shows what it differs in",
            key.stage, key.stage
        ));
        Ok(self.end(Exit::Done))
    }

    /// Looks, shows, asks and writes; gives the new serial.
    async fn locked(&self, lock: &dyn StageLock, signals: &mut Signals) -> Result<u64, Failure> {
        let base = lock.load().await.map_err(|error| state_failure(&error))?.snapshot;
        let (realm, recovery) = self.look(&base, signals).await?;
        if !self.args.yes {
            let question = format!("Write this as the state of stage {}?", self.source.key.stage);
            agreed(self.ui, signals, &question).await?;
        }
        let store = &*self.source.store;
        store.take_realm(realm).await.map_err(|error| state_failure(&error))?;
        lock.append(&recovery.changes).await.map_err(|error| state_failure(&error))?;
        Ok(lock.commit().await.map_err(|error| state_failure(&error))?.serial)
    }

    /// What there is in the cloud, shown.
    async fn look(
        &self,
        base: &Snapshot,
        signals: &mut Signals,
    ) -> Result<(Realm, Recovery), Failure> {
        self.refuse_state(base)?;
        let pin = base.pin.as_ref();
        let cloud = signals.unless(Box::pin(Cloud::open(self.profile.clone(), pin))).await?;
        let target = signals.unless(cloud.asked()).await?;
        check_pin(base, &target).map_err(|error| Failure::from(*error))?;
        let header = self.header(&target);
        self.ui.event(&header.event("state recover"));
        self.ui.say_human(&header.text(self.ui.paint, self.ui.width));
        let place = signals.unless(self.place(&cloud, target)).await?;
        let recovery = signals.unless(self.recovery(&place, base)).await?;
        self.ui.diagnostics(&recovery.diagnostics, self.source.sources());
        if recovery.objects.is_empty() {
            return Err(self.nothing(&place).into());
        }
        self.ui.event(&wire::recovery(&recovery));
        self.ui.say_human(&recovery_text(&recovery, self.ui.paint));
        Ok((place.realm, recovery))
    }

    /// Lists the stage's objects and settles under which realm it is recovered.
    async fn place<'c>(&self, cloud: &'c Cloud, target: Target) -> Result<Place<'c>, Failure> {
        let store = &*self.source.store;
        let current = store.realm(None).await.map_err(|error| state_failure(&error))?;
        let current = current.map(|(realm, _)| realm);
        let stages = store.stages().await.map_err(|error| state_failure(&error))?;
        // Whose the listed objects are is not asked of the engine that lists them.
        let any = current.clone().unwrap_or_else(|| Realm::from_bits([0; 16]));
        let found = self.engine(cloud, any).scan_all(&self.targets(&target)).await;
        let mut found =
            found.map_err(|error| Failure::refused(error.diagnostics(), self.source.sources()))?;
        let choice = realm::Choice {
            asked: self.args.realm.as_deref(),
            current: current.as_ref(),
            stages: stages.len(),
            key: &self.source.key,
        };
        let realm = choice.of(&found)?;
        found.retain(|(_, found)| found.owner.realm == realm.as_str());
        Ok(Place { cloud, target, realm, found })
    }

    async fn recovery(&self, place: &Place<'_>, base: &Snapshot) -> Result<Recovery, Failure> {
        let declared = self.source.declared.as_ref();
        let none = ReferencesUsed::default();
        let by = format!("{}@{} (state recover)", self.around.user(), self.around.host);
        let stamp = Stamp { by, at: clock::now_text() };
        let request = RecoverRequest {
            graph: declared.map(|declared| &declared.graph),
            references: declared.map_or(&none, |declared| &declared.references),
            base,
            found: &place.found,
            target: &place.target,
            custom_endpoint: place.cloud.connection.custom_endpoint(),
            closures: declared.map_or(&NoClosures, |declared| &*declared.closures),
            hasher: &self.hasher,
            stamp: &stamp,
        };
        let engine = self.engine(place.cloud, place.realm.clone());
        let recovery = engine.recover(request, &Progress::new(self.ui)).await;
        recovery.map_err(|found| Failure::refused(found, self.source.sources()))
    }

    /// The stage's region, and every other that the program names.
    fn targets(&self, target: &Target) -> Vec<Target> {
        let graphs = self.source.declared.iter().map(|declared| &declared.graph);
        let named = graphs.flat_map(|graph| graph.resources.values());
        let others: BTreeSet<String> =
            named.filter_map(|r| r.region.clone()).filter(|r| *r != target.region).collect();
        let others = others.into_iter().map(|region| Target { region, ..target.clone() });
        std::iter::once(target.clone()).chain(others).collect()
    }

    fn engine(&self, cloud: &Cloud, realm: Realm) -> Engine {
        let alchemy_state::StageKey { stack, stage } = self.source.key.clone();
        Engine::new(EngineParts {
            registry: alchemy_providers::registry(Arc::clone(&cloud.connection)),
            catalog: self.catalog.clone(),
            owner: StageOwner { realm, stack, stage },
            parallelism: self.args.parallelism,
            seed: random_seed(),
        })
    }

    fn header(&self, target: &Target) -> PlanHeader {
        PlanHeader {
            stack: self.source.key.stack.to_string(),
            stage: self.source.key.stage.to_string(),
            profile: self.profile.name.clone(),
            account: target.account.clone(),
            region: target.region.clone(),
            store: self.around.shown(Path::new(&self.source.store.describe())),
        }
    }

    fn refuse_state(&self, base: &Snapshot) -> Result<(), Diagnostic> {
        let objects = base.records.len();
        if objects == 0 || self.args.force {
            return Ok(());
        }
        let stage = &base.stage;
        let summary = format!("stage `{stage}` has state, with {}", plural(objects, "object"));
        Err(Diagnostic::error("has-state", summary)
            .detail("Recovery is for state that was lost. Nothing was changed.")
            .help(format!("`alchemy plan --stage {stage}` compares state with the cloud"))
            .help("to replace its records by what the cloud shows (the old ones stay in history): --force"))
    }

    fn nothing(&self, place: &Place<'_>) -> Diagnostic {
        let alchemy_state::StageKey { stack, stage } = &self.source.key;
        let Target { account, region, .. } = &place.target;
        Diagnostic::error(
            "nothing-found",
            format!("no object of stage `{stage}` of stack `{stack}` was found"),
        )
        .detail(format!(
            "Looked for names and tags in account {account}, region {region}. Nothing was changed."
        ))
        .help("check stage, profile and region; `alchemy deploy` makes the stage anew")
    }

    fn end(&self, exit: Exit) -> Exit {
        self.ui.event(&wire::end(exit, None));
        exit
    }
}
