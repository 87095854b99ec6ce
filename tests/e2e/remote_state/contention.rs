//! Machines that never meet, on each server: leases that lapse under fifty contenders, holders that are cut off, locks
//! that are broken by hand.
#![expect(clippy::panic, clippy::unwrap_used, reason = "parts of tests fail where they stand, too")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alchemy_state::conformance::{
    Documents, Pair, dead_holder_is_replaced_once, fenced_writer_writes_nothing,
};
use alchemy_state::remote::{
    FaultPlan, FaultyObjects, ObjectFault, ObjectRequest, Objects, RemoteStore,
};
use alchemy_state::{LockState, StateStore};
use alchemy_tests::e2e::StateServer;
use alchemy_tests::idle_clock::IdleClock;

use super::network::{bad, good};

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// Clients of one store, each on a machine of its own.
struct Machines {
    clock: IdleClock,
    objects: Arc<dyn Objects>,
}

impl Machines {
    fn of(server: &StateServer, folder: &str) -> Self {
        let clock = IdleClock::start();
        let objects = clock.watched(server.folder(server.objects(), folder));
        Self { clock, objects }
    }

    fn client(&self, name: &str, plan: FaultPlan) -> Arc<dyn StateStore> {
        let host = Arc::new(self.clock.machine(name));
        let way = FaultyObjects::new(Arc::clone(&self.objects), host.clone(), PATIENCE, plan);
        Arc::new(RemoteStore::new(Arc::new(way), host))
    }

    async fn documents(&self) -> Documents {
        let mut found = BTreeMap::new();
        for folder in ["stages", "journal", "history", "locks"] {
            for name in self.objects.list(folder).await.unwrap() {
                let key = format!("{folder}/{name}");
                let object = self.objects.get(&key).await.unwrap().unwrap();
                found.insert(key, object.bytes.to_vec());
            }
        }
        found
    }
}

async fn fifty_contenders(server: &StateServer) {
    for (name, plan) in [("good", good as fn() -> FaultPlan), ("bad", bad)] {
        let machines = Machines::of(server, name);
        let client = |i| machines.client(&format!("crowd-{name}-{i}"), plan());
        let told = dead_holder_is_replaced_once(client(0), (1..=50).map(client).collect()).await;
        // Behind a bad network a lock may also be given back without anybody knowing for sure.
        assert!(told == 1 || name == "bad" && told > 1, "{name}: {told} take over");
    }
}
on_every_server!(fifty_contenders);

/// A holder that cannot renew, and comes back when another has its lock.
async fn a_holder_that_was_cut_off(server: &StateServer) {
    let machines = Machines::of(server, "cut-off");
    let cut = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&cut);
    let plan: FaultPlan = Arc::new(move |_: &ObjectRequest| {
        seen.load(Ordering::Relaxed).then_some(ObjectFault::Lost)
    });
    let pair = Pair { a: machines.client("cut-off", plan), b: machines.client("next", good()) };
    let (b, other) = (Arc::clone(&pair.b), Arc::clone(&cut));
    let fence = async |key: &_| {
        cut.store(true, Ordering::Relaxed);
        // Whoever waits for it gets it; then the network is back.
        let patient = alchemy_state::conformance::request("bob");
        let wait = Duration::from_hours(1);
        let lock = b.lock(key, alchemy_state::LockRequest { wait, ..patient }).await.unwrap();
        lock.release().await.unwrap();
        other.store(false, Ordering::Relaxed);
    };
    fenced_writer_writes_nothing(pair, fence, async || machines.documents().await).await;
}
on_every_server!(a_holder_that_was_cut_off);

/// A holder whose lock is broken by hand, and who has not heard of it.
async fn a_broken_lock(server: &StateServer) {
    for (name, plan) in [("good", good as fn() -> FaultPlan), ("bad", bad)] {
        let machines = Machines::of(server, &format!("broken-{name}"));
        let client = |who: &str| machines.client(&format!("{who}-{name}"), plan());
        let pair = Pair { a: client("broken"), b: client("breaks") };
        let b = Arc::clone(&pair.b);
        let fence = async |key: &_| {
            let LockState::Held(held) = b.lock_state(key).await.unwrap() else {
                panic!("it is held")
            };
            b.unlock(key, held.epoch).await.unwrap();
        };
        fenced_writer_writes_nothing(pair, fence, async || machines.documents().await).await;
    }
}
on_every_server!(a_broken_lock);
