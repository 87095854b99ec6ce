//! Time over real servers: it stands still while anybody asks a server something, and jumps to the next alarm when all
//! only wait. Leases lapse as fast as servers answer, and no slow answer costs a lease.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alchemy_state::Liveness;
use alchemy_state::remote::{Host, ObjectError, Objects, Process, SimHost, StoredObject, Version};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::oneshot;

/// How often it is looked whether all wait.
const TICK: Duration = Duration::from_millis(1);

/// For so many looks in a row nobody must have moved.
const STILL: u32 = 3;

/// The clock of several machines. For a runtime of one thread: a task that runs is then never taken for one that waits.
#[derive(Clone, Debug)]
pub struct IdleClock {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    alarms: Mutex<Alarms>,
    /// Requests that have no answer yet.
    asking: AtomicU64,
    /// Counts whatever anybody does.
    moves: AtomicU64,
}

#[derive(Debug, Default)]
struct Alarms {
    now: Duration,
    set: u64,
    /// By time and number.
    waiting: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
}

impl Shared {
    fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moved(&self) {
        self.moves.fetch_add(1, Ordering::SeqCst);
    }

    /// Rings the next alarm.
    fn jump(&self) {
        let mut alarms = self.alarms();
        while let Some(((time, _), alarm)) = alarms.waiting.pop_first() {
            let now = alarms.now;
            alarms.now = now.max(time);
            if alarm.send(()).is_ok() {
                return;
            }
            // Whoever has set it has gone: nobody has waited.
            alarms.now = now;
        }
    }
}

impl IdleClock {
    /// Starts it, on the current runtime.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let seen = Arc::downgrade(&shared);
        tokio::spawn(async move {
            let (mut still, mut moves) = (0, 0);
            loop {
                tokio::time::sleep(TICK).await;
                let Some(shared) = seen.upgrade() else { return };
                let now = shared.moves.load(Ordering::SeqCst);
                let quiet = now == moves && shared.asking.load(Ordering::SeqCst) == 0;
                (still, moves) = (if quiet { still + 1 } else { 0 }, now);
                if still >= STILL {
                    shared.jump();
                    still = 0;
                }
            }
        });
        Self { shared }
    }

    /// A machine of its own. Names of machines are unique in a test process.
    pub fn machine(&self, name: &str) -> Machine {
        Machine { host: SimHost::new(name), clock: self.clone() }
    }

    /// Lets the clock stand still while these are asked.
    pub fn watched(&self, objects: Arc<dyn Objects>) -> Arc<dyn Objects> {
        Arc::new(Watched { objects, clock: self.clone() })
    }
}

/// A machine under the clock.
#[derive(Clone, Debug)]
pub struct Machine {
    host: SimHost,
    clock: IdleClock,
}

#[async_trait]
impl Host for Machine {
    fn now(&self) -> Duration {
        self.clock.shared.alarms().now
    }
    async fn sleep(&self, time: Duration) {
        let (alarm, ringing) = oneshot::channel();
        {
            let mut alarms = self.clock.shared.alarms();
            alarms.set += 1;
            let place = (alarms.now + time, alarms.set);
            alarms.waiting.insert(place, alarm);
        }
        self.clock.shared.moved();
        // The clock ends with the test.
        let _ = ringing.await;
        self.clock.shared.moved();
    }
    fn nonce(&self) -> io::Result<[u8; 16]> {
        self.host.nonce()
    }
    fn process(&self) -> Process {
        self.host.process()
    }
    fn liveness(&self, of: &Process) -> Liveness {
        self.host.liveness(of)
    }
}

/// Objects that are asked under the clock.
#[derive(Clone)]
struct Watched {
    objects: Arc<dyn Objects>,
    clock: IdleClock,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.objects.fmt(f)
    }
}

/// A request under way, given up or not.
struct Asking<'a>(&'a Shared);

impl<'a> Asking<'a> {
    fn of(clock: &'a IdleClock) -> Self {
        clock.shared.asking.fetch_add(1, Ordering::SeqCst);
        Self(&clock.shared)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.moved();
        self.0.asking.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Objects for Watched {
    fn describe(&self) -> String {
        self.objects.describe()
    }
    fn label(&self, key: &str) -> String {
        self.objects.label(key)
    }
    fn bucket(&self) -> String {
        self.objects.bucket()
    }
    async fn get(&self, key: &str) -> Result<Option<StoredObject>, ObjectError> {
        let _asking = Asking::of(&self.clock);
        self.objects.get(key).await
    }
    async fn create(&self, key: &str, bytes: Bytes) -> Result<Version, ObjectError> {
        let _asking = Asking::of(&self.clock);
        self.objects.create(key, bytes).await
    }
    async fn swap(&self, key: &str, bytes: Bytes, from: &Version) -> Result<Version, ObjectError> {
        let _asking = Asking::of(&self.clock);
        self.objects.swap(key, bytes, from).await
    }
    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let _asking = Asking::of(&self.clock);
        self.objects.delete(key).await
    }
    async fn list(&self, folder: &str) -> Result<Vec<String>, ObjectError> {
        let _asking = Asking::of(&self.clock);
        self.objects.list(folder).await
    }
}
