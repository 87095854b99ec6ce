//! The suite that every store passes, over objects in memory, behind a good network and behind bad ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alchemy_state::conformance::{Pair, all, retention};
use alchemy_state::remote::{
    FaultPlan, FaultyObjects, MemoryObjects, ObjectFault, ObjectRequest, Objects, RemoteStore,
    SimHost,
};

/// Two clients of one process, each behind a network of its own.
fn pair(name: &str, plan: impl Fn() -> FaultPlan) -> Pair {
    let objects = MemoryObjects::new();
    let host = Arc::new(SimHost::new(name));
    let client = || {
        let way: Arc<dyn Objects> = Arc::new(FaultyObjects::new(
            Arc::new(objects.clone()),
            host.clone(),
            Duration::from_secs(4),
            plan(),
        ));
        Arc::new(RemoteStore::new(way, host.clone()).keeping(3))
    };
    Pair { a: client(), b: client() }
}

/// Lets every `nth` request of these kinds meet `fault`.
fn every(nth: u64, kinds: &'static [&'static str], fault: ObjectFault) -> FaultPlan {
    let count = AtomicU64::new(0);
    Arc::new(move |request: &ObjectRequest| {
        if !kinds.contains(&request.kind) {
            return None;
        }
        let count = count.fetch_add(1, Ordering::Relaxed) + 1;
        count.is_multiple_of(nth).then_some(fault)
    })
}

const WRITES: &[&str] = &["create", "swap"];
const ALL: &[&str] = &["get", "create", "swap", "delete", "list"];

#[tokio::test(start_paused = true)]
async fn good_network() {
    let mut count = 0;
    all(|| {
        count += 1;
        pair(&format!("good-{count}"), || Arc::new(|_: &ObjectRequest| None))
    })
    .await;
    retention(pair("good-retention", || Arc::new(|_: &ObjectRequest| None))).await;
}

#[tokio::test(start_paused = true)]
async fn bad_networks() {
    let plans: [(&str, u64, &'static [&'static str], ObjectFault); 6] = [
        ("lost", 5, ALL, ObjectFault::Lost),
        ("busy", 3, ALL, ObjectFault::Busy),
        ("reply-lost", 5, ALL, ObjectFault::ReplyLost),
        ("late", 4, WRITES, ObjectFault::Late(Duration::from_secs(6))),
        ("doubled", 1, WRITES, ObjectFault::Doubled),
        ("stalled", 2, ALL, ObjectFault::Stalled(Duration::from_secs(3))),
    ];
    for (name, nth, kinds, fault) in plans {
        let mut count = 0;
        all(|| {
            count += 1;
            pair(&format!("{name}-{count}"), || every(nth, kinds, fault))
        })
        .await;
    }
}
