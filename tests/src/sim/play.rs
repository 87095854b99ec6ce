//! Plays a history and judges it.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use alchemy_core::{Fqn, Identity, NameUse, Owner, ResourceType, physical_name};
use alchemy_engine::CancelToken;
use alchemy_state::Fault as StoreFault;
use tokio::time::{Instant, sleep};

use super::case::{Case, Misfortune, Operation, Step};
use super::laws::{self, Archive, CANARY, Law};
use crate::program::Program;
use crate::sim_cloud::{Fault, FaultPlan, Harshness, Object, ObjectKey, object_key};
use crate::world::{Protection, RunEnd, RunOptions, World};

/// A broken law.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Which.
    pub law: Law,
    /// After which step, from 1.
    pub step: usize,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "law broken after step {}: {}\n{}", self.step, self.law, self.found)
    }
}

/// How long a request to a remote store takes.
const LATENCY: Duration = Duration::from_millis(30);

/// How late a request to a remote store may land.
const LONGEST_LATE: Duration = Duration::from_secs(20);

/// Steps at once where the lock is lost: so many calls may still arrive.
const FEW: usize = 3;

/// Plays `case`, with a protection switched off or not, in virtual time. A panic of the product breaks a law, too.
pub fn play(case: &Case, without: Option<Protection>) -> Result<(), Broken> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error| broken(Law::Heals, 0, &[error.to_string()]))?;
    let played = std::panic::catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { Box::pin(Play::new(case, without).whole()).await })
    }));
    played.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|&said| said.to_owned()));
        Err(broken(Law::NoPanic, 0, &[said.unwrap_or_default()]))
    })
}

fn broken(law: Law, step: usize, found: &[String]) -> Broken {
    Broken { law, step, found: found.join("\n") }
}

struct Play<'a> {
    case: &'a Case,
    world: World,
    archive: Archive,
    /// What was told of every run.
    told: Vec<String>,
    /// The step that is being judged.
    step: usize,
}

impl<'a> Play<'a> {
    fn new(case: &'a Case, without: Option<Protection>) -> Self {
        let harshness = if case.harsh { Harshness::full() } else { Harshness::calm() };
        let world = World::new(harshness, case.seed);
        let world = if case.remote { world.remote(LATENCY) } else { world };
        let world = match without {
            Some(protection) => world.without(protection),
            None => world,
        };
        Self { case, world, archive: Archive::default(), told: Vec::new(), step: 0 }
    }

    async fn whole(&mut self) -> Result<(), Broken> {
        let mut at = 0;
        while at < self.case.steps.len() {
            let rest = &self.case.steps[at + 1..];
            let more = rest.iter().take_while(|step| step.together).count();
            let group = &self.case.steps[at..=at + more];
            at += group.len();
            self.step = at;
            Box::pin(self.group(group)).await?;
        }
        self.same_as_without_faults().await
    }

    /// Runs steps at once, judges, lets the next runs heal, judges again.
    async fn group(&mut self, group: &[Step]) -> Result<(), Broken> {
        if self.case.remote {
            // What an earlier run sent lands by now; while its own stage is healed it still may.
            sleep(LONGEST_LATE).await;
        }
        let squatters: Vec<(ObjectKey, String)> = self.prepare(group).await;
        let before = self.world.store.files();
        let ends = Box::pin(self.run(group)).await;
        self.nothing_without_lock(group)?;
        self.world.cloud.set_faults(FaultPlan::none());
        self.told.extend(ends.iter().map(|end| format!("{end:?}")));
        for (key, was) in &squatters {
            let now = self.world.cloud.objects().get(key).map(squat_text);
            if now.as_ref() != Some(was) {
                let found = format!("another stage's {key} is now {now:?}");
                return Err(broken(Law::OthersUntouched, self.step, &[found]));
            }
            self.world.cloud.delete_by_hand(key);
        }
        self.judge_accident(group, &ends, &before).await?;
        for (step, end) in group.iter().zip(&ends) {
            if step.abandoned || (group.len() == 1 && end.is_complete()) {
                continue;
            }
            let healed = self.plain(step).await;
            self.told.push(format!("{healed:?}"));
            self.demand(Law::Heals, healed.is_complete(), &healed)?;
        }
        for step in group.iter().filter(|step| !step.abandoned) {
            // Of two runs on one stage the later one's is the state.
            let last = group.iter().rev().find(|other| other.stage == step.stage);
            if last == Some(step) {
                self.judge_health(step).await?;
            }
        }
        Ok(())
    }

