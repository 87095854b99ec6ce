//! A cloud in memory that keeps the catalog's types and refuses what AWS refuses, emulators do not, and a bit more.
//!
//! Every changing call passes one door, [`SimCloud::change`], where faults strike and the audit log is written.
//! Time is tokio's: tests pause it. Listings lag; direct reads do not.

mod audit;
mod fault;
mod object;
mod provider;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alchemy_core::{Catalog, Owner, Value};
use alchemy_engine::{ProviderError, ProviderErrorKind, ProviderRegistry};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::random::Random;

pub use audit::{Audit, Trespass};
pub use fault::{Fault, FaultPlan};
pub use object::{Object, ObjectKey};
pub use provider::{SimProvider, object_key};
pub(crate) use refusals::Refused;

/// How long after its process renewed its lock last a call of a process that died has its effect: the lock may have been
/// taken over by then, but lease and longest call are not over yet.
const LATE: Duration = Duration::from_millis(43_500);

/// How harsh the cloud is.
#[derive(Clone, Copy, Debug)]
pub struct Harshness {
    /// Creates of functions that a fresh role refuses ("The role defined for the function cannot be assumed by Lambda").
    pub role_refusals: u32,
    /// How long a deleted queue's name is refused ("CreateQueue": `QueueDeletedRecently`).
    pub queue_rest: Duration,
    /// How long a function stays pending after every change ("Lambda function states").
    pub pending: Duration,
    /// One of so many changing calls is throttled; 0: none.
    pub throttle_one_in: u64,
    /// Whether the reply to each changing call is lost the first time it succeeds.
    pub lose_replies: bool,
    /// How long listings lag behind.
    pub list_lag: Duration,
    /// Longest latency of a call, in milliseconds.
    pub latency_ms: u64,
}

impl Harshness {
    /// A cloud on a good day: it still refuses what is wrong.
    pub fn calm() -> Self {
        Self {
            role_refusals: 0,
            queue_rest: Duration::ZERO,
            pending: Duration::ZERO,
            throttle_one_in: 0,
            lose_replies: false,
            list_lag: Duration::ZERO,
            latency_ms: 5,
        }
    }
    /// The whole table of refusals, on every call.
    pub fn full() -> Self {
        Self {
            role_refusals: 3,
            queue_rest: Duration::from_secs(60),
            pending: Duration::from_secs(5),
            throttle_one_in: 7,
            lose_replies: true,
            list_lag: Duration::from_secs(20),
            latency_ms: 50,
        }
    }
}

/// The cloud as one process reaches it; clones are the same process, [`SimCloud::process`] is another one.
#[derive(Clone, Debug)]
pub struct SimCloud {
    state: Arc<Mutex<State>>,
    crashed: Arc<watch::Sender<bool>>,
    renewed: Renewed,
}

/// When a process renewed its lock last: clones are the same. Nothing for a lock that is not renewed.
#[derive(Clone, Debug, Default)]
pub struct Renewed(Arc<Mutex<Option<Instant>>>);

impl Renewed {
    /// At `sent` a renewal was sent that succeeded.
    pub(crate) fn at(&self, sent: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent);
    }
    fn last(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything the cloud knows.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) harshness: Harshness,
    pub(crate) objects: BTreeMap<ObjectKey, Object>,
    /// When objects were deleted, for names that rest and lists that lag.
    pub(crate) deleted: BTreeMap<ObjectKey, (Instant, Object)>,
    /// Refusals left of each fresh role.
    pub(crate) fresh_roles: BTreeMap<ObjectKey, u32>,
    /// How many objects there have been under each key.
    made: BTreeMap<ObjectKey, u32>,
    audit: Audit,
    /// A protection switched off, see [`SimCloud::ignore_owners`].
    pub(crate) owners_ignored: bool,
    faults: FaultPlan,
    changing_calls: u64,
    replied: BTreeSet<(String, ObjectKey)>,
    random: Random,
}

/// Who makes a changing call, on what.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) name: String,
    pub(crate) caller: &'a Owner,
    /// The caller's account.
    pub(crate) account: &'a str,
    pub(crate) object: ObjectKey,
}

impl SimCloud {
    /// An empty cloud.
    pub fn new(harshness: Harshness, seed: u64) -> Self {
        let state = State {
            harshness,
            objects: BTreeMap::new(),
            deleted: BTreeMap::new(),
            fresh_roles: BTreeMap::new(),
            made: BTreeMap::new(),
            audit: Audit::default(),
            owners_ignored: false,
            faults: FaultPlan::default(),
            changing_calls: 0,
            replied: BTreeSet::new(),
            random: Random::new(seed),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            crashed: Arc::new(watch::Sender::new(false)),
            renewed: Renewed::default(),
        }
    }

    /// The same cloud for another process, which holds the lock that is renewed there: a crash ends the one that a fault
    /// strikes.
    #[must_use]
    pub fn process(&self, renewed: Renewed) -> Self {
        Self { crashed: Arc::new(watch::Sender::new(false)), renewed, ..self.clone() }
    }

    /// Providers of all types of `catalog` in this cloud.
    pub fn registry(&self, catalog: &Catalog) -> ProviderRegistry {
        let mut registry = ProviderRegistry::default();
        for descriptor in catalog.iter() {
            registry.insert(
                descriptor.ty.clone(),
                Arc::new(SimProvider::new(self.clone(), descriptor.clone())),
            );
        }
        registry
    }

    /// Lets these faults strike from now on, the next changing call being the first.
    pub fn set_faults(&self, faults: FaultPlan) {
        let mut state = self.state();
        state.faults = faults;
        state.changing_calls = 0;
    }

    /// Makes the cloud harsher or calmer from now on.
    pub fn set_harshness(&self, harshness: Harshness) {
        self.state().harshness = harshness;
    }

