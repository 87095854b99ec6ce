//! What commands that need no program start from: a store, a stack and a stage in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{Diagnostic, Realm, SecretHasher, Snapshot, StackName};
use alchemy_state::{Loaded, StageKey, StageSummary, StateStore, secret_key};

use super::state_failure::{locked, state_failure};
use super::store_access::Access;
use crate::args::{ProfileArgs, StageArgs, StoreArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{
    Last, Project, Surroundings, choose_store, declared_environment, parse_stack, resolve_stage,
};
use crate::ui::nearest;

/// A store opened without a program.
pub(crate) struct Stored {
    /// The declared environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// The store.
    pub(crate) store: Arc<dyn StateStore>,
    /// What the last deploy from here used.
    last: Option<Last>,
}

/// How a store is found and opened, from the command line.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The program or its folder, to find `alchemy.toml` and memory beside it.
    pub(crate) program: Option<&'a Path>,
    /// `--env-file`
    pub(crate) env_file: Option<&'a Path>,
    /// `--state`
    pub(crate) store: &'a StoreArgs,
    /// `--profile`
    pub(crate) profile: &'a ProfileArgs,
    /// `--keep`
    pub(crate) keep: Option<usize>,
}

impl Stored {
    /// Opens the store that flag, variable, `alchemy.toml` or memory name. Reads no state yet.
    pub(crate) fn open(around: &Surroundings, asked: &Asked<'_>) -> Result<Self, Failure> {
        let project = Project::without_program(around, asked.program);
        let environment = declared_environment(around, &project, asked.env_file)?;
        let last = Last::read(&project)?;
        let flag = asked.store.state.as_deref();
        let choice = choose_store(around, &environment, &project, flag, None, last.as_ref())?;
        let access = Access {
            around,
            environment: &environment,
            profile: asked.profile.profile.as_deref(),
            keep: asked.keep.or(choice.keep),
        };
        let store = access.open(&choice.url)?;
        Ok(Self { environment, store, last })
    }

    /// Every stage of the store.
    pub(crate) async fn stages(&self) -> Result<Vec<StageSummary>, Failure> {
        self.store.stages().await.map_err(|error| state_failure(&error))
    }

    /// The stage named by flag or variable, in the stack named by flag or the only one of the store.
    /// An empty store that nobody deployed to from here has none: `None`.
    pub(crate) fn key(
        &self,
        stage: &StageArgs,
        args: &StoreArgs,
        stages: &[StageSummary],
    ) -> Result<Option<StageKey>, Failure> {
        let stage = resolve_stage(stage.stage.as_deref(), &self.environment)?;
        let stack = self.stack(args.stack.as_deref(), stages)?;
        Ok(stack.map(|stack| StageKey { stack, stage }))
    }

    /// The stage, which must be there.
    pub(crate) async fn known(
        &self,
        stage: &StageArgs,
        args: &StoreArgs,
    ) -> Result<(StageKey, Loaded), Failure> {
        let stages = self.stages().await?;
        let key = self.key(stage, args, &stages)?.ok_or_else(|| self.empty())?;
        let loaded = self.store.load(&key).await.map_err(|error| state_failure(&error))?;
        match loaded {
            Some(loaded) => Ok((key, loaded)),
            None => Err(self.unknown_stage(&key, &stages).into()),
        }
    }

    fn stack(
        &self,
        flag: Option<&str>,
        stages: &[StageSummary],
    ) -> Result<Option<StackName>, Diagnostic> {
        if let Some(stack) = self.named_stack(flag, stages)? {
            return Ok(Some(stack));
        }
        match stacks(stages).as_slice() {
            [] => Ok(self.remembered()),
            [only] => Ok(Some(only.clone())),
            several => Err(self.several(several)),
        }
    }

    /// The stack that `--stack` names, if it is given. Refuses one that is not among those of a store that has some.
    pub(crate) fn named_stack(
        &self,
        flag: Option<&str>,
        stages: &[StageSummary],
    ) -> Result<Option<StackName>, Diagnostic> {
        let Some(stack) = flag.map(parse_stack).transpose()? else { return Ok(None) };
        let known = stacks(stages);
        let there = known.is_empty() || known.contains(&stack);
        if there { Ok(Some(stack)) } else { Err(self.unknown_stack(&stack, &known)) }
    }

    fn remembered(&self) -> Option<StackName> {
        StackName::parse(&self.last.as_ref()?.stack).ok()
    }