    fn demand(&self, law: Law, holds: bool, end: &RunEnd) -> Result<(), Broken> {
        if holds { Ok(()) } else { Err(broken(law, self.step, &[format!("{end:?}")])) }
    }

    fn none(&self, law: Law, found: &[String]) -> Result<(), Broken> {
        if found.is_empty() { Ok(()) } else { Err(broken(law, self.step, found)) }
    }

    /// Once the lock is lost only calls arrive that were on their way: one a step that was running.
    fn nothing_without_lock(&self, group: &[Step]) -> Result<(), Broken> {
        let [step] = group else { return Ok(()) };
        let lost = step.misfortunes.iter().find_map(|misfortune| match misfortune {
            Misfortune::LockLost(calls) => Some(*calls),
            _ => None,
        });
        let calls = self.world.cloud.changing_calls();
        match lost {
            Some(after) if calls >= after + FEW as u64 => {
                let found = format!("the lock was lost at call {after}, {calls} calls arrived");
                Err(broken(Law::NothingWithoutLock, self.step, &[found]))
            }
            _ => Ok(()),
        }
    }

    /// Whatever happened: what must hold before anybody heals anything.
    async fn judge_accident(
        &mut self,
        group: &[Step],
        ends: &[RunEnd],
        before: &std::collections::BTreeMap<String, Vec<u8>>,
    ) -> Result<(), Broken> {
        for step in group {
            self.none(Law::Known, &laws::unknown(&self.world, &step.stage).await)?;
        }
        self.none(Law::NoDouble, &laws::doubles(&self.world))?;
        self.none(Law::NamesAreUsedOnce, &laws::used_twice(&self.world))?;
        let trespasses = self.world.cloud.trespasses();
        let mut touched: Vec<String> = trespasses.iter().map(|t| format!("{t:?}")).collect();
        let ours = |key: &str| group.iter().any(|step| key.contains(&format!("/{}", step.stage)));
        // The stack's spelling, the realm and the probe are everybody's.
        let of_all = |key: &str| key.ends_with("stack.json") || !key.contains("/app/");
        let files = self.world.store.files();
        let written = files.iter().filter(|(key, bytes)| before.get(*key) != Some(bytes));
        touched.extend(
            written
                .filter(|(key, _)| !ours(key) && !of_all(key))
                .map(|(key, _)| format!("{key} was written")),
        );
        self.none(Law::OthersUntouched, &touched)?;
        let changed = self.archive.changed(&self.world);
        self.none(Law::OneCommitter, &changed)?;
        self.secret_nowhere()?;
        if let ([step], [end]) = (group, ends) {
            let lost = |m: &Misfortune| match m {
                Misfortune::Call(_, fault) => matches!(fault, Fault::LoseReply | Fault::TimeOut),
                // To a remote store: carried out without an answer, or later.
                Misfortune::Write(_, fault) | Misfortune::Commit(fault) => {
                    self.case.remote && matches!(fault, StoreFault::Fail | StoreFault::Torn)
                }
                _ => false,
            };
            if step.misfortunes.iter().all(lost) {
                let law = if step.misfortunes.is_empty() {
                    Law::Heals
                } else {
                    Law::LostReplyIsNoFailure
                };
                self.demand(law, end.is_complete(), end)?;
            }
        }
        Ok(())
    }

