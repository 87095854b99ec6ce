//! The suite that every store passes, over objects in memory, behind a good network and behind bad ones.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alchemy_state::StateStore;
use alchemy_state::conformance::{
    Documents, Pair, all, all_are_listed, dead_holder_is_replaced_once,
    fenced_writer_writes_nothing, fill, retention, torn_tail_does_not_count,
};
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

const NETWORKS: [(&str, u64, &[&str], ObjectFault); 6] = [
    ("lost", 5, ALL, ObjectFault::Lost),
    ("busy", 3, ALL, ObjectFault::Busy),
    ("reply-lost", 5, ALL, ObjectFault::ReplyLost),
    ("late", 4, WRITES, ObjectFault::Late(Duration::from_secs(6))),
    ("doubled", 1, WRITES, ObjectFault::Doubled),
    ("stalled", 2, ALL, ObjectFault::Stalled(Duration::from_secs(3))),
];

#[tokio::test(start_paused = true)]
async fn bad_networks() {
    for (name, nth, kinds, fault) in NETWORKS {
        let mut count = 0;
        all(|| {
            count += 1;
            pair(&format!("{name}-{count}"), || every(nth, kinds, fault))
        })
        .await;
    }
}

/// A client on a machine of its own.
fn machine(objects: &MemoryObjects, name: &str, plan: FaultPlan) -> Arc<dyn StateStore> {
    let host = Arc::new(SimHost::new(name));
    let patience = Duration::from_secs(4);
    let way = FaultyObjects::new(Arc::new(objects.clone()), host.clone(), patience, plan);
    Arc::new(RemoteStore::new(Arc::new(way), host))
}

fn good() -> FaultPlan {
    Arc::new(|_: &ObjectRequest| None)
}

#[tokio::test(start_paused = true)]
async fn fifty_contenders() {
    let objects = MemoryObjects::new();
    let open = |i| machine(&objects, &format!("crowd-{i}"), good());
    let told = dead_holder_is_replaced_once(open(0), (1..=50).map(open).collect()).await;
    assert_eq!(told, 1, "one takes over, the others are given it");
}

#[tokio::test(start_paused = true)]
async fn fifty_contenders_on_bad_networks() {
    for (name, nth, kinds, fault) in NETWORKS {
        let objects = MemoryObjects::new();
        let open = |i| machine(&objects, &format!("crowd-{name}-{i}"), every(nth, kinds, fault));
        let told = dead_holder_is_replaced_once(open(0), (1..=50).map(open).collect()).await;
        assert!(told >= 1, "{name}: nobody takes over");
    }
}

fn documents(objects: &MemoryObjects) -> Documents {
    objects.all().into_iter().map(|(key, bytes)| (key, bytes.to_vec())).collect()
}

/// A lock that is broken by hand: its holder has not heard of it and writes on.
#[tokio::test(start_paused = true)]
async fn a_broken_lock_fences() {
    for (name, nth, kinds, fault) in
        [("good", 1, [].as_slice(), ObjectFault::Busy)].into_iter().chain(NETWORKS)
    {
        let objects = MemoryObjects::new();
        let open = |who| machine(&objects, &format!("{who}-{name}"), every(nth, kinds, fault));
        let pair = Pair { a: open("broken"), b: open("breaks") };
        let b = Arc::clone(&pair.b);
        let fence = async |key: &_| {
            let alchemy_state::LockState::Held(held) = b.lock_state(key).await.unwrap() else {
                panic!("{name}: it is held")
            };
            b.unlock(key, held.epoch).await.unwrap();
        };
        fenced_writer_writes_nothing(pair, fence, async || documents(&objects)).await;
    }
}

/// The last segment was never written: its sender died before it landed.
#[tokio::test(start_paused = true)]
async fn a_journal_without_its_end() {
    for (name, nth, kinds, fault) in NETWORKS {
        let (objects, host) = (MemoryObjects::new(), Arc::new(SimHost::new(name)));
        let client = || {
            let plan = every(nth, kinds, fault);
            let patience = Duration::from_secs(4);
            let way = FaultyObjects::new(Arc::new(objects.clone()), host.clone(), patience, plan);
            Arc::new(RemoteStore::new(Arc::new(way), host.clone()))
        };
        let tear = async |_: &_| objects.tamper("journal/myapp/dev/1-2.ndjson", None);
        torn_tail_does_not_count(Pair { a: client(), b: client() }, tear).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_stages_are_listed() {
    let objects = MemoryObjects::new();
    let store = machine(&objects, "many", good());
    fill(&store, 10_000).await;
    all_are_listed(&store, 10_000).await;
    let lossy = machine(&objects, "many-lossy", every(31, ALL, ObjectFault::Lost));
    all_are_listed(&lossy, 10_000).await;
}

/// A listing costs one request a stage, and no more of the dear kind than it takes to find them.
#[tokio::test(start_paused = true)]
async fn listing_asks_once_a_stage() {
    let objects = MemoryObjects::new();
    fill(&machine(&objects, "asked", good()), 100).await;
    let asked = Arc::new(Mutex::new(BTreeMap::new()));
    let seen = Arc::clone(&asked);
    let plan: FaultPlan = Arc::new(move |request: &ObjectRequest| {
        *seen.lock().unwrap().entry(request.kind).or_insert(0) += 1;
        None
    });
    all_are_listed(&machine(&objects, "asks", plan), 100).await;
    // One stage has a journal: its folder is listed, its one segment is read, and its state again.
    let expected = BTreeMap::from([("list", 2 + 1), ("get", 1 + 101 + 2)]);
    assert_eq!(*asked.lock().unwrap(), expected);
}