    /// The refusal of a store without any stage.
    pub(crate) fn empty(&self) -> Diagnostic {
        Diagnostic::error(
            "unknown-stage",
            format!("the state store {} holds no stages", self.store.describe()),
        )
        .help("name another store with --state, or run `alchemy deploy` first")
    }

    /// The refusal of a stage that is not in the store, with those that are.
    pub(crate) fn unknown_stage(&self, key: &StageKey, stages: &[StageSummary]) -> Diagnostic {
        let of_stack = stages.iter().filter(|summary| summary.key.stack == key.stack);
        let names: Vec<&str> = of_stack.map(|summary| summary.key.stage.as_str()).collect();
        let StageKey { stack, stage } = key;
        let summary =
            format!("there is no stage `{stage}` of stack `{stack}` in {}", self.store.describe());
        let error = Diagnostic::error("unknown-stage", summary);
        if names.is_empty() {
            return error.help("name another store with --state, or run `alchemy deploy` first");
        }
        let error = error.detail(format!("There is: {}.", names.join(", ")));
        match nearest(stage.as_str(), names.into_iter()) {
            Some(near) => error.help(format!("did you mean --stage {near}?")),
            None => error.help("name one of these with --stage, or another store with --state"),
        }
    }

    fn unknown_stack(&self, stack: &StackName, known: &[StackName]) -> Diagnostic {
        let names: Vec<_> = known.iter().map(StackName::as_str).collect();
        let summary = format!("there is no stack `{stack}` in {}", self.store.describe());
        let error = Diagnostic::error("unknown-stack", summary)
            .detail(format!("There is: {}.", names.join(", ")));
        match nearest(stack.as_str(), names.into_iter()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("name one of these with --stack, or another store with --state"),
        }
    }

    fn several(&self, known: &[StackName]) -> Diagnostic {
        let names: Vec<_> = known.iter().map(StackName::as_str).collect();
        let example = self
            .remembered()
            .filter(|stack| known.contains(stack))
            .unwrap_or_else(|| known[0].clone());
        Diagnostic::error(
            "several-stacks",
            format!("the state store {} holds several stacks", self.store.describe()),
        )
        .detail(format!("There is: {}.", names.join(", ")))
        .help(format!("say which with --stack, for example --stack {example}"))
    }
}

/// The stacks that have stages, in order.
fn stacks(stages: &[StageSummary]) -> Vec<StackName> {
    let mut known: Vec<_> = stages.iter().map(|summary| summary.key.stack.clone()).collect();
    known.sort();
    known.dedup();
    known
}

/// The store's identity; of a store that has none yet it is made now, as the first deploy would.
pub(crate) async fn open_realm(store: &dyn StateStore) -> Result<Realm, Failure> {
    if let Some((realm, _)) = store.realm(None).await.map_err(|error| state_failure(&error))? {
        return Ok(realm);
    }
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| {
        Diagnostic::error("no-randomness", format!("the system gives no random numbers: {error}"))
    })?;
    let made =
        store.realm(Some(Realm::from_bits(bits))).await.map_err(|error| state_failure(&error))?;
    let (realm, _) =
        made.ok_or_else(|| Diagnostic::error("no-realm", "the state store kept no identity"))?;
    Ok(realm)
}

/// Refuses at once while another run holds the stage's lock, if it is not to be waited for.
pub(crate) async fn refuse_locked(
    store: &dyn StateStore,
    key: &StageKey,
    wait: Duration,
) -> Result<(), Failure> {
    if !wait.is_zero() {
        return Ok(());
    }
    match store.lock_info(key).await.map_err(|error| state_failure(&error))? {
        Some(holder) => Err(Failure::new(Exit::Locked, locked(Some(&holder)))),
        None => Ok(()),
    }
}

/// Digests secrets under this machine's key, which lies beside the profiles.
pub(crate) fn secret_hasher(around: &Surroundings) -> Result<SecretHasher, Failure> {
    let key = secret_key(&around.alchemy_home()).map_err(|error| state_failure(&error))?;
    Ok(SecretHasher::new(key))
}

/// The state of a stage that was never deployed.
pub(crate) fn never_deployed(key: &StageKey) -> Loaded {
    let snapshot = Snapshot::new(key.stack.clone(), key.stage.clone());
    Loaded { snapshot, revision: String::new(), interrupted: false, taken_over: None }
}