    fn secret_nowhere(&self) -> Result<(), Broken> {
        let files = self.world.store.files().into_iter();
        let files = files.map(|(key, bytes)| (key, String::from_utf8_lossy(&bytes).into_owned()));
        let events = format!("{:?}", self.world.told.events());
        let told = self.told.iter().map(|told| ("a plan or report".to_owned(), told.clone()));
        let texts = files.chain(told).chain([("the events".to_owned(), events)]);
        let found: Vec<String> = texts
            .filter(|(_, text)| text.contains(CANARY))
            .map(|(place, _)| format!("the secret is in {place}"))
            .collect();
        self.none(Law::SecretNowhere, &found)
    }

    /// After a complete run.
    async fn judge_health(&mut self, step: &Step) -> Result<(), Broken> {
        self.none(Law::Agree, &self.world.disagreements(&step.stage).await)?;
        let still = self.plain(step).await;
        let nothing = still.is_complete() && still.steps().is_empty();
        self.demand(Law::FixedPoint, nothing, &still)?;
        let open = self.world.is_interrupted(&step.stage).await;
        self.demand(Law::FixedPoint, !open, &still)?;
        self.none(Law::NoDouble, &laws::doubles(&self.world))?;
        let changed = self.archive.changed(&self.world);
        self.none(Law::OneCommitter, &changed)?;
        let alone = World::new(Harshness::calm(), self.case.seed);
        run(&alone, step, RunOptions::default()).await;
        let (ours, theirs) = (
            laws::outline(&self.world, &step.stage).await,
            laws::outline(&alone, &step.stage).await,
        );
        let differ = ours.symmetric_difference(&theirs).cloned().collect::<Vec<_>>();
        self.none(Law::SameEndState, &differ)
    }

    /// The same history without faults ends in exactly the same objects and records, names included. Where runs were at
    /// once or given up, histories without faults differ by more than the faults.
    async fn same_as_without_faults(&self) -> Result<(), Broken> {
        let steps = &self.case.steps;
        if steps.iter().any(|step| step.together || step.abandoned) {
            return Ok(());
        }
        let calm = World::new(Harshness::calm(), self.case.seed);
        for step in steps {
            run(&calm, step, RunOptions::default()).await;
        }
        for stage in ["dev", "pr-1"] {
            let (ours, theirs) = (self.world.portrait(stage).await, calm.portrait(stage).await);
            let differ: Vec<String> = ours.symmetric_difference(&theirs).cloned().collect();
            self.none(Law::SameEndState, &differ)?;
        }
        Ok(())
    }

    /// The run without anything going wrong.
    async fn plain(&self, step: &Step) -> RunEnd {
        run(&self.world, step, RunOptions::default()).await
    }

    /// Brings what goes wrong into the world; gives other stages' objects in the way.
    async fn prepare(&self, group: &[Step]) -> Vec<(ObjectKey, String)> {
        let mut faults = FaultPlan::none();
        let mut squatters = Vec::new();
        for step in group {
            for misfortune in &step.misfortunes {
                match misfortune {
                    Misfortune::Call(number, fault) => {
                        faults = FaultPlan::at_call(*number, self.possible(*fault));
                    }
                    Misfortune::Squatter(name) => {
                        squatters.extend(squat(&self.world, step, name).await);
                    }
                    Misfortune::ByHand => by_hand(&self.world, &step.stage),
                    _ => {}
                }
            }
        }
        self.world.cloud.set_faults(faults);
        squatters
    }

    /// A lock on files ends with its process, as do the connections of that: nothing of it lands later.
    fn possible(&self, fault: Fault) -> Fault {
        let ends = fault == Fault::CrashLate && !self.case.remote;
        if ends { Fault::CrashAfter } else { fault }
    }

    async fn run(&self, group: &[Step]) -> Vec<RunEnd> {
        match group {
            [one, two] => {
                let (one, two) = tokio::join!(self.struck(one), self.struck(two));
                vec![one, two]
            }
            steps => {
                let mut ends = Vec::new();
                for step in steps {
                    ends.push(self.struck(step).await);
                }
                ends
            }
        }
    }