    /// Returns when a fault has crashed the process that uses the cloud.
    pub async fn crashed(&self) {
        let mut watcher = self.crashed.subscribe();
        if watcher.wait_for(|crashed| *crashed).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// From now on nobody's tags are looked at: what a check of owners prevents happens.
    pub fn ignore_owners(&self) {
        self.state().owners_ignored = true;
    }

    /// How many objects there have been under each key.
    pub fn made(&self) -> BTreeMap<ObjectKey, u32> {
        self.state().made.clone()
    }

    /// Changing calls since the faults were set.
    pub fn changing_calls(&self) -> u64 {
        self.state().changing_calls
    }

    /// Every object there is.
    pub fn objects(&self) -> BTreeMap<ObjectKey, Object> {
        self.state().objects.clone()
    }

    /// Changing calls that were sent for another stage's object.
    pub fn trespasses(&self) -> Vec<Trespass> {
        self.state().audit.trespasses()
    }

    /// Changes an object behind everybody's back: as a person in the console would.
    pub fn by_hand(&self, key: &ObjectKey, change: impl FnOnce(&mut Object)) -> bool {
        self.state().objects.get_mut(key).map(change).is_some()
    }

    /// Makes an object that belongs to nobody of ours.
    pub fn make_by_hand(&self, key: ObjectKey, object: Object) {
        self.state().objects.insert(key, object);
    }

    /// Deletes an object behind everybody's back.
    pub fn delete_by_hand(&self, key: &ObjectKey) -> bool {
        self.state().objects.remove(key).is_some()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time on the wire. A crashed process gets no answer, ever.
    pub(crate) async fn travel(&self) {
        let millis = {
            let mut state = self.state();
            let longest = state.harshness.latency_ms;
            1 + state.random.below(longest)
        };
        sleep(Duration::from_millis(millis)).await;
        if *self.crashed.borrow() {
            std::future::pending::<()>().await;
        }
    }

    async fn crash<T>(&self) -> T {
        self.crashed.send_replace(true);
        std::future::pending().await
    }

    /// The door of every changing call: `effect` is what it does if nothing stands in its way.
    pub(crate) async fn change<T>(
        &self,
        call: Call<'_>,
        effect: impl FnOnce(&mut State) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, ProviderError> {
        self.travel().await;
        let (number, fault, throttled) = {
            let mut state = self.state();
            state.changing_calls += 1;
            let number = state.changing_calls;
            let object = state.objects.get(&call.object);
            // A create under a name that another account has is how one learns that it is taken.
            let learns =
                |object: &&Object| call.name.ends_with(":Create") && object.account != call.account;
            let owner =
                object.filter(|object| !learns(object)).map(|object| object.made_by.clone());
            if let Some(owner) = owner {
                state.audit.sent(&call, owner);
            }
            let one_in = state.harshness.throttle_one_in;
            let throttled = one_in > 0 && state.random.once_in(one_in);
            (number, state.faults.at(number), throttled)
        };
        let request = format!("req-{number}");
        match fault {
            Some(Fault::CrashBefore) => self.crash().await,
            Some(Fault::CrashLate) => {
                let cloud = self.clone();
                let lands = self.renewed.last().unwrap_or_else(Instant::now) + LATE;
                tokio::spawn(async move {
                    sleep_until(lands).await;
                    drop(effect(&mut cloud.state()));
                });
                return self.crash().await;
            }
            Some(Fault::Fail) => {
                let (kind, code) = (ProviderErrorKind::Denied, "AccessDenied");
                return Err(failure(&call, &request, kind, code, "not allowed"));
            }
            Some(Fault::TimeOut) => {
                sleep(Duration::from_secs(10)).await;
                let (kind, code) = (ProviderErrorKind::Transient, "TimedOut");
                return Err(failure(&call, &request, kind, code, "no answer within 10 s"));
            }
            _ if throttled => {
                let (kind, code) = (ProviderErrorKind::Throttled, "Throttling");
                return Err(failure(&call, &request, kind, code, "rate exceeded"));
            }
            _ => {}
        }
        let result = effect(&mut self.state());
        if fault == Some(Fault::CrashAfter) {
            return self.crash().await;
        }
        let lost = fault == Some(Fault::LoseReply) || self.loses_reply(&call, result.is_ok());
        self.travel().await;
        if lost {
            return Err(failure(
                &call,
                &request,
                ProviderErrorKind::Transient,
                "ConnectionReset",
                "the reply was lost",
            ));
        }
        result.map_err(|refused| {
            failure(&call, &request, refused.kind, refused.code, &refused.message)
        })
    }

    fn loses_reply(&self, call: &Call<'_>, succeeded: bool) -> bool {
        let mut state = self.state();
        succeeded
            && state.harshness.lose_replies
            && state.replied.insert((call.name.clone(), call.object.clone()))
    }
}

fn failure(
    call: &Call<'_>,
    request: &str,
    kind: ProviderErrorKind,
    code: &str,
    message: &str,
) -> ProviderError {
    ProviderError {
        kind,
        call: call.name.clone(),
        code: Some(code.to_owned()),
        message: format!("{code}: {message}"),
        request_id: Some(request.to_owned()),
        advice: None,
        retry_after: None,
    }
}

impl State {
    /// The id of a new object: depends on its key and on how many there were under it, and on nothing else.
    pub(crate) fn new_id(&mut self, key: &ObjectKey) -> String {
        let made = self.made.entry(key.clone()).or_default();
        *made += 1;
        let text = format!("{key} {made}");
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{hash:016x}")
    }
}

/// A text prop of an object.
pub(crate) fn text<'a>(config: &'a BTreeMap<String, Value>, prop: &str) -> Option<&'a str> {
    config.get(prop).and_then(Value::as_str)
}