    async fn struck(&self, step: &Step) -> RunEnd {
        let mut options = RunOptions::default();
        let mut cancelled = None;
        for misfortune in &step.misfortunes {
            match misfortune {
                Misfortune::Write(number, fault) => options.store_fault = Some((*number, *fault)),
                Misfortune::Commit(fault) => options.commit_fault = Some(*fault),
                Misfortune::LockLost(calls) => {
                    (options.lock_lost_after, options.parallelism) = (Some(*calls), FEW);
                }
                Misfortune::Cancelled(calls, times) => cancelled = Some((*calls, *times)),
                _ => {}
            }
        }
        let cancel = options.cancel.clone();
        tokio::select! {
            biased;
            end = run(&self.world, step, options) => end,
            () = canceller(&self.world, &cancel, cancelled) => RunEnd::Crashed,
        }
    }
}

async fn canceller(world: &World, cancel: &CancelToken, cancelled: Option<(u64, u64)>) {
    if let Some((calls, times)) = cancelled {
        while world.cloud.changing_calls() < calls {
            sleep(Duration::from_millis(1)).await;
        }
        for _ in 0..times {
            cancel.cancel();
            tokio::task::yield_now().await;
        }
    }
    std::future::pending::<()>().await;
}

async fn run(world: &World, step: &Step, options: RunOptions) -> RunEnd {
    match &step.operation {
        Operation::Deploy(sketch) => {
            let program: Program = sketch.program(&step.stage, &world.secret(CANARY));
            world.deploy_with(&program, options).await
        }
        Operation::Destroy => world.destroy_with(&step.stage, options).await,
    }
}

/// Puts another stage's object under the name that `name` would get in `step`, if it has none yet.
async fn squat(world: &World, step: &Step, name: &str) -> Option<(ObjectKey, String)> {
    let Operation::Deploy(sketch) = &step.operation else { return None };
    let line = sketch.lines.iter().find(|line| line.name == name)?;
    let ty = match line.kind.as_str() {
        "queue" if !line.words.iter().any(|word| word == "fifo") => "AWS.SQS.Queue",
        "bucket" => "AWS.S3.Bucket",
        _ => return None,
    };
    let (ty, fqn) = (ResourceType::new(ty), Fqn::parse(name).ok()?);
    let key = World::key(&step.stage);
    let snapshot = world.snapshot(&step.stage).await;
    let generation = snapshot.map(|s| s.next_generation(&fqn, &ty)).unwrap_or_default();
    let descriptor = world.catalog.get(&ty)?;
    let NameUse::Named { rule, .. } = &descriptor.name else { return None };
    let (realm, stack, stage) = (world.realm.clone(), key.stack, key.stage);
    let identity = Identity { realm, stack, stage, fqn, ty: ty.clone(), generation };
    let name = physical_name(&identity, rule);
    let at =
        object_key(descriptor, &world.target, Some(&name), &std::collections::BTreeMap::new())?;
    let owner = Owner {
        realm: world.realm.as_str().to_owned(),
        stack: "app".to_owned(),
        stage: "somebody-elses".to_owned(),
        id: "X".to_owned(),
        generation: 0,
    };
    let now = Instant::now();
    let object = Object {
        id: "x".to_owned(),
        account: world.target.account.clone(),
        name: Some(name),
        tags: Some(owner.clone()),
        made_by: Some(owner),
        config: std::collections::BTreeMap::new(),
        attrs: std::collections::BTreeMap::new(),
        created: now,
        changed: now,
        holds: false,
    };
    if world.cloud.objects().contains_key(&at) {
        return None;
    }
    let text = squat_text(&object);
    world.cloud.make_by_hand(at.clone(), object);
    Some((at, text))
}

fn squat_text(object: &Object) -> String {
    format!("{:?} {:?} {:?}", object.tags, object.config, object.holds)
}

fn by_hand(world: &World, stage: &str) {
    for key in world.objects_of(stage).into_keys() {
        if key.ty.as_str() == "AWS.Lambda.Function" {
            world.cloud.by_hand(&key, |object| {
                object.config.remove("env");
            });
        }
    }
}
